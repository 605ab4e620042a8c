"""Queries of the page table in Elasticsearch; all pages of an answer come from one point in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby
from typing import Any, Final

from elasticsearch import Elasticsearch, NotFoundError

from archive.errors import IndexUnavailable
from archive.index.elastic.connection import ElasticConnection
from archive.index.elastic.page_documents import Sort, read_batch, read_facts
from archive.index.page_query import Bounds, microseconds
from archive.messages.catalogue import tr
from archive.model.counting import GroupBy, Groups, PageRow, SheetTally, TableBatch, Tally

_BUCKETS: Final = 1_000  # of one answer; the server refuses more than 65,536
_SLICES: Final = 1_000  # of one answer; the server refuses more than 10,000
_KEEP_ALIVE: Final = "5m"  # of a point in time between two requests: printing a list may be slow
_NOT_FOUND: Final = 404


class MomentGone(IndexUnavailable):
    """The index that was being read was removed; another one serves."""


def tallies(connection: ElasticConnection, alias: str, bounds: Bounds, by: Sequence[GroupBy]) -> list[Tally]:
    """Return pages by groups and facts, in the order of both. Raises MomentGone, SettingsError."""
    sources = [*_group_sources(by), {"facts": {"terms": {"field": "facts"}}}]
    buckets = _buckets(connection, alias, _counted(bounds), sources, ("pages",))
    return [
        Tally(_groups(bucket["key"], by), read_facts(bucket["key"]["facts"]), int(bucket["pages"]["value"]))
        for bucket in buckets
    ]


def sheet_tallies(connection: ElasticConnection, alias: str, bounds: Bounds, by: Sequence[GroupBy]) -> list[SheetTally]:
    """Return scanned pages by groups, and the sheets behind them. Raises MomentGone, SettingsError."""
    wanted = _counted(bounds)
    wanted["bool"]["filter"].append({"range": {"scanned": {"gt": 0}}})
    # A composite needs a source: all slices have the same sort.
    sources = _group_sources(by) or [{"sort": {"terms": {"field": "sort"}}}]
    buckets = _buckets(connection, alias, wanted, sources, ("scanned", "two_sided"))
    return [
        SheetTally(_groups(bucket["key"], by), int(bucket["scanned"]["value"]), int(bucket["two_sided"]["value"]))
        for bucket in buckets
    ]


def batch_versions(connection: ElasticConnection, alias: str, until: int) -> list[TableBatch]:
    """Return of each batch the version that was valid just before a moment. Raises MomentGone, SettingsError."""
    with _moment(connection, alias) as moment:
        found = [read_batch(source) for source in _sources(moment, {"term": {"sort": Sort.BATCH}}, ("key",))]
    valid: dict[str, TableBatch] = {}
    for version in sorted(found, key=lambda one: one.version, reverse=True):
        # Where clocks ran backwards, a version ends at the earliest time of any later one, as in the SQLite table.
        if version.id not in valid and microseconds(version.at) < until:
            valid[version.id] = version
    return sorted(valid.values(), key=lambda one: one.name)


def page_rows(connection: ElasticConnection, alias: str, bounds: Bounds, by: Sequence[GroupBy]) -> Iterator[PageRow]:
    """Yield pages by batch, line and number, holding one line at a time. Raises MomentGone, SettingsError."""
    with _moment(connection, alias) as moment:
        found = _sources(moment, _counted(bounds), ("batch", "line", "key"))
        for _, slices in groupby(found, key=lambda source: (source["batch"], source["line"])):
            rows = (row for source in slices for row in _rows(source, by))
            yield from sorted(rows, key=lambda row: row.page)


def _group_sources(by: Sequence[GroupBy]) -> list[dict[str, Any]]:
    return [{one.value: {"terms": {"field": one.value, "missing_bucket": True}}} for one in by]


def _groups(key: Mapping[str, Any], by: Sequence[GroupBy]) -> Groups:
    return tuple(key.get(one.value) for one in by)


def _buckets(
    connection: ElasticConnection,
    alias: str,
    query: Mapping[str, Any],
    sources: Sequence[Mapping[str, Any]],
    sums: Sequence[str],
) -> list[Mapping[str, Any]]:
    """Return the buckets of all documents by ``sources``, each with the sums of these fields."""
    found: list[Mapping[str, Any]] = []
    wanted = {name: {"sum": {"field": name}} for name in sums}
    with _moment(connection, alias) as moment:
        after: dict[str, Any] = {}
        while True:
            composite = {"size": _BUCKETS, "sources": sources, **after}
            counts = {"composite": composite, "aggs": wanted}
            answer = moment.ask(query=query, size=0, aggs={"counts": counts})["aggregations"]["counts"]
            found += answer["buckets"]
            if len(answer["buckets"]) < _BUCKETS:
                return found
            after = {"after": answer["after_key"]}


def _sources(moment: _Moment, query: Mapping[str, Any], order: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Yield all documents that a query finds, in the order of these fields."""
    after: list[Any] | None = None
    while True:
        sort = [{field: "asc"} for field in order]
        hits = moment.ask(query=query, size=_SLICES, sort=sort, search_after=after)["hits"]["hits"]
        yield from (hit["_source"] for hit in hits)
        if len(hits) < _SLICES:
            return
        after = hits[-1]["sort"]


