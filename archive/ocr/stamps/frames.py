"""Detection of rectangular frames whose sides are mostly inked, even where print or a round stamp crosses them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from archive.model.image import Pixels

_Floats = npt.NDArray[np.float64]
Rect = tuple[tuple[float, float], tuple[float, float], float]  # OpenCV's: centre, sides (px), degrees of the first side

_SIDE_MM = 10.0  # shortest long side of a frame
_PIECE_MM = 6.0  # shortest piece of it that is free of print and round stamps
_GAP_MM = 1.5  # gaps in a worn line
_HEIGHT_MM = (5.0, 22.0)
_PARALLEL = np.sin(np.radians(4))
_MAX_LINES = 80  # the longest ones; few lines of a tangle are as long as a frame's sides
_SHARED = 0.5  # part of the shorter side that lies beside the longer one
_INKED = 0.8  # part of the whole outline that must be ink
_ENDS_INKED = 0.45  # … and of either short side, which a round stamp may cover: table rules and underlines have none
_BESIDE_MM = 1.2
_CLEAR = 0.4  # by how much the outline must have more ink than the lines beside it; lines through words have no more
_MAX_FRAMES = 3


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Rectangles between parallel lines, one a row: start of one long side, its direction, length, height."""

    corner: _Floats
    along: _Floats
    across: _Floats
    length: _Floats
    height: _Floats


def frames_among(region: Pixels, scale: float) -> list[Rect]:
    """Return at most three frames in ``region`` (255 is ink), likeliest first; ``scale`` is pixels a mm."""
    lines = cv2.HoughLinesP(
        region, 1, np.pi / 180, round(0.5 * _SIDE_MM * scale), None, _PIECE_MM * scale, _GAP_MM * scale
    )
    if lines is None or len(lines) < 2:
        return []
    pairs = _pairs(lines.reshape(-1, 4).astype(np.float64), scale)
    # Dilated by a pixel: corners are rounded to whole pixels.
    near = np.asarray(cv2.dilate(region, np.ones((3, 3), np.uint8)), dtype=np.uint8)
    whole, ends = _inked(pairs, near, scale)
    clear = whole - _beside(pairs, near, scale)  # beside a frame's line the paper is mostly blank
    order = np.argsort(-clear)
    order = order[(whole[order] >= _INKED) & (ends[order] >= _ENDS_INKED) & (clear[order] >= _CLEAR)]
    found: list[Rect] = []
    for row in order:
        rect = _rect(pairs, int(row))
        if all(np.hypot(rect[0][0] - other[0][0], rect[0][1] - other[0][1]) > 3 * scale for other in found):
            found.append(rect)
        if len(found) == _MAX_FRAMES:
            break
    return found


def _pairs(lines: _Floats, scale: float) -> _Pairs:
    lengths = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    lines = lines[np.argsort(-lengths)[:_MAX_LINES]]
    one, other = np.triu_indices(len(lines), 1)
    first, second = lines[one], lines[other]
    along = first[:, 2:] - first[:, :2]
    along = along / np.hypot(along[:, 0], along[:, 1])[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    way = second[:, 2:] - second[:, :2]
    tilt = np.abs(_dot(way, across)) / np.hypot(way[:, 0], way[:, 1])
    a, b = _span(first, along), _span(second, along)
    shared = np.minimum(a[1], b[1]) - np.maximum(a[0], b[0])
    start, end = np.minimum(a[0], b[0]), np.maximum(a[1], b[1])
    side = _dot(first[:, :2], across)
    reach = _dot((second[:, :2] + second[:, 2:]) / 2, across) - side
    height, length = np.abs(reach), end - start
    good = (tilt < _PARALLEL) & (shared > _SHARED * np.minimum(a[1] - a[0], b[1] - b[0]))
    good &= (height > _HEIGHT_MM[0] * scale) & (height < _HEIGHT_MM[1] * scale)
    good &= (length > _SIDE_MM * scale) & (length > 1.2 * height)
    corner = along * start[:, None] + across * side[:, None]
    across = across * np.sign(reach)[:, None]
    return _Pairs(corner[good], along[good], across[good], length[good], height[good])


def _inked(pairs: _Pairs, near: Pixels, scale: float) -> tuple[_Floats, _Floats]:
    """Return for each pair the inked share of its outline and of its short sides."""
    steps = np.linspace(0, 1, 41)[None, :, None]
    reach = (pairs.along * pairs.length[:, None])[:, None, :]
    rise = (pairs.across * pairs.height[:, None])[:, None, :]
    corner = pairs.corner[:, None, :]
    along = np.stack([_ink_at(near, corner + steps * reach), _ink_at(near, corner + rise + steps * reach)])
    # A long side that was found in pieces may end a little short of the corner, or run over it.
    slips = [pairs.along[:, None, :] * (slip * scale) for slip in np.linspace(-1.2, 1.2, 9)]
    start = np.max([_ink_at(near, corner + slip + steps * rise) for slip in slips], axis=0)
    end = np.max([_ink_at(near, corner + reach + slip + steps * rise) for slip in slips], axis=0)
    around = (pairs.length * along.sum(axis=0) + pairs.height * (start + end)) / 2
    return around / (pairs.length + pairs.height), np.minimum(start, end)


def _beside(pairs: _Pairs, near: Pixels, scale: float) -> _Floats:
    """Return for each pair the inked share of the lines just outside and inside its long sides."""
    steps = np.linspace(0, 1, 41)[None, :, None]
    reach = steps * (pairs.along * pairs.length[:, None])[:, None, :]
    places = [
        pairs.corner + pairs.across * (side * pairs.height[:, None] + away * _BESIDE_MM * scale)
        for side in (0, 1)
        for away in (-1, 1)
    ]
    return np.asarray(np.mean([_ink_at(near, place[:, None, :] + reach) for place in places], axis=0), np.float64)


def _ink_at(near: Pixels, points: _Floats) -> _Floats:
    x = np.rint(points[..., 0]).astype(np.intp)
    y = np.rint(points[..., 1]).astype(np.intp)
    inside = (x >= 0) & (y >= 0) & (x < near.shape[1]) & (y < near.shape[0])
    values = near[np.clip(y, 0, near.shape[0] - 1), np.clip(x, 0, near.shape[1] - 1)]
    return np.asarray(np.mean((values > 0) & inside, axis=1), dtype=np.float64)


def _rect(pairs: _Pairs, row: int) -> Rect:
    along, length, height = pairs.along[row], float(pairs.length[row]), float(pairs.height[row])
    middle = pairs.corner[row] + along * length / 2 + pairs.across[row] * height / 2
    angle = float(np.degrees(np.arctan2(along[1], along[0])))
    return (float(middle[0]), float(middle[1])), (length, height), angle


def _span(lines: _Floats, along: _Floats) -> tuple[_Floats, _Floats]:
    one, other = _dot(lines[:, :2], along), _dot(lines[:, 2:], along)
    return np.minimum(one, other), np.maximum(one, other)


def _dot(one: _Floats, other: _Floats) -> _Floats:
    return np.asarray(np.einsum("ij,ij->i", one, other), dtype=np.float64)
