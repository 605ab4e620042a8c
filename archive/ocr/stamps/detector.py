"""Detector of stamps without a separate frame or ink: inside a round stamp, or over print, in grey and 1-bit.

Three neural nets, as in object detectors: the first proposes places of the word MẬT on the page; a small one
classifies each place upright, at full resolution; places that it does not deny are classified by it and a larger one
together. Trained by ``training/stamps`` on drawn pages only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from archive.model.image import PageImage, Pixels
from archive.model.pages import Box
from archive.ocr.stamps.candidates import SQUARE, Candidate
from archive.ocr.stamps.net_inputs import page_ink, place_ink
from archive.ocr.stamps.nets import WEIGHTS, Net
from archive.ocr.stamps.proposals import Proposal, decoded
from archive.rules.secrecy.marks import Mark, MarkForm
from archive.rules.secrecy.words import Degree

TURN = 30.0  # degrees; the classifiers' unit of angle
_LIKELY = 0.15  # of a proposal; less likely ones are not classified
_MOST_PROPOSALS = 8
_TURNED = 2  # proposals that are classified turned, too: the proposal net is often wrong about the angle alone
_TURNS = (35.0, -35.0, 180.0)
_WORTH = 0.2  # likelihood of a mark; less likely places are not classified again
_SURE = 0.962  # lowest likelihood of a reported mark
_LOOKS = ((0.0, 0.0, 1.0), (0.15, 0.06, 0.93), (-0.15, -0.06, 1.07))  # right, down (heights), size
_DEGREES = (Degree.MAT, Degree.TOI_MAT, Degree.TUYET_MAT)  # in the order of the classifier's outputs
_LETTERS_PART = (0.5, 0.75)  # of a candidate's height that its row of letters may fill
_LONG_WORDS = 2.5  # a candidate longer than this, in its heights, may bear more than MẬT
_REACH = (1.4, 4.2, 6.0)  # how far the words of each degree reach to the left of the middle of MẬT, heights


class StampDetector:
    """Detects the marks of one page image. Picklable, effect-free; loads its nets at the first page."""

    def __init__(self, folder: Path = WEIGHTS) -> None:
        self._proposals = Net("stamps-proposals", folder)
        self._classifier = Net("stamps-classifier", folder)
        self._larger = Net("stamps-classifier-large", folder)

    def detect(self, image: PageImage) -> tuple[Mark, ...]:
        """Return the marks that are sure enough. Raises EngineUnavailable."""
        found = sorted(self._classified(image), key=lambda look: look[2], reverse=True)
        marks: dict[Proposal, Mark] = {}  # several proposals may lead to the same place
        for place, degree, likelihood in found:
            if likelihood >= _SURE and not any(_is_near(place, other) for other in marks):
                marks[place] = Mark(degree, MarkForm.STAMP, _box(place, degree), doubtful=True)
        return tuple(marks.values())

    def highest(self, image: PageImage) -> float:
        """Return the highest likelihood (0..1) of a mark on ``image``. Raises EngineUnavailable."""
        return max((likelihood for _, _, likelihood in self._classified(image)), default=0.0)

    def agrees(self, image: PageImage, candidate: Candidate) -> bool:
        """Return whether ``candidate``, on which Tesseract read a mark, may bear one. Raises EngineUnavailable."""
        places = tuple(_ends(candidate))
        answers = self._classifier(_views(image, places))
        moved = (_moved_by(answer, place) for place, answer in zip(places, answers, strict=True))
        return any(self._looked_at(image, place)[2] >= _SURE for place in moved)

    def proposed(self, image: PageImage, least: float = _LIKELY, most: int = _MOST_PROPOSALS) -> tuple[Proposal, ...]:
        """Return the places where the word MẬT may stand, likeliest first. Raises EngineUnavailable."""
        return decoded(self._proposals(page_ink(image)[None])[0], least, most)

    def _classified(self, image: PageImage) -> Iterator[tuple[Proposal, Degree, float]]:
        places = tuple(_starts(self.proposed(image)))
        if not places:
            return
        for place, answer in zip(places, self._classifier(_views(image, places)), strict=True):
            if 1 - likelihoods(answer)[3] >= _WORTH:
                yield self._looked_at(image, _moved_by(answer, place))

    def _looked_at(self, image: PageImage, place: Proposal) -> tuple[Proposal, Degree, float]:
        """Return the place of the mark near ``place``, its degree, and the likelihood (0..1) of any mark there.

        Both classifiers decide; if they doubt, they classify again at the place that the larger one returns.
        """
        first, moved = self._both(image, place)
        if not _WORTH <= first[2] < _SURE:
            return first
        second, _ = self._both(image, moved)
        return max(first, second, key=lambda look: look[2])

    def _both(self, image: PageImage, place: Proposal) -> tuple[tuple[Proposal, Degree, float], Proposal]:
        """Return the mean answer of both classifiers for ``place``, and the place of the word by the larger one."""
        looks = [_moved(place, right, down, math.log(size), 0.0) for right, down, size in _LOOKS]
        views = _views(image, looks)
        answers = self._larger(views)
        mean = np.mean([likelihoods(answer) for answer in (*answers, *self._classifier(views))], axis=0)
        return (place, _DEGREES[int(np.argmax(mean[:3]))], float(1 - mean[3])), _moved_by(answers[0], looks[0])


def _views(image: PageImage, places: Sequence[Proposal]) -> Pixels:
    """Return the classifiers' inputs for ``places``, shape (n, 2, height, width). The outputs have shape (n, 8).

    An output: logits of the three degrees and of none, then the offset of the word from the place.
    """
    return np.stack([place_ink(image, place) for place in places])


def _starts(proposals: Sequence[Proposal]) -> Iterator[Proposal]:
    """Yield the places to be classified: all proposals, the likeliest ones turned, too."""
    yield from proposals
    for proposal in proposals[:_TURNED]:
        yield from (replace(proposal, angle=proposal.angle + turn) for turn in _TURNS)


def likelihoods(answer: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the likelihoods (0..1) of the three degrees and of none, shape (4,), from a classifier's ``answer``."""
    powers = np.exp(answer[:4] - answer[:4].max())
    return np.asarray(powers / powers.sum(), dtype=np.float32)


