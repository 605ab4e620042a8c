"""Unfinished scans: given to an import but without an outcome; found by keys and lists only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from archive.model.ledger import Batch
from archive.services.imports.batches import paths_given
from archive.services.unreadable_objects import UnreadableObjects, batches_by_id
from archive.store import keys
from archive.store.format import codec
from archive.store.integrity import read_decoded
from archive.store.keys import ChainKey
from archive.store.vault import Vault

_CLOCKS_APART = timedelta(days=1)  # the clocks of machines of one archive differ by less


@dataclass(frozen=True, slots=True)
class UnfinishedBatch:
    """One batch whose import was interrupted. ``records``: records without a ledger line."""

    batch: str
    name: str
    scans: int
    records: tuple[str, ...]


class UnfinishedScans:
    """Finds imports that were interrupted and not run again. Unreadable objects are noted in ``unreadable``."""

    def __init__(self, vault: Vault, unreadable: UnreadableObjects) -> None:
        self._vault = vault
        self._unreadable = unreadable

    def run(self) -> Iterator[UnfinishedBatch]:
        """Yield the batches with unfinished scans. Raises StoreUnavailable."""
        for batch in batches_by_id(self._vault, self._unreadable).values():
            awaited = self._awaited(batch)
            if awaited:
                yield UnfinishedBatch(batch.id, batch.name, len(awaited), tuple(self._lineless(batch, awaited)))

    def _awaited(self, batch: Batch) -> set[str]:
        """Return the ids of expected lines: the n-th scan under a path has line n, whatever its outcome."""
        given = paths_given(batch, self._vault, self._unreadable)
        there = {entry.id for entry in self._vault.line_heads(batch.id)}
        return {keys.line_id(path, nth) for path, count in given.items() for nth in range(count)} - there

    def _lineless(self, batch: Batch, awaited: set[str]) -> Iterator[str]:
        """Yield records whose line is one of ``awaited``; reads only the feed since the batch was opened."""
        opened = next(self._unreadable.read_each(self._vault.versions_of_batch(batch.id), self._vault.batch_at), batch)
        day = datetime.fromisoformat(opened.at).astimezone(UTC).date() - _CLOCKS_APART
        for entry in self._announced_since(day):
            if entry.space == "records" and entry.version == 1 and self._line_of(entry, batch) in awaited:
                yield entry.id

    def _announced_since(self, day: date) -> Iterator[ChainKey]:
        while day <= datetime.now(UTC).date() + _CLOCKS_APART:
            yield from self._vault.feed(day.strftime("%Y%m%d"))
            day += timedelta(days=1)

    def _line_of(self, entry: ChainKey, batch: Batch) -> str | None:
        """Return the ledger line of a record of this batch; None when the record was announced but never written."""
        if next(self._vault.store.keys(entry.key), None) is None:
            return None
        head = self._unreadable.attempt(
            entry.key, lambda: read_decoded(self._vault.store, entry.key, codec.decode_record_head)
        )
        return str(head["line"]) if head is not None and head["batch"] == batch.id else None
