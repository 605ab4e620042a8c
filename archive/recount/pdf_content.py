"""Content streams: which images a PDF page paints where, and whether it paints anything else.

Source: ISO 32000-1, 8.3 (coordinates), 8.4.4 (graphics state), 8.10 (forms), 9.3.6 (hidden text).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import pikepdf

from archive.recount.measured import Raster
from archive.recount.pdf_image import read_image, read_inline_image

MOST_DEPTH = 10  # forms within forms
MOST_STREAMS = 2_000  # streams run for one page: forms that call forms can multiply without end
MOST_IMAGES = 20_000

_FILL_COLOURS = frozenset({"g", "rg", "k", "sc", "scn"})
_FILLS = frozenset({"f", "F", "f*", "B", "B*", "b", "b*"})
_STROKES = frozenset({"S", "s", "B", "B*", "b", "b*"})
_TEXTS = frozenset({"Tj", "TJ", "'", '"'})
_HIDDEN = frozenset({3, 7})  # text rendering modes that leave no mark
_OPERATORS = " ".join(["q Q cm Do BI ID EI Tr cs sh", *sorted(_FILL_COLOURS | _FILLS | _STROKES | _TEXTS)])

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Placement(NamedTuple):
    """An image and where it stands. ``matrix`` maps the unit square to the page, in the page's units."""

    raster: Raster
    matrix: Matrix

    @property
    def width(self) -> float:
        """Length of the image's rows on the page."""
        return math.hypot(self.matrix[0], self.matrix[1])

    @property
    def height(self) -> float:
        """Length of the image's columns on the page."""
        return math.hypot(self.matrix[2], self.matrix[3])

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, bottom, right and top of the upright rectangle around it."""
        a, b, c, d, e, f = self.matrix
        across, up = (e, e + a, e + c, e + a + c), (f, f + b, f + d, f + b + d)
        return min(across), min(up), max(across), max(up)


class Content(NamedTuple):
    """What a page paints. ``images_alone``: no visible text, line or filled shape beside them."""

    images: tuple[Placement, ...]
    images_alone: bool


class ContentError(ValueError):
    """A content stream that cannot be followed to its end."""


@dataclass(frozen=True, slots=True)
class _State:
    """The part of the graphics state that matters here."""

    matrix: Matrix = _IDENTITY
    white: bool = False  # filling with the colour of paper
    hidden: bool = False  # text that leaves no mark


@dataclass(slots=True)
class _Painter:
    """Runs content streams and notes what they paint."""

    images: list[Placement] = field(default_factory=list)
    other_marks: bool = False
    streams: int = 0
    rasters: dict[tuple[int, int], Raster] = field(default_factory=dict)  # an image may be painted many times

    def run(self, stream: pikepdf.Object, resources: pikepdf.Object | None, state: _State, depth: int) -> None:
        """Follow one content stream. Raises ContentError when there is no end of it."""
        self.streams += 1
        if depth > MOST_DEPTH or self.streams > MOST_STREAMS or len(self.images) > MOST_IMAGES:
            raise ContentError("forms within forms without end")
        saved: list[_State] = []
        for instruction in pikepdf.parse_content_stream(stream, _OPERATORS):
            if isinstance(instruction, pikepdf.ContentStreamInlineImage):
                self.images.append(Placement(read_inline_image(instruction.iimage, resources), state.matrix))
                continue
            name, operands = str(instruction.operator), list(instruction.operands)
            if name == "q":
                saved.append(state)
            elif name == "Q":
                state = saved.pop() if saved else state
            elif name == "Do":
                self._paint(operands, resources, state, depth)
            else:
                state = _changed(state, name, operands)
                self.other_marks = self.other_marks or _leaves_mark(state, name)

    def _paint(
        self, operands: list[pikepdf.Object], resources: pikepdf.Object | None, state: _State, depth: int
    ) -> None:
        named = _named(resources, operands[0]) if operands else None
        if named is None:
            return
        if named.get("/Subtype") == "/Image":
            self.images.append(Placement(self._raster(named), state.matrix))
        elif named.get("/Subtype") == "/Form":
            own = named.get("/Matrix")
            inner = replace(state, matrix=_times(_matrix(own) if own is not None else _IDENTITY, state.matrix))
            self.run(named, named.get("/Resources", resources), inner, depth + 1)

    def _raster(self, image: pikepdf.Object) -> Raster:
        if image.objgen not in self.rasters:
            self.rasters[image.objgen] = read_image(image)
        return self.rasters[image.objgen]


def read_content(page: pikepdf.Page) -> Content:
    """Return what ``page`` paints. Raises ContentError, or pikepdf's and image readers' errors, on damage."""
    painter = _Painter()
    if "/Contents" in page.obj:
        painter.run(page.obj, page.resources, _State(), 0)
    return Content(tuple(painter.images), not painter.other_marks)


def _changed(state: _State, name: str, operands: list[pikepdf.Object]) -> _State:
    if name == "cm":
        return replace(state, matrix=_times(_matrix(operands), state.matrix))
    if name == "Tr":
        return replace(state, hidden=bool(operands) and int(operands[-1]) in _HIDDEN)
    if name == "cs":
        return replace(state, white=False)
    if name in _FILL_COLOURS:
        return replace(state, white=_is_white(name, operands))
    return state


def _is_white(name: str, operands: list[pikepdf.Object]) -> bool:
    try:
        amounts = [float(amount) for amount in operands]
    except (TypeError, ValueError):
        return False  # a pattern
    paper = 0.0 if len(amounts) == 4 else 1.0  # ink of four colours, or light
    return bool(amounts) and all(amount == paper for amount in amounts)


def _leaves_mark(state: _State, name: str) -> bool:
    if name in _TEXTS:
        return not state.hidden
    return name == "sh" or name in _STROKES or (name in _FILLS and not state.white)


def _named(resources: pikepdf.Object | None, name: pikepdf.Object) -> pikepdf.Object | None:
    objects = resources.get("/XObject") if resources is not None else None
    found = objects.get(str(name)) if objects is not None else None
    return found if isinstance(found, pikepdf.Stream) else None


def _matrix(numbers: Iterable[pikepdf.Object]) -> Matrix:
    a, b, c, d, e, f = (float(number) for number in numbers)
    return a, b, c, d, e, f


def _times(inner: Matrix, outer: Matrix) -> Matrix:
    """Return ``inner`` followed by ``outer``."""
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u
