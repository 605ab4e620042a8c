"""ElasticPageTable: the page table in Elasticsearch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, TypeVar

from archive.index.batched import batched
from archive.index.elastic import page_writer as putting
from archive.index.elastic.address import ElasticAddress
from archive.index.elastic.connection import ElasticConnection
from archive.index.elastic.generations import ElasticGenerations, Shape
from archive.index.elastic.health import health_checks
from archive.index.elastic.multi_get import multi_get
from archive.index.elastic.page_documents import DONE, FIELDS, SCHEMA_VERSION, batch_id, line_id, record_id
from archive.index.elastic.page_reader import MomentGone, batch_versions, page_rows, sheet_tallies, tallies
from archive.index.page_query import Bounds, bounds_of
from archive.index.page_table_api import NO_VERSIONS, TableEntry
from archive.model.counting import CountQuery, GroupBy, PageRow, SheetTally, TableBatch, Tally
from archive.model.diagnosis import HealthCheck

_SHAPE: Final = Shape("pages", SCHEMA_VERSION, {"dynamic": "strict", "properties": FIELDS})
_LOOKUP_SIZE: Final = 1_000  # versions asked for at once
_MAX_ATTEMPTS: Final = 3  # a rebuild may end during a count; twice in a row is no coincidence

Answer = TypeVar("Answer")
Missing = Callable[..., set[str]]  # of versions of lines, records and batches by id, as PageTable.missing


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
        """Return pages grouped by groups and facts. Raises BadQuery (a malformed day), IndexUnavailable."""
        bounds = bounds_of(query)
        return self._asked(lambda alias: tallies(self._connection, alias, bounds, query.by))

    def sheets(self, query: CountQuery) -> list[SheetTally]:
        """Return the scanned pages by groups. Raises BadQuery (a malformed day), IndexUnavailable."""
        bounds = bounds_of(query)
        return self._asked(lambda alias: sheet_tallies(self._connection, alias, bounds, query.by))

    def batches(self, as_of: str | None = None) -> list[TableBatch]:
        """Return the batches as of a day, by name. Raises BadQuery (a malformed day), IndexUnavailable."""
        until = bounds_of(CountQuery(as_of=as_of)).until
        return self._asked(lambda alias: batch_versions(self._connection, alias, until))

    def pages(self, query: CountQuery) -> Iterator[PageRow]:
        """Yield the pages behind the tallies of the same query, by batch, line and page number.

        Raises BadQuery (a malformed day), IndexUnavailable (also when a rebuild ends during the iteration).
        """
        return self._pages(bounds_of(query), query.by)

    def missing(
        self, lines: Mapping[str, int], records: Mapping[str, int], batches: Mapping[str, int] = NO_VERSIONS
    ) -> set[str]:
        """Return those ids of lines, records and batches whose given version is not there. Raises IndexUnavailable."""
        if self._generations.serving() is None:
            return {*lines, *records, *batches}
        return self._missing_in(self._generations.alias)(lines, records, batches)

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

    def _asked(self, ask: Callable[[str], list[Answer]]) -> list[Answer]:
        """Return what ``ask`` gets from the serving table; once more where a rebuild ended meanwhile."""
        for attempt in range(1, _MAX_ATTEMPTS + 1):
            if self._generations.serving() is None:
                break
            try:
                return ask(self._generations.alias)
            except MomentGone:
                if attempt == _MAX_ATTEMPTS:
                    raise
        return []

    def _pages(self, bounds: Bounds, by: Sequence[GroupBy]) -> Iterator[PageRow]:
        if self._generations.serving() is not None:
            yield from page_rows(self._connection, self._generations.alias, bounds, by)

    def _missing_in(self, index: str) -> Missing:
        """Return a function that names the versions that ``index`` lacks: those not marked as done."""

        def missing(
            lines: Mapping[str, int], records: Mapping[str, int], batches: Mapping[str, int] = NO_VERSIONS
        ) -> set[str]:
            wanted = [(line_id(id_, version), id_) for id_, version in lines.items()]
            wanted += [(record_id(id_, version), id_) for id_, version in records.items()]
            wanted += [(batch_id(id_, version), id_) for id_, version in batches.items()]
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
