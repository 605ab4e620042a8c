"""Spots on a page where the word MẬT may stand, at any turn, from what the search net answers."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from archive.model.image import PageImage
from training.stamps.running import Net
from training.stamps.sight import PAGE_SCALE, Spot, page_ink

CELL_MM = 8 / PAGE_SCALE  # what one answer of the net covers
USUAL_MM = 7.0  # height of a usual row of letters; the net answers with the logarithm of its part of this
TURN = 30.0  # degrees that the judging net counts as one
_LEAST_MM, _MOST_MM = 2.5, 16.0
_SAME_MM = 5.0  # two spots nearer than this are one word


def spots(image: PageImage, search: Net, least: float, most: int) -> tuple[Spot, ...]:
    """Return at most ``most`` spots of at least ``least`` likelihood (0 to 1), likeliest first."""
    return decoded(search(page_ink(image)[None])[0], least, most)


def decoded(answer: npt.NDArray[np.float32], least: float, most: int) -> tuple[Spot, ...]:
    """Return the spots of one answer, shape (6, rows, columns): logit, place in its cell, log height, cos, sin."""
    logits = np.ascontiguousarray(answer[0])
    highest = cv2.dilate(logits, np.ones((3, 3), np.uint8))
    rows, columns = np.nonzero((logits >= math.log(least / (1 - least))) & (logits >= highest))
    found: list[Spot] = []
    for place in np.argsort(-logits[rows, columns], kind="stable"):
        row, column = int(rows[place]), int(columns[place])
        logit, right, down, size, cos, sin = (float(value) for value in answer[:, row, column])
        x, y = (column + 0.5 + right) * CELL_MM, (row + 0.5 + down) * CELL_MM
        if any(math.hypot(x - other.x, y - other.y) < _SAME_MM for other in found):
            continue
        height = min(_MOST_MM, max(_LEAST_MM, USUAL_MM * math.exp(max(-3.0, min(3.0, size)))))
        found.append(Spot(x, y, height, math.degrees(math.atan2(sin, cos)), 1 / (1 + math.exp(-logit))))
        if len(found) == most:
            break
    return tuple(found)
