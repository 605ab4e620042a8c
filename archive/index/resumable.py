"""Resumable: entries of a rebuild that need not all be made again when a rebuild goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, TypeVar, runtime_checkable

Lacking = TypeVar("Lacking", contravariant=True)
T = TypeVar("T", covariant=True)

# What a search index can say of record versions: the ids that it does not hold in at least that version.
Missing = Callable[[Mapping[str, int]], set[str]]


@runtime_checkable
class Resumable(Protocol[Lacking, T]):
    """Capability of what is given to ``replace_all``, beside being iterable.

    With it a rebuild that was killed is gone on with. ``Lacking`` is the ``missing`` of the index that is rebuilt:
    ``Missing`` for a search index, one of its own shape for a page table.
    """

    def lacking(self, missing: Lacking) -> Iterator[T]:
        """Yield the entries that ``missing`` says are not there, without loading the others."""
