"""Comparison of search index and page table with the vault, by keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from archive.index.api import SearchIndex
from archive.index.page_table_api import PageTable
from archive.services.derived.missing_versions import chunks, missing_versions
from archive.store.keys import ChainKey
from archive.store.vault import Vault


class MismatchKind(StrEnum):
    """Kinds of mismatch between the vault and derived data."""

    MISSING = "missing"  # the search index does not know the record
    STALE = "stale"  # the search index knows an older version
    UNCOUNTED = "uncounted"  # the page table does not have the version


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One version that search index or page table lack."""

    kind: MismatchKind
    entry: ChainKey


class Comparison:
    """One walk over the keys of the vault. The counts are complete after the walk."""

    def __init__(self, vault: Vault, index: SearchIndex, table: PageTable) -> None:
        self._vault = vault
        self._index = index
        self._table = table
        self.records = 0
        self.found = 0  # records of the vault that the index has, hidden or not, in any version
        self.lines = 0
        self.batches: set[str] = set()
        self.ownerless: list[str] = []  # ids of batches that have lines and do not exist

    def run(self) -> Iterator[Mismatch]:
        """Yield all mismatches, found by keys alone. Raises IndexUnavailable, StoreUnavailable."""
        self.batches = {entry.id for entry in self._vault.chain_keys("batches")}
        for records in chunks(self._vault.record_heads()):
            self.records += len(records)
            yield from self._unlisted(records)
        for space in ("batches", "records"):
            for entries in chunks(self._vault.chain_keys(space)):
                yield from self._uncounted(entries)
        for entries in chunks(self._owned_lines()):
            yield from self._uncounted(entries)

    def _unlisted(self, records: list[ChainKey]) -> Iterator[Mismatch]:
        outdated = self._index.missing({entry.id: entry.version for entry in records})
        absent = self._index.missing(dict.fromkeys(outdated, 1)) if outdated else set()
        self.found += len(records) - len(outdated)
        for entry in records:
            if entry.id in outdated:
                self.found += entry.id not in absent
                yield Mismatch(MismatchKind.MISSING if entry.id in absent else MismatchKind.STALE, entry)

    def _uncounted(self, entries: list[ChainKey]) -> Iterator[Mismatch]:
        lacking = missing_versions(entries, self._table.missing)
        yield from (Mismatch(MismatchKind.UNCOUNTED, entry) for entry in entries if entry in lacking)

    def _owned_lines(self) -> Iterator[ChainKey]:
        """Yield all versions of the lines of existing batches: the table cannot hold others."""
        for entry in self._vault.chain_keys("ledger"):
            self.lines += entry.version == 1
            if entry.owner in self.batches:
                yield entry
            elif entry.owner not in self.ownerless[-1:]:
                self.ownerless.append(entry.owner)
