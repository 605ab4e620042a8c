"""Counting: pages as a query over the ledger under a named rule set, opened down to pages."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from archive.errors import RequestRefused
from archive.index.page_table_api import PageTable
from archive.messages.catalogue import tr
from archive.model.counting import CountQuery, GroupBy, Groups, PageRow, Tally
from archive.model.ledger import LedgerLine
from archive.model.pages import Exclusion, Measure, PageOutcome
from archive.rules.counting.judge import SIZE, UNPROVEN, Count, Judgement, RuleSet, judge, summarise
from archive.services.audit.breakdown import (
    ALWAYS_KNOWN,
    COLUMN,
    MOST_DIMENSIONS,
    OF_A_PAGE,
    OUTCOME,
    Breakdown,
    CountRequest,
    check_dimension,
    meant_value,
    shown_value,
)
from archive.services.unreadable_objects import UnreadableObjects
from archive.store.keys import batch_id
from archive.store.vault import Vault


@dataclass(frozen=True, slots=True)
class CountedPage:
    """One page behind a number: where it is, and what the rule set says of it. ``groups``: as the count's rows.

    ``measure`` and ``exclusion``: what people decided about it by now, or want decided; whatever day is counted.
    """

    row: PageRow
    judgement: Judgement
    path: str | None
    groups: Groups
    measure: Measure | None = None
    exclusion: Exclusion | None = None


@dataclass(frozen=True, slots=True)
class SheetCount:
    """Sheets of paper behind the scanned pages, where a batch says how many sides were scanned (``sides`` 1 or 2)."""

    sheets: int = 0
    pages_without_sides: int = 0

    def plus(self, other: SheetCount) -> SheetCount:
        """Return the sum of both."""
        return SheetCount(self.sheets + other.sheets, self.pages_without_sides + other.pages_without_sides)


class Counting:
    """Counts for auditors."""

    def __init__(self, vault: Vault, table: PageTable, rules: RuleSet) -> None:
        self._vault = vault
        self._table = table
        self._rules = rules

    def checked(self, request: CountRequest) -> CountRequest:
        """Return a request whose values are those that the table has. Raises RequestRefused, IndexUnavailable.

        Refused: more than two dimensions, one that does not exist or twice, a value that no page has.
        """
        if len({*request.by}) < len(request.by):
            raise RequestRefused(tr("count.by_the_same_thing_twice"))
        if len(request.by) > MOST_DIMENSIONS:
            raise RequestRefused(tr("count.by_two_dimensions", most=MOST_DIMENSIONS))
        names = [name for name, _ in request.where]
        if len({*names}) < len(names):
            raise RequestRefused(tr("count.where_is_said_twice"))
        for name in (*request.by, *names):
            check_dimension(name)
        where = tuple((name, self._meant(name, value)) for name, value in request.where)
        return replace(request, where=where)

    def breakdown(self, request: CountRequest) -> Breakdown:
        """Return the breakdown of a checked request. Raises IndexUnavailable."""
        return Breakdown(request, self._table.batches(request.as_of))

    def count(self, request: CountRequest) -> Count:
        """Return the sums of the pages that a checked request asks for. Raises IndexUnavailable."""
        breakdown = self.breakdown(request)
        return summarise(judged(self._table.tally(breakdown.query), breakdown, self._rules), self._rules, request.by)

    def pages(self, request: CountRequest) -> Iterator[CountedPage]:
        """Yield the pages behind the numbers of the same request. Raises IndexUnavailable, StoreError."""
        breakdown = self.breakdown(request)
        for _, rows in by_line(self._table.pages(breakdown.query)):
            line: tuple[LedgerLine | None] | None = None
            for row in rows:
                judgement = judge(row.facts, self._rules)
                groups = breakdown.groups(row.groups, row.facts, judgement)
                if groups is not None:
                    line = line or (self._line_of(row),)
                    yield _counted(row, judgement, line[0], groups)

    def sheets(self, request: CountRequest) -> Mapping[Groups, SheetCount] | None:
        """Return the sheets behind the scanned pages of each row of a count; None when no batch says its sides.

        By sizes or outcomes only the total, under ``()``: the sides of a sheet may differ in them. Raises
        RequestRefused (a filter by sizes or outcomes), IndexUnavailable.
        """
        narrowed = OF_A_PAGE & {name for name, _ in request.where}
        if narrowed:
            raise RequestRefused(tr("count.sheets_have_no", names=", ".join(sorted(narrowed))))
        if OF_A_PAGE & {*request.by}:
            request = replace(request, by=())
        batches = self._table.batches(request.as_of)
        sides = {batch.name: batch.about.get("sides") for batch in batches}
        if not any(sides.values()):
            return None
        breakdown = Breakdown(request, batches)
        query = replace(breakdown.query, by=(*breakdown.query.by, GroupBy.BATCH))
        found: dict[Groups, SheetCount] = {}
        for tally in self._table.sheets(query):
            groups = breakdown.groups(tally.groups[:-1], None, None)
            if groups is not None:
                match sides.get(tally.groups[-1] or ""):
                    case "1":
                        count = SheetCount(tally.pages, 0)
                    case "2":
                        count = SheetCount(tally.two_sided, 0)
                    case _:
                        count = SheetCount(0, tally.pages)
                found[groups] = found.get(groups, SheetCount()).plus(count)
        return found

    def paid_although_disputed(self, request: CountRequest) -> int:
        """Return how many pages people want left out, where the rule set has no column for them: it counts as before.

        Raises IndexUnavailable.
        """
        if self._rules.knows_exclusions:
            return 0
        breakdown = self.breakdown(request)
        disputed = (tally for tally in self._table.tally(breakdown.query) if tally.facts.exclusion is not None)
        return sum(pages for _, _, pages in judged(disputed, breakdown, self._rules))

    def foreign_batches(self) -> list[str]:
        """Return the names of batches that the page table counts but the vault lacks: the table is newer.

        Raises IndexUnavailable, StoreUnavailable.
        """
        ours = {key.id for key in self._vault.chain_keys("batches")}
        names = (tally.groups[0] or "" for tally in self._table.tally(CountQuery(by=(GroupBy.BATCH,))))
        return sorted({name for name in names if batch_id(name) not in ours})

    def _meant(self, name: str, value: str) -> str:
        """Return the stored value that a person meant; an empty one stands for pages without one, where there are."""
        if not value and name not in ALWAYS_KNOWN:
            return value
        return meant_value(name, value, self._known(name))

    def _known(self, name: str) -> list[str]:
        """Return the values that pages have or may have in a dimension."""
        if name == GroupBy.BATCH:
            return [batch.name for batch in self._table.batches()]
        if name == COLUMN:
            return [column.name for column in self._rules.columns]
        if name == SIZE:
            return [*(size.name for size in (*self._rules.sizes, *self._rules.sheets)), UNPROVEN]
        if name == OUTCOME:
            return [outcome.value for outcome in PageOutcome]
        rows = self.count(CountRequest(by=(name,))).rows
        return [row.groups[0] for row in rows if row.groups[0] is not None]

    def _line_of(self, row: PageRow) -> LedgerLine | None:
        """Return the ledger line of a page; None when it is unreadable: the page is still counted."""
        found = UnreadableObjects().attempt(row.line, lambda: (self._vault.line(batch_id(row.batch_name), row.line),))
        return found[0] if found else None


def _counted(row: PageRow, judgement: Judgement, line: LedgerLine | None, groups: Groups) -> CountedPage:
    if line is None:
        return CountedPage(row, judgement, None, groups)
    entry = next((entry for entry in line.pages if entry.number == row.page), None)
    decided = (entry.measure, entry.exclusion) if entry is not None else ()
    return CountedPage(row, judgement, line.path, groups, *decided)


def judged(tallies: Iterable[Tally], breakdown: Breakdown, rules: RuleSet) -> Iterator[tuple[Groups, Judgement, int]]:
    """Yield the tallies that are wanted, with their groups and what the rule set says of their pages."""
    for tally in tallies:
        judgement = judge(tally.facts, rules)
        groups = breakdown.groups(tally.groups, tally.facts, judgement)
        if groups is not None:
            yield groups, judgement, tally.pages


def by_line(rows: Iterator[PageRow]) -> Iterator[tuple[str, list[PageRow]]]:
    """Yield the rows grouped by ledger line: the table yields them in that order."""
    for line, group in itertools.groupby(rows, key=lambda row: row.line):
        yield line, list(group)


def group_name(name: str, group: str | None) -> str:
    """Return the value of a dimension as people read it."""
    return shown_value(name, group) if group is not None else tr("count.not_known")
