"""A problem is put into words when it is shown, whatever stands in its params."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.model.results import Problem
from archive.rules.problem_texts import CAUSES, SENTENCES, cause_in_words, sentence
from archive.store.format import json_values
from tests.documents import text_of

PARAMS = st.dictionaries(st.sampled_from(["cause", "check", "witnesses", "detail", "width", "text", "{x}"]), st.text())


@given(st.sampled_from(sorted(SENTENCES)) | st.text(), PARAMS)
def test_every_problem_can_be_shown(code: str, params: dict[str, str]) -> None:
    assert sentence(Problem(code, params)) == params.get("text", sentence(Problem(code, params)))


@pytest.mark.parametrize("code", ["page_unreadable", "page_over_limit", "page_timed_out", "page_engine_failed"])
def test_a_page_says_why_in_words_and_what_to_do(code: str) -> None:
    said = sentence(
        Problem(code, {"cause": "over_limit_pixels", "width": "9", "height": "8", "side": "7", "pixels": "6"})
    )

    assert said.startswith("the page has 9 x 8 pixels; allowed are 7 a side and 6 in all")
    assert said.count("--retry") == 1


def test_what_format_1_kept_is_shown_as_it_stands() -> None:
    kept = {"code": "page_unreadable", "message": "It was {odd}. Look at it.", "field": None, "page": 2}

    assert sentence(json_values.read_problem(kept)) == "It was {odd}. Look at it."


def test_a_cause_that_format_1_kept_as_a_sentence_stands_for_itself() -> None:
    assert cause_in_words("the reader gave up {1}", {}) == "the reader gave up {1}"


def test_a_code_of_a_newer_release_is_named() -> None:
    assert "from_the_future" in sentence(Problem("from_the_future"))


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.lists(st.integers(), max_size=2)))
def test_params_that_a_newer_release_keeps_otherwise_are_shown_too(value: object) -> None:
    stored = {"code": "contradiction", "params": {"check": value}, "field": None, "page": None, "record": None}

    assert sentence(json_values.read_problem(stored)).startswith(str(value))


def test_every_param_is_explained() -> None:
    templates = (*SENTENCES.values(), *CAUSES.values())
    named = {name for text in templates for _, name, _, _ in string.Formatter().parse(text) if name}

    explained = text_of("docs/problems.md").split("## Params", 1)[1]
    assert {name for name in named if f"`{name}`" not in explained} == set()
