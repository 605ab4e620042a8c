"""Indexer: writes new versions to search index and page table in groups; a catch-up adds the ones it left out."""

from __future__ import annotations

import time
from typing import Any

from archive.errors import IndexUnavailable, SettingsError
from archive.index.api import SearchIndex
from archive.index.page_table_api import PageTable, TableEntry
from archive.messages.catalogue import tr
from archive.model.counting import TableBatch, TableLine, TableRecord
from archive.model.ledger import Batch, LedgerLine
from archive.model.results import ResultRecord
from archive.model.search import IndexEntry
from archive.pipeline.context import ScanReport

_REMOVED = {"index": tr("derived.index_was_removed"), "table": tr("derived.table_was_removed")}
_GROUP_SECONDS = 5.0  # the longest time until an imported scan is searchable
_GROUP_TEXT = 20_000_000  # characters waiting in memory: bounds it for scans of thousands of pages


class Indexer:
    """Puts reports into index and page table in group commits. If a put fails, a catch-up from the feed repeats it."""

    def __init__(self, index: SearchIndex, table: PageTable, batch: Batch, every: int) -> None:
        self._index = index
        self._table = table
        self._batch_name = batch.name
        self._every = every
        self._entries: list[IndexEntry] = []
        self._rows: list[TableEntry] = [table_batch(batch)]
        self._text = 0
        self._since = time.monotonic()
        self._begun = {name: _is_there(target) for name, target in (("index", index), ("table", table))}
        self.left_behind = 0  # records and lines left to a later catch-up
        self.why: IndexUnavailable | SettingsError | None = None  # the first error

    def add(self, report: ScanReport) -> None:
        """Add a report; commit when the group is large or old enough."""
        if not report.fresh and report.entry is None:
            return
        self._rows.append(table_line(report.line, self._batch_name))
        if report.record is not None and report.entry is not None:
            self._entries.append(report.entry)
            self._rows.append(table_record(report.record))
            self._text += len(report.entry.body)
        old = time.monotonic() - self._since > _GROUP_SECONDS
        if len(self._rows) >= self._every or self._text > _GROUP_TEXT or old:
            self.flush()

    def flush(self) -> None:
        """Commit the waiting entries. A failing index does not stop the import: a later catch-up publishes them.

        A revoked API key does not stop it either, because its work would be lost.
        """
        self._put("index", self._index, self._entries)
        self._put("table", self._table, self._rows)
        self._entries, self._rows, self._text, self._since = [], [], 0, time.monotonic()

    def _put(self, name: str, target: SearchIndex | PageTable, waiting: list[Any]) -> None:
        """Put the waiting entries. A removed index is not created again: it would lack its earlier entries."""
        if not waiting:
            return
        try:
            if self._begun[name] and not target.there():
                raise IndexUnavailable(_REMOVED[name])  # a catch-up makes it again
            target.put(waiting)
            self._begun[name] = True
        except (IndexUnavailable, SettingsError) as error:
            self.left_behind += sum(not isinstance(one, TableBatch) for one in waiting)
            self.why = self.why or error


def _is_there(target: SearchIndex | PageTable) -> bool:
    try:
        return target.there()
    except (IndexUnavailable, SettingsError):
        return True  # unknown; if it is missing, a catch-up makes it


def table_line(line: LedgerLine, batch_name: str) -> TableLine:
    """Return a ledger line as the page table keeps it."""
    return TableLine(line, batch_name)


def table_record(record: ResultRecord) -> TableRecord:
    """Return a record as the page table keeps it."""
    return TableRecord(record.id, record.version, record.provenance.at, record.kind, record.value("issuing_agency"))


def table_batch(batch: Batch) -> TableBatch:
    """Return a batch as the page table keeps it."""
    return TableBatch(batch.id, batch.version, batch.at, batch.name, batch.about)
