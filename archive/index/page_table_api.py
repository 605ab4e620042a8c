"""PageTable: the contract of the ledger as a table for counting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from archive.model.ledger import CountQuery, PageRow, TableLine, TableRecord, Tally

TableEntry = TableLine | TableRecord


class PageTable(Protocol):
    """Counts pages. Keeps every version, so that a count can be repeated as of an earlier day."""

    def put(self, entries: Iterable[TableEntry]) -> None:
        """Add versions in one commit; what is already there stays. Raises IndexUnavailable (retryable)."""

    def replace_all(self, entries: Iterable[TableEntry]) -> None:
        """Replace everything; readers see the old table until the new one is complete. Raises IndexUnavailable."""

    def tally(self, query: CountQuery) -> list[Tally]:
        """Return pages grouped by group and facts: few rows, however many pages.

        Raises BadQuery (a malformed day), IndexUnavailable.
        """

    def pages(self, query: CountQuery) -> Iterator[PageRow]:
        """Yield the pages behind the tallies of the same query, in a fixed order. Raises BadQuery, IndexUnavailable."""

    def there(self) -> bool:
        """Return True when the table exists: something was put, and nobody removed it. Raises IndexUnavailable."""

    def missing(self, lines: Mapping[str, int], records: Mapping[str, int]) -> set[str]:
        """Return those line and record ids whose given version is not in the table. Raises IndexUnavailable."""
