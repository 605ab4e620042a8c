"""Maintenance: verifying the vault, and rebuilding search index and page table from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.errors import IndexUnavailable, StoreError
from archive.index.api import SearchIndex
from archive.index.page_table_api import PageTable
from archive.messages.catalogue import tr
from archive.model.counting import CountQuery
from archive.services.derived.catch_up import CatchUp
from archive.services.derived.comparison import Comparison
from archive.services.derived.missing_versions import chunks
from archive.services.derived.rebuild import AllRecords, AllVersions
from archive.services.preservation.repair import Repair, Repaired
from archive.services.unreadable_objects import UnreadableObject, UnreadableObjects
from archive.store.api import ObjectStore
from archive.store.vault import Vault
from archive.store.verify.check import Check, CheckReport, Finding

_RECONCILE = tr("finding.run_archive_reconcile_fix")


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Numbers of records and rows that a reindex wrote, and the unreadable objects of the vault."""

    records: int
    rows: int
    unreadable: tuple[UnreadableObject, ...] = ()


class Maintenance:
    """Maintains one archive."""

    def __init__(self, vault: Vault, index: SearchIndex, table: PageTable, catch_up: CatchUp) -> None:
        self._vault = vault
        self._index = index
        self._table = table
        self._catch_up = catch_up

    def verify(self, other: ObjectStore | None = None) -> Iterator[Finding | Repaired | CheckReport]:
        """Yield one finding for each fault of the vault, and a CheckReport at the end.

        With ``other``, a copy of this vault, also the result of repairing each object from it. Raises StoreUnavailable,
        RequestRefused (the other store is no copy of this vault), SettingsError (the store cannot repair).
        """
        repair = Repair(self._vault.store, other) if other is not None else None
        if repair is not None:
            repair.prepare()
        check = Check(self._vault.store)
        found = []
        for finding in check.run():
            if repair is not None and finding.is_damage:
                found.append(finding)
            yield finding
        if repair is not None:
            named = {finding.lacks for finding in found}
            for finding in repair.lost():
                if finding.lacks not in named:
                    found.append(finding)
                    yield finding
            yield from repair.run(found)
            self._publish_missing()
        if not check.report.lines and self._counts_pages():
            yield Finding("missing", "", tr("finding.the_page_table_knows_pages_but"))
        yield from self._not_derived()
        yield check.report

    def _publish_missing(self) -> None:
        """Publish restored versions, which the feed may have announced long ago."""
        lacks = Comparison(self._vault, self._index, self._table).run()
        with suppress(IndexUnavailable, StoreError, ValueError):  # versions still missing are reported later
            for entries in chunks(mismatch.entry for mismatch in lacks):
                self._catch_up.publish(entries)

    def _not_derived(self) -> Iterator[Finding]:
        """Yield one finding when index or page table lack versions of the vault: counts and searches would be wrong."""
        try:
            if self._mismatch_count():
                self._catch_up.run()  # versions that running and killed imports have not published yet are no fault
                lacking = self._mismatch_count()
                if lacking:
                    yield Finding(
                        "underived",
                        "",
                        tr("finding.index_and_page_table_lack_entries", lacking=lacking, reconcile=_RECONCILE),
                    )
        except (IndexUnavailable, StoreError, ValueError):
            return  # search and count report the first, the others were found above

    def _mismatch_count(self) -> int:
        """Count the versions of records and lines that are not in index and page table."""
        return sum(1 for _ in Comparison(self._vault, self._index, self._table).run())

    def _counts_pages(self) -> bool:
        try:
            return bool(self._table.tally(CountQuery()))
        except IndexUnavailable:
            return False  # verify is about the vault

    def reindex(self) -> Rebuilt:
        """Rebuild index and page table from the vault; readers see the old ones until the new ones are complete.

        Raises IndexUnavailable, StoreError.
        """
        began = datetime.now(UTC).date()
        records, versions = AllRecords(self._vault), AllVersions(self._vault)
        self._index.replace_all(records)
        self._table.replace_all(versions)
        unreadable = UnreadableObjects()
        unreadable.add([*records.unreadable, *versions.unreadable])
        self._catch_up.set_left_out(unreadable)
        caught = self._catch_up.run(since=began)  # what other runs appended meanwhile
        unreadable.add(caught.unreadable)
        return Rebuilt(records.count, versions.count, tuple(unreadable))
