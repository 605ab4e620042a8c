"""ElasticIndex: the search index in Elasticsearch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError

from archive.errors import BadQuery, IndexUnavailable
from archive.index.batched import batched
from archive.index.cursor import check_limit, damaged, read_position, write_cursor
from archive.index.elastic.address import ElasticAddress
from archive.index.elastic.bulk import Document
from archive.index.elastic.connection import ElasticConnection
from archive.index.elastic.generations import ElasticGenerations
from archive.index.elastic.health import health_checks
from archive.index.elastic.multi_get import multi_get
from archive.index.elastic.query import build_query, facets, order, shape
from archive.index.fields import FACETS, document
from archive.index.ranking import plan
from archive.index.resumable import Missing
from archive.messages.catalogue import tr
from archive.model.diagnosis import HealthCheck
from archive.model.search import Hit, Hits, IndexEntry, Query

_LOOKUP_SIZE: Final = 1_000  # versions asked for at once
_KEEP_ALIVE: Final = "5m"  # the longest time between two pages of hits
_NOT_FOUND: Final = 404
_MAX_ATTEMPTS: Final = (
    3  # a rebuild may end between reading the name of an index and opening it; twice in a row is no coincidence
)
_WANTED: Final = (
    "pit_id,hits.total.value,hits.hits._id,hits.hits._version,hits.hits._score,hits.hits.sort,aggregations.*.buckets"
)


class ElasticIndex:
    """SearchIndex in Elasticsearch, for any number of readers and writers. May be pickled; opens nothing before use."""

    def __init__(self, address: ElasticAddress) -> None:
        self._connection = ElasticConnection(address)
        self._generations = ElasticGenerations(self._connection, shape())

    def put(self, entries: Iterable[IndexEntry]) -> None:
        """Add or replace entries; an older version never wins. They are found as soon as this returns.

        Raises IndexUnavailable (retryable); some of the entries may then be there. Raises SettingsError.
        """
        documents = list(_documents(entries))
        if documents:
            self._generations.put(documents)

    def replace_all(self, entries: Iterable[IndexEntry]) -> None:
        """Build a new generation beside the old one, then let it serve. Raises IndexUnavailable, SettingsError.

        Puts meanwhile go to both. With ``Resumable`` entries a killed rebuild is continued.
        """
        self._generations.replace_all(entries, _documents, self._missing_in)

    def search(self, query: Query) -> Hits:
        """Return one page of hits. Raises BadQuery (an expired cursor, or one of another query), IndexUnavailable."""
        place = self._read(query)
        check_limit(query)
        opened, after = place if place is not None else (self._open(), None)
        if opened is None:
            return Hits(0, (), facets=dict.fromkeys(FACETS, ()))
        answer = self._ask(query, opened, after)
        found = answer["hits"].get("hits", [])
        page, has_more = found[: query.limit], len(found) > query.limit
        if not has_more:
            self._close(answer["pit_id"])
        return Hits(
            total=int(answer["hits"]["total"]["value"]),
            hits=tuple(Hit(hit["_id"], int(hit["_version"]), float(hit["_score"] or 0.0)) for hit in page),
            cursor=write_cursor(query, [self._generations.alias, answer["pit_id"], page[-1]["sort"]])
            if has_more
            else None,
            facets={name: _counted(answer["aggregations"][name]) for name in FACETS},
        )

    def missing(self, versions: Mapping[str, int]) -> set[str]:
        """Return the ids that the index lacks in at least the given version. Raises IndexUnavailable, SettingsError."""
        if not versions or self._generations.serving() is None:
            return set(versions)
        return self._missing_in(self._generations.alias)(versions)

    def there(self) -> bool:
        """See SearchIndex. Raises IndexUnavailable, SettingsError."""
        return self._generations.there()

    def health_checks(self) -> Iterator[HealthCheck]:
        """Yield each check: server, mapping, alias, leftovers, health, documents."""
        return health_checks(self._connection, self._generations)

    def close(self) -> None:
        """See Closeable."""
        self._connection.close()

    def _missing_in(self, index: str) -> Missing:
        """Return ``missing`` for one index; it counts documents before the next refresh."""

        def missing(versions: Mapping[str, int]) -> set[str]:
            held: dict[str, int] = {}
            for ids in batched(versions, _LOOKUP_SIZE):
                held |= self._held(index, ids)
            return {id_ for id_, version in versions.items() if held.get(id_, -1) < version}

        return missing

    def _held(self, index: str, ids: list[str]) -> dict[str, int]:
        documents = multi_get(self._connection, index, ids)
        return {one["_id"]: int(one["_version"]) for one in documents if "_version" in one}

    def _read(self, query: Query) -> tuple[str, list[Any]] | None:
        """Return the point in time and the keys of the last hit that a cursor holds. Raises BadQuery."""
        place = read_position(query)
        if place is None and query.cursor is None:
            return None
        match place:
            case [str(alias), str(opened), [*keys]] if all(
                type(key) in (str, int, float) for key in keys
            ):  # the server fails on null
                if alias != self._generations.alias:  # its point in time would show the other archive's hits
                    raise BadQuery(tr("elastic.the_cursor_belongs_to_another_archive"))
                return opened, keys
        raise damaged()

    def _open(self) -> str | None:
        """Return a point in time of the index that serves, None on a fresh archive."""
        for _ in range(_MAX_ATTEMPTS):
            index = self._generations.serving()
            if index is None:
                return None
            opened = self._point_in_time(index)
            if opened is not None:
                return opened
        raise IndexUnavailable(tr("elastic.the_indexes_behind_kept_changing_try", alias=self._generations.alias))

    def _point_in_time(self, index: str) -> str | None:
        def open_it(client: Elasticsearch) -> Any:
            return client.options(ignore_status=_NOT_FOUND).open_point_in_time(index=index, keep_alive=_KEEP_ALIVE)

        opened = self._connection.call(open_it).get("id")
        return None if opened is None else str(opened)

    def _ask(self, query: Query, opened: str, after: list[Any] | None) -> Any:
        """Return the server's answer: one hit more than a page holds, which shows whether this is the last page."""
        planned = plan(query)

        def ask(client: Elasticsearch) -> Any:
            return client.search(
                pit={"id": opened, "keep_alive": _KEEP_ALIVE},
                query=build_query(planned),
                sort=order(planned, query),
                search_after=after,
                size=query.limit + 1,
                aggs=facets(),
                source=False,
                version=True,
                track_total_hits=True,
                search_type="dfs_query_then_fetch",  # word statistics of all shards together
                allow_partial_search_results=False,  # a page without the hits of one shard would be wrong
                filter_path=_WANTED,
            )

        with self._connection.translating():
            try:
                return self._connection.patiently(ask)
            except (NotFoundError, BadRequestError) as error:
                if query.cursor is None:
                    raise
                raise BadQuery(tr("elastic.this_search_is_over_its_pages")) from error

    def _close(self, opened: str) -> None:
        with suppress(IndexUnavailable):  # the hits are here; the point in time expires by itself
            self._connection.call(
                lambda client: client.options(ignore_status=_NOT_FOUND).close_point_in_time(id=opened)
            )


def _documents(entries: Iterable[IndexEntry]) -> Iterator[Document]:
    return (Document(entry.id, document(entry), entry.version) for entry in entries)


def _counted(facet: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    return tuple((str(bucket["key"]), int(bucket["doc_count"])) for bucket in facet.get("buckets", ()))
