"""What every PageTable must do; a backend joins by giving a ``table`` fixture: empty, and alone for each test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from archive.errors import BadQuery, StoreUnavailable
from archive.index.page_table_api import PageTable, TableEntry
from archive.model.counting import CountQuery, GroupBy, PageFacts, SheetTally, TableBatch, TableLine, TableRecord, Tally
from archive.model.ledger import LedgerLine, ScanOutcome
from archive.model.pages import Colour, PageEntry, PageOutcome, PageShape, SizeOrigin
from archive.model.results import Actor

A4 = PageShape(SizeOrigin.IMAGE_DPI, 210.0, 297.0, 210.0, 297.0, 200.0, Colour.COLOUR, 1654, 2339)
A3 = replace(A4, width_mm=297.0, height_mm=420.0)
A4_FACTS = PageFacts(ScanOutcome.STORED, "recognised", "image_dpi", 210.0, 297.0, 200.0, "colour")
NOON = "2026-03-05T05:00:00Z"  # noon in +07:00


def scan(id_: str, *pages: PageEntry, **said: Any) -> TableLine:
    """Return the first version of the line of a scan of one A4 page, varied by what is given."""
    batch, account = said.pop("batch_name", "Hộp 12"), said.pop("account", "os:thu")
    line = LedgerLine(
        id=id_,
        version=1,
        batch="0" * 32,
        path_id=f"path of {id_}",
        occurrence=0,
        outcome=ScanOutcome.STORED,
        reason=None,
        message=None,
        sha256=f"digest of {id_}",
        bytes=10,
        record=f"record of {id_}",
        path=f"{id_}.pdf",
        pages=pages or (page(1),),
        actor=Actor(account),
        at=NOON,
    )
    return TableLine(replace(line, **said), batch)


def page(number: int, shape: PageShape | None = A4, outcome: PageOutcome = PageOutcome.RECOGNISED) -> PageEntry:
    """Return a page."""
    return PageEntry(number, outcome, shape)


def record(id_: str, **said: Any) -> TableRecord:
    """Return the first version of the record of the scan ``id_``."""
    return replace(TableRecord(f"record of {id_}", 1, NOON, "giay-phep", "UBND xã Gia Hoà"), **said)


def groups(tallies: list[Tally]) -> dict[str | None, int]:
    """Return pages by their one group, None where there is none."""
    sums: Counter[str | None] = Counter()
    for tally in tallies:
        sums[tally.groups[0] if tally.groups else None] += tally.pages
    return dict(sums)


def total(table: PageTable, **asked: Any) -> int:
    """Return the pages that a query counts."""
    return sum(tally.pages for tally in table.tally(CountQuery(**asked)))


class PageTableContract:
    """Inherit, and provide ``table``."""

    def test_a_fresh_table_counts_nothing_and_that_is_no_error(self, table: PageTable) -> None:
        assert table.tally(CountQuery()) == []
        assert list(table.pages(CountQuery())) == []
        assert table.missing({"a": 1}, {"b": 1}) == {"a", "b"}

    def test_nothing_can_be_put(self, table: PageTable) -> None:
        table.put(())

        assert table.tally(CountQuery()) == []

    # Facts

    def test_equal_pages_are_tallied_together(self, table: PageTable) -> None:
        table.put([scan("a", page(1), page(2), page(3, A3)), scan("b")])

        assert sorted(table.tally(CountQuery()), key=lambda tally: tally.pages) == [
            Tally((), replace(A4_FACTS, width_mm=297.0, height_mm=420.0), 1),
            Tally((), A4_FACTS, 3),
        ]

    @pytest.mark.parametrize(
        ("shape", "facts"),
        [
            (None, replace(A4_FACTS, size_origin=None, width_mm=None, height_mm=None, dpi=None, colour=None)),
            (
                PageShape(SizeOrigin.ASSUMED, 210.0, 297.0, colour=Colour.GREY),
                replace(A4_FACTS, size_origin="assumed", width_mm=None, height_mm=None, dpi=None, colour="grey"),
            ),
            (
                PageShape(SizeOrigin.BORN_DIGITAL, 210.0, 297.0, 210.0, 297.0),
                replace(A4_FACTS, size_origin="born_digital", dpi=None, colour=None),
            ),
            (replace(A4, width_mm=209.97, height_mm=297.04, dpi=199.6), A4_FACTS),
        ],
    )
    def test_facts_say_what_is_known_rounded(self, table: PageTable, shape: PageShape | None, facts: PageFacts) -> None:
        table.put([scan("a", page(1, shape)), scan("b", page(1, shape))])

        assert table.tally(CountQuery()) == [Tally((), facts, 2)]

    @pytest.mark.parametrize("outcome", list(PageOutcome))
    def test_every_page_outcome_is_counted(self, table: PageTable, outcome: PageOutcome) -> None:
        table.put([scan("a", page(1, outcome=outcome))])

        assert table.tally(CountQuery()) == [Tally((), replace(A4_FACTS, outcome=outcome.value), 1)]

    def test_pages_of_duplicates_are_counted_as_such(self, table: PageTable) -> None:
        table.put([scan("a"), scan("b", outcome=ScanOutcome.DUPLICATE, record="record of a"), record("a")])

        assert {(t.groups[0], t.facts.scan_outcome): t.pages for t in table.tally(CountQuery(by=(GroupBy.KIND,)))} == {
            ("giay-phep", ScanOutcome.STORED): 1,
            ("giay-phep", ScanOutcome.DUPLICATE): 1,
        }

    def test_pages_of_what_was_withdrawn_are_counted_as_such_and_were_not_before(self, table: PageTable) -> None:
        first, later = scan("a"), "2026-03-06T05:00:00Z"
        table.put([first, replace(first, line=replace(first.line, version=2, at=later, outcome=ScanOutcome.WITHDRAWN))])

        (now,), (before,) = (table.tally(CountQuery(as_of=day)) for day in (None, "2026-03-05"))

        assert (now.facts, before.facts) == (replace(A4_FACTS, scan_outcome=ScanOutcome.WITHDRAWN), A4_FACTS)

    def test_a_scan_without_pages_counts_none(self, table: PageTable) -> None:
        rejected = scan("a", outcome=ScanOutcome.REJECTED, sha256=None, record=None, path=None)
        table.put([replace(rejected, line=replace(rejected.line, pages=()))])

        assert table.tally(CountQuery()) == []
        assert table.missing({"a": 1}, {}) == set()

    # Groups

    @pytest.mark.parametrize(
        ("by", "expected"),
        [
            ((), {None: 4}),
            (GroupBy.KIND, {"giay-phep": 2, "ban-sao": 1, None: 1}),
            (GroupBy.AGENCY, {"UBND xã Gia Hoà": 2, None: 2}),
            (GroupBy.MONTH, {"2026-03": 3, "2026-04": 1}),
            (GroupBy.BATCH, {"Hộp 12": 3, "Hộp 13": 1}),
            (GroupBy.ACCOUNT, {"os:thu": 3, "os:lan": 1}),
        ],
    )
    def test_counts_are_broken_down(
        self, table: PageTable, by: GroupBy | tuple[()], expected: dict[str | None, int]
    ) -> None:
        table.put([scan("a", page(1), page(2)), record("a")])
        table.put([scan("b", batch_name="Hộp 13", account="os:lan"), record("b", kind="ban-sao", agency=None)])
        table.put([scan("c", at="2026-04-01T00:00:00Z")])  # its record is not there

        assert groups(table.tally(CountQuery(by=(by,) if by else ()))) == expected

    @pytest.mark.parametrize(
        ("at", "month"),
        [
            ("2026-03-31T16:59:59.999999Z", "2026-03"),
            ("2026-03-31T17:00:00Z", "2026-04"),
            ("2026-03-31T17:00:00+00:00", "2026-04"),
            ("2026-01-01T00:00:00+07:00", "2026-01"),
        ],
    )
    def test_months_are_those_of_seven_hours_east(self, table: PageTable, at: str, month: str) -> None:
        table.put([scan("a", at=at)])

        assert groups(table.tally(CountQuery(by=(GroupBy.MONTH,)))) == {month: 1}

    # Days

    @pytest.mark.parametrize(
        ("first", "last", "expected"),
        [
            (None, None, 3),
            ("2026-03-05", "2026-03-05", 1),
            ("2026-03-05", None, 2),
            (None, "2026-03-05", 2),
            ("2026-03-07", None, 0),
            ("2026-03-06", "2026-03-05", 0),
        ],
    )
    def test_days_are_inclusive_and_seven_hours_east(
        self, table: PageTable, first: str | None, last: str | None, expected: int
    ) -> None:
        table.put(
            [
                scan("before", at="2026-03-04T16:59:59Z"),
                scan("on the day", at="2026-03-04T17:00:00Z"),
                scan("after", at="2026-03-05T17:00:00Z"),
            ]
        )

        assert total(table, from_day=first, to_day=last) == expected

    def test_a_line_is_counted_on_the_day_of_its_first_version(self, table: PageTable) -> None:
        table.put([scan("a"), scan("a", page(1), page(2), version=2, at="2026-05-01T05:00:00Z")])

        assert total(table, from_day="2026-03-05", to_day="2026-03-05") == 2
        assert total(table, from_day="2026-05-01") == 0
        assert groups(table.tally(CountQuery(by=(GroupBy.MONTH,)))) == {"2026-03": 2}

    @pytest.mark.parametrize("order", [(1, 2), (2, 1)])
    def test_a_line_is_counted_for_the_account_that_imported_it(self, table: PageTable, order: tuple[int, ...]) -> None:
        """Who decides about one of its pages later takes nothing over."""
        versions = {1: scan("a"), 2: scan("a", version=2, account="os:lan", at="2026-03-06T05:00:00Z")}
        for version in order:
            table.put([versions[version]])

        for day in (None, "2026-03-05"):
            assert groups(table.tally(CountQuery(by=(GroupBy.ACCOUNT,), as_of=day))) == {"os:thu": 1}
        assert [row.groups for row in table.pages(CountQuery(by=(GroupBy.ACCOUNT,)))] == [("os:thu",)]

    @pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "", "2026", "05/03/2026"])
    @pytest.mark.parametrize("field", ["from_day", "to_day", "as_of"])
    def test_a_day_that_is_none_is_refused(self, table: PageTable, field: str, day: str) -> None:
        query = replace(CountQuery(), **{field: day})

        with pytest.raises(BadQuery, match="no day"):
            table.tally(query)
        with pytest.raises(BadQuery, match="no day"):
            list(table.pages(query))

    def test_one_batch_can_be_counted_alone(self, table: PageTable) -> None:
        table.put([scan("a"), scan("b", page(1), page(2), batch_name="Hộp 13")])

        assert total(table, batches=frozenset({"Hộp 13"})) == 2
        assert total(table, batches=frozenset({"Hộp 1"})) == 0

    # Versions and earlier days

    def test_only_the_last_version_of_a_line_counts(self, table: PageTable) -> None:
        table.put(
            [scan("a", page(1, outcome=PageOutcome.ENGINE_FAILED)), scan("a", version=2, at="2026-03-06T05:00:00Z")]
        )

        assert table.tally(CountQuery()) == [Tally((), A4_FACTS, 1)]

    def test_only_the_last_version_of_a_record_counts(self, table: PageTable) -> None:
        table.put([scan("a"), record("a"), record("a", version=2, kind="ban-sao", at="2026-03-06T05:00:00Z")])

        assert groups(table.tally(CountQuery(by=(GroupBy.KIND,)))) == {"ban-sao": 1}

    @pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
    def test_an_earlier_days_number_is_given_again(self, table: PageTable, order: tuple[int, ...]) -> None:
        versions = {
            1: (scan("a", page(1)), record("a", kind="one")),
            2: (
                scan("a", page(1), page(2), version=2, at="2026-03-07T16:59:59Z"),
                record("a", version=2, kind="two", at="2026-03-07T16:59:59Z"),
            ),
            3: (
                scan("a", page(1), page(2), page(3), version=3, at="2026-03-07T17:00:00Z"),
                record("a", version=3, kind="three", at="2026-03-07T17:00:00Z"),
            ),
        }
        for version in order:  # the order of putting does not matter
            table.put(versions[version])

        def as_of(day: str | None) -> dict[str | None, int]:
            return groups(table.tally(CountQuery(by=(GroupBy.KIND,), as_of=day)))

        assert as_of("2026-03-04") == {}
        assert as_of("2026-03-05") == {"one": 1}
        assert as_of("2026-03-06") == {"one": 1}
        assert as_of("2026-03-07") == {"two": 2}
        assert as_of("2026-03-08") == as_of(None) == {"three": 3}
        assert total(table, from_day="2026-03-05", to_day="2026-03-05") == 3

    def test_a_record_made_later_does_not_exist_earlier(self, table: PageTable) -> None:
        table.put([scan("a"), record("a", at="2026-04-01T05:00:00Z")])

        assert groups(table.tally(CountQuery(by=(GroupBy.KIND,), as_of="2026-03-31"))) == {None: 1}
        assert groups(table.tally(CountQuery(by=(GroupBy.KIND,)))) == {"giay-phep": 1}

    def test_putting_again_changes_nothing(self, table: PageTable) -> None:
        entries: list[TableEntry] = [scan("a", page(1), page(2)), record("a"), scan("b", version=2)]
        table.put(entries)
        before = table.tally(CountQuery(by=(GroupBy.KIND,))), list(table.pages(CountQuery()))
        table.put(entries)
        table.put([*entries, *entries])

        assert (table.tally(CountQuery(by=(GroupBy.KIND,))), list(table.pages(CountQuery()))) == before

    # Sheets of paper

    def test_scanned_pages_are_summed_and_each_scan_begins_a_sheet(self, table: PageTable) -> None:
        table.put([scan("a", page(1), page(2), page(3)), scan("b", page(1), page(2, outcome=PageOutcome.BLANK))])
        table.put([scan("c", batch_name="Hộp 13")])

        assert table.sheets(CountQuery()) == [SheetTally((), 6, 2 + 1 + 1)]
        assert table.sheets(CountQuery(by=(GroupBy.BATCH,))) == [
            SheetTally(("Hộp 12",), 5, 3),
            SheetTally(("Hộp 13",), 1, 1),
        ]

    def test_only_pages_that_are_kept_and_were_scanned_have_sheets(self, table: PageTable) -> None:
        born = PageShape(SizeOrigin.BORN_DIGITAL, 210.0, 297.0, 210.0, 297.0)
        table.put([scan("a", page(1), page(2, born), page(3, None)), scan("b", outcome=ScanOutcome.DUPLICATE)])

        assert table.sheets(CountQuery()) == [SheetTally((), 1, 1)]

    def test_sheets_are_those_of_an_earlier_day(self, table: PageTable) -> None:
        table.put([scan("a"), scan("a", page(1), page(2), page(3), version=2, at="2026-03-06T05:00:00Z")])
        table.put([record("a", kind="one"), record("a", version=2, kind="two", at="2026-03-07T05:00:00Z")])

        def sheets(day: str | None) -> list[SheetTally]:
            return table.sheets(CountQuery(by=(GroupBy.KIND,), as_of=day))

        assert sheets("2026-03-04") == []
        assert sheets("2026-03-05") == [SheetTally(("one",), 1, 1)]
        assert sheets("2026-03-06") == [SheetTally(("one",), 3, 2)]
        assert sheets(None) == [SheetTally(("two",), 3, 2)]

    # What is said about batches

    def test_batches_say_what_they_said_on_a_day(self, table: PageTable) -> None:
        first = TableBatch("1" * 32, 1, NOON, "Hộp 12", {"contract": "HĐ-07"})
        second = replace(first, version=2, at="2026-03-06T05:00:00Z", about={"contract": "HĐ-07", "x_kho": "Kho số 3"})
        other = TableBatch("2" * 32, 1, NOON, "Hộp 11", {})
        table.put([second, other])
        table.put([first, second])

        assert table.batches() == [other, second]
        assert table.batches("2026-03-05") == [other, first]
        assert table.batches("2026-03-04") == []
        assert table.missing({}, {}, {"1" * 32: 2, "2" * 32: 1}) == set()
        assert table.missing({}, {}, {"1" * 32: 3, "3" * 32: 1}) == {"1" * 32, "3" * 32}
        assert table.tally(CountQuery()) == []

    # The pages behind a number

    @pytest.mark.parametrize("by", [(), *((by,) for by in GroupBy), (GroupBy.KIND, GroupBy.MONTH)])
    @pytest.mark.parametrize("as_of", [None, "2026-03-05"])
    def test_every_number_lists_its_pages(self, table: PageTable, by: tuple[GroupBy, ...], as_of: str | None) -> None:
        table.put([scan("a", page(1), page(2, A3)), record("a"), scan("b", page(1, None), account="os:lan")])
        table.put([scan("c", at="2026-04-01T05:00:00Z"), scan("a", version=2, at="2026-04-02T05:00:00Z")])
        query = CountQuery(by=by, as_of=as_of)
        listed = Counter((row.groups, row.facts) for row in table.pages(query))

        assert listed == {(tally.groups, tally.facts): tally.pages for tally in table.tally(query)}
        assert sum(listed.values()) == 3

    def test_pages_come_by_batch_line_and_number(self, table: PageTable) -> None:
        table.put([scan("z", page(2), page(1)), scan("y"), scan("x", batch_name="Hộp 13")])
        rows = list(table.pages(CountQuery(by=(GroupBy.BATCH,))))

        assert [(row.batch_name, row.line, row.page) for row in rows] == [
            ("Hộp 12", "y", 1),
            ("Hộp 12", "z", 1),
            ("Hộp 12", "z", 2),
            ("Hộp 13", "x", 1),
        ]
        assert (rows[0].record, rows[0].sha256, rows[0].groups) == ("record of y", "digest of y", ("Hộp 12",))

    def test_a_list_of_pages_is_of_one_moment(self, table: PageTable) -> None:
        table.put([scan("a"), scan("b")])
        rows = table.pages(CountQuery())
        first = next(rows)
        table.put([scan("c"), scan("b", page(1), page(2), version=2, at="2026-03-06T05:00:00Z")])

        assert [first.line, *(row.line for row in rows)] == ["a", "b"]

    # What is missing, and replacing everything

    def test_missing_is_what_is_not_there_in_that_version(self, table: PageTable) -> None:
        table.put([scan("a"), scan("b", version=2), record("a")])

        assert table.missing({}, {}) == set()
        assert table.missing({"a": 1, "b": 2}, {"record of a": 1}) == set()
        assert table.missing({"a": 2, "b": 1, "c": 1}, {"record of a": 2}) == {"a", "b", "c", "record of a"}

    def test_replacing_everything_leaves_nothing_old(self, table: PageTable) -> None:
        table.put([scan("a", page(1), page(2)), record("a")])
        table.replace_all([scan("b")])

        assert [row.line for row in table.pages(CountQuery())] == ["b"]
        assert table.missing({"a": 1}, {"record of a": 1}) == {"a", "record of a"}

    def test_replacing_everything_is_invisible_until_it_is_complete(self, table: PageTable) -> None:
        table.put([scan("old")])
        seen = []

        def entries() -> Iterator[TableEntry]:
            for number in range(3):
                yield scan(f"new {number}")
                seen.append([row.line for row in table.pages(CountQuery())])

        table.replace_all(entries())

        assert seen == [["old"]] * 3
        assert [row.line for row in table.pages(CountQuery())] == ["new 0", "new 1", "new 2"]

    def test_a_replacement_that_fails_leaves_the_old_table(self, table: PageTable) -> None:
        table.put([scan("old")])

        def entries() -> Iterator[TableEntry]:
            yield scan("new")
            raise StoreUnavailable("the store went away")

        with pytest.raises(StoreUnavailable):
            table.replace_all(entries())
        table.put([scan("more")])
        assert [row.line for row in table.pages(CountQuery())] == ["more", "old"]

    def test_what_is_put_after_a_replacement_is_counted(self, table: PageTable) -> None:
        table.replace_all([scan("a")])
        table.put([scan("b")])

        assert total(table) == 2
