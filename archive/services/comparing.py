"""Comparing: what index and page table lack of the vault, told from keys alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TypeVar

from archive.errors import ObjectCorrupt, ObjectMissing
from archive.index.page_table import PageTable
from archive.index.search_index import SearchIndex
from archive.model.results import RecordState
from archive.services.together import together
from archive.store import codec
from archive.store.keys import ChainKey
from archive.store.soundness import read_whole
from archive.store.vault import Vault

T = TypeVar("T")

_CHUNK = 1_000  # versions asked for at once


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
        for records in chunks(self._vault.record_heads(), _CHUNK):
            self.records += len(records)
            yield from self._unlisted(records)
        for entries in chunks(self._vault.chain_keys("records"), _CHUNK):
            yield from self._uncounted(entries)
        for entries in chunks(self._owned_lines(), _CHUNK):
            yield from self._uncounted(entries)

    def _unlisted(self, records: list[ChainKey]) -> Iterator[Lack]:
        outdated = self._index.missing({entry.id: entry.version for entry in records})
        absent = self._index.missing(dict.fromkeys(outdated, 1)) if outdated else set()
        self.found += len(records) - len(outdated)
        asked = [entry for entry in records if entry.id in outdated]
        for entry, living in together(lambda entry: (entry, self._lives(entry)), asked):
            if living:
                self.found += entry.id not in absent
                yield Lack(Want.MISSING if entry.id in absent else Want.STALE, entry)
            elif entry.id not in absent:
                yield Lack(Want.DESTROYED, entry)

    def _lives(self, entry: ChainKey) -> bool:
        """Say whether a record's last version is no tombstone; what cannot be read is damage, and not destroyed."""
        try:
            head = codec.decode_record_head(read_whole(self._vault.store, entry.key))
        except (ObjectCorrupt, ObjectMissing):
            return True
        return bool(head.get("state") != RecordState.TOMBSTONE)

    def _uncounted(self, entries: list[ChainKey]) -> Iterator[Lack]:
        """Compare version by version: counts as of an earlier day need them all."""
        by_version: dict[int, list[ChainKey]] = defaultdict(list)
        for entry in entries:
            by_version[entry.version].append(entry)
        for version, asked in by_version.items():
            lines = {entry.id: version for entry in asked if entry.space == "ledger"}
            records = {entry.id: version for entry in asked if entry.space == "records"}
            missing = self._table.missing(lines, records)
            yield from (Lack(Want.UNCOUNTED, entry) for entry in asked if entry.id in missing)

    def _owned_lines(self) -> Iterator[ChainKey]:
        """Yield all versions of the lines of batches that exist: the table can hold no others."""
        for entry in self._vault.chain_keys("ledger"):
            self.lines += entry.version == 1
            if entry.owner in self.batches:
                yield entry
            elif entry.owner not in self.ownerless[-1:]:
                self.ownerless.append(entry.owner)


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield ``items`` in lists of at most ``size``."""
    remaining = iter(items)
    while chunk := list(islice(remaining, size)):
        yield chunk
