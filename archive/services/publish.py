"""Publish: what is true becomes findable and countable, in groups; the feed remembers what was left out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from archive.errors import IndexUnavailable, ObjectMissing
from archive.index.page_table import PageTable, TableEntry
from archive.index.search_index import SearchIndex
from archive.model.ledger import Batch, LedgerLine, TableLine, TableRecord
from archive.model.results import RecordState, ResultRecord
from archive.model.search import Entry
from archive.services.running import Runs
from archive.steps.desk import ScanReport
from archive.steps.entry import entry_for
from archive.store.keys import ChainKey
from archive.store.vault import Vault

_CLOCKS_AHEAD = timedelta(days=31)  # a killed run's clock may have been ahead: its feed days are read all the same
_GROUP_SECONDS = 5.0  # an operator who searches for what was just scanned waits no longer than this
_GROUP_TEXT = 20_000_000  # characters waiting in memory: bounds it for scans of thousands of pages


class Publisher:
    """Puts reports into index and page table in group commits. What cannot be put stays in the feed."""

    def __init__(self, vault: Vault, index: SearchIndex, table: PageTable, batch: Batch, every: int) -> None:
        self._vault = vault
        self._index = index
        self._table = table
        self._batch = batch
        self._every = every
        self._entries: list[Entry] = []
        self._rows: list[TableEntry] = []
        self._text = 0
        self._since = time.monotonic()
        self.left_behind = 0  # records and lines that the feed holds for a later catch-up

    def add(self, report: ScanReport) -> None:
        """Take in a report; commit when the group is large or old enough."""
        if not report.fresh:
            return
        self._rows.append(table_line(report.line, self._batch))
        if report.record is not None and report.record.provenance.line == report.line.id:
            entry = entry_for(report.record, self._vault)
            self._entries.append(entry)
            self._rows.append(table_record(report.record))
            self._text += len(entry.body)
        old = time.monotonic() - self._since > _GROUP_SECONDS
        if len(self._rows) >= self._every or self._text > _GROUP_TEXT or old:
            self.flush()

    def flush(self) -> None:
        """Commit what waits. A locked or damaged index is no reason to stop: truth is kept, the feed remembers."""
        for target, waiting in ((self._index, self._entries), (self._table, self._rows)):
            if waiting:
                try:
                    target.put(waiting)  # type: ignore[arg-type]  # each target is paired with its own list
                except IndexUnavailable:
                    self.left_behind += len(waiting)
        self._entries, self._rows, self._text, self._since = [], [], 0, time.monotonic()


class CatchUp:
    """Brings index and page table up to the feed, reading days and not everything."""

    _CHUNK = 500

    def __init__(
        self, vault: Vault, index: SearchIndex, table: PageTable, mark: Path, derived: Sequence[Path] = ()
    ) -> None:
        self._derived = derived  # files of index and table: when somebody removed one, the mark is void
        self._vault = vault
        self._index = index
        self._table = table
        self._mark = mark  # the last day that was caught up with; derived, may be lost

    def after_killed(self, runs: Runs) -> None:
        """Catch up when a run was killed before it had published everything. Raises IndexUnavailable."""
        killed = runs.killed()
        if killed or self._is_void():
            self.run()
        for file in killed:
            file.unlink(missing_ok=True)

    def run(self) -> int:
        """Publish whatever the feed announces and index or table lack; return how many. Raises IndexUnavailable."""
        today = datetime.now(UTC).date()
        published = 0
        for day in _days(self._first_day(today), today + _CLOCKS_AHEAD):
            for chunk in _chunks(self._vault.feed(day.strftime("%Y%m%d")), self._CHUNK):
                published += self.publish(chunk)
        self._mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._mark.write_text(today.isoformat(), "ascii")
        return published

    def _first_day(self, today: date) -> date:
        """Return the day before the mark: a run over midnight may have announced on either side."""
        if self._is_void():
            return _first_feed_day(self._vault, today)
        try:
            return min(date.fromisoformat(self._mark.read_text("ascii")), today) - timedelta(days=1)
        except (OSError, ValueError):
            return _first_feed_day(self._vault, today)

    def _is_void(self) -> bool:
        return not self._mark.exists() or not all(_has_content(path) for path in self._derived)

    def publish(self, entries: list[ChainKey]) -> int:
        """Publish what index and table lack of these versions; return how many. Raises IndexUnavailable, StoreError."""
        unlisted = self._index.missing({e.id: e.version for e in entries if e.space == "records"})
        uncounted = self._uncounted(entries)
        fresh: list[Entry] = []
        rows: list[TableEntry] = []
        for entry in entries:
            try:
                if entry.space == "records" and (entry.id in unlisted or entry in uncounted):
                    record = self._vault.record_at(entry)
                    rows.append(table_record(record))
                    if entry.id in unlisted and record.state is RecordState.LIVE:
                        fresh.append(entry_for(record, self._vault))
                elif entry.space == "ledger" and entry in uncounted:
                    line = self._vault.line_at(entry)
                    batch = self._vault.batch(line.batch)
                    rows += [table_line(line, batch)] if batch else []
            except ObjectMissing:
                continue  # announced by a writer that was killed before it wrote
        self._index.put(fresh)
        self._table.put(rows)
        return len(fresh) + len(rows)

    def _uncounted(self, entries: list[ChainKey]) -> set[ChainKey]:
        """Return what the table lacks, version by version: counts as of an earlier day need them all."""
        lacking: set[ChainKey] = set()
        for version in {entry.version for entry in entries}:
            asked = [entry for entry in entries if entry.version == version]
            lines = {entry.id: version for entry in asked if entry.space == "ledger"}
            records = {entry.id: version for entry in asked if entry.space == "records"}
            missing = self._table.missing(lines, records)
            lacking |= {entry for entry in asked if entry.id in missing}
        return lacking


def everything(vault: Vault) -> Iterator[TableEntry]:
    """Yield every version of every line and record: what the page table is rebuilt from."""
    batches = {batch.id: batch for batch in vault.batches()}
    for line in vault.line_versions():
        if line.batch in batches:
            yield table_line(line, batches[line.batch])
    for record in vault.record_versions():
        yield table_record(record)


def all_entries(vault: Vault) -> Iterator[Entry]:
    """Yield the entries of all living records: what the index is rebuilt from."""
    for record in vault.heads():
        if record.state is RecordState.LIVE:
            yield entry_for(record, vault)


def table_line(line: LedgerLine, batch: Batch) -> TableLine:
    """Return a ledger line as the page table keeps it."""
    return TableLine(line, batch.name, batch.about.get("operator") or line.actor.identity)


def table_record(record: ResultRecord) -> TableRecord:
    """Return a record as the page table keeps it."""
    agency = record.fields.get("issuing_agency")
    return TableRecord(record.id, record.version, record.provenance.at, record.kind, agency.value if agency else None)


def _has_content(path: Path) -> bool:
    return path.exists() and (path.is_dir() or path.stat().st_size > 0)


def _first_feed_day(vault: Vault, today: date) -> date:
    first = next(vault.store.keys("feed/"), None)
    return datetime.strptime(first.split("/")[1], "%Y%m%d").replace(tzinfo=UTC).date() if first else today


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _chunks(items: Iterable[ChainKey], size: int) -> Iterator[list[ChainKey]]:
    chunk: list[ChainKey] = []
    for item in items:
        chunk.append(item)
        if len(chunk) >= size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
