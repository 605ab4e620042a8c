"""Affine maps from points of a prepared page back to the page as stored."""

from __future__ import annotations

from typing import NamedTuple, Self

from archive.model.pages import Box


class Affine(NamedTuple):
    """The map x' = a x + b y + c, y' = d x + e y + f, in mm on both sides."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return the image of the point (x, y)."""
        return self.a * x + self.b * y + self.c, self.d * x + self.e * y + self.f

    def box(self, box: Box) -> Box:
        """Return the smallest upright box around the mapped corners of ``box``."""
        corners = [self.point(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]
        xs, ys = zip(*corners, strict=True)
        return Box(min(xs), min(ys), max(xs), max(ys))

    def after(self, first: Affine) -> Affine:
        """Return the map that goes through ``first``, then through this one."""
        c, f = self.point(first.c, first.f)
        return Affine(
            self.a * first.a + self.b * first.d,
            self.a * first.b + self.b * first.e,
            c,
            self.d * first.a + self.e * first.d,
            self.d * first.b + self.e * first.e,
            f,
        )

    @classmethod
    def scaling(cls, x: float, y: float) -> Self:
        """Return the map that multiplies by ``x`` and ``y``."""
        return cls(x, 0, 0, 0, y, 0)

    @classmethod
    def undo_turn(cls, clockwise: int, width: float, height: float) -> Self:
        """Return the way back from a page turned by 0, 90, 180 or 270 degrees clockwise.

        ``width`` and ``height`` are the page's before the turn, in mm.
        """
        maps = {
            0: (1, 0, 0, 0, 1, 0),
            90: (0, 1, 0, -1, 0, height),
            180: (-1, 0, width, 0, -1, height),
            270: (0, -1, width, 1, 0, 0),
        }
        return cls(*maps[clockwise])
