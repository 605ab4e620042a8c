"""What a page counts for."""

from __future__ import annotations

import dataclasses
import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import SettingsError
from archive.messages.sentence import in_english
from archive.model.counting import PageFacts, Tally
from archive.model.ledger import ScanOutcome
from archive.model.pages import Colour, PageOutcome, SizeOrigin
from archive.rules.counting.judge import (
    PAYABLE,
    SIZE,
    UNPROVEN,
    Count,
    judge,
    load_rule_set,
    rule_set_ids,
    size_of,
    summarise,
)
from archive.rules.counting.rule_set import DECIDED, OUTSIDE, rule_set_from

RULES = load_rule_set("a4-2026.1")
GOOD = PageFacts(
    scan_outcome=ScanOutcome.STORED,
    outcome="recognised",
    size_origin="page_box",
    width_mm=210.0,
    height_mm=297.0,
    dpi=300.0,
    colour="colour",
)


def a_page(**changes: object) -> PageFacts:
    return dataclasses.replace(GOOD, **changes)  # type: ignore[arg-type]  # names and kinds are PageFacts' own


some_facts = st.builds(
    PageFacts,
    scan_outcome=st.sampled_from(ScanOutcome),
    outcome=st.sampled_from([outcome.value for outcome in PageOutcome]),
    size_origin=st.none() | st.sampled_from([origin.value for origin in SizeOrigin]),
    width_mm=st.none() | st.floats(0, 2000).map(lambda mm: round(mm, 1)),
    height_mm=st.none() | st.floats(0, 2000).map(lambda mm: round(mm, 1)),
    dpi=st.none() | st.integers(0, 2400).map(float),
    colour=st.none() | st.sampled_from([colour.value for colour in Colour]),
)
some_tallies = st.lists(
    st.builds(Tally, st.tuples(st.none() | st.sampled_from(["ubnd", "sở xây dựng"])), some_facts, st.integers(1, 10**6))
)


def summed(tallies: list[Tally], by: tuple[str, ...]) -> Count:
    return summarise(((one.groups, judge(one.facts, RULES), one.pages) for one in tallies), RULES, by)


@pytest.mark.parametrize(
    ("width", "height", "size", "a4"),
    [
        (148, 210, "A5", 1),
        (85.6, 54, "A5", 1),  # an identity card
        (210, 297, "A4", 1),
        (297, 210, "A4", 1),
        (297, 420, "A3", 2),
        (420, 594, "A2", 4),
        (594, 841, "A1", 8),
        (841, 1189, "A0", 16),
    ],
)
def test_a_paper_size_counts_for_so_many_a4(width: float, height: float, size: str, a4: int) -> None:
    judgement = judge(a_page(width_mm=width, height_mm=height), RULES)
    assert (size, a4, PAYABLE) == (judgement.size, judgement.a4, judgement.column)
    assert not judgement.to_measure


def test_ten_percent_over_a_size_is_still_that_size() -> None:
    assert judge(a_page(height_mm=326.7), RULES).size == "A4"
    assert judge(a_page(height_mm=326.8), RULES).size == "A3"


def test_a_long_strip_counts_for_the_paper_it_takes_not_for_its_long_side() -> None:
    assert judge(a_page(height_mm=594.0), RULES).a4 == 2
    assert judge(a_page(height_mm=1189.0), RULES).a4 == 4


def test_above_a0_nothing_is_proven() -> None:
    judgement = judge(a_page(width_mm=1000.0, height_mm=1189.0), RULES)
    assert (judgement.column, judgement.a4, judgement.size) == (PAYABLE, 1, UNPROVEN)
    assert judgement.to_measure


@pytest.mark.parametrize("origin", [None, "assumed", "conflict"])
def test_a_page_without_proven_size_is_one_a4_to_be_measured(origin: str | None) -> None:
    """An A4 at 200 dpi without its dpi reads as an A1 and would be paid eightfold."""
    judgement = judge(a_page(size_origin=origin, width_mm=594.0, height_mm=841.0, dpi=72.0), RULES)
    assert (judgement.column, judgement.a4, judgement.size, judgement.to_measure) == (PAYABLE, 1, UNPROVEN, True)


