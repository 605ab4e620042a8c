"""Where images stand on a PDF page.

Source: ISO 32000-1, 8.3 (coordinates).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import pikepdf

from archive.recount.measured_page import Raster

Matrix = tuple[float, float, float, float, float, float]
Bounds = tuple[float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Placement(NamedTuple):
    """An image and where it stands. ``matrix`` maps the unit square to the page, in the page's units.

    ``image``: its dictionary, None for one within the contents. ``within``: the pattern, note or page in which it
    stands somewhere, when its place is not known; None for an image whose place is.
    """

    raster: Raster
    matrix: Matrix
    image: pikepdf.Object | None = None
    within: Bounds | None = None
    is_mask: bool = False  # of another image, not painted itself

    @property
    def width(self) -> float:
        """Length of the image's rows on the page."""
        return math.hypot(self.matrix[0], self.matrix[1])

    @property
    def height(self) -> float:
        """Length of the image's columns on the page."""
        return math.hypot(self.matrix[2], self.matrix[3])

    @property
    def bounds(self) -> Bounds:
        """Left, bottom, right and top of the upright rectangle around it."""
        if self.within is not None:
            return self.within
        a, b, c, d, e, f = self.matrix
        across, up = (e, e + a, e + c, e + a + c), (f, f + b, f + d, f + b + d)
        return min(across), min(up), max(across), max(up)


def own_matrix(stream: pikepdf.Object) -> Matrix:
    """Return the /Matrix of a form or pattern."""
    own = stream.get("/Matrix")
    return matrix(own) if own is not None else IDENTITY


def around(box: list[float], after: Matrix) -> Bounds:
    """Return the upright rectangle around ``box`` after a matrix."""
    a, b, c, d, e, f = after
    corners = [(a * x + c * y + e, b * x + d * y + f) for x in box[::2] for y in box[1::2]]
    across, up = [x for x, _ in corners], [y for _, y in corners]
    return min(across), min(up), max(across), max(up)


def matrix(numbers: Iterable[pikepdf.Object]) -> Matrix:
    """Return six numbers as a matrix. Raises ValueError for any other six."""
    a, b, c, d, e, f = (float(number) for number in numbers)
    return a, b, c, d, e, f


def multiplied(inner: Matrix, outer: Matrix) -> Matrix:
    """Return ``inner`` followed by ``outer``."""
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u
