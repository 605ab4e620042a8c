"""Counting: every page in one column, each number open down to its pages, and given again as of an earlier day."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from archive.errors import RequestRefused
from archive.index.embedded.page_table import SqlitePageTable
from archive.model.ledger import Batch, LedgerLine, ScanOutcome
from archive.model.pages import Colour, PageEntry, PageOutcome, PageShape, SizeOrigin
from archive.rules.counting.judge import load_rule_set
from archive.services.audit.breakdown import CountRequest
from archive.services.audit.counting import Counting, SheetCount, group_name
from archive.services.derived.rebuild import AllVersions
from archive.store import keys
from archive.store.vault import Vault
from tests import makers
from tests.doubles.memory_store import MemoryStore

A3 = PageShape(SizeOrigin.PAGE_BOX, 297.0, 420.0, 297.0, 420.0, 300.0, Colour.COLOUR, 3508, 4961)
BORN = PageShape(SizeOrigin.BORN_DIGITAL, 210.0, 297.0, 210.0, 297.0)
GUESSED = PageShape(SizeOrigin.ASSUMED, 594.0, 841.0, colour=Colour.COLOUR, pixel_width=1654, pixel_height=2339)
GREY = replace(makers.A4, colour=Colour.GREY)


@dataclass
class Ledger:
    """A vault to write lines into, and the counts that follow from them."""

    vault: Vault
    table: SqlitePageTable

    def batch(self, name: str, **about: str) -> Batch:
        return self.vault.append_batch(replace(makers.batch(), id=keys.batch_id(name), name=name, about=about))

    def line(
        self, batch: Batch, name: str, *pages: PageEntry, outcome: ScanOutcome = ScanOutcome.STORED, at: str = makers.AT
    ) -> LedgerLine:
        path = keys.path_id(batch.id, name)
        line = replace(makers.line(), id=keys.line_id(path, 0), batch=batch.id, path_id=path, path=name, at=at)
        kept = outcome in (ScanOutcome.STORED, ScanOutcome.DUPLICATE)
        record = keys.result_id(keys.digest_of(name.encode()), 1) if kept else None
        return self.vault.append_line(replace(line, outcome=outcome, pages=pages, record=record))

    @property
    def counting(self) -> Counting:
        self.table.replace_all(AllVersions(self.vault))
        return Counting(self.vault, self.table, load_rule_set("a4-2026.1"))

    def columns(self, **query: Any) -> dict[str, tuple[int, int]]:
        """Return (pages, A4) of each column that has any."""
        cells = self.counting.count(CountRequest(**query)).total.columns.items()
        return {name: (cell.pages, cell.a4) for name, cell in cells if cell.pages}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(Vault(MemoryStore()), SqlitePageTable(tmp_path / "pages.sqlite"))


def page(number: int, outcome: PageOutcome = PageOutcome.RECOGNISED, shape: PageShape | None = makers.A4) -> PageEntry:
    return PageEntry(number, outcome, shape)


def test_every_page_stands_in_one_column(ledger: Ledger) -> None:
    batch = ledger.batch("Hộp 1")
    ledger.line(
        batch,
        "a.pdf",
        page(1),
        page(2, shape=A3),
        page(3, PageOutcome.BLANK),
        page(4, PageOutcome.SEPARATOR),
        page(5, PageOutcome.TEXT_LAYER, BORN),
        page(6, PageOutcome.TIMED_OUT),
        page(7, PageOutcome.UNREADABLE, None),
        page(8, shape=GREY),
        page(9, shape=GUESSED),
    )
    ledger.line(batch, "b.pdf", page(1), outcome=ScanOutcome.DUPLICATE)
    ledger.line(batch, "c.pdf", outcome=ScanOutcome.REJECTED)

    assert ledger.columns() == {
        "payable": (3, 4),
        "blank": (1, 1),
        "separator": (1, 1),
        "born_digital": (1, 1),
        "failed": (2, 2),
        "below_norm": (1, 1),
        "duplicate": (1, 1),
    }
    assert ledger.counting.count(CountRequest()).total.to_measure == 1


def test_the_pages_behind_a_number_are_its_pages(ledger: Ledger) -> None:
    batch = ledger.batch("Hộp 1")
    ledger.line(batch, "a.pdf", page(1), page(2, PageOutcome.BLANK))
    ledger.line(batch, "b.pdf", page(1), outcome=ScanOutcome.DUPLICATE)
    counting = ledger.counting
    pages = list(counting.pages(CountRequest()))

    assert Counter(one.judgement.column for one in pages) == {
        name: cell.pages for name, cell in counting.count(CountRequest()).total.columns.items() if cell.pages
    }
    assert {(one.path, one.row.page) for one in pages} == {("a.pdf", 1), ("a.pdf", 2), ("b.pdf", 1)}


def test_an_earlier_days_number_is_given_again_after_more_was_imported(ledger: Ledger) -> None:
    batch = ledger.batch("Hộp 1")
    first = ledger.line(batch, "a.pdf", page(1), page(2, PageOutcome.TIMED_OUT), at="2026-03-05T08:00:00Z")
    then = ledger.columns()
    ledger.line(batch, "b.pdf", page(1), page(2), at="2026-04-01T08:00:00Z")
    read_again = replace(first, version=2, pages=(page(1), page(2)), at="2026-04-02T08:00:00Z")
    ledger.vault.append_line(read_again)

    assert then == {"payable": (1, 1), "failed": (1, 1)}
    assert ledger.columns(as_of="2026-03-31") == then
    assert ledger.columns(as_of="2026-04-01") == {"payable": (3, 3), "failed": (1, 1)}
    assert ledger.columns() == {"payable": (4, 4)}
    assert ledger.columns(to_day="2026-03-31") == {"payable": (2, 2)}, "a line is counted on the day it began"
    assert ledger.columns(from_day="2026-04-01") == {"payable": (2, 2)}


def test_days_begin_at_midnight_in_viet_nam(ledger: Ledger) -> None:
    batch = ledger.batch("Hộp 1")
    ledger.line(batch, "a.pdf", page(1), at="2026-03-05T16:59:59Z")
    ledger.line(batch, "b.pdf", page(1), page(2), at="2026-03-05T17:00:00Z")

    assert ledger.columns(to_day="2026-03-05") == {"payable": (1, 1)}
    assert ledger.columns(from_day="2026-03-06") == {"payable": (2, 2)}


def test_one_batch_may_be_counted_alone(ledger: Ledger) -> None:
    ledger.line(ledger.batch("Hộp 1"), "a.pdf", page(1))
    ledger.line(ledger.batch("Hộp 2"), "a.pdf", page(1), page(2))

    assert ledger.columns(where=(("batch", "Hộp 2"),)) == {"payable": (2, 2)}


def two_contracts(ledger: Ledger) -> Counting:
    """Return a count over two batches of one contract, and one of another, scanned by two people."""
    about = {"contract": "HĐ-07", "contractor": "Công ty Mẫu", "x_kho": "Kho số 3"}
    line = ledger.line(ledger.batch("Hộp 1", operator="lan", **about), "a.pdf", page(1), page(2, shape=A3))
    ledger.line(ledger.batch("Hộp 2", contract="HĐ-07"), "b.pdf", page(1, PageOutcome.BLANK))
    ledger.line(ledger.batch("Hộp 3", contract="HĐ-08"), "c.pdf", page(1), at="2026-04-01T08:00:00Z")
    ledger.vault.append_record(replace(makers.record(), id=str(line.record)))
    return ledger.counting


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("batch", {"Hộp 1": 2, "Hộp 2": 1, "Hộp 3": 1}),
        ("operator", {"lan": 2, "os:thu": 2}),
        ("account", {"os:thu": 4}),
        ("month", {"2026-03": 3, "2026-04": 1}),
        ("size", {"A4": 3, "A3": 1}),
        ("outcome", {"recognised": 3, "blank": 1}),
        ("kind", {"giay-phep-xay-dung": 2, None: 2}),
        ("agency", {None: 4}),
        ("contract", {"HĐ-07": 3, "HĐ-08": 1}),
        ("contractor", {"Công ty Mẫu": 2, None: 2}),
        ("x_kho", {"Kho số 3": 2, None: 2}),
        ("box", {None: 4}),
    ],
)
def test_rows_add_up_to_the_total_and_list_their_pages(ledger: Ledger, by: str, groups: dict[str | None, int]) -> None:
    counting = two_contracts(ledger)
    counted = counting.count(CountRequest(by=(by,)))

    assert {row.groups[0]: row.pages for row in counted.rows} == groups
    assert sum(row.pages for row in counted.rows) == counted.total.pages == 4
    for group, pages in groups.items():
        only = counting.checked(CountRequest(where=((by, group or ""),)))
        assert counting.count(only).total.pages == len(list(counting.pages(only))) == pages


def test_a_count_is_broken_down_by_two_things_at_once(ledger: Ledger) -> None:
    counting = two_contracts(ledger)
    request = CountRequest(by=("contract", "size"))

    assert {row.groups: row.pages for row in counting.count(request).rows} == {
        ("HĐ-07", "A4"): 2,
        ("HĐ-07", "A3"): 1,
        ("HĐ-08", "A4"): 1,
    }
    assert Counter(page.groups for page in counting.pages(request)) == {
        row.groups: row.pages for row in counting.count(request).rows
    }


def test_a_filter_means_what_is_stored_in_whatever_spelling(ledger: Ledger) -> None:
    counting = two_contracts(ledger)

    def meant(name: str, value: str) -> str:
        return counting.checked(CountRequest(where=((name, value),))).where[0][1]

    assert meant("contract", "hd-07") == "HĐ-07"
    assert meant("kind", "Giấy phép xây dựng") == meant("kind", "giay-phep-xay-dung") == "giay-phep-xay-dung"
    assert meant("contractor", "cong ty mau") == "Công ty Mẫu"
    assert (meant("column", "below norm"), meant("outcome", "Text layer")) == ("below_norm", "text_layer")
    assert counting.count(counting.checked(CountRequest(where=(("size", "A2"),)))).total.pages == 0, "it may be there"


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (
            CountRequest(where=(("contract", "HĐ-7"),)),
            "no page of this archive has the contract 'HĐ-7'; there are: HĐ-07, HĐ-08",
        ),
        (CountRequest(where=(("box", "1"),)), "no page of this archive has a box"),
        (CountRequest(by=("colour",)), "nothing can be counted by 'colour'"),
        (CountRequest(where=(("X_kho", "1"),)), "nothing can be counted by 'X_kho'"),
        (CountRequest(by=("month", "size", "batch")), "at most 2"),
        (CountRequest(by=("month", "month")), "--by names the same thing twice"),
        (CountRequest(where=(("size", ""),)), "no page of this archive has the size ''; there are: A0"),
        (CountRequest(where=(("account", ""),)), "no page of this archive has the account ''; there are: os:thu"),
        (CountRequest(where=(("month", "2026-03"), ("month", "2026-04"))), "each NAME may stand in one --where"),
    ],
)
def test_a_request_that_cannot_be_meant_is_refused(ledger: Ledger, request_: CountRequest, said: str) -> None:
    counting = two_contracts(ledger)

    with pytest.raises(RequestRefused, match=re.escape(said)):
        counting.checked(request_)


def test_what_is_said_later_about_a_batch_counts_from_that_day_on(ledger: Ledger) -> None:
    batch = ledger.batch("Hộp 1")
    ledger.line(batch, "a.pdf", page(1), at="2026-03-05T08:00:00Z")
    ledger.vault.append_batch(replace(batch, version=2, about={"operator": "lan"}, at="2026-03-07T08:00:00Z"))
    counting = ledger.counting

    def operators(day: str | None) -> list[str | None]:
        return [row.groups[0] for row in counting.count(CountRequest(by=("operator",), as_of=day)).rows]

    assert operators(None) == ["lan"]
    assert operators("2026-03-06") == ["os:thu"]


def test_sheets_are_told_only_where_the_sides_are_known(ledger: Ledger) -> None:
    single, double, silent = ledger.batch("1", sides="1"), ledger.batch("2", sides="2"), ledger.batch("?")
    ledger.line(single, "a.pdf", page(1), page(2), page(3))
    ledger.line(double, "b.pdf", page(1), page(2), page(3))
    ledger.line(double, "c.pdf", page(1), page(2, PageOutcome.BLANK))
    ledger.line(silent, "d.pdf", page(1), page(2), page(3), page(4))

    assert ledger.counting.sheets(CountRequest()) == {(): SheetCount(3 + 2 + 1, 4)}
    assert ledger.counting.sheets(CountRequest(where=(("batch", "2"),))) == {(): SheetCount(3, 0)}
    assert ledger.counting.sheets(CountRequest(by=("batch",))) == {
        ("1",): SheetCount(3, 0),
        ("2",): SheetCount(3, 0),
        ("?",): SheetCount(0, 4),
    }


def test_sheets_have_no_sizes_and_no_outcomes(ledger: Ledger) -> None:
    """The two sides of a sheet may differ in them."""
    ledger.line(ledger.batch("1", sides="2"), "a.pdf", page(1), page(2, PageOutcome.BLANK))

    assert ledger.counting.sheets(CountRequest(by=("outcome", "batch"))) == {(): SheetCount(1, 0)}
    with pytest.raises(RequestRefused, match="sheets cannot be counted by outcome"):
        ledger.counting.sheets(CountRequest(where=(("outcome", "blank"),)))


def test_only_scanned_pages_have_sheets(ledger: Ledger) -> None:
    batch = ledger.batch("1", sides="1")
    ledger.line(batch, "a.pdf", page(1), page(2, PageOutcome.TEXT_LAYER, BORN))
    ledger.line(batch, "b.pdf", page(1), outcome=ScanOutcome.DUPLICATE)

    assert ledger.counting.sheets(CountRequest()) == {(): SheetCount(1, 0)}


def test_without_any_word_about_sides_there_are_no_sheets(ledger: Ledger) -> None:
    ledger.line(ledger.batch("1"), "a.pdf", page(1))

    assert ledger.counting.sheets(CountRequest()) is None


def test_an_empty_archive_counts_nothing(ledger: Ledger) -> None:
    assert ledger.columns() == {}
    assert list(ledger.counting.pages(CountRequest())) == []


def test_rows_are_named() -> None:
    assert [group_name("kind", "ban-sao"), group_name("kind", "giay-phep-xay-dung"), group_name("agency", None)] == [
        "ban-sao",
        "Giấy phép xây dựng",
        "(not known)",
    ]
