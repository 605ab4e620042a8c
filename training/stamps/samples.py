"""What the nets learn from: inks of drawn pages with their words, and views of single places with their labels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from archive.ocr.stamps.detector import TURN, StampDetector, likelihoods
from archive.ocr.stamps.net_inputs import page_ink, place_ink
from archive.ocr.stamps.nets import Net
from archive.ocr.stamps.proposals import Proposal
from bench.stamp_pages import SECRET, Kind, draw_page
from training.stamps.pages import TrainingPage, crowded_page, elsewhere, last_word, shifted

CHUNK = 25  # pages a file
UNKNOWN = -9  # fills the rows of a page that bears fewer words than ``_MOST_WORDS``
_MOST_WORDS = 40
_HARD = (Kind.IN_SEAL, Kind.GREY_PRINT, Kind.BILEVEL_PRINT)
_EASY = 0.02  # likelihood of a mark under which a place without one teaches little
_GATHERED = 5  # seed
_SHIFTS = (0.5, 1.0, 1.5, 2.5)  # how far views of a mark lie beside it, in what is usual


class Make(StrEnum):
    """Which pages are drawn."""

    CROWDED = "crowded"
    CLEAN = "clean"
    INNOCENT = "innocent"  # as crowded, without a stamp of secrecy
    HARD = "hard"  # one stamp of secrecy inside a seal, over print in grey, over print in 1-bit


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of a few pages.

    ``inks``: uint8, shape (pages, 2, rows, columns). ``words``: float32, shape (pages, 40, 5), a row a word: x, y,
    height (mm), degrees, label. ``views``: uint8, shape (views, 2, 64, 256). ``labels``: a view: 0 to 2 a degree, 3
    none. ``moves``: float32, shape (views, 4): where the mark stands, heights right and down, log height, turn.
    """

    inks: npt.NDArray[np.uint8]
    words: npt.NDArray[np.float32]
    views: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    moves: npt.NDArray[np.float32]


def save(folder: Path, make: Make, course: int, weights: Path, more_fonts: Path | None, first: int) -> Path:
    """Draw ``CHUNK`` pages from ``first`` on into a file of ``folder``; return it."""
    file = folder / f"{make}-{course}-{first}.npz"
    samples = drawn(make, course, range(first, first + CHUNK), StampDetector(weights), more_fonts)
    np.savez(file, **asdict(samples))
    return file


def gather(folder: Path, files: Iterable[Path], weights: Path) -> Iterator[Path]:
    """Copy samples into ``folder`` without half of the places that the classifier denies outright; yield the files.

    Of 246,000 views three in five bear no mark, and nearly all of those are easy: they would take most of the training.
    """
    classifier, rng = Net("stamps-classifier", weights), np.random.default_rng(_GATHERED)
    for file in files:
        samples = Samples(**np.load(file))
        none = np.flatnonzero(samples.labels == 3)
        denied = np.array([1 - likelihoods(classifier(view[None])[0])[3] < _EASY for view in samples.views[none]], bool)
        dropped = none[denied & (rng.random(len(none)) < 0.5)]
        kept = np.setdiff1d(np.arange(len(samples.labels)), dropped)
        rest = (samples.views[kept], samples.labels[kept], samples.moves[kept])
        np.savez(folder / file.name, **asdict(Samples(samples.inks, samples.words, *rest)))
        yield folder / file.name


def drawn(make: Make, course: int, pages: range, detector: StampDetector, more_fonts: Path | None) -> Samples:
    """Draw ``pages`` of ``make``, each from the seeds ``course`` and its number; ``detector`` proposes places too."""
    cv2.setNumThreads(1)
    inks, words, views = [], [], []
    for number in pages:
        rng = np.random.default_rng([course, number])
        page = _page(rng, make, number, more_fonts if rng.random() < 0.6 else None)
        views += _views(rng, page, detector)
        if make in (Make.CROWDED, Make.HARD):
            inks.append(page_ink(page.image))
            rows = [(place.x, place.y, place.height, place.angle, label) for place, label in page.words]
            words.append(rows + [(0.0, 0.0, 0.0, 0.0, UNKNOWN)] * (_MOST_WORDS - len(rows)))
    return Samples(
        np.array(inks, np.uint8),
        np.array(words, np.float32),
        np.stack([view for view, _, _ in views]),
        np.array([label for _, label, _ in views], np.int64),
        np.array([move for _, _, move in views], np.float32),
    )


def _page(rng: np.random.Generator, make: Make, number: int, fonts: Path | None) -> TrainingPage:
    if make in (Make.CROWDED, Make.INNOCENT):
        return crowded_page(rng, fonts, secret=make is Make.CROWDED)
    kind = Kind.CLEAN if make is Make.CLEAN else _HARD[number % len(_HARD)]
    page = draw_page(rng, kind, "" if make is Make.CLEAN else str(rng.choice(SECRET)), fonts)
    words = ((last_word(p), SECRET.index(p.text) if p.text in SECRET else 3) for p in page.places)
    return TrainingPage(page.image, tuple(words))


View = tuple[npt.NDArray[np.uint8], int, tuple[float, float, float, float]]  # ink, label, where its mark stands


def _views(rng: np.random.Generator, page: TrainingPage, detector: StampDetector) -> list[View]:
    """Return views of the words of a page, of what the proposal net finds, of anything else."""
    places = [
        shifted(rng, place, much) for place, label in page.words for much in (_SHIFTS if 0 <= label < 3 else (1.0,))
    ]
    found = detector.proposed(page.image, least=0.05, most=10)
    places += [*found, *(shifted(rng, place) for place in found[:4])]
    places += [elsewhere(rng, page.words) for _ in range(2)]
    views = (_view(page, place) for place in places)
    return [view for view in views if view[1] >= 0]


def _view(page: TrainingPage, place: Proposal) -> View:
    """Return a view, its label (-1: a mark lies too far aside), and where its mark stands."""
    ink = place_ink(page.image, place)
    for mark, label in page.words:
        right, down = mark.x - place.x, mark.y - place.y
        away = math.hypot(right, down) / mark.height
        turn = (mark.angle - place.angle + 180) % 360 - 180
        if label == 3 or away > 1.8:
            continue
        cos, sin = math.cos(math.radians(place.angle)), math.sin(math.radians(place.angle))
        moved = (right * cos + down * sin, down * cos - right * sin)
        taller = math.log(mark.height / place.height)
        met = away < 1.1 and abs(turn) < 35 and abs(taller) < 0.5
        return ink, label if met else -1, (moved[0] / place.height, moved[1] / place.height, taller, turn / TURN)
    return ink, 3, (0.0, 0.0, 0.0, 0.0)