def _ends(candidate: Candidate) -> Iterator[Proposal]:
    """Yield the places of the last word on ``candidate``: its middle or an end, in any direction of reading."""
    turns = (0, 2) if candidate.length > SQUARE * candidate.height else (0, 1, 2, 3)
    for turn in turns:
        along, across = (candidate.length, candidate.height)[:: 1 if turn % 2 == 0 else -1]
        for part in _LETTERS_PART:
            middle = Proposal(candidate.x, candidate.y, part * across, candidate.angle + 90 * turn, 1.0)
            yield middle
            if along > _LONG_WORDS * across:
                yield _moved(middle, (along / 2 - across) / middle.height, 0.0, 0.0, 0.0)


def _moved_by(answer: npt.NDArray[np.float32], place: Proposal) -> Proposal:
    """Return ``place`` moved by the offset in the classifier's ``answer``."""
    return _moved(place, *(float(value) for value in answer[4:]))


def _moved(place: Proposal, right: float, down: float, taller: float, turn: float) -> Proposal:
    """Return ``place`` moved along and across its words (unit: heights), with its height and angle changed."""
    cos, sin = math.cos(math.radians(place.angle)), math.sin(math.radians(place.angle))
    right, down = (max(-2.0, min(2.0, way)) * place.height for way in (right, down))
    x, y = place.x + right * cos - down * sin, place.y + right * sin + down * cos
    height = place.height * math.exp(max(-0.6, min(0.6, taller)))
    return replace(place, x=x, y=y, height=height, angle=place.angle + turn * TURN)


def _is_near(place: Proposal, other: Proposal) -> bool:
    return math.hypot(place.x - other.x, place.y - other.y) < other.height


def _box(place: Proposal, degree: Degree) -> Box:
    """Return the smallest upright box around the words of ``degree`` of which ``place`` is the last."""
    cos, sin = math.cos(math.radians(place.angle)), math.sin(math.radians(place.angle))
    ends = (-_REACH[_DEGREES.index(degree)], _REACH[0])
    corners = [(x * place.height, y * place.height) for x in ends for y in (-0.6, 0.6)]
    across = [place.x + x * cos - y * sin for x, y in corners]
    down = [place.y + x * sin + y * cos for x, y in corners]
    return Box(min(across), min(down), max(across), max(down))
