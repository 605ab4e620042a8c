"""Problems are gathered so that a clerk reads each page once."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from archive.model.results import Problem, RecordState
from archive.services.imports.problems import ScanProblem, as_lines, most_urgent, problems_of_record
from tests import makers


def test_fields_of_one_page_share_a_line() -> None:
    found = [
        ScanProblem("a.pdf", Problem("doubtful_field", {"text": "number: look"}, "number", 1)),
        ScanProblem("a.pdf", Problem("doubtful_field", {"text": "issue_date: look"}, "issue_date", 1)),
        ScanProblem("a.pdf", Problem("doubtful_field", {"text": "signer_name: look"}, "signer_name", 2)),
        ScanProblem("b.pdf", Problem("damaged", {"text": "cannot be opened"})),
    ]

    assert as_lines(found) == [
        "b.pdf: cannot be opened [damaged]",
        "a.pdf: page 1: number, issue date: look [doubtful_field]",
        "a.pdf: page 2: signer name: look [doubtful_field]",
    ]


def test_what_was_not_taken_in_or_not_read_comes_first() -> None:
    found = [
        ScanProblem("a.pdf", Problem("doubtful_field", {"text": "number: look"}, "number", 1)),
        ScanProblem("b.pdf", Problem("two_results", page=2)),
        ScanProblem("c.pdf", Problem("page_timed_out", {"cause": "time"}, page=3)),
        ScanProblem("d.pdf", Problem("encrypted", {"text": "locked"})),
    ]

    assert [line[0] for line in as_lines(found)] == ["d", "c", "b", "a"]


def test_a_day_that_was_not_read_is_said_beside_the_other_fields() -> None:
    found = [
        ScanProblem("a.pdf", Problem("doubtful_field", field="number", page=1)),
        ScanProblem("a.pdf", Problem("doubtful_field", {"sure": "2025-01"}, field="issue_date", page=1)),
        ScanProblem("a.pdf", Problem("doubtful_field", field="holder_id", page=1)),
        ScanProblem("b.pdf", Problem("doubtful_field", {"sure": "2025"}, field="issue_date", page=1)),
    ]

    assert as_lines(found) == [
        "a.pdf: page 1: number, holder id: on the page, not read surely; issue date: day not read (01/2025 is sure) "
        "[doubtful_field]",
        "b.pdf: page 1: issue date: day and month not read (2025 is sure) [doubtful_field]",
    ]


def test_messages_without_a_field_stand_alone() -> None:
    found = [ScanProblem("a.pdf", Problem("size_conflict", {"text": text}, page=1)) for text in ("one", "two")]

    assert as_lines(found) == ["a.pdf: page 1: one [size_conflict]", "a.pdf: page 1: two [size_conflict]"]


PROBLEMS = st.builds(
    Problem,
    st.sampled_from(["doubtful_field", "page_timed_out", "two_results", "encrypted", "size_conflict"]),
    st.sampled_from([{"text": "one"}, {"text": "number: look"}, {}]),
    st.sampled_from([None, "number", "issue_date"]),
    st.sampled_from([None, 1, 2]),
)


@given(st.dictionaries(st.sampled_from(["a.pdf", "b/a.pdf", "ư.pdf", "z.tif"]), st.lists(PROBLEMS)), st.integers(1, 9))
def test_the_gravest_are_the_first_lines_and_all_are_counted(of: dict[str, list[Problem]], most: int) -> None:
    found = [ScanProblem(path, problem) for path, problems in of.items() for problem in problems]
    lines = as_lines(found)

    assert most_urgent(iter(found), most) == (lines[:most], len(lines))


def test_of_a_record_out_of_sight_nothing_is_told_of_its_fields() -> None:
    found = (Problem("secret_kept"), Problem("doubtful_field", {"sure": "2023-05"}, "issue_date", 1))
    record = replace(makers.record(), problems=found)

    assert problems_of_record(record) == found
    assert problems_of_record(replace(record, state=RecordState.WITHHELD)) == found[:1]
