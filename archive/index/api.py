"""SearchIndex: the contract of every search engine that the archive can use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from archive.model.search import Hits, IndexEntry, Query


class SearchIndex(Protocol):
    """Finds records. Derived from the vault: it can be deleted and rebuilt at any time."""

    def put(self, entries: Iterable[IndexEntry]) -> None:
        """Add or replace entries in one group commit; an older version never replaces a newer one.

        A hidden entry removes its record from every search; ``missing`` still counts its version.

        Raises IndexUnavailable (retryable) when another process holds the writer; nothing is then changed.
        """

    def replace_all(self, entries: Iterable[IndexEntry]) -> None:
        """Replace everything; readers see the old index until the new one is complete. Raises IndexUnavailable."""

    def search(self, query: Query) -> Hits:
        """Return one page of hits. Raises BadQuery (a cursor of another query), IndexUnavailable."""

    def there(self) -> bool:
        """Return True when the index exists: entries were put, and nobody removed it. Raises IndexUnavailable."""

    def missing(self, versions: Mapping[str, int]) -> set[str]:
        """Return those record ids that the index does not hold in at least this version. Raises IndexUnavailable."""
