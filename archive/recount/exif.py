"""Exif: orientation and density from the small TIFF directory inside JPEG and PNG files.

Source: Exif 2.32 (CIPA DC-008), 4.6.4; TIFF 6.0, section 2.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from archive.recount.measured_page import Density

ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 274, 282, 283, 296
ON_THEIR_SIDE = frozenset({5, 6, 7, 8})  # orientations that swap width and height
INCH, CENTIMETRE = 2, 3
CM_PER_INCH = 2.54

_SHORT, _LONG, _RATIONAL = 3, 4, 5
_ORDERS = {b"II*\x00": "<", b"MM\x00*": ">"}


class Exif(NamedTuple):
    """The Exif values that matter for size. Absent and damaged values are None."""

    density: Density | None = None
    on_its_side: bool = False


def parse_exif(data: bytes) -> Exif:
    """Parse the Exif block ``data`` (from its byte order mark on); damaged values count as absent."""
    try:
        tags = _tags(data)
    except struct.error:
        return Exif()
    density = density_of(tags.get(X_RESOLUTION), tags.get(Y_RESOLUTION), tags.get(RESOLUTION_UNIT, INCH))
    return Exif(density, tags.get(ORIENTATION) in ON_THEIR_SIDE)


def density_of(x: float | None, y: float | None, unit: float | None) -> Density | None:
    """Return dots per inch from TIFF's three tags; None when one is missing, not positive, or of another unit."""
    if not x or not y or min(x, y) <= 0 or unit not in (INCH, CENTIMETRE):
        return None
    factor = CM_PER_INCH if unit == CENTIMETRE else 1.0
    return Density(x * factor, y * factor)


def _tags(data: bytes) -> dict[int, float]:
    order = _ORDERS.get(data[:4])
    if order is None:
        return {}
    (start,) = struct.unpack_from(order + "I", data, 4)
    (entries,) = struct.unpack_from(order + "H", data, start)
    tags: dict[int, float] = {}
    for index in range(entries):
        tag, kind, _count, raw = struct.unpack_from(order + "HHI4s", data, start + 2 + 12 * index)
        value = _value(data, order, kind, raw)
        if value is not None:
            tags.setdefault(tag, value)
    return tags


def _value(data: bytes, order: str, kind: int, raw: bytes) -> float | None:
    if kind == _SHORT:
        return float(struct.unpack(order + "H", raw[:2])[0])
    if kind == _LONG:
        return float(struct.unpack(order + "I", raw)[0])
    if kind == _RATIONAL:
        (where,) = struct.unpack(order + "I", raw)
        if where + 8 > len(data):
            return None
        above, below = struct.unpack_from(order + "II", data, where)
        return above / below if below else None
    return None
