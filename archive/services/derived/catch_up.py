"""Catch up: publish versions that the feed announces and index or page table lack."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from archive.concurrency.ordered import map_ordered
from archive.errors import IndexUnavailable, ObjectMissing
from archive.index.api import SearchIndex
from archive.index.page_table_api import PageTable, TableEntry
from archive.index_entries.from_record import index_entry_for
from archive.messages.catalogue import tr
from archive.model.counting import TableLine
from archive.model.ledger import LedgerLine
from archive.model.search import IndexEntry
from archive.services.derived.indexer import table_batch, table_line, table_record
from archive.services.derived.missing_versions import chunks, lost_record, missing_versions
from archive.services.derived.run_locks import Runs
from archive.services.unreadable_objects import UnreadableObject, UnreadableObjects
from archive.store.keys import ChainKey, announcement, parse_chain_key
from archive.store.vault import Vault

_CLOCKS_AHEAD = timedelta(days=31)  # a killed run's clock may have been ahead: later feed days are read too


@dataclass(frozen=True, slots=True)
class CatchUpResult:
    """The number of published entries, and the unreadable objects of the vault."""

    published: int = 0
    unreadable: tuple[UnreadableObject, ...] = ()

    def __add__(self, other: CatchUpResult) -> CatchUpResult:
        return CatchUpResult(self.published + other.published, self.unreadable + other.unreadable)


class CatchUp:
    """Brings index and page table up to date with the feed; reads only recent days.

    ``mark``: file with the last day that was caught up; absent in a home that never did. It is void after an
    interrupted catch-up, and when index or table was removed. A second file lists the left-out versions, which the
    vault could not read: counts lack them, and they are tried again before each query.
    ``shared``: many homes share index and table, so that reading never creates them: a wrong address would create a
    second, empty index.
    """

    def __init__(self, vault: Vault, index: SearchIndex, table: PageTable, mark: Path, shared: bool = False) -> None:
        self._vault = vault
        self._index = index
        self._table = table
        self._mark = mark
        self._list = mark.with_name(f"{mark.name}-left-out")
        self._shared = shared

    def ensure_current(self, runs: Runs) -> None:
        """Make searches and counts complete, as far as this home knows. Raises as ``recover_killed_runs``."""
        gone = self._is_gone
        if self._shared and (gone("records", self._index.there()) or gone("ledger", self._table.there())):
            raise IndexUnavailable(tr("derived.the_search_server_has_no_index"))
        self.recover_killed_runs(runs)
        self._try_again()

    def left_out(self) -> list[ChainKey]:
        """Return the keys that index and table lack because they were unreadable, as far as this home knows.

        A batch means all its lines.
        """
        try:
            return [parse_chain_key(key) for key in self._list.read_text("ascii").splitlines()]
        except FileNotFoundError:
            return []

    def set_left_out(self, unreadable: Iterable[UnreadableObject]) -> None:
        """Replace the list of left-out keys by those that a rebuild could not read."""
        self._write_left_out({one.key for one in unreadable})

    def recover_killed_runs(self, runs: Runs) -> None:
        """Catch up when a run was killed before it had published everything. Raises IndexUnavailable."""
        killed = runs.killed()
        if killed or self._is_invalid():
            self.run()
        for file in killed:
            file.unlink(missing_ok=True)

    def run_daily(self) -> None:
        """Catch up once a day with killed runs of other machines, which this home does not know.

        Not before every import, which would read the day's feed each time. Raises as ``recover_killed_runs``.
        """
        if self._is_invalid() or self._read_mark() != _today():
            self.run()

    def run(self, since: date | None = None) -> CatchUpResult:
        """Publish all versions that the feed announces and index or table lack. Raises IndexUnavailable.

        The feed is read from the day before the last catch-up on, or from the day before an earlier ``since``. If
        nothing was derived yet, the chains are listed too, so that no version is left out silently.
        """
        today = _today()
        void = self._is_invalid()
        if void:
            self._write_mark("")  # if interrupted, index and table exist, and the mark stays void
        first = self._first_day(today)
        if since is not None:
            first = min(first, since - timedelta(days=1))
        caught = CatchUpResult()
        for day in self._days_with_entries(first, today + _CLOCKS_AHEAD):
            for chunk in chunks(self._vault.feed(day)):
                caught += self.publish(chunk)
        if void:  # a copy that was taken while an import ran may hold versions that its feed does not announce
            for space in ("batches", "records", "ledger"):
                for chunk in chunks(self._vault.chain_keys(space)):
                    caught += self.publish(chunk)
        self._write_mark(today.isoformat())
        return caught

    def publish_now(self, entry: ChainKey) -> None:
        """Publish one version now; if index or table was removed, publish everything. Raises IndexUnavailable."""
        if self._is_invalid():
            self.run()
        else:
            self.publish([entry])

    def _write_mark(self, day: str) -> None:
        self._mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._mark.write_text(day, "ascii")

    def _first_day(self, today: date) -> date:
        """Return the day before the mark, because a run over midnight may have announced on both days."""
        marked = None if self._is_invalid() else self._read_mark()
        return _first_feed_day(self._vault, today) if marked is None else min(marked, today) - timedelta(days=1)

    def _read_mark(self) -> date | None:
        try:
            return date.fromisoformat(self._mark.read_text("ascii"))
        except (OSError, ValueError):
            return None

    def _days_with_entries(self, first: date, last: date) -> Iterator[str]:
        """Yield the days of the feed with entries; most later days are empty, so days are listed concurrently."""
        days = [day.strftime("%Y%m%d") for day in _days(first, last)]
        filled = map_ordered(days, lambda day: next(self._vault.feed(day), None) is not None)
        yield from (day for day, has_entries in zip(days, filled, strict=True) if has_entries)

    def _is_invalid(self) -> bool:
        return (self._mark.exists() and self._read_mark() is None) or not self._are_there()

    def _is_gone(self, space: str, derived: bool) -> bool:
        """Return True when the vault has versions in ``space`` but nothing was derived."""
        return not derived and next(self._vault.chain_keys(space), None) is not None

    def _are_there(self) -> bool:
        return self._index.there() and self._table.there()

    def publish(self, entries: list[ChainKey]) -> CatchUpResult:
        """Publish those of these versions that index and table lack. Raises IndexUnavailable, StoreUnavailable."""
        newest = {entry.id: entry for entry in entries if entry.space == "records"}  # versions ascend
        missing = self._index.missing({entry.id: entry.version for entry in newest.values()})
        unlisted = {newest[id_] for id_ in missing}
        uncounted = missing_versions(entries, self._table.missing)
        wanted = [entry for entry in entries if entry in uncounted or entry in unlisted]
        fresh: list[IndexEntry] = []
        rows: list[TableEntry] = []
        unreadable = UnreadableObjects()
        for row, entry in unreadable.read_each(
            wanted, lambda entry: self._loaded(entry, entry in unlisted, unreadable)
        ):
            rows += [row] if row is not None else []
            fresh += [entry] if entry is not None else []
        self._index.put(fresh)
        self._table.put(rows)
        self._note_left_out(entries, unreadable)
        return CatchUpResult(len(fresh) + len(rows), tuple(unreadable))

    def _loaded(
        self, key: ChainKey, unlisted: bool, unreadable: UnreadableObjects
    ) -> tuple[TableEntry | None, IndexEntry | None]:
        """Load an announced version for the table and, when it is ``unlisted``, for the index."""
        try:
            return self._read(key, unlisted, unreadable)
        except ObjectMissing:
            if next(self._vault.store.keys(key.key), None) is None:
                return None, None  # announced by a writer that was killed before writing
            raise

    def _read(
        self, key: ChainKey, unlisted: bool, unreadable: UnreadableObjects
    ) -> tuple[TableEntry | None, IndexEntry | None]:
        if key.space == "ledger":
            return self._row(self._vault.line_at(key), unreadable), None
        if key.space == "batches":
            return table_batch(self._vault.batch_at(key)), None
        record = self._vault.record_at(key)
        return table_record(record), index_entry_for(record, self._vault) if unlisted else None

    def _row(self, line: LedgerLine, unreadable: UnreadableObjects) -> TableLine | None:
        batch = self._vault.batch(line.batch)
        if batch is None:
            unreadable.note_missing(ChainKey("batches", "", line.batch, 1).key)
            return None
        lost = lost_record(line.record, line.outcome, self._vault)
        if lost is not None:
            unreadable.note_missing(lost.key)
        return table_line(line, batch.name)

    def _is_lost(self, key: ChainKey) -> bool:
        return key.space == "records" and next(self._vault.store.keys(key.key), None) is None

    def _try_again(self) -> None:
        """Publish left-out versions that can be read again. Raises IndexUnavailable, StoreUnavailable."""
        left = self.left_out()
        for batch in [key for key in left if key.space == "batches"]:
            if self._vault.batch(batch.id) is not None:
                self._write_left_out({key.key for key in self.left_out()} - {batch.key})
                for lines in chunks(self._vault.versions_of_lines(batch.id)):
                    self.publish(lines)
        for entries in chunks(key for key in left if key.space != "batches"):
            self.publish(entries)

    def _note_left_out(self, tried: Iterable[ChainKey], unreadable: UnreadableObjects) -> None:
        before = {key.key for key in self.left_out()}
        # A missing record stays on the list: a line names it (a killed writer's record would not be listed).
        settled = {key.key for key in tried if key.key in before and not self._is_lost(key)}
        self._write_left_out(before - settled | {one.key for one in unreadable})

    def _write_left_out(self, keys: set[str]) -> None:
        if not keys:
            self._list.unlink(missing_ok=True)
            return
        self._list.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._list.with_name(f"{self._list.name}.{os.getpid()}")
        draft.write_text("".join(f"{key}\n" for key in sorted(keys)), "ascii")
        draft.replace(self._list)


def _today() -> date:
    return datetime.now(UTC).date()


def _first_feed_day(vault: Vault, today: date) -> date:
    """Return the first day with announcements; foreign keys below ``feed/`` are skipped."""
    first = next((key for key in vault.store.keys("feed/") if announcement(key)), None)
    return datetime.strptime(first.split("/")[1], "%Y%m%d").replace(tzinfo=UTC).date() if first else today


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)
