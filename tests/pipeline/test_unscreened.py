"""What a message says of pages that nobody screened: short, however many there are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.model.pages import ScreenAnswer, Screening
from archive.pipeline.read_pages import ProcessedPage
from archive.pipeline.unscreened import acceptance, in_words, ranges, refusal, unscreened
from archive.store.format.readings import ReadPage
from tests import makers


def page(number: int, *causes: str) -> ProcessedPage:
    answer = ScreenAnswer.NOT_SCREENED if causes else ScreenAnswer.CLEAR
    return ProcessedPage(ReadPage(replace(makers.page(number), screening=Screening(answer, (), causes))), None)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [([3], "3"), ([1, 2], "1-2"), ([1, 3, 4, 5, 9], "1, 3-5, 9"), (list(range(1, 5001)), "1-5000")],
)
def test_pages_stand_in_ranges(numbers: list[int], said: str) -> None:
    assert ranges(numbers) == said


@given(st.sets(st.integers(1, 5000), min_size=1))
def test_a_message_is_short_whatever_pages_it_names(numbers: set[int]) -> None:
    said = ranges(sorted(numbers))

    assert len(said) < 200
    assert said.startswith(str(min(numbers)))


def test_pages_of_the_same_causes_stand_together() -> None:
    pages = [page(1), page(2, "over_limit"), page(3, "unreadable", "hidden_layer"), page(4, "over_limit")]

    assert in_words(unscreened(pages)) == (
        "pages 2, 4 (larger than the limits allow [over_limit]), "
        "page 3 (its picture cannot be had [unreadable]; a layer that is off cannot be shown [hidden_layer])"
    )
    assert str(refusal(unscreened(pages))).startswith("pages 2, 4 (larger than the limits allow [over_limit]), page 3 ")
    assert dict(acceptance(unscreened(pages)).params) == {
        "pages": "2-4",
        "causes": "over_limit, unreadable, hidden_layer",
    }


def test_a_page_of_which_nobody_noted_it_was_not_screened() -> None:
    old = ProcessedPage(ReadPage(makers.page()), None)

    assert unscreened([old]) == (old,)
    assert old.screening.causes == ("not_noted",)
