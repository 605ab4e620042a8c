"""Counting: pages as a query over the ledger under a named rule set, opened down to pages."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from archive.index.page_table_api import PageTable
from archive.messages.catalogue import tr
from archive.model.ledger import CountBy, CountQuery, LedgerLine, PageFacts, PageRow, ScanOutcome
from archive.rules import kinds
from archive.rules.counting.judge import Count, Judgement, RuleSet, judge, summarise
from archive.rules.words import word
from archive.services.unreadable_objects import UnreadableObjects, batches_by_id
from archive.store.keys import batch_id
from archive.store.vault import Vault


@dataclass(frozen=True, slots=True)
class CountedPage:
    """One page behind a number: its place, and the judgement of the rule set."""

    row: PageRow
    judgement: Judgement
    path: str | None


@dataclass(frozen=True, slots=True)
class SheetCount:
    """Sheets of paper behind the scanned pages, where a batch says how many sides were scanned (``sides`` 1 or 2)."""

    sheets: int
    pages_without_sides: int


class Counting:
    """Counts for auditors."""

    def __init__(self, vault: Vault, table: PageTable, rules: RuleSet) -> None:
        self._vault = vault
        self._table = table
        self._rules = rules

    def count(self, query: CountQuery) -> Count:
        """Return the sums of the pages that ``query`` asks for. Raises IndexUnavailable."""
        return summarise(self._table.tally(query), self._rules, query.by)

    def pages(self, query: CountQuery) -> Iterator[CountedPage]:
        """Yield the pages behind the numbers of the same query. Raises IndexUnavailable, StoreError."""
        for _, rows in by_line(self._table.pages(query)):
            line = self._line_of(rows[0])
            for row in rows:
                yield CountedPage(row, judge(row.facts, self._rules), line.path if line else None)

    def foreign_batches(self) -> list[str]:
        """Return the names of batches that the page table counts but the vault lacks: the table is newer.

        Raises IndexUnavailable, StoreUnavailable.
        """
        unreadable = UnreadableObjects()
        ours = {batch.name for batch in batches_by_id(self._vault, unreadable).values()}
        if unreadable:
            return []  # an unreadable batch may be one of them
        return sorted({tally.group or "" for tally in self._table.tally(CountQuery(by=CountBy.BATCH))} - ours)

    def _line_of(self, row: PageRow) -> LedgerLine | None:
        """Return the ledger line of a page; None when it is unreadable: the page is still counted."""
        found = UnreadableObjects().attempt(row.line, lambda: (self._vault.line(batch_id(row.batch_name), row.line),))
        return found[0] if found else None

    def sheets(self, query: CountQuery) -> SheetCount | None:
        """Return the sheets behind the scanned pages; None when no batch states how many sides were scanned."""
        sides = {
            batch.name: batch.about.get("sides") for batch in batches_by_id(self._vault, UnreadableObjects()).values()
        }
        if not any(sides.values()):
            return None
        sheets = unknown = 0
        for _, rows in by_line(self._table.pages(query)):
            scanned = sum(_is_scanned(row.facts) for row in rows)
            match sides.get(rows[0].batch_name):
                case "1":
                    sheets += scanned
                case "2":
                    sheets += (scanned + 1) // 2
                case _:
                    unknown += scanned
        return SheetCount(sheets, unknown)


def by_line(rows: Iterator[PageRow]) -> Iterator[tuple[str, list[PageRow]]]:
    """Yield the rows grouped by ledger line: the table yields them in that order."""
    for line, group in itertools.groupby(rows, key=lambda row: row.line):
        yield line, list(group)


def _is_scanned(facts: PageFacts) -> bool:
    return facts.scan_outcome is ScanOutcome.STORED and facts.colour is not None


def group_name(group: str | None, by: CountBy | None) -> str:
    """Return the name of a row of a count as people read it; data keep the group itself."""
    if group is not None:
        return kinds.name_of(group) if by is CountBy.KIND else word(group) if by is CountBy.OUTCOME else group
    return tr("count.all") if by is None else tr("count.not_known")
