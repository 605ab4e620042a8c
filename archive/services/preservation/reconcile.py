"""Reconcile vault, search index, page table and batches; repair derived data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby

from archive.index.api import SearchIndex
from archive.index.page_table_api import PageTable
from archive.model.counting import CountQuery, GroupBy, PageRow
from archive.model.search import Query
from archive.services.derived.catch_up import CatchUp
from archive.services.derived.comparison import Comparison, Mismatch, MismatchKind
from archive.services.derived.missing_versions import chunks, lost_record
from archive.services.preservation.unfinished import UnfinishedBatch, UnfinishedScans
from archive.services.preservation.verify import Maintenance
from archive.services.unreadable_objects import UnreadableObjects, batches_by_id
from archive.store.keys import ChainKey
from archive.store.vault import Vault

_EXAMPLES = 1_000  # ids kept for each kind of difference; the counts are complete
_MAX_HITS = 1_000  # hits of one search


@dataclass
class Examples:
    """A count, and the first ids counted."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        """Add one."""
        self.count += 1
        if len(self.first) < _EXAMPLES:
            self.first.append(name)


@dataclass
class Differences:
    """All differences. The first seven concern derived data and can be repaired here, the others need a person."""

    records: int = 0
    lines: int = 0
    batches: int = 0
    missing: Examples = field(default_factory=Examples)  # records that the search index does not know
    stale: Examples = field(default_factory=Examples)  # records that it has in an older version
    orphaned: Examples = field(default_factory=Examples)  # records that it has and the vault lacks
    uncounted_records: Examples = field(default_factory=Examples)  # versions that the page table does not have
    uncounted_lines: Examples = field(default_factory=Examples)
    uncounted_batches: Examples = field(default_factory=Examples)
    orphaned_lines: Examples = field(default_factory=Examples)  # lines that it has and the vault does not
    unfinished: list[UnfinishedBatch] = field(default_factory=list)  # batches with scans that never got an outcome
    ownerless: Examples = field(default_factory=Examples)  # batches that have lines in the ledger and do not exist
    unreadable: Examples = field(default_factory=Examples)  # unreadable objects: `archive verify` says why

    @property
    def derived(self) -> int:
        """The number of differences in index and page table."""
        return sum(
            some.count
            for some in (
                self.missing,
                self.stale,
                self.orphaned,
                self.uncounted_records,
                self.uncounted_lines,
                self.uncounted_batches,
                self.orphaned_lines,
            )
        )

    @property
    def orphans(self) -> int:
        """The number of entries that index and page table have and the vault lacks: of a newer or another vault."""
        return self.orphaned.count + self.orphaned_lines.count

    @property
    def agrees(self) -> bool:
        """True when nothing differs and everything could be read."""
        return not (self.derived or self.needs_person or self.unreadable.count)

    @property
    def needs_person(self) -> int:
        """The number of differences that need a person."""
        return len(self.unfinished) + self.ownerless.count


class Reconciling:
    """Compares the vault with search index, page table and batches."""

    def __init__(
        self, vault: Vault, index: SearchIndex, table: PageTable, catch_up: CatchUp, maintenance: Maintenance
    ) -> None:
        self._vault = vault
        self._index = index
        self._table = table
        self._catch_up = catch_up
        self._upkeep = maintenance
        self._met = UnreadableObjects()  # unreadable objects met during the repair

    def compare(self) -> Differences:
        """Compare everything, from keys. Raises IndexUnavailable, StoreUnavailable."""
        found = Differences()
        comparison = Comparison(self._vault, self._index, self._table)
        for mismatch in comparison.run():
            self._note(mismatch, found)
        found.records, found.lines, found.batches = comparison.records, comparison.lines, len(comparison.batches)
        for owner in comparison.ownerless:
            found.ownerless.add(owner)
        if self._index.search(Query(limit=1, hidden=True)).total > comparison.found:
            self._note_orphans(found)
        unreadable = UnreadableObjects()
        self._note_orphaned_lines(found, unreadable)
        found.unfinished += UnfinishedScans(self._vault, unreadable).run()
        unreadable.add(self._met)
        for one in unreadable:
            found.unreadable.add(one.key)
        return found

    def fix(self, everything: bool = False) -> Differences:
        """Repair derived data from the feed, or with ``everything`` from the whole vault; return what still differs.

        Only a rebuild removes orphans, so their presence causes one. Raises IndexUnavailable, StoreError.
        """
        self._met = UnreadableObjects()
        if everything:
            self._met.add(self._upkeep.reindex().unreadable)
            return self.compare()
        self._catch_up.run()
        mismatches = Comparison(self._vault, self._index, self._table).run()
        for entries in chunks(mismatch.entry for mismatch in mismatches):
            self._met.add(self._catch_up.publish(entries).unreadable)
        left = self.compare()
        return self.fix(everything=True) if left.orphans else left

    @staticmethod
    def _note(mismatch: Mismatch, found: Differences) -> None:
        if mismatch.kind is MismatchKind.UNCOUNTED:
            uncounted = {"ledger": found.uncounted_lines, "batches": found.uncounted_batches}
            some = uncounted.get(mismatch.entry.space, found.uncounted_records)
        else:
            some = found.missing if mismatch.kind is MismatchKind.MISSING else found.stale
        some.add(mismatch.entry.id)

    def _note_orphans(self, found: Differences) -> None:
        """Compare the whole index with the vault, by id; only when the counts show orphans."""
        heads = (entry.id for entry in self._vault.record_heads())
        ours = next(heads, None)
        for id_ in self._listed():
            while ours is not None and ours < id_:
                ours = next(heads, None)
            if id_ != ours and next(self._vault.record_ids(id_), None) is None:  # no import added it meanwhile
                found.orphaned.add(id_)

    def _listed(self) -> Iterator[str]:
        """Yield the ids of all records in the index, ascending."""
        query = Query(limit=_MAX_HITS, hidden=True)
        while True:
            hits = self._index.search(query)
            yield from (hit.id for hit in hits.hits)
            if hits.cursor is None:
                return
            query = replace(query, cursor=hits.cursor)

    def _note_lost_record(self, row: PageRow, known: set[bytes], unreadable: UnreadableObjects) -> None:
        if row.record is None or bytes.fromhex(row.record) in known:
            return
        lost = lost_record(row.record, row.facts.scan_outcome, self._vault)
        if lost is not None:
            unreadable.note_missing(lost.key)

    def _note_orphaned_lines(self, found: Differences, unreadable: UnreadableObjects) -> None:
        """Compare the table batch by batch; holds the lines of one batch, and 80 bytes a record.

        Records that its lines name and the vault lacks are noted in ``unreadable``.
        """
        known = {bytes.fromhex(head.id) for head in self._vault.record_heads()}
        ids = {batch.name: batch.id for batch in batches_by_id(self._vault, unreadable).values()}
        nameless = {line.owner for line in self._vault.chain_keys("ledger")} - set(ids.values())
        for name in sorted({tally.groups[0] or "" for tally in self._table.tally(CountQuery(by=(GroupBy.BATCH,)))}):
            owner = ids.get(name)
            ours = {entry.id for entry in self._vault.line_heads(owner)} if owner else set()
            rows = self._table.pages(CountQuery(batches=frozenset({name})))
            for line, pages in groupby(rows, key=lambda row: row.line):
                if line in ours:
                    self._note_lost_record(next(pages), known, unreadable)
                elif not any(self._has_line(one, line) for one in (owner, *nameless) if one):
                    found.orphaned_lines.add(line)

    def _has_line(self, batch: str, line: str) -> bool:
        """List the line again: a running import may have added it after its batch was listed."""
        return next(self._vault.store.keys(ChainKey("ledger", batch, line, 1).key), None) is not None
