"""Counting: pages as a query over the ledger under a named rule set, opened down to pages, and counted again."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archive.errors import InputRejected
from archive.index.page_table import PageTable
from archive.model.ledger import CountBy, CountQuery, PageFacts, PageRow, ScanOutcome, Tally
from archive.model.pages import PageEntry
from archive.recount import MeasuredPage, compare, facts_again, measure
from archive.rules.counting import Count, Judgement, RuleSet, judge, summarise
from archive.services.gaps import Gaps, batches_by_id
from archive.store.keys import batch_id
from archive.store.soundness import NOT_WHOLE
from archive.store.vault import Vault

_SPOOL_BYTES = 16 * 2**20  # originals up to this size are measured in memory, larger ones from a temporary file


@dataclass(frozen=True, slots=True)
class CountedPage:
    """One page behind a number: where it is, and what the rule set says of it."""

    row: PageRow
    judgement: Judgement
    path: str | None


@dataclass(frozen=True, slots=True)
class ScanDifference:
    """What differs between one scan's original and its ledger line, in words for an auditor."""

    batch: str
    path: str | None
    line: str
    message: str


@dataclass
class Recount:
    """A count from the ledger, the same from the originals measured again, and every difference."""

    ledger: Count
    again: Count
    scans: int = 0
    differences: list[ScanDifference] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sheets:
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
        for _, rows in _by_line(self._table.pages(query)):
            line = self._vault.line(batch_id(rows[0].batch_name), rows[0].line)
            for row in rows:
                yield CountedPage(row, judge(row.facts, self._rules), line.path if line else None)

    def sheets(self, query: CountQuery) -> Sheets | None:
        """Return the sheets behind the scanned pages, None when no batch says how many sides were scanned."""
        sides = {batch.name: batch.about.get("sides") for batch in batches_by_id(self._vault, Gaps()).values()}
        if not any(sides.values()):
            return None
        sheets = unknown = 0
        for _, rows in _by_line(self._table.pages(query)):
            scanned = sum(_is_scanned(row.facts) for row in rows)
            match sides.get(rows[0].batch_name):
                case "1":
                    sheets += scanned
                case "2":
                    sheets += (scanned + 1) // 2
                case _:
                    unknown += scanned
        return Sheets(sheets, unknown)

    def recount(self, query: CountQuery) -> Recount:
        """Open every stored original behind ``query`` and measure its pages again, with code that is not the import's.

        Raises IndexUnavailable, StoreUnavailable. A missing or damaged original is a difference: it proves nothing.
        """
        differences: list[ScanDifference] = []
        tallies: list[Tally] = []
        scans = 0
        for line_id, rows in _by_line(self._table.pages(query)):
            scans += 1
            line = self._vault.line(batch_id(rows[0].batch_name), line_id)
            entries = line.pages if line else ()
            measured, trouble = self._measured(rows[0].sha256)
            found = [trouble] if trouble else [one.message for one in compare(measured, entries)]
            path = line.path if line else None
            differences += [ScanDifference(rows[0].batch_name, path, line_id, message) for message in found]
            tallies += _again(rows, measured, entries)
        differences += self._uncounted()
        count = summarise(self._table.tally(query), self._rules, query.by)
        return Recount(count, summarise(tallies, self._rules, query.by), scans, differences)

    def _uncounted(self) -> Iterator[ScanDifference]:
        """Yield the ledger lines that the page table lacks: a table that lost rows would agree with itself."""
        for batch in self._vault.batches():
            lines = {line.id: line for line in self._vault.lines(batch.id)}
            lacking = self._table.missing({one.id: one.version for one in lines.values()}, {})
            for line_id in sorted(lacking):
                message = "The page table does not know this scan's line of the ledger; run archive reindex."
                yield ScanDifference(batch.name, lines[line_id].path, line_id, message)

    def _measured(self, sha256: str | None) -> tuple[Sequence[MeasuredPage], str | None]:
        """Return an original's pages measured again, or why they cannot be."""
        if sha256 is None:
            return (), None
        with tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as copy:
            try:
                self._vault.copy(sha256, copy)
                return measure(copy, sha256[:12]), None  # type: ignore[arg-type]  # a spooled file reads and seeks
            except (*NOT_WHOLE, InputRejected) as error:
                return (), str(error)


def _by_line(rows: Iterator[PageRow]) -> Iterator[tuple[str, list[PageRow]]]:
    """Yield the rows of one ledger line after the other: the table gives them side by side."""
    for line, group in itertools.groupby(rows, key=lambda row: row.line):
        yield line, list(group)


def _again(rows: Sequence[PageRow], measured: Sequence[MeasuredPage], entries: Sequence[PageEntry]) -> Iterator[Tally]:
    """Yield a tally for each page with the ledger's outcome and the recount's measures."""
    found = {page.number: page for page in measured}
    known = {entry.number: entry for entry in entries}
    for row in rows:
        if row.page in known:
            yield Tally(row.group, facts_again(found.get(row.page), known[row.page], row.facts.scan_outcome), 1)


def _is_scanned(facts: PageFacts) -> bool:
    return facts.scan_outcome is ScanOutcome.STORED and facts.colour is not None


def group_name(group: str | None, by: CountBy | None) -> str:
    """Return what a row of a count is called."""
    if group is not None:
        return group
    return "all" if by is None else "(not known)"
