"""Gaps: objects that the vault lists or names and cannot give; they are noted and stop nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from archive.concurrency.ordered import map_ordered
from archive.errors import ObjectMissing, ObjectNewer, StoreError
from archive.messages.catalogue import tr
from archive.model.ledger import Batch
from archive.store.integrity import INTEGRITY_ERRORS
from archive.store.keys import ChainKey
from archive.store.vault import Vault

T = TypeVar("T")


class GapReason(StrEnum):
    """The reason why an object cannot be read."""

    MISSING = "missing"  # it, or an object that it names, is not in the store: a copy was taken while it grew
    DAMAGED = "damaged"  # its bytes are others, or the disk does not give them
    NEWER = "newer"  # a newer release wrote it: this one cannot read it


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """One version that cannot be read whole; ``error`` names the object and the remedy."""

    key: str
    why: GapReason
    error: StoreError = field(compare=False)


class Gaps:
    """The gaps that one question met, each once; noted from any thread."""

    def __init__(self) -> None:
        self._found: dict[str, Gap] = {}

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Gap]:
        return iter(sorted(self._found.values()))

    def add(self, gaps: Iterable[Gap]) -> None:
        """Take in what another question met."""
        for gap in gaps:
            self._found[gap.key] = gap

    def note(self, key: str, error: StoreError) -> None:
        """Note that ``key`` cannot be read; the first error noted for it stays."""
        self._found.setdefault(key, gap_of(key, error))

    def note_missing(self, key: str) -> None:
        """Note that ``key`` is named and not in the store."""
        self.note(key, ObjectMissing(tr("store.object_is_not_in_the_store", key=key)))

    def refuse(self) -> None:
        """Raise the StoreError of the first gap, if there is one."""
        for gap in self:
            raise gap.error

    def attempt(self, key: str, read: Callable[[], T]) -> T | None:
        """Return the result of ``read`` for ``key``, None when it cannot be read. Raises StoreUnavailable."""
        try:
            return read()
        except INTEGRITY_ERRORS as error:
            self.note(key, error)
            return None

    def read_each(self, entries: Iterable[ChainKey], read: Callable[[ChainKey], T]) -> Iterator[T]:
        """Yield the result of ``read`` for each entry, in order, read concurrently. Raises StoreUnavailable."""
        for found in map_ordered(entries, lambda entry: self.attempt(entry.key, lambda: (read(entry),))):
            if found is not None:
                yield found[0]


def batches_by_id(vault: Vault, gaps: Gaps) -> dict[str, Batch]:
    """Return every batch in the last version that can be had. Raises StoreUnavailable."""
    return dict(gaps.read_each(vault.chain_keys("batches"), lambda key: (key.id, vault.batch_at(key))))


def gap_of(key: str, error: StoreError) -> Gap:
    """Return ``error`` as the gap of ``key``."""
    if isinstance(error, ObjectMissing):
        return Gap(key, GapReason.MISSING, error)
    return Gap(key, GapReason.NEWER if isinstance(error, ObjectNewer) else GapReason.DAMAGED, error)