@pytest.mark.parametrize("missing", [{"width_mm": None}, {"height_mm": None}, {"width_mm": 0.0}, {"height_mm": -1.0}])
def test_a_side_that_is_not_known_or_not_possible_proves_no_size(missing: dict[str, float | None]) -> None:
    assert size_of(a_page(**missing), RULES) is None


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({}, "payable"),
        ({"outcome": "text_layer"}, "payable"),
        ({"size_origin": "image_dpi"}, "payable"),
        ({"scan_outcome": ScanOutcome.REJECTED}, "not_kept"),
        ({"scan_outcome": ScanOutcome.QUARANTINED}, "not_kept"),
        ({"scan_outcome": ScanOutcome.WITHDRAWN}, "not_kept"),
        ({"scan_outcome": ScanOutcome.DUPLICATE}, "duplicate"),
        ({"size_origin": "born_digital", "colour": None, "dpi": None, "outcome": "text_layer"}, "born_digital"),
        ({"outcome": "unreadable"}, "failed"),
        ({"outcome": "timed_out"}, "failed"),
        ({"outcome": "engine_failed"}, "failed"),
        ({"outcome": "over_limit"}, "failed"),
        ({"outcome": "separator"}, "separator"),
        ({"outcome": "blank"}, "blank"),
        ({"dpi": 150.0}, "below_norm"),
        ({"colour": "grey"}, "below_norm"),
        ({"colour": "bilevel"}, "below_norm"),
    ],
)
def test_a_page_stands_in_the_column_of_what_it_is(changes: dict[str, object], column: str) -> None:
    judgement = judge(a_page(**changes), RULES)
    assert column == judgement.column
    assert judgement.why.startswith(next(known.reason for known in RULES.columns if known.name == column))


def test_the_first_column_that_applies_wins() -> None:
    """A duplicate is not judged for its looks; a born-digital page owes nothing to blanks; bad dpi comes last."""
    worst = a_page(scan_outcome=ScanOutcome.DUPLICATE, size_origin="born_digital", outcome="blank", dpi=72.0)
    assert judge(worst, RULES).column == "duplicate"
    assert judge(dataclasses.replace(worst, scan_outcome=ScanOutcome.STORED), RULES).column == "born_digital"
    assert judge(a_page(outcome="blank", dpi=72.0), RULES).column == "blank"
    assert judge(a_page(outcome="unreadable", colour="grey"), RULES).column == "failed"


@pytest.mark.parametrize(("dpi", "column"), [(200, "payable"), (199, "payable"), (198, "payable"), (197, "below_norm")])
def test_boxes_rounded_to_points_do_not_put_200_dpi_below_the_norm(dpi: float, column: str) -> None:
    assert column == judge(a_page(dpi=float(dpi)), RULES).column


def test_dpi_proves_nothing_while_the_size_does_not_but_colour_does() -> None:
    assert judge(a_page(size_origin="assumed", dpi=72.0), RULES).column == PAYABLE
    grey = judge(a_page(size_origin="assumed", dpi=72.0, colour="grey"), RULES)
    assert (grey.column, grey.to_measure) == ("below_norm", False)


def test_a_judgement_says_what_is_below_the_norm() -> None:
    assert judge(a_page(dpi=150.0, colour="grey"), RULES).why.endswith("150 dpi instead of 200, grey instead of colour")


@given(some_facts)
def test_every_page_stands_in_exactly_one_column(facts: PageFacts) -> None:
    judgement = judge(facts, RULES)
    assert [judgement.column] == [column.name for column in RULES.columns if column.name == judgement.column]
    assert judgement.a4 in (1, 2, 4, 8, 16)
    assert (judgement.size == UNPROVEN) <= (judgement.a4 == 1)
    assert judgement.to_measure == (judgement.column == PAYABLE and judgement.size == UNPROVEN)


@given(some_facts)
def test_turning_a_page_changes_nothing(facts: PageFacts) -> None:
    turned = dataclasses.replace(facts, width_mm=facts.height_mm, height_mm=facts.width_mm)
    assert judge(facts, RULES) == judge(turned, RULES)


