"""The detector finds stamps that nothing sets apart, and leaves other stamps alone."""

from __future__ import annotations

import math
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import EngineUnavailable
from archive.model.image import PageImage
from archive.ocr.stamps.detector import StampDetector
from archive.ocr.stamps.net_inputs import VIEW, page_ink, place_ink
from archive.ocr.stamps.nets import WEIGHTS, Net
from archive.ocr.stamps.proposals import CELL_MM, USUAL_MM, Proposal, decoded
from archive.rules.secrecy.marks import MarkForm
from bench.stamp_pages import SECRET, Kind, draw_page

HARD = (Kind.IN_SEAL, Kind.GREY_PRINT, Kind.BILEVEL_PRINT)
SEED = 4409  # no page of it was looked at while the nets were made
PAPER = PageImage(np.full((1169, 827), 255, np.uint8), 210.0, 297.0)


@pytest.fixture(scope="module")
def detector() -> StampDetector:
    cv2.setNumThreads(1)  # as in a worker
    return StampDetector()


def found(detector: StampDetector, kind: Kind, count: int) -> int:
    pages = (draw_page(np.random.default_rng([SEED, place]), kind, SECRET[place % 3]) for place in range(count))
    return sum(bool(detector.detect(page.image)) for page in pages)


@pytest.mark.parametrize("kind", HARD)
def test_stamps_inside_seals_and_over_print_are_found(detector: StampDetector, kind: Kind) -> None:
    assert found(detector, kind, 12) >= 10


@pytest.mark.long
@pytest.mark.parametrize("kind", HARD)
def test_of_48_stamps_inside_seals_or_over_print_most_are_found(detector: StampDetector, kind: Kind) -> None:
    assert found(detector, kind, 48) >= 43


@pytest.mark.parametrize("count", [40, pytest.param(1000, marks=pytest.mark.long)])
def test_pages_with_other_stamps_raise_next_to_no_alarm(detector: StampDetector, count: int) -> None:
    # One in a thousand of 10,000 pages (ADR 23); a single thousand may hold three by chance.
    assert found(detector, Kind.CLEAN, count) <= 3 * count // 1000


def test_a_mark_is_a_stamp_where_it_stands_and_doubtful(detector: StampDetector) -> None:
    page = draw_page(np.random.default_rng(5), Kind.STRAIGHT, "MẬT")
    (mark,) = detector.detect(page.image)
    (place,) = (place for place in page.places if place.text == "MẬT")
    assert (mark.degree.value, mark.form, mark.doubtful) == ("mat", MarkForm.STAMP, True)
    assert mark.box.left < place.x < mark.box.right
    assert mark.box.top < place.y < mark.box.bottom


def test_white_paper_bears_nothing(detector: StampDetector) -> None:
    assert detector.detect(PAPER) == ()


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (7, 9)])
def test_pages_of_any_shape_are_looked_at(detector: StampDetector, size: tuple[int, int]) -> None:
    black = PageImage(np.zeros(size, np.uint8), size[1] / 8, size[0] / 8)
    assert detector.detect(black) == ()


def test_a_detector_travels_to_a_worker_without_its_loaded_nets(detector: StampDetector) -> None:
    detector.detect(PAPER)
    there = pickle.loads(pickle.dumps(detector))  # noqa: S301 - made here
    assert there.detect(PAPER) == ()


def test_weights_that_are_missing_or_damaged_are_named(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx.gz").write_bytes(b"no gzip")
    for name in ("missing", "broken"):
        with pytest.raises(EngineUnavailable, match=f"{name}.onnx.gz"):
            Net(name, tmp_path)(np.zeros((1, 2, 8, 8), np.uint8))


def test_the_weights_are_small() -> None:
    assert sum(file.stat().st_size for file in WEIGHTS.iterdir()) <= 3_500_000


@given(st.integers(1, 40), st.integers(1, 40), st.booleans())
def test_the_ink_of_a_page_fits_the_net_and_white_paper_has_none(high: int, wide: int, colour: bool) -> None:
    pixels = np.full((high, wide, 3) if colour else (high, wide), 255, np.uint8)
    ink = page_ink(PageImage(pixels, wide * 2.5, high * 2.5))
    assert ink.shape[0] == 2
    assert ink.shape[1] % 8 == ink.shape[2] % 8 == 0
    assert not ink.any()


@given(st.floats(-20, 230), st.floats(-20, 320), st.floats(2.5, 16), st.floats(-400, 400))
def test_what_lies_beyond_the_page_is_white_paper(x: float, y: float, height: float, angle: float) -> None:
    view = place_ink(PAPER, Proposal(x, y, height, angle, 1.0))
    assert view.shape == (2, VIEW[1], VIEW[0])
    assert not view.any()


def answer_of(*cells: tuple[int, int, float]) -> np.ndarray:
    """Return an answer of 20 x 30 cells: unlikely everywhere but in ``cells`` (row, column, logit)."""
    answer = np.zeros((6, 20, 30), np.float32)
    answer[0], answer[4] = -9, 1
    for row, column, logit in cells:
        answer[0, row, column] = logit
    return answer


def test_a_proposal_stands_where_the_net_puts_it() -> None:
    answer = answer_of((4, 10, 3.0))
    answer[:, 4, 10] = (3.0, 0.25, -0.5, math.log(2), 0.0, 1.0)
    (place,) = decoded(answer, 0.15, 8)
    assert (place.x, place.y) == pytest.approx((10.75 * CELL_MM, 4.0 * CELL_MM))
    assert (place.height, place.angle) == pytest.approx((2 * USUAL_MM, 90.0))
    assert place.likelihood == pytest.approx(1 / (1 + math.exp(-3.0)))


def test_proposals_come_likeliest_first_and_no_more_than_asked_for() -> None:
    answer = answer_of((2, 2, 1.0), (10, 10, 3.0), (17, 25, 2.0), (2, 25, -5.0))
    assert [round(place.likelihood, 2) for place in decoded(answer, 0.15, 8)] == [0.95, 0.88, 0.73]
    assert len(decoded(answer, 0.15, 2)) == 2


def test_one_word_is_proposed_once() -> None:
    answer = answer_of((5, 5, 3.0), (5, 6, 2.0), (5, 7, 2.5))  # the outer ones are both peaks, 5.4 mm apart
    answer[1, 5, 7] = -0.5  # but the net puts their middles nearer
    assert len(decoded(answer, 0.15, 8)) == 1
