"""Doubts are gathered so that a clerk reads each page once."""

from __future__ import annotations

from archive.model.results import Problem
from archive.services.doubts import Doubt, in_words


def test_fields_of_one_page_share_a_line() -> None:
    doubts = [
        Doubt("a.pdf", Problem("doubtful_field", {"text": "number: look"}, "number", 1)),
        Doubt("a.pdf", Problem("doubtful_field", {"text": "issue_date: look"}, "issue_date", 1)),
        Doubt("a.pdf", Problem("doubtful_field", {"text": "signer_name: look"}, "signer_name", 2)),
        Doubt("b.pdf", Problem("damaged", {"text": "cannot be opened"})),
    ]

    assert in_words(doubts) == [
        "b.pdf: cannot be opened [damaged]",
        "a.pdf: page 1: number, issue_date: look [doubtful_field]",
        "a.pdf: page 2: signer_name: look [doubtful_field]",
    ]


def test_what_was_not_taken_in_or_not_read_comes_first() -> None:
    doubts = [
        Doubt("a.pdf", Problem("doubtful_field", {"text": "number: look"}, "number", 1)),
        Doubt("b.pdf", Problem("two_results", page=2)),
        Doubt("c.pdf", Problem("page_timed_out", {"cause": "time"}, page=3)),
        Doubt("d.pdf", Problem("encrypted", {"text": "locked"})),
    ]

    assert [line[0] for line in in_words(doubts)] == ["d", "c", "b", "a"]


def test_a_day_that_was_not_read_is_said_beside_the_other_fields() -> None:
    doubts = [
        Doubt("a.pdf", Problem("doubtful_field", field="number", page=1)),
        Doubt("a.pdf", Problem("doubtful_field", {"sure": "2025-01"}, field="issue_date", page=1)),
        Doubt("a.pdf", Problem("doubtful_field", field="holder_id", page=1)),
        Doubt("b.pdf", Problem("doubtful_field", {"sure": "2025"}, field="issue_date", page=1)),
    ]

    assert in_words(doubts) == [
        "a.pdf: page 1: number, holder_id: on the page, not read surely; issue_date: day not read (01/2025 is sure) "
        "[doubtful_field]",
        "b.pdf: page 1: issue_date: day and month not read (2025 is sure) [doubtful_field]",
    ]


def test_messages_without_a_field_stand_alone() -> None:
    doubts = [Doubt("a.pdf", Problem("size_conflict", {"text": text}, page=1)) for text in ("one", "two")]

    assert in_words(doubts) == ["a.pdf: page 1: one [size_conflict]", "a.pdf: page 1: two [size_conflict]"]
