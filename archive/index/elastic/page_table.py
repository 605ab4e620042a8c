"""ElasticPageTable: the page table in Elasticsearch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from archive.index.batched import batched
from archive.index.elastic import page_writer as putting
from archive.index.elastic.address import ElasticAddress
from archive.index.elastic.connection import ElasticConnection
from archive.index.elastic.generations import ElasticGenerations, Shape
from archive.index.elastic.health import health_checks
from archive.index.elastic.multi_get import multi_get
from archive.index.elastic.page_documents import DONE, FIELDS, SCHEMA_VERSION, line_id, record_id
from archive.index.elastic.page_reader import MomentGone, page_rows, tallies
from archive.index.page_query import Bounds, bounds_of
from archive.index.page_table_api import TableEntry
from archive.model.diagnosis import HealthCheck
from archive.model.ledger import CountBy, CountQuery, PageRow, Tally

_SHAPE: Final = Shape("pages", SCHEMA_VERSION, {"dynamic": "strict", "properties": FIELDS})
_LOOKUP_SIZE: Final = 1_000  # versions asked for at once
_MAX_ATTEMPTS: Final = 3  # a rebuild may end during a count; twice in a row is no coincidence

Missing = Callable[[Mapping[str, int], Mapping[str, int]], set[str]]


class ElasticPageTable:
    """PageTable in an index of its own beside the search index. Any number of processes write at once.

    During a put a count may include a part of it; after put returns, all of it.
    """

    def __init__(self, address: ElasticAddress) -> None:
        self._connection = ElasticConnection(address)
        self._generations = ElasticGenerations(self._connection, _SHAPE)

    def put(self, entries: Iterable[TableEntry]) -> None:
        """Add versions; what is already there stays. Raises IndexUnavailable (retryable), SettingsError."""
        for group in batched(entries, putting.MAX_ENTRIES):
            self._generations.put_through(partial(self._put, group))

    def replace_all(self, entries: Iterable[TableEntry]) -> None:
        """Replace everything; readers see the old table until the new one is complete.

        Puts meanwhile go to both. With Resumable entries a killed rebuild is continued.
        Raises IndexUnavailable, SettingsError.
        """
        self._generations.rebuild(
            entries,
            partial(batched, size=putting.MAX_ENTRIES),
            lambda alias, group: putting.put(self._connection, alias, group, seen=False),
            self._missing_in,
        )

    def tally(self, query: CountQuery) -> list[Tally]:
        """Return pages grouped by group and facts. Raises BadQuery (a malformed day), IndexUnavailable.

        For sizes and outcomes ``group`` is None: both are in the facts, by which the caller groups.
        """
        bounds = bounds_of(query)
        for attempt in range(1, _MAX_ATTEMPTS + 1):
            if self._generations.serving() is None:
                break
            try:
                return tallies(self._connection, self._generations.alias, bounds, query.by)
            except MomentGone:
                if attempt == _MAX_ATTEMPTS:
                    raise
        return []

    def pages(self, query: CountQuery) -> Iterator[PageRow]:
        """Yield the pages behind the tallies of the same query, by batch, line and page number.

        Raises BadQuery (a malformed day), IndexUnavailable (also when a rebuild ends during the iteration).
        """
        return self._pages(bounds_of(query), query.by)

    def missing(self, lines: Mapping[str, int], records: Mapping[str, int]) -> set[str]:
        """Return those line and record ids whose given version is not in the table. Raises IndexUnavailable."""
        if self._generations.serving() is None:
            return {*lines, *records}
        return self._missing_in(self._generations.alias)(lines, records)

    def there(self) -> bool:
        """Return True when entries were ever put. Raises IndexUnavailable, SettingsError."""
        return self._generations.there()

    def health_checks(self) -> Iterator[HealthCheck]:
        """Yield each check: server, mapping, alias, leftovers, health, documents."""
        return health_checks(self._connection, self._generations)

    def close(self) -> None:
        """See Closeable."""
        self._connection.close()

    def _put(self, group: list[TableEntry], alias: str, seen: bool) -> None:
        putting.put(self._connection, alias, group, seen=seen)

    def _pages(self, bounds: Bounds, by: CountBy | None) -> Iterator[PageRow]:
        if self._generations.serving() is not None:
            yield from page_rows(self._connection, self._generations.alias, bounds, by)

    def _missing_in(self, index: str) -> Missing:
        """Return a function that names the versions that ``index`` lacks: those not marked as done."""

        def missing(lines: Mapping[str, int], records: Mapping[str, int]) -> set[str]:
            wanted = [(line_id(id_, version), id_) for id_, version in lines.items()]
            wanted += [(record_id(id_, version), id_) for id_, version in records.items()]
            return {
                id_
                for group in batched(wanted, _LOOKUP_SIZE)
                for (_, id_), done in zip(group, self._done(index, [key for key, _ in group]), strict=True)
                if not done
            }

        return missing

    def _done(self, index: str, ids: list[str]) -> list[bool]:
        """Return for each id whether its document is there and done; includes documents before the next refresh."""
        return [document.get("_version", 0) >= DONE for document in multi_get(self._connection, index, ids)]
