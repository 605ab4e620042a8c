"""Comparing: what index and page table lack of the vault, told from keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from archive.index.page_table import PageTable
from archive.index.search_index import SearchIndex
from archive.services.lacking import chunks, lacking_versions
from archive.store import codec
from archive.store.ahead import ahead
from archive.store.keys import ChainKey
from archive.store.soundness import NOT_WHOLE, read_whole
from archive.store.vault import Vault


class Want(StrEnum):
    """How something that the vault holds is not derived."""

    MISSING = "missing"  # the search index does not know the record
    STALE = "stale"  # the search index knows an older version
    UNCOUNTED = "uncounted"  # the page table does not have the version
    DESTROYED = "destroyed"  # the search index still knows a record that was destroyed


@dataclass(frozen=True, slots=True)
class Lack:
    """One version that is not where it should be (or, of a destroyed record, where it should not)."""

    want: Want
    entry: ChainKey


class Comparison:
    """One walk over the keys of the vault. The counts are complete when a walk is through."""

    def __init__(self, vault: Vault, index: SearchIndex, table: PageTable) -> None:
        self._vault = vault
        self._index = index
        self._table = table
        self.records = 0
        self.found = 0  # records that the index rightly has, in whatever version
        self.lines = 0
        self.batches: set[str] = set()
        self.ownerless: list[str] = []  # ids of batches that have lines and do not exist

    def run(self) -> Iterator[Lack]:
        """Yield what is lacking.

        Objects are read only for what the index lacks, since keys do not tell which record was destroyed.
        Raises IndexUnavailable, StoreUnavailable.
        """
        self.batches = {entry.id for entry in self._vault.chain_keys("batches")}
        for records in chunks(self._vault.record_heads()):
            self.records += len(records)
            yield from self._unlisted(records)
        for entries in chunks(self._vault.chain_keys("records")):
            yield from self._uncounted(entries)
        for entries in chunks(self._owned_lines()):
            yield from self._uncounted(entries)

    def _unlisted(self, records: list[ChainKey]) -> Iterator[Lack]:
        outdated = self._index.missing({entry.id: entry.version for entry in records})
        absent = self._index.missing(dict.fromkeys(outdated, 1)) if outdated else set()
        self.found += len(records) - len(outdated)
        asked = [entry for entry in records if entry.id in outdated]
        for entry, living in ahead(asked, lambda entry: (entry, self._lives(entry))):
            if living:
                self.found += entry.id not in absent
                yield Lack(Want.MISSING if entry.id in absent else Want.STALE, entry)
            elif entry.id not in absent:
                yield Lack(Want.DESTROYED, entry)

    def _lives(self, entry: ChainKey) -> bool:
        """Say whether a record's last version is no tombstone; what cannot be read is damage, and not destroyed."""
        try:
            head = codec.decode_record_head(read_whole(self._vault.store, entry.key))
        except NOT_WHOLE:
            return True
        return codec.state_of(head).findable

    def _uncounted(self, entries: list[ChainKey]) -> Iterator[Lack]:
        lacking = lacking_versions(entries, self._table.missing)
        yield from (Lack(Want.UNCOUNTED, entry) for entry in entries if entry in lacking)

    def _owned_lines(self) -> Iterator[ChainKey]:
        """Yield all versions of the lines of batches that exist: the table can hold no others."""
        for entry in self._vault.chain_keys("ledger"):
            self.lines += entry.version == 1
            if entry.owner in self.batches:
                yield entry
            elif entry.owner not in self.ownerless[-1:]:
                self.ownerless.append(entry.owner)
