"""Separation of ink and paper: dark strokes on an even white ground."""

from __future__ import annotations

import cv2
import numpy as np

from archive.model.image import Pixels

# Numbers of this file are measured ones (ADR 8); lengths are in mm so that they hold for every dpi.
_PAPER_PX_PER_MM = 2.0  # resolution at which the paper's shade is measured: a finer one only adds ink
_STROKE_MM = 3.5  # strokes are replaced by the brightest paper within this distance: wider than any printed stroke
_SMOOTH_MM = 7.5  # stains and shadows are wider than this, letters narrower
_BLUR_MM = 1.5  # so that the shade has no steps
_PAPER_WHITE = 245  # shade given to paper: leaves room for its grain below 255
_DARKEST_PAPER = 40  # darker "paper" is scanner lid or solid print: dividing by less would only raise noise
_LIGHTEST_INK = 225  # lighter pixels are the paper's grain
_MIN_INK = 0.0002  # share of the page; less is dust, which has no contrast to measure
_DARK_SHARE = 0.1  # of the ink: the cores of strokes
_FAINT_INK, _STRETCHED_INK = 60, 20  # ink whose cores are lighter than 60 is stretched to 20
_STEEPEST = 5.0  # more would turn grain into dots
_NEGATIVE = 80  # a page with a darker median is negative
_WIDEST_STROKE_MM = 6.0  # of headlines and pens
_RULE_MM = 14.0  # longer than any stroke of print, shorter than the sides of most table cells
_RULE_DARKNESS = 190  # hairlines are paler than print at 150 dpi; 150 left half of a table's rules standing
_RULE_MARGIN = np.ones((3, 3), np.uint8)  # the blurred edge of a rule is erased too


def grey_ink(pixels: Pixels) -> Pixels:
    """Return the red channel, or grey pixels as they are.

    Red stamps, pink guilloche and yellowed paper are bright in red; black and blue ink is dark (ADR 8.1).
    """
    return pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[:, :, 0])


def even_ground(grey: Pixels, px_per_mm: float) -> Pixels:
    """Return ``grey`` dark on even white: shading of the paper removed, faint ink darkened, a negative inverted."""
    step = max(1.0, px_per_mm / _PAPER_PX_PER_MM)
    size = (max(1, round(grey.shape[1] / step)), max(1, round(grey.shape[0] / step)))
    small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if _is_negative(small, px_per_mm / step):
        grey, small = 255 - grey, 255 - small
    shade = _paper(small, px_per_mm / step)
    whole = cv2.resize(shade, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    paper = np.maximum(whole, _DARKEST_PAPER)
    return _darken_faint(np.asarray(cv2.divide(grey, paper, scale=_PAPER_WHITE), dtype=np.uint8))


def erase_rules(grey: Pixels, px_per_mm: float) -> Pixels:
    """Return ``grey`` without long straight rules, frames and streaks, which cost Tesseract whole blocks (ADR 8.2)."""
    ink = (grey < _RULE_DARKNESS).astype(np.uint8)
    length = max(3, round(_RULE_MM * px_per_mm))
    across = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    down = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((length, 1), np.uint8))
    clean = grey.copy()
    clean[cv2.dilate(cv2.bitwise_or(across, down), _RULE_MARGIN) > 0] = 255
    return clean


def _is_negative(small: Pixels, px_per_mm: float) -> bool:
    """Return True for white print on black, as from some films and fax drivers.

    A small paper on a black lid is not negative: it is bright over more than a stroke's width.
    """
    if np.median(small) > _NEGATIVE:
        return False
    reach = _odd(_WIDEST_STROKE_MM * px_per_mm)
    solid = cv2.erode(small, np.ones((reach, reach), np.uint8))
    return bool(np.max(solid) <= 255 - _NEGATIVE)


def _paper(small: Pixels, px_per_mm: float) -> Pixels:
    """Return the paper's shade at each pixel, as if the paper were blank."""
    reach = _odd(_STROKE_MM * px_per_mm)
    paper = cv2.dilate(small, np.ones((reach, reach), np.uint8))
    paper = cv2.medianBlur(paper, _odd(_SMOOTH_MM * px_per_mm))
    return np.asarray(cv2.GaussianBlur(paper, (0, 0), _BLUR_MM * px_per_mm), dtype=np.uint8)


def _darken_faint(grey: Pixels) -> Pixels:
    """Return ``grey`` with its ink darkened if even the darkest part of the ink is pale."""
    counts = np.bincount(grey[::2, ::2].ravel(), minlength=256)
    ink = counts[:_LIGHTEST_INK].cumsum()
    if ink[-1] < _MIN_INK * counts.sum():
        return grey
    dark = int(np.searchsorted(ink, ink[-1] * _DARK_SHARE))
    if dark <= _FAINT_INK:
        return grey
    steepness = min(_STEEPEST, (_PAPER_WHITE - _STRETCHED_INK) / (_PAPER_WHITE - dark))
    shades = _PAPER_WHITE - (_PAPER_WHITE - np.arange(256)) * steepness
    return np.asarray(cv2.LUT(grey, np.clip(shades, 0, 255).astype(np.uint8)), dtype=np.uint8)


def _odd(pixels: float) -> int:
    """Return ``pixels`` as an odd kernel size, which OpenCV requires, at least 3."""
    return max(3, round(pixels) | 1)
