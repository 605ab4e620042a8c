"""Resumable: entries of a rebuild that can continue where an interrupted rebuild stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, TypeVar, runtime_checkable

Lacking = TypeVar("Lacking", contravariant=True)
T = TypeVar("T", covariant=True)

# Takes record versions by id, returns the ids that a search index does not hold in at least that version.
Missing = Callable[[Mapping[str, int]], set[str]]


@runtime_checkable
class Resumable(Protocol[Lacking, T]):
    """Capability of the iterable that ``replace_all`` takes.

    With it a killed rebuild is continued. ``Lacking`` is the type of the ``missing`` of the index that is rebuilt:
    ``Missing`` for a search index, one of its own shape for a page table.
    """

    def lacking(self, missing: Lacking) -> Iterator[T]:
        """Yield the entries that ``missing`` names, without loading the others."""
