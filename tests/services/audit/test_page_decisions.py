"""Page decisions: a ruler settles a size, two people settle whether a page is paid, and nothing of it is lost."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archive.errors import RequestRefused
from archive.index.embedded.page_table import SqlitePageTable
from archive.index.embedded.search import EmbeddedIndex
from archive.model.ledger import LedgerLine, ScanOutcome
from archive.model.pages import Colour, ExclusionState, Measure, PageEntry, PageOutcome, PageShape, SizeOrigin
from archive.model.results import Actor
from archive.model.sign_off import SignOff
from archive.rules.counting.facts import page_facts
from archive.rules.counting.judge import judge, load_rule_set, rule_set_ids
from archive.services.audit.breakdown import CountRequest
from archive.services.audit.counting import Counting
from archive.services.audit.page_decisions import Decided, PageDecisions
from archive.services.derived.catch_up import CatchUp
from archive.services.derived.publisher import Publisher
from archive.services.derived.rebuild import AllVersions
from archive.services.derived.run_locks import Runs
from archive.store.vault import Vault
from tests import makers
from tests.doubles.memory_store import MemoryStore

LAN, MINH = Actor("os:lan"), Actor("os:minh")
UPHELD, DROPPED = ExclusionState.UPHELD, ExclusionState.DROPPED
UNPROVEN = PageShape(
    SizeOrigin.ASSUMED, 210.0, 297.0, colour=Colour.COLOUR, pixel_width=1654, pixel_height=2339
)  # 1654 × 2339 points are an A4 at 200 dpi


@dataclass
class Office:
    """An archive with one scan of three pages: one proven, one not proven, one that could not be opened."""

    vault: Vault
    table: SqlitePageTable
    publisher: Publisher

    def __post_init__(self) -> None:
        pages = (
            PageEntry(1, PageOutcome.RECOGNISED, makers.A4),
            PageEntry(2, PageOutcome.RECOGNISED, UNPROVEN),
            PageEntry(3, PageOutcome.UNREADABLE, None),
        )
        self.batch = self.vault.append_batch(makers.batch())
        self.line = self.vault.append_line(replace(makers.line(), batch=self.batch.id, pages=pages))
        record = makers.record()
        made = replace(record.provenance, line=self.line.id)
        self.record = self.vault.append_record(
            replace(record, id=str(self.line.record), batch=self.batch.id, provenance=made)
        )
        self.table.put(AllVersions(self.vault))

    def of(self, actor: Actor = LAN) -> PageDecisions:
        return PageDecisions(self.vault, self.publisher, actor, lambda: "2026-04-02T08:00:00Z")

    def columns(self, rules: str = "a4-2026.2", **asked: Any) -> dict[str, tuple[int, int]]:
        counting = Counting(self.vault, self.table, load_rule_set(rules))
        cells = counting.count(CountRequest(**asked)).total.columns.items()
        return {name: (cell.pages, cell.a4) for name, cell in cells if cell.pages}

    def kept(self) -> LedgerLine:
        line = self.vault.line(self.batch.id, self.line.id)
        assert line is not None
        return line

    def to_measure(self) -> int:
        counting = Counting(self.vault, self.table, load_rule_set("a4-2026.2"))
        return counting.count(CountRequest()).total.to_measure


def office_in(folder: Path) -> Office:
    vault, table = Vault(MemoryStore()), SqlitePageTable(folder / "pages.sqlite")
    catch_up = CatchUp(vault, EmbeddedIndex(folder / "index"), table, folder / "caught-up")
    return Office(vault, table, Publisher(catch_up, Runs(folder / "running")))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return office_in(tmp_path)


def test_a_measured_page_counts_by_its_size_and_leaves_the_list(office: Office) -> None:
    assert (office.columns(), office.to_measure()) == ({"payable": (2, 2), "failed": (1, 1)}, 1)
    done = office.of().measure(office.record.id[:8], 2, 297.0, 420.0)

    assert (done.waits, done.unpublished) == (False, None)
    assert (office.columns()["payable"], office.to_measure()) == ((1, 1), 0), "an A3 with these points has 141 dpi"
    assert office.columns()["below_norm"] == (1, 2)
    office.of(MINH).measure(office.record.id, 2, 210.0, 297.0)
    assert office.columns()["payable"] == (2, 2)
    measure = office.kept().pages[1].measure
    assert measure is not None
    assert [one.actor for one in measure.settled_by] == ["os:minh"]


def test_above_a3_a_second_person_must_measure_the_same(office: Office) -> None:
    shape = replace(UNPROVEN, pixel_width=3400, pixel_height=4700)
    pages = (*office.kept().pages[:1], replace(office.kept().pages[1], shape=shape))
    office.vault.append_line(replace(office.kept(), version=2, pages=pages))
    first = office.of(LAN).measure(office.record.id, 2, 420.0, 594.0)

    assert (first.waits, office.to_measure()) == (True, 1)
    with pytest.raises(RequestRefused, match="another person must give the same size"):
        office.of(LAN).measure(office.record.id, 2, 420.0, 594.0)
    other = office.of(MINH).measure(office.record.id, 2, 420.0, 590.0)
    assert (other.waits, office.to_measure()) == (True, 1), "two sizes by two people settle nothing"
    second = office.of(LAN).measure(office.record.id, 2, 590.0, 420.0)  # the sheet turned
    assert (second.waits, office.to_measure()) == (False, 0)
    assert office.columns()["payable"] == (2, 1 + 4)


@pytest.mark.parametrize(
    ("page", "sides", "said"),
    [
        (1, (210.0, 297.0), "size of page 1 is proven"),
        (3, (210.0, 297.0), "page 3 could not be opened"),
        (4, (210.0, 297.0), "no page 4 in its scan; there are 3"),
        (2, (19.0, 297.0), "no paper has such sides"),
        (2, (210.0, 2_970.0), "no paper has such sides"),
        (2, (float("nan"), 297.0), "no paper has such sides"),
        (2, (1_300.0, 1_300.0), "no paper has such sides"),
    ],
)
def test_only_a_page_that_needs_a_ruler_is_measured(
    office: Office, page: int, sides: tuple[float, float], said: str
) -> None:
    with pytest.raises(RequestRefused, match=said):
        office.of().measure(office.record.id, page, *sides)
    assert office.kept().version == 1


def test_what_was_settled_counts_until_another_size_is(office: Office) -> None:
    """One person alone changes nothing that two people settled, nor makes a page larger than an A3."""
    record = office.record.id
    office.of(LAN).measure(record, 2, 210.0, 297.0)
    settled = office.columns()
    assert office.of(MINH).measure(record, 2, 420.0, 594.0).waits
    assert (office.columns(), office.to_measure()) == (settled, 0)
    office.of(LAN).measure(record, 2, 594.0, 420.0)
    large = office.columns()
    assert large["below_norm"] == (1, 4)

    assert office.of(LAN).measure(record, 2, 20.0, 20.0).waits
    assert office.columns() == large
    with pytest.raises(RequestRefused, match="you measured page 2 so already"):
        office.of(LAN).measure(record, 2, 20.0, 20.0)
    assert not office.of(MINH).measure(record, 2, 20.0, 20.0).waits
    assert office.columns()["payable"] == (2, 2)
    with pytest.raises(RequestRefused, match="page 2 has this size already"):
        office.of(MINH).measure(record, 2, 20.0, 20.0)


@given(st.floats(200, 1_300), st.floats(200, 1_300))
@example(300.05, 457.3)
def test_one_person_never_makes_a_page_larger_than_an_a3(width: float, height: float) -> None:
    """The size that needs a second person is the size that the rule sets judge."""
    by = (SignOff("os:lan", makers.AT),)
    page = PageEntry(1, PageOutcome.RECOGNISED, UNPROVEN, measure=Measure(round(width, 1), round(height, 1), by))
    for name in rule_set_ids():
        assert judge(page_facts(ScanOutcome.STORED, page), load_rule_set(name)).a4 <= 2


def test_a_disputed_page_stands_apart_until_another_person_decides(office: Office) -> None:
    assert office.of(LAN).exclude(office.record.id, 1, "no_result").waits
    assert office.columns() == {"payable": (1, 1), "disputed": (1, 1), "failed": (1, 1)}
    with pytest.raises(RequestRefused, match="os:lan disputed page 1: another person must uphold that"):
        office.of(LAN).settle(office.record.id, 1, UPHELD)
    with pytest.raises(RequestRefused, match="page 1 is disputed or left out already"):
        office.of(MINH).exclude(office.record.id, 1, "blank")

    assert not office.of(MINH).settle(office.record.id, 1, UPHELD).waits
    assert office.columns() == {"payable": (1, 1), "excluded": (1, 1), "failed": (1, 1)}
    office.of(LAN).settle(office.record.id, 1, DROPPED)
    assert office.columns() == {"payable": (2, 2), "failed": (1, 1)}
    exclusion = office.kept().pages[0].exclusion
    assert exclusion is not None
    assert [one.actor for one in exclusion.settled_by] == ["os:lan", "os:minh", "os:lan"]
    office.of(MINH).exclude(office.record.id, 1, "blank")
    assert office.columns()["disputed"] == (1, 1), "it may be disputed again"


@pytest.mark.parametrize("state", [UPHELD, DROPPED])
def test_only_a_disputed_page_is_settled(office: Office, state: ExclusionState) -> None:
    with pytest.raises(RequestRefused, match="page 1 is not disputed"):
        office.of().settle(office.record.id, 1, state)
    with pytest.raises(RequestRefused, match="the reason is one of no_result"):
        office.of().exclude(office.record.id, 1, "vì thế")


def test_the_number_of_an_earlier_day_stays(office: Office) -> None:
    before = office.columns(as_of="2026-04-01")
    office.of(LAN).exclude(office.record.id, 1, "no_result")
    office.of(LAN).measure(office.record.id, 2, 210.0, 330.0)

    assert office.columns(as_of="2026-04-01") == before != office.columns()
    now = office.columns()
    office.table.replace_all(AllVersions(office.vault))
    assert (office.columns(as_of="2026-04-01"), office.columns()) == (before, now), "a rebuilt table counts alike"


def test_an_older_rule_set_counts_as_it_did_and_says_so(office: Office) -> None:
    before = office.columns("a4-2026.1")
    office.of(LAN).exclude(office.record.id, 1, "no_result")
    counting = Counting(office.vault, office.table, load_rule_set("a4-2026.1"))

    assert office.columns("a4-2026.1") == before
    assert counting.paid_although_disputed(CountRequest()) == 1
    assert Counting(office.vault, office.table, load_rule_set("a4-2026.2")).paid_although_disputed(CountRequest()) == 0


def test_a_sheet_of_an_old_office_has_a_size_of_its_own(office: Office) -> None:
    office.of().measure(office.record.id, 2, 330.0, 215.0)

    def sizes(rules: str) -> dict[str | None, int]:
        counted = Counting(office.vault, office.table, load_rule_set(rules)).count(CountRequest(by=("size",)))
        return {row.groups[0]: sum(cell.a4 for cell in row.columns.values()) for row in counted.rows}

    assert sizes("a4-2026.2") == {"A4": 1, "F4": 1, "unproven": 1}
    assert sizes("a4-f4-as-a3-2026.2") == {"A4": 1, "F4": 2, "unproven": 1}
    assert sizes("a4-2026.1") == {"A4": 1, "A3": 2, "unproven": 1}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["measure", "exclude", "uphold", "drop"]),
        st.sampled_from([LAN, MINH]),
        st.integers(1, 3),
        st.sampled_from([(210.0, 297.0), (420.0, 594.0)]),
    ),
    max_size=8,
)


@settings(max_examples=40)
@given(STEPS)
def test_whatever_is_decided_each_page_stands_in_one_column(
    steps: list[tuple[str, Actor, int, tuple[float, float]]],
) -> None:
    """One actor alone never takes a page out of what is paid for good, nor makes it an A2."""
    with tempfile.TemporaryDirectory() as folder:
        office = office_in(Path(folder))
        acted: dict[int, set[str]] = {}
        for what, actor, page, sides in steps:
            with suppress(RequestRefused):
                done = _take(office.of(actor), what, office.record.id, page, sides)
                acted.setdefault(page, set()).add(actor.identity)
                assert done.line.version == office.kept().version
        columns = office.columns()

    assert sum(pages for pages, _ in columns.values()) == 3
    for page_entry in office.kept().pages:
        alone = len(acted.get(page_entry.number, ())) < 2
        assert not (alone and page_entry.exclusion is not None and page_entry.exclusion.state is UPHELD)
    if len(acted.get(2, ())) < 2:
        assert sum(a4 for _, a4 in columns.values()) == 3


def _take(decisions: PageDecisions, what: str, record: str, page: int, sides: tuple[float, float]) -> Decided:
    match what:
        case "measure":
            return decisions.measure(record, page, *sides)
        case "exclude":
            return decisions.exclude(record, page, "blank")
        case "uphold":
            return decisions.settle(record, page, UPHELD)
        case _:
            return decisions.settle(record, page, DROPPED)
