"""Finds stamps that no frame and no ink of their own sets apart: inside a seal, over print, in grey and in 1-bit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from archive.model.image import PageImage
from archive.model.pages import Box
from archive.rules.secrecy import Mark, MarkForm
from archive.rules.secrecy_words import Degree
from training.stamps.running import WEIGHTS, Net
from training.stamps.sight import Spot, spot_ink
from training.stamps.spots import TURN, spots

_LIKELY = 0.15  # of the search: what is less likely is not looked at
_MOST_SPOTS = 8
_WORTH = 0.1  # of the first look: what is less likely is not looked at again
_SURE = 0.95  # of the second look, on the mean over its views
_LOOKS = ((0.0, 0.0, 1.0), (0.15, 0.06, 0.93), (-0.15, -0.06, 1.07))  # right, down (heights), size
_DEGREES = (Degree.MAT, Degree.TOI_MAT, Degree.TUYET_MAT)  # in the order of the judge's answers
_REACH = (1.4, 4.2, 6.0)  # how far the words of each degree reach to the left of the middle of MẬT, heights

_Floats = npt.NDArray[np.float32]


class Spotter:
    """Finds the word MẬT at any turn, and judges each place twice. Picklable; loads its nets at the first page."""

    def __init__(self, folder: Path = WEIGHTS) -> None:
        self._search = Net("stamps-search", folder)
        self._judge = Net("stamps-judge", folder)

    def read(self, image: PageImage) -> tuple[Mark, ...]:
        """Return the marks that are sure enough. Raises EngineUnavailable."""
        return tuple(
            Mark(degree, MarkForm.STAMP, _box(spot, degree), doubtful=True)
            for spot, degree, sure in self._looked_at_twice(image)
            if sure >= _SURE
        )

    def surest(self, image: PageImage) -> float:
        """Return how likely the likeliest place on ``image`` is a mark, 0 to 1. Raises EngineUnavailable."""
        return max((sure for _, _, sure in self._looked_at_twice(image)), default=0.0)

    def _looked_at_twice(self, image: PageImage) -> Iterator[tuple[Spot, Degree, float]]:
        found = spots(image, self._search, _LIKELY, _MOST_SPOTS)
        if not found:
            return
        for spot, answer in zip(found, self._judge(_views(image, found)), strict=True):
            if 1 - _parts(answer)[3] >= _WORTH:
                moved = _moved(spot, *(float(value) for value in answer[4:]))
                yield moved, *self._second_look(image, moved)

    def _second_look(self, image: PageImage, spot: Spot) -> tuple[Degree, float]:
        """Return the likeliest degree of ``spot``, and how likely it is a mark at all, 0 to 1."""
        looks = [_moved(spot, right, down, math.log(size), 0.0) for right, down, size in _LOOKS]
        mean = np.mean([_parts(answer) for answer in self._judge(_views(image, looks))], axis=0)
        return _DEGREES[int(np.argmax(mean[:3]))], float(1 - mean[3])


def _views(image: PageImage, looks: tuple[Spot, ...] | list[Spot]) -> npt.NDArray[np.uint8]:
    return np.stack([spot_ink(image, spot) for spot in looks])


def _parts(answer: _Floats) -> _Floats:
    """Return how likely each degree is, and none, of one answer of the judging net."""
    powers = np.exp(answer[:4] - answer[:4].max())
    return np.asarray(powers / powers.sum(), dtype=np.float32)


def _moved(spot: Spot, right: float, down: float, taller: float, turn: float) -> Spot:
    """Return ``spot`` moved in heights along and across its words, its height and turn changed as the net says it."""
    cos, sin = math.cos(math.radians(spot.angle)), math.sin(math.radians(spot.angle))
    right, down = (max(-2.0, min(2.0, way)) * spot.height for way in (right, down))
    x, y = spot.x + right * cos - down * sin, spot.y + right * sin + down * cos
    height = spot.height * math.exp(max(-0.6, min(0.6, taller)))
    return replace(spot, x=x, y=y, height=height, angle=spot.angle + turn * TURN)


def _box(spot: Spot, degree: Degree) -> Box:
    """Return the smallest upright box around the words of ``degree`` of which ``spot`` is the last."""
    cos, sin = math.cos(math.radians(spot.angle)), math.sin(math.radians(spot.angle))
    ends = (-_REACH[_DEGREES.index(degree)], _REACH[0])
    corners = [(x * spot.height, y * spot.height) for x in ends for y in (-0.6, 0.6)]
    across = [spot.x + x * cos - y * sin for x, y in corners]
    down = [spot.y + x * sin + y * cos for x, y in corners]
    return Box(min(across), min(down), max(across), max(down))
