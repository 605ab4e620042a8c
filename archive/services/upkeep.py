"""Upkeep: verifying the vault, and rebuilding from it what is derived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.errors import IndexUnavailable, StoreError
from archive.index.page_table import PageTable
from archive.index.search_index import SearchIndex
from archive.model.ledger import CountQuery
from archive.model.results import RecordState
from archive.services.catch_up import CatchUp
from archive.services.rebuilding import EveryRecord, EveryVersion
from archive.store.check import Check, CheckReport, Finding
from archive.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a reindex put back."""

    records: int
    rows: int


class Upkeep:
    """Looks after one archive."""

    def __init__(self, vault: Vault, index: SearchIndex, table: PageTable, catch_up: CatchUp) -> None:
        self._vault = vault
        self._index = index
        self._table = table
        self._catch_up = catch_up

    def verify(self) -> Iterator[Finding | CheckReport]:
        """Yield everything wrong with the vault, and at the end what was gone through. Raises StoreUnavailable."""
        check = Check(self._vault.store)
        yield from check.run()
        if not check.report.lines and self._counts_pages():
            yield Finding("missing", "", "the page table knows pages, but the store is empty; is its disk mounted?")
        yield from self._not_derived()
        yield check.report

    def _not_derived(self) -> Iterator[Finding]:
        """Yield one finding when index or page table lack what the vault has: counts and searches would be wrong."""
        try:
            if self._lacking():
                self._catch_up.run()  # what running imports and killed ones have not published yet is no loss
                lacking = self._lacking()
                if lacking:
                    yield Finding("underived", "", f"index and page table lack {lacking} entries; run archive reindex")
        except (IndexUnavailable, StoreError):
            return  # the first is said by search and count, the second was found above

    def _lacking(self) -> int:
        """Return how many last versions of records and lines are not in index and page table."""
        records = {record.id: record.version for record in self._vault.heads() if record.state is RecordState.LIVE}
        lines = {line.id: line.version for batch in self._vault.batches() for line in self._vault.lines(batch.id)}
        return len(self._index.missing(records)) + len(self._table.missing(lines, records))

    def _counts_pages(self) -> bool:
        try:
            return bool(self._table.tally(CountQuery()))
        except IndexUnavailable:
            return False  # verifying is about the vault

    def reindex(self) -> Rebuilt:
        """Rebuild index and page table from the vault; readers see the old ones until the new are whole.

        Raises IndexUnavailable, StoreError.
        """
        began = datetime.now(UTC).date()
        records, versions = EveryRecord(self._vault), EveryVersion(self._vault)
        self._index.replace_all(records)
        self._table.replace_all(versions)
        self._catch_up.run(since=began)  # what other runs appended meanwhile
        return Rebuilt(records.count, versions.count)
