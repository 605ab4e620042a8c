"""Proposals: places and angles of the word MẬT on a page, decoded from the proposal net's output."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

PAGE_SCALE = 75 / 25.4  # pixels a mm of the page that the net sees: capitals of stamps measure 7 pixels and more
CELL_PIXELS = 8  # the net halves the page three times
CELL_MM = CELL_PIXELS / PAGE_SCALE
USUAL_MM = 7.0  # height of a usual row of letters; the net answers with the logarithm of its part of this
_LEAST_MM, _MOST_MM = 2.5, 16.0
_SAME_MM = 5.0  # two proposals nearer than this are one word


@dataclass(frozen=True, slots=True)
class Proposal:
    """A possible place of the word MẬT: middle and height of its row (mm), degrees clockwise, likelihood (0..1)."""

    x: float
    y: float
    height: float
    angle: float
    likelihood: float


def decoded(answer: npt.NDArray[np.float32], least: float, most: int) -> tuple[Proposal, ...]:
    """Return at most ``most`` proposals of at least ``least`` likelihood (0..1), likeliest first.

    ``answer``: shape (6, rows, columns), a cell of 8 x 8 pixels each: logit of the likelihood, the middle's offset
    right and down (cells), logarithm of height / ``USUAL_MM``, cosine and sine of the angle.
    """
    logits = np.ascontiguousarray(answer[0])
    highest = cv2.dilate(logits, np.ones((3, 3), np.uint8))
    rows, columns = np.nonzero((logits >= math.log(least / (1 - least))) & (logits >= highest))
    found: list[Proposal] = []
    for place in np.argsort(-logits[rows, columns], kind="stable"):
        row, column = int(rows[place]), int(columns[place])
        logit, right, down, size, cos, sin = (float(value) for value in answer[:, row, column])
        x, y = (column + 0.5 + right) * CELL_MM, (row + 0.5 + down) * CELL_MM
        if any(math.hypot(x - other.x, y - other.y) < _SAME_MM for other in found):
            continue
        height = min(_MOST_MM, max(_LEAST_MM, USUAL_MM * math.exp(max(-3.0, min(3.0, size)))))
        found.append(Proposal(x, y, height, math.degrees(math.atan2(sin, cos)), 1 / (1 + math.exp(-logit))))
        if len(found) == most:
            break
    return tuple(found)
