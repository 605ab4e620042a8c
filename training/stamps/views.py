"""What the nets learn from: inks of drawn pages with their marks, and views of single places with their answers."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from bench.stamp_pages import Kind, draw_page
from training.stamps.lessons import Lesson, elsewhere, last_word, lesson, shifted
from training.stamps.running import Net
from training.stamps.sight import Spot, page_ink, spot_ink
from training.stamps.spots import TURN, spots

FIRST_SEED, SECOND_SEED = 2, 3
View = tuple[npt.NDArray[np.uint8], int, tuple[float, float, float, float]]  # ink, answer, where its mark is


def page_lesson(fonts: Path | None, seed: int) -> tuple[npt.NDArray[np.uint8], list[tuple[Spot, int]]]:
    """Return the ink of a drawn page, and its spots."""
    cv2.setNumThreads(1)
    page = lesson(np.random.default_rng([1, seed]), fonts)
    return page_ink(page.image), list(page.spots)


def view_lesson(fonts: Path | None, folder: Path, course: int, seed: int) -> list[View]:
    """Return views of a drawn page; a quarter of the first course's pages are clean, two thirds of the second's."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng([course, seed])
    clean = seed % 4 == 0 if course == FIRST_SEED else seed % 3 > 0
    return views_of(rng, _clean(rng, fonts) if clean else lesson(rng, fonts), folder)


def views_of(rng: np.random.Generator, page: Lesson, folder: Path) -> list[View]:
    """Return views of the spots of a page, of what the search finds, of anything else."""
    places = [shifted(rng, spot, much) for spot, answer in page.spots for much in ((1, 1, 2.5) if answer < 3 else (1,))]
    found = spots(page.image, Net("stamps-search", folder), 0.05, 10)
    places += [*found, *(shifted(rng, spot) for spot in found[:4]), elsewhere(rng, page.spots)]
    views = (view_of(page, spot) for spot in places)
    return [view for view in views if view[1] >= 0]


def view_of(page: Lesson, spot: Spot) -> View:
    """Return a view, its answer (-1: a mark lies too far aside), and where its mark is: heights, logarithm, turn."""
    ink = spot_ink(page.image, spot)
    for mark, answer in page.spots:
        right, down = mark.x - spot.x, mark.y - spot.y
        away = math.hypot(right, down) / mark.height
        turn = (mark.angle - spot.angle + 180) % 360 - 180
        if answer == 3 or away > 1.8:
            continue
        cos, sin = math.cos(math.radians(spot.angle)), math.sin(math.radians(spot.angle))
        moved = (right * cos + down * sin, down * cos - right * sin)
        taller = math.log(mark.height / spot.height)
        met = away < 1.1 and abs(turn) < 35 and abs(taller) < 0.5
        return ink, answer if met else -1, (moved[0] / spot.height, moved[1] / spot.height, taller, turn / TURN)
    return ink, 3, (0.0, 0.0, 0.0, 0.0)


def _clean(rng: np.random.Generator, fonts: Path | None) -> Lesson:
    page = draw_page(rng, Kind.CLEAN, "", fonts)
    return Lesson(page.image, tuple((last_word(place), 3) for place in page.places))
