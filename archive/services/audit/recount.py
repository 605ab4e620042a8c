"""Recount: stored originals measured again in guarded workers, compared with the ledger by page.

Originals may be hostile. A worker that exceeds its limits is ended and reported as a difference; the others continue
(docs/adr/0020-recount-in-workers.md).
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archive.errors import InputRejected, ObjectMissing
from archive.index.page_table_api import PageTable
from archive.messages.catalogue import tr
from archive.model.counting import Groups, PageRow, Tally
from archive.model.ledger import LedgerLine
from archive.model.limits import Limits
from archive.model.pages import PageEntry
from archive.recount import MeasuredPage, compare, measure, recounted_facts
from archive.rules.counting.judge import Count, Judgement, RuleSet, judge, summarise
from archive.services.audit.breakdown import Breakdown, CountRequest
from archive.services.audit.counting import Counting, by_line, judged
from archive.services.derived.missing_versions import chunks
from archive.services.spooled_list import SpooledList
from archive.services.unreadable_objects import UnreadableObjects, batches_by_id
from archive.store.integrity import INTEGRITY_ERRORS
from archive.store.keys import ChainKey, batch_id
from archive.store.vault import Vault
from archive.store.withheld import is_withheld
from archive.work.api import Done, Ending, Failed, Lost, Task, TimedOut, Workers
from archive.work.watchdog import paused

_SPOOL_BYTES = 16 * 2**20  # originals up to this size are measured in memory, larger ones from a temporary file
_MAX_SORTED = 20_000
_LEFT_OUT = tr("recount.its_record_is_withheld_and_a")
_SECONDS_A_PAGE = 1.0  # in addition to the time for the original
_FETCHING_STEPS = 20  # times that time, for fetching it from the store


@dataclass(frozen=True, slots=True)
class ScanDifference:
    """A difference between one scan's original and its ledger line, in words for an auditor."""

    batch: str
    path: str | None
    line: str
    message: str


@dataclass
class Recount:
    """A count from the ledger, the same from the originals measured again, and every difference.

    ``scans``: number of compared ledger lines; ``originals``: number of different files, which duplicates share.
    """

    ledger: Count
    again: Count
    scans: int = 0
    originals: int = 0
    differences: SpooledList[ScanDifference] = field(default_factory=lambda: SpooledList[ScanDifference]())


@dataclass(frozen=True, slots=True)
class Measured:
    """A worker's result for one scan: its ledger line, its original's pages, or why they cannot be measured."""

    line: LedgerLine | None
    pages: tuple[MeasuredPage, ...] = ()
    reason: str | None = None


def measure_scan(vault: Vault, batch: str, line_id: str, sha256: str | None) -> Measured:
    """Return the last version of a ledger line, and the pages of its original measured again. A worker's task.

    A missing or damaged line or original is returned as trouble. Raises StoreUnavailable.
    """
    try:
        with paused():
            line = vault.line(batch, line_id)
    except INTEGRITY_ERRORS as error:
        return Measured(None, reason=str(error))
    if sha256 is None:
        return Measured(line)
    with tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as copy:
        try:
            with paused():
                vault.copy(sha256, copy)
            return Measured(line, measure(copy, sha256[:12]))  # type: ignore[arg-type]  # a spooled file reads and seeks
        except ObjectMissing as error:
            return Measured(line, reason=_LEFT_OUT if _is_left_out(vault, line) else str(error))
        except (*INTEGRITY_ERRORS, InputRejected) as error:
            return Measured(line, reason=str(error))


def _is_left_out(vault: Vault, line: LedgerLine | None) -> bool:
    """Return True when the state of a line's record explains that its original is absent."""
    record = line.record if line is not None else None
    return record is not None and is_withheld(vault.store, ChainKey("records", "", record, 0))


@dataclass
class _RecountTotals:
    """Running totals of a recount."""

    scans: int = 0
    originals: set[int] = field(default_factory=set)  # the first digits of their digests
    differences: SpooledList[ScanDifference] = field(default_factory=lambda: SpooledList[ScanDifference]())


