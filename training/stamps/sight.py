"""What the trained nets of the stamp screen see: the ink of a page, and of a place on it, whatever its scanner."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from archive.model.image import PageImage, Pixels

PAGE_SCALE = 75 / 25.4  # pixels a mm of the page that is searched: capitals of stamps measure 7 pixels and more
VIEW = (224, 56)  # pixels of the view of one spot, wide and high
ROW = 20  # pixels that the row of letters fills of a view's height, marks above and below included

_BLOCK = 8  # the search net halves the page three times


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the word MẬT may stand: middle of the word and height of its row, mm; degrees clockwise; likelihood."""

    x: float
    y: float
    height: float
    angle: float
    likelihood: float


def page_ink(image: PageImage) -> Pixels:
    """Return darkness and colour of the whole page, shape (2, height, width), for the search; 0 is white paper."""
    across = PAGE_SCALE * image.canvas_width_mm / image.width
    down = PAGE_SCALE * image.canvas_height_mm / image.height
    factor = max(1, int(0.75 / across))  # whole factors first: they are averaged many times faster
    size = (image.width // factor, image.height // factor)
    small = image.pixels
    if factor > 1 and min(size) > 0:
        whole = small[: size[1] * factor, : size[0] * factor]
        small = np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    wide, high = (max(1, round(side * zoom)) for side, zoom in ((image.width, across), (image.height, down)))
    way = cv2.INTER_AREA if wide <= small.shape[1] else cv2.INTER_LINEAR
    ink = ink_of(np.asarray(cv2.resize(small, (wide, high), interpolation=way), dtype=np.uint8))
    return np.pad(ink, ((0, 0), (0, -high % _BLOCK), (0, -wide % _BLOCK)))


def ink_of(pixels: Pixels) -> Pixels:
    """Return darkness and colour of grey or RGB ``pixels``, shape (2, height, width); grey has no colour."""
    if pixels.ndim == 2:
        return np.stack([np.asarray(cv2.bitwise_not(pixels), np.uint8), np.zeros_like(pixels)])
    red, green, blue = cv2.split(pixels)
    low, high = cv2.min(cv2.min(red, green), blue), cv2.max(cv2.max(red, green), blue)
    return np.stack([np.asarray(cv2.bitwise_not(low), np.uint8), np.asarray(cv2.subtract(high, low), np.uint8)])


def spot_ink(image: PageImage, spot: Spot) -> Pixels:
    """Return darkness and colour around ``spot``, turned upright, shape (2, ``VIEW`` height, width)."""
    scale = np.array([image.width / image.canvas_width_mm, image.height / image.canvas_height_mm])
    step = spot.height / ROW  # mm of one pixel of the view
    reach = step * math.hypot(*VIEW) / 2 + 1
    low = np.maximum(0, np.floor((np.array([spot.x, spot.y]) - reach) * scale)).astype(int)
    high = np.ceil((np.array([spot.x, spot.y]) + reach) * scale).astype(int)
    part = image.pixels[low[1] : high[1], low[0] : high[0]]
    factor = max(1, int(step * scale[0]))
    if min(part.shape[:2]) < factor:
        return np.zeros((2, VIEW[1], VIEW[0]), np.uint8)
    if factor > 1:
        size = (part.shape[1] // factor, part.shape[0] // factor)
        part = np.asarray(cv2.resize(part[: size[1] * factor, : size[0] * factor], size, interpolation=cv2.INTER_AREA))
    warp = _warp(spot, step, scale / factor, low / factor)
    white = (255,) * 3 if image.is_colour else (255,)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpAffine(part, warp, VIEW, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=white)
    return ink_of(np.asarray(seen, dtype=np.uint8))


def _warp(
    spot: Spot, step: float, scale: npt.NDArray[np.float64], corner: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the affine map from pixels of the view to pixels of the cut part of the page."""
    cos, sin = math.cos(math.radians(spot.angle)), math.sin(math.radians(spot.angle))
    turn = np.array([[cos, -sin], [sin, cos]]) * step
    middle = (VIEW[0] / 2, VIEW[1] / 2)
    move = np.array([spot.x, spot.y]) - turn @ middle
    return np.hstack([turn * scale[:, None], (move * scale - corner)[:, None]])
