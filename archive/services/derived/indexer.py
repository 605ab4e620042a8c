"""Indexer: writes new versions to search index and page table in groups; the feed keeps those that were left out."""

from __future__ import annotations

import time
from typing import Any

from archive.errors import IndexUnavailable, SettingsError
from archive.index.api import SearchIndex
from archive.index.page_table_api import PageTable, TableEntry
from archive.messages.catalogue import tr
from archive.model.ledger import Batch, LedgerLine, TableLine, TableRecord
from archive.model.results import ResultRecord
from archive.model.search import IndexEntry
from archive.pipeline.context import ScanReport

_REMOVED = {"index": tr("derived.index_was_removed"), "table": tr("derived.table_was_removed")}
_GROUP_SECONDS = 5.0  # the longest time until a scan that was just imported can be found
_GROUP_TEXT = 20_000_000  # characters waiting in memory: bounds it for scans of thousands of pages


class Indexer:
    """Puts reports into index and page table in group commits. What cannot be put stays in the feed."""

    def __init__(self, index: SearchIndex, table: PageTable, batch: Batch, every: int) -> None:
        self._index = index
        self._table = table
        self._batch = batch
        self._every = every
        self._entries: list[IndexEntry] = []
        self._rows: list[TableEntry] = []
        self._text = 0
        self._since = time.monotonic()
        self._begun = {name: _is_there(target) for name, target in (("index", index), ("table", table))}
        self.left_behind = 0  # records and lines that the feed holds for a later catch-up
        self.why: IndexUnavailable | SettingsError | None = None  # the first of them was left behind

    def add(self, report: ScanReport) -> None:
        """Take in a report; commit when the group is large or old enough."""
        if not report.fresh and report.entry is None:
            return
        self._rows.append(table_line(report.line, self._batch))
        if report.record is not None and report.entry is not None:
            self._entries.append(report.entry)
            self._rows.append(table_record(report.record))
            self._text += len(report.entry.body)
        old = time.monotonic() - self._since > _GROUP_SECONDS
        if len(self._rows) >= self._every or self._text > _GROUP_TEXT or old:
            self.flush()

    def flush(self) -> None:
        """Commit what waits. An index that fails is no reason to stop: truth is kept, the feed remembers.

        Not even a key that was revoked meanwhile: what is read by then would be read in vain.
        """
        self._put("index", self._index, self._entries)
        self._put("table", self._table, self._rows)
        self._entries, self._rows, self._text, self._since = [], [], 0, time.monotonic()

    def _put(self, name: str, target: SearchIndex | PageTable, waiting: list[Any]) -> None:
        """Put what waits. What somebody removed meanwhile is not begun anew: it would hide all that it had before."""
        if not waiting:
            return
        try:
            if self._begun[name] and not target.there():
                raise IndexUnavailable(_REMOVED[name])  # a catch-up makes it again
            target.put(waiting)
            self._begun[name] = True
        except (IndexUnavailable, SettingsError) as error:
            self.left_behind += len(waiting)
            self.why = self.why or error


def _is_there(target: SearchIndex | PageTable) -> bool:
    try:
        return target.there()
    except (IndexUnavailable, SettingsError):
        return True  # not known; if it is missing, a catch-up makes it


def table_line(line: LedgerLine, batch: Batch) -> TableLine:
    """Return a ledger line as the page table keeps it."""
    return TableLine(line, batch.name, batch.about.get("operator") or line.actor.identity)


def table_record(record: ResultRecord) -> TableRecord:
    """Return a record as the page table keeps it."""
    return TableRecord(record.id, record.version, record.provenance.at, record.kind, record.value("issuing_agency"))
