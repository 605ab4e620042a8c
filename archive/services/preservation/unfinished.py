"""Unfinished scans: given to an import and never got an outcome, told from keys and lists alone."""

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

_CLOCKS_APART = timedelta(days=1)  # machines of one archive agree on the day, or nearly


@dataclass(frozen=True, slots=True)
class UnfinishedBatch:
    """One batch whose import was broken off. ``records``: results that are kept, and whose ledger line is not."""

    batch: str
    name: str
    scans: int
    records: tuple[str, ...]


class UnfinishedScans:
    """Looks for imports that were broken off and not run again. Unreadable objects go to ``unreadable``."""

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
        """Return ids of lines that should be there: the n-th scan under a path has line n, whatever became of it."""
        given = paths_given(batch, self._vault, self._unreadable)
        there = {entry.id for entry in self._vault.line_heads(batch.id)}
        return {keys.line_id(path, nth) for path, count in given.items() for nth in range(count)} - there

    def _lineless(self, batch: Batch, awaited: set[str]) -> Iterator[str]:
        """Yield records whose line is one of ``awaited``: announced since the batch was opened, so in few days."""
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
        """Return the line that a record of this batch came with; None when it was announced and never written."""
        if next(self._vault.store.keys(entry.key), None) is None:
            return None
        head = self._unreadable.attempt(
            entry.key, lambda: read_decoded(self._vault.store, entry.key, codec.decode_record_head)
        )
        return str(head["line"]) if head is not None and head["batch"] == batch.id else None
