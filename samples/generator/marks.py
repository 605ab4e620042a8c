"""What can stand on a sheet of paper: frozen marks, measured in mm from the top left."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from samples.generator.fonts import Face

Point = tuple[float, float]


class Ink(Enum):
    """Inks by their colour on white paper (RGB)."""

    TONER = (26, 24, 28)
    SEAL = (206, 32, 48)
    PEN = (34, 52, 150)
    BLACK_PEN = (38, 38, 46)
    PRINTED_RED = (190, 36, 40)
    ROSE = (244, 206, 206)
    OCHRE = (240, 222, 176)
    SKY = (206, 224, 240)


@dataclass(frozen=True, slots=True)
class Text:
    """Printed text; ``y`` is the baseline."""

    x: float
    y: float
    text: str
    face: Face = Face.REGULAR
    points: float = 13.0
    ink: Ink = Ink.TONER


@dataclass(frozen=True, slots=True)
class PenText:
    """Digits written by hand; ``y`` is the baseline, ``height`` that of a digit."""

    x: float
    y: float
    text: str
    height: float = 4.2
    ink: Ink = Ink.PEN


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points, printed or written. ``closed`` fills the shape."""

    points: tuple[Point, ...]
    width: float
    ink: Ink = Ink.TONER
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Scribble:
    """A signature around ``x``, ``y``, ``width`` wide; ``seed`` decides its shape."""

    x: float
    y: float
    width: float
    seed: int
    ink: Ink = Ink.PEN


@dataclass(frozen=True, slots=True)
class Seal:
    """A round seal: text along the rim above and below, lines or an emblem (no lines) in the middle."""

    x: float
    y: float
    rim: str
    foot: str
    core: tuple[str, ...] = ()
    radius: float = 17.5  # seals of agencies measure 32 to 38 mm across
    angle: float = 0.0  # degrees counter-clockwise: nobody stamps straight
    strength: float = 0.85


@dataclass(frozen=True, slots=True)
class BoxStamp:
    """A rectangular rubber stamp with one frame, centred on ``x``, ``y``."""

    x: float
    y: float
    lines: tuple[str, ...]
    points: float = 16.0
    angle: float = 0.0
    strength: float = 0.85
    ink: Ink = Ink.SEAL
    framed: bool = True


Mark = Text | PenText | Stroke | Scribble | Seal | BoxStamp


@dataclass(frozen=True, slots=True)
class Sheet:
    """One side of paper with its marks."""

    width: float
    height: float
    marks: tuple[Mark, ...]

    def lines(self) -> tuple[str, ...]:
        """Return the text as read from top to bottom: marks on one baseline, split at gaps over 9 mm."""
        rows: dict[float, list[tuple[float, float, str]]] = {}
        for mark in self.marks:
            if isinstance(mark, Text | PenText):
                rows.setdefault(round(mark.y, 1), []).append((mark.x, _right(mark), mark.text))
        found: list[str] = []
        for y in sorted(rows):
            found.extend(_split(sorted(rows[y])))
        return tuple(found)


def _right(mark: Text | PenText) -> float:
    # Half an em a letter is near enough to tell a word space from a gap between columns.
    size = mark.points * 0.3528 if isinstance(mark, Text) else mark.height * 1.3
    return mark.x + len(mark.text) * size * 0.5


def _split(row: list[tuple[float, float, str]]) -> list[str]:
    lines: list[str] = []
    end = float("-inf")
    for left, right, text in row:
        if left - end > 9 or not lines:
            lines.append(text)
        else:
            # A slash belongs to the pen-written number before it: 15/QĐ-UBND.
            lines[-1] += text if text.startswith("/") else f" {text}"
        end = right
    return lines
