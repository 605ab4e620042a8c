"""Measurement of a page's skew, and of whether its lines of print run sideways."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from archive.model.image import Pixels

_SKEW_LIMIT = 5.0  # degrees; a larger skew is for the operator to correct
_COARSE, _FINE = 1.0, 0.25  # degrees
_COARSE_SIDE, _FINE_SIDE = 500, 900  # px of the longer side: lines of print stay separate, and a trial costs under 1 ms
_EDGE = 0.03  # share of the longer side that is left out: edge shadows are straighter than any print
_SIDEWAYS_LEAD = 1.15  # how much sharper columns must be than rows; on real print the ratio is over 2 or under 0.5
_RULE = 24  # px of the coarse thumbnail, 14 mm of an A4: frames and columns have such runs in both directions
_RULE_INK = 40  # of 255, in the negative: a hairline scaled down
_SMALLEST_SIDE = 16  # px of a thumbnail; less holds no line of print


class PageSkew(NamedTuple):
    """``sideways``: lines run up or down the page; ``angle``: degrees counter-clockwise that level them."""

    sideways: bool
    angle: float


def measure_skew(grey: Pixels, sideways: bool | None = None) -> PageSkew:
    """Measure the skew of dark-on-white ``grey``, within ±5 degrees; ``sideways``: direction of lines, if known.

    Where lines are level, rows of pixels differ most from their neighbours (projection profile); where they stand
    upright, columns do. One turned thumbnail shows both.
    """
    fine_ink = _thumbnail(grey)
    ink = _without_rules(_reduced(fine_ink, _COARSE_SIDE))
    if min(ink.shape) < _SMALLEST_SIDE:
        return PageSkew(bool(sideways), angle=0.0)
    angles = _angles(-_SKEW_LIMIT, _SKEW_LIMIT, _COARSE)
    rows, columns = zip(*(_sharpness(ink, angle) for angle in angles), strict=True)
    if sideways is None:
        sideways = max(columns) > _SIDEWAYS_LEAD * max(rows)
    along = columns if sideways else rows
    coarse = angles[along.index(max(along))]
    angle = max(
        _angles(coarse - _COARSE + _FINE, coarse + _COARSE - _FINE, _FINE),
        key=lambda angle: _sharpness(fine_ink, angle)[sideways],
    )
    return PageSkew(sideways, angle)


def _thumbnail(grey: Pixels) -> Pixels:
    """Return ``grey`` as a small negative (ink is bright) without its edges."""
    small = _reduced(grey, _FINE_SIDE)
    edge = int(_EDGE * max(small.shape))
    if min(small.shape) <= 2 * edge:
        return 255 - small
    return np.ascontiguousarray(255 - small[edge : small.shape[0] - edge, edge : small.shape[1] - edge])


def _reduced(grey: Pixels, side: int) -> Pixels:
    """Return ``grey`` with a longer side of at most ``side`` pixels."""
    height, width = grey.shape
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _without_rules(ink: Pixels) -> Pixels:
    """Return the coarse thumbnail without long runs: a frame is sharper than print in both directions."""
    mask = (ink > _RULE_INK).view(np.uint8)
    across = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((1, _RULE), np.uint8))
    down = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((_RULE, 1), np.uint8))
    clean = ink.copy()
    clean[cv2.dilate(cv2.bitwise_or(across, down), np.ones((3, 3), np.uint8)) > 0] = 0
    return clean


def _angles(lowest: float, highest: float, step: float) -> list[float]:
    """Return angles, the smallest first: if all are equally sharp, the page stays unchanged."""
    return sorted((float(angle) for angle in np.arange(lowest, highest + step / 2, step)), key=abs)


def _sharpness(ink: Pixels, angle: float) -> tuple[float, float]:
    """Return the sharpness of rows, and of columns, of ``ink`` turned by ``angle``, per pixel of their length."""
    height, width = ink.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
    turned = cv2.warpAffine(ink, turn, (width, height))
    rows = cv2.reduce(turned, 1, cv2.REDUCE_SUM, dtype=cv2.CV_64F)
    columns = cv2.reduce(turned, 0, cv2.REDUCE_SUM, dtype=cv2.CV_64F)
    return (
        float(np.square(np.diff(np.ravel(rows))).sum()) / width,
        float(np.square(np.diff(np.ravel(columns))).sum()) / height,
    )
