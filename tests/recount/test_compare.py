"""The recount against the ledger."""

from __future__ import annotations

import dataclasses

import pytest

from archive.model.counting import PageFacts
from archive.model.ledger import ScanOutcome
from archive.model.pages import Colour, PageEntry, PageOutcome, PageShape, SizeOrigin
from archive.recount import MeasuredPage, compare, recounted_facts
from archive.recount.compare import DifferenceKind

SHAPE = PageShape(SizeOrigin.PAGE_BOX, 210.0, 297.0, 210.0, 297.0, 200.0, Colour.COLOUR, 1654, 2339)
MEASURED = MeasuredPage(1, SizeOrigin.PAGE_BOX, 210.0, 297.0, 200.0, Colour.COLOUR)
UNPROVEN = PageShape(SizeOrigin.ASSUMED, 210.0, 297.0, colour=Colour.COLOUR)


def an_entry(number: int = 1, shape: PageShape | None = SHAPE) -> PageEntry:
    return PageEntry(number, PageOutcome.RECOGNISED, shape)


def again(**changes: object) -> MeasuredPage:
    return dataclasses.replace(MEASURED, **changes)  # type: ignore[arg-type]  # names and kinds are MeasuredPage's own


def test_equal_pages_do_not_differ() -> None:
    assert compare([MEASURED], [an_entry()]) == ()


def test_rounding_is_no_difference() -> None:
    assert compare([again(width_mm=210.9, height_mm=296.2, dpi=201.5)], [an_entry()]) == ()


@pytest.mark.parametrize(
    ("page", "shape", "kind", "words"),
    [
        (again(width_mm=297.0, height_mm=420.0), SHAPE, "size", "the ledger says 210 × 297 mm"),
        (again(height_mm=298.1), SHAPE, "size", "is 210 × 298 mm"),
        (again(dpi=197.0), SHAPE, "dpi", "the ledger says 200 dpi; the original, measured again, has 197 dpi"),
        (again(colour=Colour.GREY), SHAPE, "colour", "the ledger says colour; the original, measured again, is grey"),
        (MeasuredPage(1, SizeOrigin.ASSUMED, colour=Colour.COLOUR), SHAPE, "proof", "is of unproven size"),
        (MEASURED, UNPROVEN, "proof", "the ledger says of unproven size"),
        (MeasuredPage(1, SizeOrigin.BORN_DIGITAL, 210.0, 297.0), SHAPE, "proof", "is born digital"),
        (MeasuredPage(1, None, reason="its page is damaged"), SHAPE, "not_measured", "its page is damaged"),
        (MEASURED, None, "not_measured", "could not be measured"),
    ],
)
def test_a_difference_is_said_in_words(page: MeasuredPage, shape: PageShape | None, kind: str, words: str) -> None:
    (difference,) = compare([page], [an_entry(shape=shape)])
    assert kind == difference.kind
    assert words in difference.message
    assert difference.message.startswith("Page 1: ")


def test_assumed_and_conflicting_sizes_are_alike_unproven() -> None:
    assert compare([MeasuredPage(1, SizeOrigin.CONFLICT, colour=Colour.COLOUR)], [an_entry(shape=UNPROVEN)]) == ()


def test_a_page_that_neither_could_measure_is_no_difference() -> None:
    assert compare([MeasuredPage(1, None, reason="damaged")], [an_entry(shape=None)]) == ()


def test_missing_and_extra_pages_are_named_in_order() -> None:
    pages = [again(number=1), again(number=3)]
    entries = [an_entry(number=2), an_entry(number=1)]
    found = compare(pages, entries)
    assert [(difference.page, difference.kind) for difference in found] == [
        (2, DifferenceKind.MISSING),
        (3, DifferenceKind.EXTRA),
    ]
    assert "has 2 pages" in found[0].message


def test_facts_again_take_the_outcome_of_the_ledger_and_the_measures_of_the_recount() -> None:
    page = again(width_mm=209.97, height_mm=296.66, dpi=199.6, colour=Colour.GREY)
    entry = dataclasses.replace(an_entry(), outcome=PageOutcome.BLANK)
    expected = PageFacts(ScanOutcome.DUPLICATE, "blank", "page_box", 210.0, 296.7, 200.0, "grey")
    assert expected == recounted_facts(page, entry, ScanOutcome.DUPLICATE)


@pytest.mark.parametrize("page", [None, MeasuredPage(1, None, reason="damaged")])
def test_a_page_that_is_gone_or_damaged_proves_no_size(page: MeasuredPage | None) -> None:
    facts = recounted_facts(page, an_entry())
    assert (facts.outcome, facts.size_origin, facts.width_mm, facts.dpi) == ("recognised", None, None, None)
