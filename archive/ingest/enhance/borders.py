"""Removal of the ornamental frame around a certificate, which OCR would read as letters."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from archive.model.image import Pixels

_PX_PER_MM = 2.0  # enough to see a frame, and cheap
_INK = 200  # lighter than a stroke of print at full scale: thin rules pale when scaled down
_NEARLY = np.ones((3, 3), np.uint8)  # ornaments are chains of strokes that nearly touch
_SPAN = 0.6  # share of the page, across and down, that a frame spans and a stamp or signature does not
_ROOM = 0.5  # share of the page, across and down, that a frame leaves free and a table's cell does not
_WIDEST_MM = 25.0  # a frame's band is narrower; a wider one may hold text


class _Rectangle(NamedTuple):
    """Pixels of a thumbnail; right and bottom are outside."""

    left: int
    top: int
    right: int
    bottom: int


def erase_frame(grey: Pixels, px_per_mm: float) -> Pixels:
    """Return dark-on-white ``grey`` without the band between a frame's outer and inner edge; its inside stays."""
    step = max(1.0, px_per_mm / _PX_PER_MM)
    size = (max(1, round(grey.shape[1] / step)), max(1, round(grey.shape[0] / step)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    ink = cv2.dilate((np.asarray(small) < _INK).view(np.uint8), _NEARLY)
    spanning = _spanning(np.asarray(ink))
    if not spanning.any():
        return grey
    inside = _inside(spanning)
    outside = _bounds(spanning)
    if inside is None or _band(outside, inside) > _WIDEST_MM * px_per_mm / step:
        return grey
    clean = grey.copy()
    clean[_slices(outside, step)] = 255
    kept = _slices(inside, step)
    clean[kept] = grey[kept]
    return clean


def _spanning(ink: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Return the strokes that span most of the page in both directions."""
    _, labels, rows, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    height, width = ink.shape
    wide = (rows[:, cv2.CC_STAT_WIDTH] >= _SPAN * width) & (rows[:, cv2.CC_STAT_HEIGHT] >= _SPAN * height)
    wide[0] = False  # the first label is the background
    found: npt.NDArray[np.bool_] = wide[labels]
    return found


def _inside(frame: npt.NDArray[np.bool_]) -> _Rectangle | None:
    """Return the largest area that the frame encloses, or None when none has the size of a page (a table)."""
    _, _, rows, _ = cv2.connectedComponentsWithStats((~frame).view(np.uint8), connectivity=4)
    height, width = frame.shape
    rooms = [
        (int(area), _Rectangle(int(left), int(top), int(left + across), int(top + down)))
        for left, top, across, down, area in rows[1:]
        if left > 0 and top > 0 and left + across < width and top + down < height
        if across >= _ROOM * width and down >= _ROOM * height
    ]
    return max(rooms)[1] if rooms else None


def _bounds(frame: npt.NDArray[np.bool_]) -> _Rectangle:
    rows, columns = np.flatnonzero(frame.any(axis=1)), np.flatnonzero(frame.any(axis=0))
    return _Rectangle(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def _band(outside: _Rectangle, inside: _Rectangle) -> int:
    """Return the widest side of the band between two rectangles."""
    return max(abs(outer - inner) for outer, inner in zip(outside, inside, strict=True))


def _slices(rectangle: _Rectangle, step: float) -> tuple[slice, slice]:
    left, top, right, bottom = (round(edge * step) for edge in rectangle)
    return slice(top, bottom), slice(left, right)
