"""Ink of one colour on a page, separated from paper tone and from other ink."""

from __future__ import annotations

from enum import Enum

import cv2
import numpy as np

from archive.model.image import PageImage, Pixels

_SEARCH_DPI = 100.0  # frames of 0.3 mm still measure a pixel, and a page costs a quarter of what it costs at 200
_CELL = 16  # pixels of the coarse grid on which the paper's tone is measured: 4 mm, wider than any stroke


class Ink(Enum):
    """A colour of ink, and the lowest strength (0..255) that counts as ink.

    A tenth of the strength of fresh ink: faint stamps stay, paper and the noise of JPEG at quality 60 go.
    """

    RED = 22
    BLUE = 30  # pens and rubber are stronger than red rubber at its faintest; noise of blue sensors is, too
    DARK = 36


def reduced(image: PageImage) -> Pixels:
    """Return the page at about 100 dpi, grey or RGB."""
    factor = max(1, round(image.dpi / _SEARCH_DPI))
    if factor == 1:
        return image.pixels
    size = (image.width // factor, image.height // factor)
    whole = image.pixels[: size[1] * factor, : size[0] * factor]  # whole factors are averaged many times faster
    return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def strength(pixels: Pixels, ink: Ink) -> Pixels:
    """Return the strength of ``ink`` at each pixel, 0..255: shape (height, width), uint8.

    Red is red minus green (magenta included), blue is blue minus red: black text, grey dirt and paper have none.
    Pixels must be RGB for red and blue.
    """
    if ink is Ink.DARK:
        grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        return np.asarray(cv2.bitwise_not(grey), dtype=np.uint8)
    high, low = (0, 1) if ink is Ink.RED else (2, 0)
    return np.asarray(cv2.subtract(cv2.extractChannel(pixels, high), cv2.extractChannel(pixels, low)), dtype=np.uint8)


def mask(pixels: Pixels, ink: Ink) -> Pixels:
    """Return 255 where the page (about 100 dpi) has ``ink``, else 0: shape (height, width), uint8."""
    strong = strength(pixels, ink)
    if int(strong.max()) <= ink.value:
        return np.zeros_like(strong)  # most pages have one ink: this is all that the others cost
    found = cv2.subtract(strong, _tone(strong))
    _, inked = cv2.threshold(found, ink.value, 255, cv2.THRESH_BINARY)
    if ink is not Ink.DARK and cv2.countNonZero(inked):
        # The colour fringes that scanners leave around black letters are weak for how dark they are.
        low = cv2.extractChannel(pixels, 1 if ink is Ink.RED else 0)
        darkness = cv2.convertScaleAbs(cv2.bitwise_not(low), alpha=1 / 3)
        inked = cv2.bitwise_and(inked, cv2.compare(strong, darkness, cv2.CMP_GT))
    return np.asarray(inked, dtype=np.uint8)


def _tone(strong: Pixels) -> Pixels:
    """Return the strength of the paper itself around each pixel."""
    height, width = strong.shape
    grid = (max(1, width // _CELL), max(1, height // _CELL))
    coarse = cv2.resize(strong, grid, interpolation=cv2.INTER_AREA)
    paper = cv2.blur(cv2.erode(coarse, np.ones((5, 5), np.uint8)), (3, 3))
    return np.asarray(cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