class Recounting:
    """Recounts for auditors, on ``workers`` that keep ``limits``."""

    def __init__(self, vault: Vault, table: PageTable, rules: RuleSet, workers: Workers, limits: Limits) -> None:
        self._vault = vault
        self._table = table
        self._rules = rules
        self._workers = workers
        self._limits = limits

    def run(self, request: CountRequest) -> Recount:
        """Measure every stored original behind ``request`` again, with code that is not the import's, and compare.

        Raises RequestRefused (as ``Counting.checked``), IndexUnavailable, StoreUnavailable, WorkersUnavailable.
        """
        counting = Counting(self._vault, self._table, self._rules)
        breakdown = counting.breakdown(request)
        totals = _RecountTotals()
        again = summarise(self._again(breakdown, totals), self._rules, request.by)
        for difference in self._uncounted(breakdown.query.batches):
            totals.differences.append(difference)
        ledger = counting.count(request)
        return Recount(ledger, again, totals.scans, len(totals.originals), _in_order(totals.differences))

    def _again(self, breakdown: Breakdown, totals: _RecountTotals) -> Iterator[tuple[Groups, Judgement, int]]:
        """Yield each page with the ledger's outcome judged by the recount's measures; note what differs."""
        for rows, measured in self._measured(breakdown):
            first = rows[0]
            totals.scans += 1
            if first.sha256 is not None:
                totals.originals.add(int(first.sha256[:16], 16))
            entries = measured.line.pages if measured.line else ()
            path = measured.line.path if measured.line else None
            messages = (
                [measured.reason] if measured.reason else [one.message for one in compare(measured.pages, entries)]
            )
            for message in messages:
                totals.differences.append(ScanDifference(first.batch_name, path, first.line, message))
            yield from judged(_tallies(rows, measured.pages, entries), breakdown, self._rules)

    def _measured(self, breakdown: Breakdown) -> Iterator[tuple[list[PageRow], Measured]]:
        """Yield the rows of each scan with its measurement, in the order in which workers end."""
        lost: deque[Task] = deque()
        wanted = (row for row in self._table.pages(breakdown.query) if self._is_wanted(row, breakdown))
        given = (self._task(rows) for _, rows in by_line(wanted))
        for ending in self._workers.run(given, 2 * self._workers.count):
            if isinstance(ending, Lost):
                lost.append(ending.task)  # another task may be at fault: each is tried alone
            else:
                yield ending.task.tag, self._outcome(ending)
        for ending in self._workers.run(iter(lost), 1):
            yield ending.task.tag, self._outcome(ending)

    def _is_wanted(self, row: PageRow, breakdown: Breakdown) -> bool:
        return breakdown.groups(row.groups, row.facts, judge(row.facts, self._rules)) is not None

    def _task(self, rows: list[PageRow]) -> Task:
        first = rows[0]
        arguments = (self._vault, batch_id(first.batch_name), first.line, first.sha256)
        seconds = self._limits.page_seconds + _SECONDS_A_PAGE * len(rows)
        return Task(
            measure_scan, arguments, seconds, self._limits.worker_mib, _FETCHING_STEPS, tag=rows, about=first.line
        )

    def _outcome(self, ending: Ending) -> Measured:
        """Return the measurement of a task. Raises errors that are not the original's fault."""
        if isinstance(ending, Done):
            measured: Measured = ending.value
            return measured
        if isinstance(ending, Failed):
            raise ending.error
        first: PageRow = ending.task.tag[0]
        why = tr("recount.took_more_than", seconds=ending.task.seconds) if isinstance(ending, TimedOut) else ending.why
        name = (first.sha256 or first.line)[:12]
        reason = tr("recount.not_measured_within_the_limits", name=name, why=why)
        return Measured(self._line(batch_id(first.batch_name), first.line), reason=reason)

    def _uncounted(self, names: frozenset[str] | None) -> Iterator[ScanDifference]:
        """Yield the ledger lines that the page table lacks: a table that lost rows would agree with itself."""
        for batch in batches_by_id(self._vault, UnreadableObjects()).values():  # unreadable are said beside the count
            if names is not None and batch.name not in names:
                continue
            for portion in chunks(self._vault.line_heads(batch.id)):
                lacking = self._table.missing({head.id: head.version for head in portion}, {})
                for line_id in sorted(lacking):
                    message = tr("recount.the_page_table_does_not_know")
                    line = self._line(batch.id, line_id)
                    yield ScanDifference(batch.name, line.path if line else None, line_id, message)

    def _line(self, batch: str, line_id: str) -> LedgerLine | None:
        try:
            return self._vault.line(batch, line_id)
        except INTEGRITY_ERRORS:  # `archive verify` reports the fault
            return None


def _in_order(differences: SpooledList[ScanDifference]) -> SpooledList[ScanDifference]:
    """Return differences by batch and path; too many to sort stay in the order of completion."""
    if len(differences) > _MAX_SORTED:
        return differences
    return SpooledList(sorted(differences, key=lambda one: (one.batch, one.path or "", one.line)))


def _tallies(
    rows: Sequence[PageRow], measured: Sequence[MeasuredPage], entries: Sequence[PageEntry]
) -> Iterator[Tally]:
    found = {page.number: page for page in measured}
    known = {entry.number: entry for entry in entries}
    for row in rows:
        if row.page in known:
            yield Tally(row.groups, recounted_facts(found.get(row.page), known[row.page], row.facts.scan_outcome), 1)
