"""Inputs of the nets of the stamp screen: darkness and colour of a page, and of one place on it, turned upright."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from archive.model.image import PageImage, Pixels
from archive.ocr.stamps.proposals import CELL_PIXELS, PAGE_SCALE, Proposal

VIEW = (256, 64)  # pixels of the view of one place, wide and high
ROW = 23  # pixels that the row of letters fills of a view's height, marks above and below included


def page_ink(image: PageImage) -> Pixels:
    """Return darkness and colour of the whole page for the proposal net, shape (2, height, width); 0 is white paper."""
    across = PAGE_SCALE * image.canvas_width_mm / image.width
    down = PAGE_SCALE * image.canvas_height_mm / image.height
    factor = max(1, int(0.75 / across))  # reduction by a whole factor first, which is many times faster
    size = (image.width // factor, image.height // factor)
    small = image.pixels
    if factor > 1 and min(size) > 0:
        whole = small[: size[1] * factor, : size[0] * factor]
        small = np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    wide, high = (max(1, round(side * zoom)) for side, zoom in ((image.width, across), (image.height, down)))
    way = cv2.INTER_AREA if wide <= small.shape[1] else cv2.INTER_LINEAR
    ink = ink_of(np.asarray(cv2.resize(small, (wide, high), interpolation=way), dtype=np.uint8))
    return np.pad(ink, ((0, 0), (0, -high % CELL_PIXELS), (0, -wide % CELL_PIXELS)))


def ink_of(pixels: Pixels) -> Pixels:
    """Return darkness and colour of grey or RGB ``pixels``, shape (2, height, width); grey has no colour."""
    if pixels.ndim == 2:
        return np.stack([np.asarray(cv2.bitwise_not(pixels), np.uint8), np.zeros_like(pixels)])
    red, green, blue = cv2.split(pixels)
    low, high = cv2.min(cv2.min(red, green), blue), cv2.max(cv2.max(red, green), blue)
    return np.stack([np.asarray(cv2.bitwise_not(low), np.uint8), np.asarray(cv2.subtract(high, low), np.uint8)])


def place_ink(image: PageImage, place: Proposal) -> Pixels:
    """Return darkness and colour around ``place``, turned upright, shape (2, ``VIEW`` height, width)."""
    scale = np.array([image.width / image.canvas_width_mm, image.height / image.canvas_height_mm])
    step = place.height / ROW  # mm of one pixel of the view
    reach = step * math.hypot(*VIEW) / 2 + 1
    low = np.maximum(0, np.floor((np.array([place.x, place.y]) - reach) * scale)).astype(int)
    high = np.ceil((np.array([place.x, place.y]) + reach) * scale).astype(int)
    part = image.pixels[low[1] : high[1], low[0] : high[0]]
    factor = max(1, int(step * scale[0]))
    if min(part.shape[:2]) < factor:
        return np.zeros((2, VIEW[1], VIEW[0]), np.uint8)
    if factor > 1:
        size = (part.shape[1] // factor, part.shape[0] // factor)
        part = np.asarray(cv2.resize(part[: size[1] * factor, : size[0] * factor], size, interpolation=cv2.INTER_AREA))
    warp = _warp(place, step, scale / factor, low / factor)
    white = (255,) * 3 if image.is_colour else (255,)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpAffine(part, warp, VIEW, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=white)
    return ink_of(np.asarray(seen, dtype=np.uint8))


def _warp(
    place: Proposal, step: float, scale: npt.NDArray[np.float64], corner: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the affine map from pixels of the view to pixels of the cut part of the page."""
    cos, sin = math.cos(math.radians(place.angle)), math.sin(math.radians(place.angle))
    turn = np.array([[cos, -sin], [sin, cos]]) * step
    middle = (VIEW[0] / 2, VIEW[1] / 2)
    move = np.array([place.x, place.y]) - turn @ middle
    return np.hstack([turn * scale[:, None], (move * scale - corner)[:, None]])
