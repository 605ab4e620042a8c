"""Unreadable objects: objects that the vault lists or names but cannot read; they are noted and stop nothing else."""

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


class UnreadableReason(StrEnum):
    """The reason why an object cannot be read."""

    MISSING = "missing"  # it, or an object that it names, is not in the store: a torn copy
    DAMAGED = "damaged"  # its bytes are altered, or the disk cannot read them
    NEWER = "newer"  # a newer release wrote it


@dataclass(frozen=True, slots=True, order=True)
class UnreadableObject:
    """One version that cannot be read whole; ``error`` names the object and the remedy."""

    key: str
    why: UnreadableReason
    error: StoreError = field(compare=False)


class UnreadableObjects:
    """The unreadable objects that one query met, each once; noted from any thread."""

    def __init__(self) -> None:
        self._found: dict[str, UnreadableObject] = {}

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[UnreadableObject]:
        return iter(sorted(self._found.values()))

    def add(self, unreadable: Iterable[UnreadableObject]) -> None:
        """Add the unreadable objects that another query met."""
        for one in unreadable:
            self._found[one.key] = one

    def note(self, key: str, error: StoreError) -> None:
        """Note that ``key`` cannot be read; the first error noted for it stays."""
        self._found.setdefault(key, unreadable_object(key, error))

    def note_missing(self, key: str) -> None:
        """Note that ``key`` is named but not in the store."""
        self.note(key, ObjectMissing(tr("store.object_is_not_in_the_store", key=key)))

    def refuse(self) -> None:
        """Raise the StoreError of the first unreadable object, if there is one."""
        for one in self:
            raise one.error

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


def batches_by_id(vault: Vault, unreadable: UnreadableObjects) -> dict[str, Batch]:
    """Return every batch in its last readable version. Raises StoreUnavailable."""
    return dict(unreadable.read_each(vault.chain_keys("batches"), lambda key: (key.id, vault.batch_at(key))))


def unreadable_object(key: str, error: StoreError) -> UnreadableObject:
    """Return ``key`` as an unreadable object, with the reason that ``error`` gives."""
    if isinstance(error, ObjectMissing):
        return UnreadableObject(key, UnreadableReason.MISSING, error)
    return UnreadableObject(
        key, UnreadableReason.NEWER if isinstance(error, ObjectNewer) else UnreadableReason.DAMAGED, error
    )
