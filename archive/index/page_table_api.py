"""PageTable: the contract of the ledger as a table for counting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from archive.model.counting import CountQuery, PageRow, SheetTally, TableBatch, TableLine, TableRecord, Tally

TableEntry = TableLine | TableRecord | TableBatch
NO_VERSIONS: Final[Mapping[str, int]] = MappingProxyType({})


class PageTable(Protocol):
    """Counts pages. Keeps every version, so that a count can be repeated as of an earlier day."""

    def put(self, entries: Iterable[TableEntry]) -> None:
        """Add versions in one commit; what is already there stays. Raises IndexUnavailable (retryable)."""

    def replace_all(self, entries: Iterable[TableEntry]) -> None:
        """Replace everything; readers see the old table until the new one is complete. Raises IndexUnavailable."""

    def tally(self, query: CountQuery) -> list[Tally]:
        """Return pages grouped by groups and facts: few rows, however many pages.

        Raises BadQuery (a malformed day), IndexUnavailable.
        """

    def sheets(self, query: CountQuery) -> list[SheetTally]:
        """Return scanned pages by groups, and the sheets behind them. Raises BadQuery, IndexUnavailable."""

    def pages(self, query: CountQuery) -> Iterator[PageRow]:
        """Yield the pages behind the tallies of the same query, in a fixed order. Raises BadQuery, IndexUnavailable."""

    def batches(self, as_of: str | None = None) -> list[TableBatch]:
        """Return the version of each batch as of a day (the last one for None), by name.

        Raises BadQuery (a malformed day), IndexUnavailable.
        """

    def there(self) -> bool:
        """Return True when the table exists: something was put, and nobody removed it. Raises IndexUnavailable."""

    def missing(
        self, lines: Mapping[str, int], records: Mapping[str, int], batches: Mapping[str, int] = NO_VERSIONS
    ) -> set[str]:
        """Return those ids of lines, records and batches whose given version is not there. Raises IndexUnavailable."""
