"""Rebuild: all records and lines of the vault for index and page table; an interrupted rebuild resumes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from archive.index.page_table_api import TableEntry
from archive.index_entries.from_record import index_entry_for
from archive.model.search import IndexEntry
from archive.services.derived.indexer import table_batch, table_line, table_record
from archive.services.derived.missing_versions import Missing, chunks, lost_record, missing_versions
from archive.services.unreadable_objects import UnreadableObjects, batches_by_id
from archive.store.keys import ChainKey
from archive.store.vault import Vault


class AllRecords:
    """All records as the index keeps them, for a rebuild. ``count``: how many are findable.

    Withheld and destroyed records stay in the index as hidden, so that a late writer cannot bring them back.

    An interrupted rebuild asks for those that it is ``lacking``: only they are read from the vault. Unreadable
    records are noted in ``unreadable`` and do not stop the others.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self.count = 0
        self.unreadable = UnreadableObjects()

    def __iter__(self) -> Iterator[IndexEntry]:
        return self._read(self._vault.record_heads())

    def lacking(self, missing: Callable[[Mapping[str, int]], set[str]]) -> Iterator[IndexEntry]:
        """Yield those that are missing in their last version."""
        for chunk in chunks(self._vault.record_heads()):
            wanted = missing({head.id: head.version for head in chunk})
            self.count += len(chunk) - len(wanted)
            yield from self._read(head for head in chunk if head.id in wanted)

    def _read(self, heads: Iterable[ChainKey]) -> Iterator[IndexEntry]:
        for entry in self.unreadable.read_each(heads, self._entry):
            if entry is not None:
                self.count += not entry.hidden
                yield entry

    def _entry(self, head: ChainKey) -> IndexEntry | None:
        return index_entry_for(self._vault.record_at(head), self._vault)


class AllVersions:
    """Every version of every batch, record and line: what the page table is rebuilt from. ``count`` as in AllRecords.

    Records come before the lines that refer to them, so that a table finds them there.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self.unreadable = UnreadableObjects()
        self._batches = batches_by_id(vault, self.unreadable)
        self.count = 0

    def __iter__(self) -> Iterator[TableEntry]:
        return self._read(self._keys())

    def lacking(self, missing: Missing) -> Iterator[TableEntry]:
        """Yield those that are missing."""
        for chunk in chunks(self._keys()):
            wanted = missing_versions(chunk, missing)
            self.count += len(chunk) - len(wanted)
            yield from self._read(key for key in chunk if key in wanted)

    def _keys(self) -> Iterator[ChainKey]:
        yield from self._vault.chain_keys("batches")
        yield from self._vault.chain_keys("records")
        for key in self._vault.chain_keys("ledger"):
            if key.owner in self._batches:
                yield key
            else:
                self.unreadable.note_missing(ChainKey("batches", "", key.owner, 1).key)

    def _read(self, wanted: Iterable[ChainKey]) -> Iterator[TableEntry]:
        for row in self.unreadable.read_each(wanted, self._row):
            self.count += 1
            yield row

    def _row(self, key: ChainKey) -> TableEntry:
        if key.space == "records":
            return table_record(self._vault.record_at(key))
        if key.space == "batches":
            return table_batch(self._vault.batch_at(key))
        line = self._vault.line_at(key)
        lost = lost_record(line.record, line.outcome, self._vault)
        if lost is not None:
            self.unreadable.note_missing(lost.key)
        return table_line(line, self._batches[key.owner].name)