@given(st.floats(1, 900), st.floats(1, 1200), st.floats(0, 100))
def test_a_larger_page_never_counts_for_less(width: float, height: float, more: float) -> None:
    smaller = judge(a_page(width_mm=width, height_mm=height), RULES)
    larger = judge(a_page(width_mm=width + more, height_mm=height), RULES)
    assert smaller.a4 <= larger.a4 or larger.size == UNPROVEN


@given(some_tallies)
def test_the_sums_close(tallies: list[Tally]) -> None:
    count = summed(tallies, ("agency",))
    assert sum(tally.pages for tally in tallies) == count.total.pages == sum(row.pages for row in count.rows)
    for name, cell in count.total.columns.items():
        assert cell.pages == sum(row.columns[name].pages for row in count.rows)
        assert cell.a4 == sum(row.columns[name].a4 for row in count.rows)
        assert cell.a4 >= cell.pages
    assert count.total.to_measure == sum(row.to_measure for row in count.rows) <= count.total.payable.pages


@given(some_tallies.flatmap(lambda tallies: st.tuples(st.just(tallies), st.permutations(tallies))))
def test_the_order_of_tallies_does_not_matter(tallies: tuple[list[Tally], list[Tally]]) -> None:
    assert summed(tallies[0], ("agency",)) == summed(tallies[1], ("agency",))


def test_a_count_keeps_every_column_and_names_its_rule_set() -> None:
    count = summarise([], RULES)
    assert (count.rules, count.rows, count.total.pages) == ("a4-2026.1", (), 0)
    assert list(count.total.columns) == [column.name for column in RULES.columns]


def test_groups_stand_in_alphabetical_order_with_the_unknown_last() -> None:
    a3 = a_page(width_mm=297.0, height_mm=420.0)
    tallies = [Tally((None, "y"), GOOD, 1), Tally(("b", None), GOOD, 2), Tally(("a", "z"), a3, 3)]
    count = summed([*tallies, Tally(("b", "y"), GOOD, 4)], ("agency", "kind"))
    assert [(*row.groups, row.payable.pages, row.payable.a4) for row in count.rows] == [
        ("a", "z", 3, 6),
        ("b", "y", 4, 4),
        ("b", None, 2, 2),
        (None, "y", 1, 1),
    ]


def test_sizes_stand_from_small_to_large_with_the_unproven_last() -> None:
    sizes = ["A0", "A5", UNPROVEN, "A4"]
    count = summed([Tally(("x", size), GOOD, 1) for size in sizes], ("batch", SIZE))
    assert [row.groups[1] for row in count.rows] == ["A5", "A4", "A0", UNPROVEN]


def test_an_unknown_rule_set_is_refused_with_the_list_of_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"a4-2026\.1"):
        load_rule_set("../secret")


def test_every_rule_set_shipped_loads_under_its_own_id() -> None:
    assert [load_rule_set(name).id for name in rule_set_ids()] == list(rule_set_ids())
    assert all(source.evidence in ("F", "F2", "I") for source in RULES.sources)


def test_a_rule_set_has_the_columns_that_the_code_can_judge() -> None:
    assert {PAYABLE, *OUTSIDE} == {column.name for column in RULES.columns}
    for name in ("a4-2026.2", "a4-f4-as-a3-2026.2"):
        assert {PAYABLE, *OUTSIDE, *DECIDED} == {column.name for column in load_rule_set(name).columns}


@pytest.mark.parametrize(
    "fault", ["no payable column", "column twice", "column unknown", "sizes out of order", "no sizes"]
)
def test_an_unsound_rule_set_is_refused(fault: str) -> None:
    text = (files("archive.rules") / "data" / "counting-a4-2026.1.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    match fault:
        case "no payable column":
            data["columns"].pop()
        case "column twice":
            data["columns"].insert(0, data["columns"][0])
        case "column unknown":
            data["columns"][0]["name"] = "free"
        case "sizes out of order":
            data["paper"]["sizes"].reverse()
        case "no sizes":
            data["paper"]["sizes"].clear()
    with pytest.raises(ValueError, match=r"columns?|sizes"):
        rule_set_from(data)


def test_people_read_why_a_page_is_not_paid_in_words_and_data_keep_the_slug() -> None:
    why = judge(a_page(outcome="engine_failed"), RULES).why

    assert why.endswith(": engine failed")
    assert in_english(why).endswith(": engine_failed")
