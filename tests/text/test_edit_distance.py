"""Misread phrases are counted as the definition of the edit distance counts them, letter by letter."""

from __future__ import annotations

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from archive.rules.secrecy import words
from archive.text.edit_distance import errors, find_start


def distance(left: str, right: str) -> int:
    """Return the least number of letters put in, left out or replaced, by its recursive definition."""

    @cache
    def rest(i: int, j: int) -> int:
        if i == len(left) or j == len(right):
            return len(left) - i + len(right) - j
        return min(rest(i + 1, j) + 1, rest(i, j + 1) + 1, rest(i + 1, j + 1) + (left[i] != right[j]))

    return rest(0, 0)


LETTERS = st.sampled_from("abc đ\u0301🗃Ậ")  # beyond the basic plane, too


@given(st.text(LETTERS, max_size=32), st.text(LETTERS, max_size=32))
def test_misread_letters_are_counted_up_to_what_a_phrase_allows(text: str, phrase: str) -> None:
    allowed, misread = min(4, len(phrase) // 7), distance(text, phrase)

    assert errors(text, phrase) == (misread if misread <= allowed else None)


@given(st.text(LETTERS, min_size=28, max_size=40), st.data())
def test_a_phrase_with_a_few_letters_replaced_is_recognised(phrase: str, data: st.DataObject) -> None:
    places = data.draw(st.sets(st.integers(0, len(phrase) - 1), max_size=4))
    text = "".join("x" if place in places else letter for place, letter in enumerate(phrase))

    assert errors(text, phrase) == len(places)


@given(st.text("MATUYEGI", max_size=9), st.sampled_from(["TOIMAT", "TUYETMAT", "GIAI"]))
def test_one_letter_of_a_mark_may_be_misread(read: str, mark: str) -> None:
    assert words._within_one(read, mark) is (distance(read, mark) <= 1)


def test_short_phrases_must_be_equal_and_long_ones_may_be_misread() -> None:
    assert errors("de am", "de an") is None
    assert errors("giai phep xai dnng", "giai phep xai dung") == 1
    assert find_start("quiet dlnh ve viec", "quiet dinh") == (2, 1)
