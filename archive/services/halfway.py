"""Halfway: scans that were given to an import and never got an outcome, told from keys and lists alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from archive.model.ledger import Batch
from archive.services.batches import paths_given
from archive.store import codec, keys
from archive.store.keys import ChainKey
from archive.store.soundness import decoded
from archive.store.vault import Vault

_CLOCKS_APART = timedelta(days=1)  # machines of one archive agree on the day, or nearly


@dataclass(frozen=True, slots=True)
class Unfinished:
    """One batch whose import was broken off. ``records``: results that are kept, and whose ledger line is not."""

    batch: str
    name: str
    scans: int
    records: tuple[str, ...]


class Halfway:
    """Looks for imports that were broken off and not run again."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def run(self) -> Iterator[Unfinished]:
        """Yield the batches with unfinished scans. Raises StoreError."""
        for batch in self._vault.batches():
            awaited = self._awaited(batch)
            if awaited:
                yield Unfinished(batch.id, batch.name, len(awaited), tuple(self._lineless(batch, awaited)))

    def _awaited(self, batch: Batch) -> set[str]:
        """Return ids of lines that should be there: the n-th scan under a path has line n, whatever became of it."""
        given = paths_given(batch, self._vault)
        there = {entry.id for entry in self._vault.line_heads(batch.id)}
        return {keys.line_id(path, nth) for path, count in given.items() for nth in range(count)} - there

    def _lineless(self, batch: Batch, awaited: set[str]) -> Iterator[str]:
        """Yield records whose line is one of ``awaited``: announced since the batch was opened, so in few days."""
        first = ChainKey("batches", "", batch.id, 1).key
        opened = decoded(self._vault.store, first, codec.decode_batch).at
        day = datetime.fromisoformat(opened).astimezone(UTC).date() - _CLOCKS_APART
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
        head = decoded(self._vault.store, entry.key, codec.decode_record_head)
        return str(head["line"]) if head["batch"] == batch.id else None
