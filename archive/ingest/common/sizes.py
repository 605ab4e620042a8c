"""Rules for a page's size in mm: which size the file states, and whether that is proven."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from archive.model.pages import MM_PER_INCH, Colour, PageShape, SizeOrigin
from archive.model.results import Problem

MM_PER_POINT = MM_PER_INCH / 72
_DEFAULT_DPI = (72.0, 96.0)  # written by software without a measurement
_DEFAULT_SLACK = 1.0
_PLAUSIBLE_DPI = (50.0, 2400.0)  # below: no scanner; above: no paper
_ASSUMED_DPI = (200.0, 300.0)  # the two that contracts ask for (ADR 9)
_DISAGREE = 0.05  # scanners crop by a few pixels; a larger difference means another paper size
_A4_MM2 = 210.0 * 297.0
# A page is the next size when its area is more than a tenth larger (ADR 9); above A0 there is no next size.
_LARGEST_MM2 = 841.0 * 1189.0 * 1.1


class Resolution(NamedTuple):
    """Dots per inch along the two axes of an image."""

    x: float
    y: float

    @property
    def is_default(self) -> bool:
        """True for one pixel a point (72) or a CSS pixel (96): the value was not measured."""
        return any(max(abs(self.x - dpi), abs(self.y - dpi)) <= _DEFAULT_SLACK for dpi in _DEFAULT_DPI)

    @property
    def is_evidence(self) -> bool:
        """True when a scanner may have written it: finite, plausible, and no default."""
        low, high = _PLAUSIBLE_DPI
        return all(math.isfinite(dpi) and low <= dpi <= high for dpi in self) and not self.is_default

    def turned(self) -> Resolution:
        """Return the resolution of the image after a quarter turn."""
        return Resolution(self.y, self.x)

    def disagrees_with(self, other: Resolution) -> bool:
        """True when one axis differs by more than 5 %."""
        return any(abs(mine - its) > _DISAGREE * its for mine, its in zip(self, other, strict=True))


class PixelSize(NamedTuple):
    """Width and height in pixels, as displayed."""

    width: int
    height: int

    @property
    def area(self) -> int:
        """Number of pixels."""
        return self.width * self.height


class PaperSize(NamedTuple):
    """Width and height in mm, as displayed."""

    width: float
    height: float

    @property
    def above_a0(self) -> bool:
        """True when no paper size of the counting rules is that large."""
        return self.width * self.height > _LARGEST_MM2


def paper(pixels: PixelSize, dpi: Resolution) -> PaperSize:
    """Return the size of paper that ``pixels`` span at ``dpi``."""
    return PaperSize(pixels.width / dpi.x * MM_PER_INCH, pixels.height / dpi.y * MM_PER_INCH)


def assumed_paper(pixels: PixelSize) -> PaperSize:
    """Return the size at 200 or 300 dpi, whichever is nearer to A4: only for drawing boxes, never for counting."""
    sizes = [paper(pixels, Resolution(dpi, dpi)) for dpi in _ASSUMED_DPI]
    return min(sizes, key=lambda size: abs(math.log(size.width * size.height / _A4_MM2)))


def raster_shape(pixels: PixelSize, stated: Sequence[Resolution], colour: Colour) -> PageShape:
    """Return the shape of an image file's page; ``stated``: resolutions in the file, the best one first."""
    evidence = [dpi for dpi in stated if dpi.is_evidence]
    if any(dpi.disagrees_with(evidence[0]) for dpi in evidence[1:]):
        return _unproven(SizeOrigin.CONFLICT, assumed_paper(pixels), pixels, colour)
    if not evidence or not stated[0].is_evidence or paper(pixels, stated[0]).above_a0:
        return _unproven(SizeOrigin.ASSUMED, assumed_paper(pixels), pixels, colour)
    return _proven(SizeOrigin.IMAGE_DPI, paper(pixels, stated[0]), pixels, colour, stated[0])


def scanned_shape(
    box: PaperSize, pixels: PixelSize, effective: Resolution, density: Resolution | None, colour: Colour | None
) -> PageShape:
    """Return the shape of a PDF page that one image, or several that tile it, fill.

    ``effective``: pixels over page box along the image's axes; ``density``: the embedded image's own statement.
    """
    if density is not None and density.is_evidence and density.disagrees_with(effective):
        # A box of one pixel a point, or of metres, cannot be the coordinate space of boxes.
        canvas = assumed_paper(pixels) if effective.is_default or box.above_a0 else box
        return _unproven(SizeOrigin.CONFLICT, canvas, pixels, colour)
    if effective.is_default or box.above_a0:
        return _unproven(SizeOrigin.ASSUMED, assumed_paper(pixels), pixels, colour)
    return _proven(SizeOrigin.PAGE_BOX, box, pixels, colour, effective)


def partly_scanned_shape(box: PaperSize, pixels: PixelSize, colour: Colour | None) -> PageShape:
    """Return the shape of a PDF page whose images do not fill it: its box proves no paper size."""
    return _unproven(SizeOrigin.ASSUMED, assumed_paper(pixels) if box.above_a0 else box, pixels, colour)


def born_digital_shape(box: PaperSize) -> PageShape:
    """Return the shape of a PDF page that was never scanned."""
    return PageShape(SizeOrigin.BORN_DIGITAL, *box, width_mm=box.width, height_mm=box.height)


def size_problems(shape: PageShape, number: int, witnesses: str) -> tuple[Problem, ...]:
    """Return the problem of page ``number`` when two places contradict each other; ``witnesses``: slug of both."""
    if shape.size_origin is not SizeOrigin.CONFLICT:
        return ()
    return (Problem("size_conflict", {"witnesses": witnesses}, page=number),)


def _proven(
    origin: SizeOrigin, size: PaperSize, pixels: PixelSize, colour: Colour | None, dpi: Resolution
) -> PageShape:
    # The norm asks for a minimum dpi: the poorer axis decides (a fax has 204 by 98).
    return PageShape(origin, *size, *size, min(dpi), colour, *pixels)


def _unproven(origin: SizeOrigin, canvas: PaperSize, pixels: PixelSize, colour: Colour | None) -> PageShape:
    return PageShape(origin, *canvas, colour=colour, pixel_width=pixels.width, pixel_height=pixels.height)