def _counted(bounds: Bounds) -> dict[str, Any]:
    """Return the filter for the slices that are valid at a moment."""
    wanted: list[dict[str, Any]] = [
        {"term": {"sort": Sort.SLICE}},
        {"range": {"since": {"lt": bounds.until}}},
        {"range": {"until": {"gte": bounds.until}}},
        {"range": {"first_at": {"gte": bounds.start, "lt": bounds.end}}},
    ]
    if bounds.batches is not None:
        wanted.append({"terms": {"batch": sorted(bounds.batches)}})
    return {"bool": {"filter": wanted}}


def _rows(source: Mapping[str, Any], by: Sequence[GroupBy]) -> Iterator[PageRow]:
    facts, groups = read_facts(source["facts"]), _groups(source, by)
    for number in source["numbers"]:
        yield PageRow(source["batch"], source["line"], source["record"], source["sha256"], number, facts, groups)


class _Moment:
    """A point in time (Elasticsearch's PIT): the table at the time of its creation, without later writes."""

    def __init__(self, connection: ElasticConnection, id_: str) -> None:
        self._connection = connection
        self.id = id_

    def ask(self, **asked: Any) -> Mapping[str, Any]:
        """Return the answer of all shards, or raise: an answer of only some would be a wrong count."""
        held = {"id": self.id, "keep_alive": _KEEP_ALIVE}

        def ask(client: Elasticsearch) -> Mapping[str, Any]:
            answer: Mapping[str, Any] = client.search(
                pit=held, allow_partial_search_results=False, track_total_hits=False, **asked
            ).body
            return answer

        with self._connection.translating():
            try:
                answer = self._connection.patiently(ask)
            except NotFoundError as error:
                raise MomentGone(tr("elastic.the_page_table_was_rebuilt_while")) from error
        self.id = answer["pit_id"]  # the server may give it another name
        return answer


@contextmanager
def _moment(connection: ElasticConnection, alias: str) -> Iterator[_Moment]:
    """Open a point in time, and close it afterwards."""

    def begin(client: Elasticsearch) -> str:
        opened = client.open_point_in_time(index=alias, keep_alive=_KEEP_ALIVE, allow_partial_search_results=False)
        return str(opened["id"])

    moment = _Moment(connection, connection.call(begin))
    could_be_asked = True
    try:
        yield moment
    except IndexUnavailable:
        could_be_asked = False  # so it cannot close it either; it expires by itself
        raise
    finally:
        if could_be_asked:
            with suppress(IndexUnavailable):  # it expires by itself, and the answer is here
                connection.call(
                    lambda client: client.options(ignore_status=_NOT_FOUND).close_point_in_time(id=moment.id)
                )
