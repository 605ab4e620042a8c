"""The coordinate frame of a PDF page: from user space to mm from the top left as displayed."""

from __future__ import annotations

from typing import NamedTuple

from archive.ingest.common.sizes import MM_PER_POINT, PaperSize
from archive.model.pages import Box


class Matrix(NamedTuple):
    """A transform as PDF writes it (ISO 32000-1, 8.3.3): x' = a x + c y + e, y' = b x + d y + f."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def then(self, outer: Matrix) -> Matrix:
        """Return this transform followed by ``outer``."""
        return Matrix(
            self.a * outer.a + self.b * outer.c,
            self.a * outer.b + self.b * outer.d,
            self.c * outer.a + self.d * outer.c,
            self.c * outer.b + self.d * outer.d,
            self.e * outer.a + self.f * outer.c + outer.e,
            self.e * outer.b + self.f * outer.d + outer.f,
        )

    def around(self, rectangle: Rectangle) -> Rectangle:
        """Return the upright rectangle around the image of ``rectangle``."""
        corners = [
            (self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f)
            for x in (rectangle.left, rectangle.right)
            for y in (rectangle.bottom, rectangle.top)
        ]
        across, up = [x for x, _ in corners], [y for _, y in corners]
        return Rectangle(min(across), min(up), max(across), max(up))


class Rectangle(NamedTuple):
    """Left, bottom, right and top in PDF units: the vertical axis points up."""

    left: float
    bottom: float
    right: float
    top: float

    def covers(self, other: Rectangle, slack: float) -> bool:
        """True when ``other`` lies within, give or take ``slack`` units."""
        return (
            self.left <= other.left + slack
            and self.bottom <= other.bottom + slack
            and self.right >= other.right - slack
            and self.top >= other.top - slack
        )


IDENTITY = Matrix(1, 0, 0, 1, 0, 0)
UNIT_SQUARE = Rectangle(0, 0, 1, 1)  # what an image fills before its matrix


class Frame(NamedTuple):
    """The visible box of a page, its /Rotate (clockwise, 0, 90, 180, 270) and its UserUnit."""

    visible: Rectangle
    rotation: int
    user_unit: float

    @property
    def mm_per_unit(self) -> float:
        """Millimetres for one PDF unit of this page."""
        return self.user_unit * MM_PER_POINT

    @property
    def is_sideways(self) -> bool:
        """True when /Rotate swaps width and height."""
        return self.rotation in (90, 270)

    @property
    def paper(self) -> PaperSize:
        """The page's size as displayed, in mm."""
        width = (self.visible.right - self.visible.left) * self.mm_per_unit
        height = (self.visible.top - self.visible.bottom) * self.mm_per_unit
        return PaperSize(height, width) if self.is_sideways else PaperSize(width, height)

    def box(self, area: Rectangle) -> Box:
        """Return ``area`` as a box in mm from the top left as displayed."""
        left, bottom, right, top = self.visible
        edges = {
            0: (area.left - left, top - area.top, area.right - left, top - area.bottom),
            90: (area.bottom - bottom, area.left - left, area.top - bottom, area.right - left),
            180: (right - area.right, area.bottom - bottom, right - area.left, area.top - bottom),
            270: (top - area.top, right - area.right, top - area.bottom, right - area.left),
        }[self.rotation]
        return Box(*(edge * self.mm_per_unit for edge in edges))
