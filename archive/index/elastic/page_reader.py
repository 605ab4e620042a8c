"""Queries of the page table in Elasticsearch; all pages of an answer come from one point in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import groupby
from typing import Any, Final

from elasticsearch import Elasticsearch, NotFoundError

from archive.errors import IndexUnavailable
from archive.index.elastic.connection import ElasticConnection
from archive.index.elastic.page_documents import Sort, read_facts
from archive.index.page_query import Bounds
from archive.messages.catalogue import tr
from archive.model.ledger import CountBy, PageRow, Tally

_BUCKETS: Final = 1_000  # of one answer; the server refuses more than 65,536
_SLICES: Final = 1_000  # of one answer; the server refuses more than 10,000
_KEEP_ALIVE: Final = "5m"  # of a point in time between two requests: printing a list may be slow
_NOT_FOUND: Final = 404

# The fields by which a count is grouped. Sizes and outcomes are in the facts: the caller groups by those.
_GROUPS: Final[Mapping[CountBy | None, str]] = {
    CountBy.AGENCY: "agency",
    CountBy.KIND: "kind",
    CountBy.MONTH: "month",
    CountBy.BATCH: "batch",
    CountBy.OPERATOR: "operator",
}


class MomentGone(IndexUnavailable):
    """The index that was being read was removed; another one serves."""


def tallies(connection: ElasticConnection, alias: str, bounds: Bounds, by: CountBy | None) -> list[Tally]:
    """Return pages by group and facts, in the order of both. Raises MomentGone, SettingsError."""
    sources: list[dict[str, Any]] = [{"facts": {"terms": {"field": "facts"}}}]
    if by in _GROUPS:
        sources.insert(0, {"group": {"terms": {"field": _GROUPS[by], "missing_bucket": True}}})
    found: list[Tally] = []
    with _moment(connection, alias) as moment:
        after: dict[str, Any] = {}
        while True:
            composite = {"size": _BUCKETS, "sources": sources, **after}
            counts = {"composite": composite, "aggs": {"pages": {"sum": {"field": "pages"}}}}
            answer = moment.ask(query=_counted(bounds), size=0, aggs={"counts": counts})["aggregations"]["counts"]
            found += map(_tally, answer["buckets"])
            if len(answer["buckets"]) < _BUCKETS:
                return found
            after = {"after": answer["after_key"]}


def page_rows(connection: ElasticConnection, alias: str, bounds: Bounds, by: CountBy | None) -> Iterator[PageRow]:
    """Yield pages by batch, line and number, holding one line at a time. Raises MomentGone, SettingsError."""
    with _moment(connection, alias) as moment:
        for _, slices in groupby(_sources(moment, bounds), key=lambda source: (source["batch"], source["line"])):
            rows = (row for source in slices for row in _rows(source, by))
            yield from sorted(rows, key=lambda row: row.page)


def _sources(moment: _Moment, bounds: Bounds) -> Iterator[Mapping[str, Any]]:
    after: list[Any] | None = None
    while True:
        order = [{"batch": "asc"}, {"line": "asc"}, {"key": "asc"}]
        hits = moment.ask(query=_counted(bounds), size=_SLICES, sort=order, search_after=after)["hits"]["hits"]
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
    if bounds.batch is not None:
        wanted.append({"term": {"batch": bounds.batch}})
    return {"bool": {"filter": wanted}}


def _tally(bucket: Mapping[str, Any]) -> Tally:
    key = bucket["key"]
    return Tally(key.get("group"), read_facts(key["facts"]), int(bucket["pages"]["value"]))


def _rows(source: Mapping[str, Any], by: CountBy | None) -> Iterator[PageRow]:
    facts = read_facts(source["facts"])
    group = source[_GROUPS[by]] if by in _GROUPS else None
    for number in source["numbers"]:
        yield PageRow(source["batch"], source["line"], source["record"], source["sha256"], number, facts, group)


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
