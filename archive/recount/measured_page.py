"""MeasuredPage: a page measured independently, and the evidence for its size.

The definitions are those of the counting rules (ADR 9), written a second time on purpose:
a recount that borrowed the import's code would repeat its mistakes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from archive.model.pages import MM_PER_INCH, Colour, SizeOrigin

DEFAULTS = (72, 96)  # one pixel a point, one pixel a CSS pixel: written by software without a measurement
DEFAULT_SLACK = 1.0
MIN_DPI, MAX_DPI = 50.0, 2400.0  # range of office scanners; other values are faults
CONTRADICTION = 0.05  # share by which box and image differ; scanners crop less
A0_MM2 = 841 * 1189
A0_TOLERANCE = 0.10  # a page counts as the next size when its area is more than a tenth larger; no size is above A0


class Density(NamedTuple):
    """Dots per inch along the image's own two axes."""

    x: float
    y: float

    def is_default(self) -> bool:
        """True for 72 or 96 on both axes."""
        return any(all(abs(dots - default) <= DEFAULT_SLACK for dots in self) for default in DEFAULTS)

    def is_measured(self) -> bool:
        """True when a scanner may have written it: plausible, and no default."""
        possible = all(math.isfinite(dots) and MIN_DPI <= dots <= MAX_DPI for dots in self)
        return possible and not self.is_default()

    def contradicts(self, other: Density) -> bool:
        """True when an axis differs by more than 5 %."""
        return any(abs(mine - theirs) > CONTRADICTION * theirs for mine, theirs in zip(self, other, strict=True))

    def swapped(self) -> Density:
        """The density of the image after a quarter turn."""
        return Density(self.y, self.x)


@dataclass(frozen=True, slots=True)
class MeasuredPage:
    """One page of a stored original, measured again.

    Sides in mm, /Rotate and orientation tags applied, and dpi (of the poorer axis): None unless proven.
    ``size_origin`` is None when the page could not be measured; ``reason`` then says why.
    """

    number: int
    size_origin: SizeOrigin | None
    width_mm: float | None = None
    height_mm: float | None = None
    dpi: float | None = None
    colour: Colour | None = None
    reason: str | None = None

    @property
    def proven(self) -> bool:
        """True when the sides may be used for counting."""
        return self.size_origin is not None and self.size_origin.proven


class Raster(NamedTuple):
    """The values in the header of an image. ``densities``: all stated ones, the most authoritative first."""

    width: int
    height: int
    colour: Colour | None
    densities: tuple[Density, ...] = ()
    on_its_side: bool = False  # an orientation tag swaps width and height


def image_page(number: int, raster: Raster) -> MeasuredPage:
    """Return the page that an image file holds."""
    measured = [density for density in raster.densities if density.is_measured()]
    if len(measured) > 1 and measured[1].contradicts(measured[0]):
        return MeasuredPage(number, SizeOrigin.CONFLICT, colour=raster.colour)
    stated = raster.densities[0] if raster.densities else None
    if stated is None or not stated.is_measured():
        return MeasuredPage(number, SizeOrigin.ASSUMED, colour=raster.colour)
    width, height = raster.width / stated.x * MM_PER_INCH, raster.height / stated.y * MM_PER_INCH
    if is_above_a0(width, height):
        return MeasuredPage(number, SizeOrigin.ASSUMED, colour=raster.colour)
    sides = (height, width) if raster.on_its_side else (width, height)
    return MeasuredPage(number, SizeOrigin.IMAGE_DPI, *sides, min(stated), raster.colour)


def is_above_a0(width_mm: float, height_mm: float) -> bool:
    """True when no paper size of the counting rules is that large."""
    return width_mm * height_mm > A0_MM2 * (1 + A0_TOLERANCE)
