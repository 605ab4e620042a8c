"""Ink lighter than print on pages without colour: a stamp over black words and rules."""

from __future__ import annotations

import cv2
import numpy as np

from archive.model.image import PageImage, Pixels
from archive.ocr.stamps.ink import Ink, mask, reduced

_INKED = 170  # grey level; lighter pixels are paper or too faint
_MIN_STROKES = 2000  # pixels in the middle of strokes, in a sample of a quarter of the pixels; fewer give no level
_ABOVE_PRINT = 30  # grey levels by which strokes of print differ
_PRINT_PART = 25  # per cent of the strokes' middles that are certainly print
_EDGE_MM = 0.15  # blur around strokes of print


def lighter_ink(image: PageImage, level: float) -> Pixels:
    """Return 255 at ink lighter than print at ``level``, else 0, at about 100 dpi: shape (height, width), uint8.

    Strokes of print are removed with their blurred edges, so that ink under them has gaps there.
    """
    grey = image.pixels
    reach = max(3, round(2 * _EDGE_MM * image.width / image.canvas_width_mm) | 1)
    printed = cv2.dilate(np.where(grey < level, np.uint8(255), np.uint8(0)), np.ones((reach, reach), np.uint8))
    bare = np.asarray(cv2.max(grey, printed), dtype=np.uint8)
    return mask(reduced(PageImage(bare, image.canvas_width_mm, image.canvas_height_mm)), Ink.DARK)


def print_level(grey: Pixels) -> float | None:
    """Return the grey level between print and lighter ink; None when the page has only one level."""
    coarse = np.ascontiguousarray(grey[::2, ::2])
    lowest = cv2.erode(coarse, np.ones((3, 3), np.uint8))
    strokes = coarse[(coarse == lowest) & (coarse < _INKED)]
    if strokes.size < _MIN_STROKES or int(strokes.max()) == int(strokes.min()):
        return None
    between, _ = cv2.threshold(strokes.reshape(-1, 1), 0, 255, cv2.THRESH_OTSU)
    return max(float(between), float(np.percentile(strokes, _PRINT_PART)) + _ABOVE_PRINT)
