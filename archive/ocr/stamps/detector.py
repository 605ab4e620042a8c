"""Finds stamps that neither a frame nor ink of their own sets apart: inside a seal, over print, in grey and in 1-bit.

Two small nets in turn, as object detectors do it: the first proposes where on the page the word MẬT may stand, the
second classifies each place upright, from the full resolution. Trained by ``training/stamps`` on drawn pages alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from archive.model.image import PageImage
from archive.model.pages import Box
from archive.ocr.stamps.candidates import SQUARE, Candidate
from archive.ocr.stamps.net_inputs import page_ink, place_ink
from archive.ocr.stamps.nets import WEIGHTS, Net
from archive.ocr.stamps.proposals import Proposal, decoded
from archive.rules.secrecy.marks import Mark, MarkForm
from archive.rules.secrecy.words import Degree

TURN = 30.0  # degrees that the classifier counts as one
_LIKELY = 0.15  # of a proposal: what is less likely is not classified
_MOST_PROPOSALS = 8
_WORTH = 0.1  # of the first classification: what is less likely is not looked at again
_SURE = 0.95  # of the second one, the mean of its three looks
_LOOKS = ((0.0, 0.0, 1.0), (0.15, 0.06, 0.93), (-0.15, -0.06, 1.07))  # right, down (heights), size
_DEGREES = (Degree.MAT, Degree.TOI_MAT, Degree.TUYET_MAT)  # in the order of the classifier's answers
_LETTERS_PART = (0.5, 0.75)  # of a candidate's height that its row of letters may fill
_LONG_WORDS = 2.5  # a candidate longer than this, in its heights, may bear more than MẬT
_REACH = (1.4, 4.2, 6.0)  # how far the words of each degree reach to the left of the middle of MẬT, heights


class StampDetector:
    """Detects the marks of one page image. Picklable, effect-free; loads its nets at the first page."""

    def __init__(self, folder: Path = WEIGHTS) -> None:
        self._proposals = Net("stamps-proposals", folder)
        self._classifier = Net("stamps-classifier", folder)

    def detect(self, image: PageImage) -> tuple[Mark, ...]:
        """Return the marks that are sure enough. Raises EngineUnavailable."""
        return tuple(
            Mark(degree, MarkForm.STAMP, _box(place, degree), doubtful=True)
            for place, degree, likelihood in self._classified(image)
            if likelihood >= _SURE
        )

    def highest(self, image: PageImage) -> float:
        """Return how likely the likeliest place on ``image`` is a mark, 0..1. Raises EngineUnavailable."""
        return max((likelihood for _, _, likelihood in self._classified(image)), default=0.0)

    def agrees(self, image: PageImage, candidate: Candidate) -> bool:
        """Return whether ``candidate``, on which a mark was read, may bear one. Raises EngineUnavailable."""
        places = tuple(_ends(candidate))
        moved = (_moved_by(answer, place) for place, answer in zip(places, self._classify(image, places), strict=True))
        return any(self._second_look(image, place)[1] >= _SURE for place in moved)

    def proposed(self, image: PageImage, least: float = _LIKELY, most: int = _MOST_PROPOSALS) -> tuple[Proposal, ...]:
        """Return where the word MẬT may stand, likeliest first. Raises EngineUnavailable."""
        return decoded(self._proposals(page_ink(image)[None])[0], least, most)

    def _classified(self, image: PageImage) -> Iterator[tuple[Proposal, Degree, float]]:
        places = self.proposed(image)
        if not places:
            return
        for place, answer in zip(places, self._classify(image, places), strict=True):
            if 1 - _likelihoods(answer)[3] >= _WORTH:
                moved = _moved_by(answer, place)
                yield moved, *self._second_look(image, moved)

    def _second_look(self, image: PageImage, place: Proposal) -> tuple[Degree, float]:
        """Return the likeliest degree at ``place``, and how likely a mark stands there at all, 0..1."""
        looks = [_moved(place, right, down, math.log(size), 0.0) for right, down, size in _LOOKS]
        mean = np.mean([_likelihoods(answer) for answer in self._classify(image, looks)], axis=0)
        return _DEGREES[int(np.argmax(mean[:3]))], float(1 - mean[3])

    def _classify(self, image: PageImage, places: Sequence[Proposal]) -> npt.NDArray[np.float32]:
        """Return, a place, logits of the three degrees and of none, and where the word stands: shape (n, 8)."""
        return self._classifier(np.stack([place_ink(image, place) for place in places]))


def _likelihoods(answer: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    powers = np.exp(answer[:4] - answer[:4].max())
    return np.asarray(powers / powers.sum(), dtype=np.float32)


def _ends(candidate: Candidate) -> Iterator[Proposal]:
    """Yield where on ``candidate`` its last word may stand: in its middle or at an end, read in any direction."""
    turns = (0, 2) if candidate.length > SQUARE * candidate.height else (0, 1, 2, 3)
    for turn in turns:
        along, across = (candidate.length, candidate.height)[:: 1 if turn % 2 == 0 else -1]
        for part in _LETTERS_PART:
            middle = Proposal(candidate.x, candidate.y, part * across, candidate.angle + 90 * turn, 1.0)
            yield middle
            if along > _LONG_WORDS * across:
                yield _moved(middle, (along / 2 - across) / middle.height, 0.0, 0.0, 0.0)


def _moved_by(answer: npt.NDArray[np.float32], place: Proposal) -> Proposal:
    """Return ``place`` moved to where the classifier's ``answer`` to it says that the word stands."""
    return _moved(place, *(float(value) for value in answer[4:]))


def _moved(place: Proposal, right: float, down: float, taller: float, turn: float) -> Proposal:
    """Return ``place`` moved in heights along and across its words, its height and angle changed as answered."""
    cos, sin = math.cos(math.radians(place.angle)), math.sin(math.radians(place.angle))
    right, down = (max(-2.0, min(2.0, way)) * place.height for way in (right, down))
    x, y = place.x + right * cos - down * sin, place.y + right * sin + down * cos
    height = place.height * math.exp(max(-0.6, min(0.6, taller)))
    return replace(place, x=x, y=y, height=height, angle=place.angle + turn * TURN)


def _box(place: Proposal, degree: Degree) -> Box:
    """Return the smallest upright box around the words of ``degree`` of which ``place`` is the last."""
    cos, sin = math.cos(math.radians(place.angle)), math.sin(math.radians(place.angle))
    ends = (-_REACH[_DEGREES.index(degree)], _REACH[0])
    corners = [(x * place.height, y * place.height) for x in ends for y in (-0.6, 0.6)]
    across = [place.x + x * cos - y * sin for x, y in corners]
    down = [place.y + x * sin + y * cos for x, y in corners]
    return Box(min(across), min(down), max(across), max(down))
