"""The words of a page laid out upright, cut where columns part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from archive.model.pages import Box, PageShape, PageText, Word
from archive.rules.kinds import folded_words

# Blanks inside a justified line stay under 5 mm; columns of headers and signature blocks stand 7 mm apart or more.
COLUMN_GAP_MM = 7.0


class PlacedWord(NamedTuple):
    """A word and its box on the upright page (the word's own box lies on the page as stored)."""

    word: Word
    at: Box


@dataclass(frozen=True)
class Piece:
    """Words that stand side by side, left to right; at least one."""

    words: tuple[PlacedWord, ...]

    @cached_property
    def text(self) -> str:
        """The words joined by one blank."""
        return " ".join(placed.word.text for placed in self.words)

    @cached_property
    def folded(self) -> str:
        """The folded words without punctuation."""
        return folded_words(self.text)

    @cached_property
    def at(self) -> Box:
        """Box on the upright page, mm."""
        return _union(placed.at for placed in self.words)

    @cached_property
    def box(self) -> Box:
        """Box on the page as stored, mm."""
        return _union(placed.word.box for placed in self.words)

    @property
    def centre(self) -> float:
        """Horizontal middle on the upright page, mm."""
        return (self.at.left + self.at.right) / 2

    @property
    def middle(self) -> float:
        """Vertical middle on the upright page, mm."""
        return (self.at.top + self.at.bottom) / 2

    @property
    def confidence(self) -> float:
        """Mean confidence of the words, weighted by their lengths."""
        length = sum(len(placed.word.text) for placed in self.words)
        return sum(placed.word.confidence * len(placed.word.text) for placed in self.words) / max(1, length)

    @property
    def capitals(self) -> float:
        """Share of capitals among the letters, 0 without letters."""
        letters = [letter for letter in self.text if letter.isalpha()]
        return sum(letter.isupper() for letter in letters) / len(letters) if letters else 0.0

    def lowest(self, start: int, end: int) -> float:
        """Return the lowest confidence of the words that reach into ``text[start:end]``, bare punctuation apart."""
        words = (placed.word for placed in self.words_in(start, end))
        return min((word.confidence for word in words if any(map(str.isalnum, word.text))), default=1.0)

    def words_in(self, start: int, end: int) -> tuple[PlacedWord, ...]:
        """Return the words that reach into ``text[start:end]``."""
        found, at = [], 0
        for placed in self.words:
            if at < end and at + len(placed.word.text) > start:
                found.append(placed)
            at += len(placed.word.text) + 1
        return tuple(found)

    def part(self, start: int, end: int | None = None) -> Piece | None:
        """Return the words from ``start`` to before ``end`` as a piece, None for an empty range."""
        words = self.words[start:end]
        return Piece(words) if words else None


@dataclass(frozen=True)
class UprightPage:
    """Lines of one page as a reader sees them, top down; sizes in mm."""

    lines: tuple[Piece, ...]
    width: float
    height: float

    def cells(self, gap: float = COLUMN_GAP_MM) -> list[Piece]:
        """Return the lines cut at every blank of ``gap`` mm or more, top down."""
        return by_height(cell for line in self.lines for cell in cut_at_gaps(line, gap))


def upright(text: PageText, shape: PageShape) -> UprightPage:
    """Return the page's lines turned upright, as the order of the words shows."""
    turns = _quarter_turns(text)
    width, height = shape.canvas_width_mm, shape.canvas_height_mm
    lines = [
        Piece(
            tuple(sorted((PlacedWord(word, _turned(word.box, turns, width, height)) for word in line.words), key=_left))
        )
        for line in text.lines
    ]
    if turns % 2:
        width, height = height, width
    return UprightPage(tuple(by_height(lines)), width, height)


def by_height(pieces: Iterable[Piece]) -> list[Piece]:
    """Return pieces top down."""
    return sorted(pieces, key=lambda piece: piece.middle)


def cut_at_gaps(line: Piece, gap: float) -> list[Piece]:
    """Return the runs of ``line`` between blanks of ``gap`` mm or more."""
    runs: list[list[PlacedWord]] = [[line.words[0]]]
    for placed in line.words[1:]:
        if placed.at.left - runs[-1][-1].at.right >= gap:
            runs.append([])
        runs[-1].append(placed)
    return [Piece(tuple(run)) for run in runs]


def rows(pieces: Sequence[Piece]) -> list[Piece]:
    """Return pieces of one column as rows: "Số:" and the text after its blank are one row."""
    joined: list[Piece] = []
    for piece in by_height(pieces):
        if joined and _same_height(joined[-1].at, piece.at):
            joined[-1] = Piece(tuple(sorted((*joined[-1].words, *piece.words), key=_left)))
        else:
            joined.append(piece)
    return joined


def _same_height(one: Box, other: Box) -> bool:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared > 0.5 * min(one.height, other.height)


def _left(placed: PlacedWord) -> float:
    return placed.at.left


def _union(boxes: Iterable[Box]) -> Box:
    first, *others = boxes
    for box in others:
        first = first.union(box)
    return first


def _quarter_turns(text: PageText) -> int:
    """Return the number of clockwise quarter turns that set the page upright."""
    across = down = 0.0
    for line in text.lines:
        first, last = line.words[0].box, line.words[-1].box
        if len(line.words) > 1:
            across += (last.left + last.right - first.left - first.right) / 2
            down += (last.top + last.bottom - first.top - first.bottom) / 2
    if abs(across) >= abs(down):
        return 0 if across >= 0 else 2
    return 3 if down > 0 else 1


def _turned(box: Box, turns: int, width: float, height: float) -> Box:
    """Return ``box`` after clockwise quarter turns of a page of that size."""
    if turns == 1:
        return Box(height - box.bottom, box.left, height - box.top, box.right)
    if turns == 2:
        return Box(width - box.right, height - box.bottom, width - box.left, height - box.top)
    if turns == 3:
        return Box(box.top, width - box.right, box.bottom, width - box.left)
    return box
