"""Detection of blank pages: show-through, dust, punch holes, streaks and edge shadows are not content."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from archive.model.image import Pixels

# Depth: by how many of 255 steps ink is darker than the paper around it. Lengths and areas are in mm on paper.
_EDGE = 0.03  # share of the shorter side that is left out: shadows of lid and sheet edge lie there
_NEIGHBOURHOOD_MM = 10.0  # the paper's shade is the median of this neighbourhood: strokes do not change it
_DARK_PAPER = 110  # a page this dark is not blank paper: lid, failed lamp or solid print
_WEAK, _STRONG = 18, 65  # paper's grain stays under 18; print that shines through stays under 65
_PLAIN_MM2 = 100.0  # strong ink that is content without further checks: half a stamp, thirty words
_CONTENT_MM2 = 1.0  # a single printed digit has 2
_SPECK_MM2 = 0.3  # dust is smaller, a comma of 11 point print is larger
_TOGETHER_MM = 6.0  # ink this near belongs to one mark: letters of a line, blots of a stamp
# Print of the other side is blurred by the paper: its edges rise by less than 0.3 of its depth per pixel of 150 dpi.
# Faint ink on this side rises by 0.31 or more (measured on 10 real pages, paled, and mirrored and blurred by us).
_SHARP_PER_MM = 0.29 * 150 / 25.4
# A stamp's wet ink soaks through in blots: the deepest 1 % is 4 to 5 times as deep as the median; of a stamp on this
# side, 1.5 to 2.4 times (measured on 6 and 33 real ones; 2 faint remains of stamps on print were blotchy too).
_BLOTCHY = 3.0
_RED = 40  # by how much the red channel of stamp ink is brighter than its darkest channel
_HOLE_MM = (4.0, 9.0)  # punches make 5 to 8 mm
_HOLE_FILL = (0.68, 0.9)  # a disc fills 0.79 of its square
_HOLE_REACH_MM = 25.0  # how far from the edge a punch reaches
_STREAK_MM, _STREAK_WIDTH_MM = 25.0, 1.0  # dirt on the glass of a feeder draws a line down the page
_TOUCHING_MM = 0.1
_LARGEST_KERNEL = 255  # OpenCV's limit for a median

_Blobs = npt.NDArray[np.float64]  # one row a blob: left, top, width, height in mm, area in mm²
_Which = npt.NDArray[np.bool_]


def is_blank(pixels: Pixels, px_per_mm: float) -> bool:
    """Return True when ``pixels`` (grey or RGB, about 150 dpi) hold nothing written, printed or stamped on this side.

    The darkest channel counts, so that a lone red stamp is content. In doubt a page is not blank and is read.
    """
    edge = int(_EDGE * min(pixels.shape[:2]))
    inner = np.ascontiguousarray(pixels[edge : pixels.shape[0] - edge, edge : pixels.shape[1] - edge])
    if not inner.size:
        return False
    darkest = _darkest(inner)
    half = _resized(darkest, (darkest.shape[0] // 2, darkest.shape[1] // 2), cv2.INTER_AREA)
    reach = min(_LARGEST_KERNEL, round(_NEIGHBOURHOOD_MM * px_per_mm / 2) | 1)
    paper = np.asarray(cv2.medianBlur(half, reach), dtype=np.uint8)
    if np.median(paper[::8, ::8]) < _DARK_PAPER:
        return False
    _, plain = _content(_depth(paper, half) > _STRONG, px_per_mm / 2)
    if plain >= _PLAIN_MM2:
        return False
    depth = _depth(_resized(paper, darkest.shape, cv2.INTER_LINEAR), darkest)
    ink, _ = _content(depth > _WEAK, px_per_mm)
    marks = _marks(inner, darkest, depth, ink, px_per_mm)
    return sum(len(mark) for mark in marks if _on_this_side(mark, px_per_mm)) < _CONTENT_MM2 * px_per_mm**2


def _darkest(pixels: Pixels) -> Pixels:
    """Return the darkest channel of each pixel."""
    if pixels.ndim == 2:
        return pixels
    red, green, blue = cv2.split(pixels)  # cv2.min is ten times as fast as numpy's minimum over the last axis
    return np.asarray(cv2.min(cv2.min(red, green), blue), dtype=np.uint8)


def _content(mask: _Which, px_per_mm: float) -> tuple[_Which, float]:
    """Return ``mask`` with only those blobs that may be content, and their area in mm²."""
    count, labels, rows, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    blobs = rows[:count].astype(np.float64) / (px_per_mm, px_per_mm, px_per_mm, px_per_mm, px_per_mm**2)
    size = (mask.shape[1] / px_per_mm, mask.shape[0] / px_per_mm)
    areas = blobs[:, cv2.CC_STAT_AREA]
    content = (areas >= _SPECK_MM2) & ~_touches_edge(blobs, size) & ~_is_hole(blobs, size) & ~_is_streak(blobs)
    content[0] = False  # the first label is the background
    return content[labels], float(areas[content].sum())


def _touches_edge(blobs: _Blobs, size: tuple[float, float]) -> _Which:
    touching: _Which = _to_edge(blobs, size) < _TOUCHING_MM
    return touching


def _is_hole(blobs: _Blobs, size: tuple[float, float]) -> _Which:
    _, _, width, height, area = blobs.T
    fill = area / (width * height)
    disc = (np.minimum(width, height) >= _HOLE_MM[0]) & (np.maximum(width, height) <= _HOLE_MM[1])
    filled = (fill >= _HOLE_FILL[0]) & (fill <= _HOLE_FILL[1])
    hole: _Which = disc & filled & (_to_edge(blobs, size) < _HOLE_REACH_MM)
    return hole


def _is_streak(blobs: _Blobs) -> _Which:
    _, _, width, height, _ = blobs.T
    streak: _Which = (np.maximum(width, height) >= _STREAK_MM) & (np.minimum(width, height) <= _STREAK_WIDTH_MM)
    return streak


def _to_edge(blobs: _Blobs, size: tuple[float, float]) -> npt.NDArray[np.float64]:
    """Return the distance of each blob from the nearest edge of the inspected part, in mm."""
    left, top, width, height, _ = blobs.T
    nearest: npt.NDArray[np.float64] = np.minimum.reduce([left, top, size[0] - left - width, size[1] - top - height])
    return nearest


def _marks(inner: Pixels, darkest: Pixels, depth: Pixels, ink: _Which, px_per_mm: float) -> Iterator[_Blobs]:
    """Yield each mark of ``ink`` as rows of (depth, rise, redness), one row a pixel."""
    rows, columns = np.nonzero(ink)
    if not rows.size:
        return
    reach = max(3, round(_TOGETHER_MM * px_per_mm) | 1)
    near = cv2.dilate(ink.view(np.uint8), np.ones((reach, reach), np.uint8))
    _, labels = cv2.connectedComponents(near, connectivity=8)
    across = cv2.Sobel(darkest, cv2.CV_32F, 1, 0, scale=1 / 8)
    rise = cv2.magnitude(across, cv2.Sobel(darkest, cv2.CV_32F, 0, 1, scale=1 / 8))
    red = inner[:, :, 0] if inner.ndim == 3 else darkest
    redness = red[rows, columns].astype(np.float64) - darkest[rows, columns]
    pixels = np.column_stack([depth[rows, columns], rise[rows, columns], redness])
    marks = labels[rows, columns]
    order = np.argsort(marks, kind="stable")
    yield from np.split(pixels[order], np.flatnonzero(np.diff(marks[order])) + 1)


def _on_this_side(mark: _Blobs, px_per_mm: float) -> bool:
    """Return True unless the mark is blurred print or blotchy stamp ink from the other side of the paper."""
    depth, rise, redness = mark.T
    middle, deep, deepest = np.percentile(depth, [50, 90, 99])
    if deepest > _BLOTCHY * middle and np.median(redness[depth >= deep]) > _RED:
        return False
    return bool(deep >= _STRONG or np.percentile(rise, 90) / deep * px_per_mm >= _SHARP_PER_MM)


def _depth(paper: Pixels, grey: Pixels) -> Pixels:
    return np.asarray(cv2.subtract(paper, grey), dtype=np.uint8)


def _resized(grey: Pixels, shape: tuple[int, ...], how: int) -> Pixels:
    return np.asarray(cv2.resize(grey, (max(1, shape[1]), max(1, shape[0])), interpolation=how), dtype=np.uint8)
