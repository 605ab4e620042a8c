"""Page writer: puts versions into the page table so that concurrent writers never lose each other's versions.

There are no locks. Each writer (1) writes its versions, which searches then find, (2) reads all known versions
of the lines that they touch, (3) writes the slices that follow, with the count of known versions, and (4) marks
its versions as done. Of two writers the one that reads last finds what both wrote, so it gives the higher count, and
its slices replace the other's in whatever order they arrive. A killed writer leaves versions without a mark: they
count as missing and are written again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, Final

from elasticsearch import Elasticsearch, NotFoundError

from archive.index.elastic.bulk import Document
from archive.index.elastic.connection import ElasticConnection
from archive.index.elastic.errors import AliasMissing
from archive.index.elastic.page_documents import (
    DONE,
    PUT,
    Sort,
    batch_document,
    batch_id,
    line_document,
    line_id,
    read_line,
    read_record,
    record_document,
    record_id,
    slice_document,
    slice_id,
)
from archive.index.elastic.validity_intervals import (
    LineVersion,
    RecordVersion,
    by_line,
    by_record,
    line_version,
    record_version,
    records_of,
    slices_of,
)
from archive.index.page_table_api import TableEntry
from archive.messages.catalogue import tr
from archive.model.counting import TableBatch, TableLine, TableRecord

MAX_ENTRIES: Final = 500  # of one round: a group commit of 200 scans and their records is one
_MAX_TERMS: Final = 1_000  # of one query; the server refuses 65,536
_PAGE_SIZE: Final = 1_000  # documents of one answer; the server refuses 10,000

Lines = dict[str, LineVersion]  # by the id of their document
Records = dict[str, RecordVersion]


@dataclass(frozen=True, slots=True)
class Known:
    """Versions of lines and records by the ids of their documents, and which of them are marked as done."""

    lines: Lines
    records: Records
    done: set[str]


def put(connection: ElasticConnection, alias: str, entries: Sequence[TableEntry], *, seen: bool = True) -> None:
    """Write at most MAX_ENTRIES versions and their slices through ``alias``.

    ``seen``: counts include the versions as soon as this returns. Raises AliasMissing, IndexUnavailable, SettingsError.
    """
    given = _given(entry for entry in entries if not isinstance(entry, TableBatch))
    batches = [entry for entry in entries if isinstance(entry, TableBatch)]
    connection.bulk(alias, _batches(batches), refresh=seen)  # nothing follows from them
    if not given.lines and not given.records:
        return
    connection.bulk(alias, _inputs(given, PUT), refresh=True)
    known = _known(connection, alias, given)
    fresh = Known(
        {id_: known.lines[id_] for id_ in given.lines.keys() - known.done},
        {id_: known.records[id_] for id_ in given.records.keys() - known.done},
        set(),
    )
    connection.bulk(alias, _slices(known, _touched(known, fresh)), refresh=seen)
    connection.bulk(alias, _inputs(fresh, DONE), refresh=False)


def _batches(entries: Iterable[TableBatch]) -> Iterator[Document]:
    for entry in entries:
        yield Document(batch_id(entry.id, entry.version), batch_document(entry), DONE)


def _given(entries: Iterable[TableLine | TableRecord]) -> Known:
    lines: Lines = {}
    records: Records = {}
    for entry in entries:
        if isinstance(entry, TableRecord):
            records.setdefault(record_id(entry.id, entry.version), record_version(entry))
        else:
            lines.setdefault(line_id(entry.line.id, entry.line.version), line_version(entry))
    return Known(lines, records, set())


def _inputs(versions: Known, state: int) -> Iterator[Document]:
    for id_, record in versions.records.items():
        yield Document(id_, record_document(record), state)
    for id_, line in versions.lines.items():
        yield Document(id_, line_document(line), state)


def _touched(known: Known, fresh: Known) -> set[str]:
    """Return the lines whose slices change with the versions in ``fresh``."""
    records = {record.id for record in fresh.records.values()}
    lines = {line.line for line in fresh.lines.values()}
    return lines | {line.line for line in known.lines.values() if line.record in records}


def _slices(known: Known, lines: Collection[str]) -> Iterator[Document]:
    versions, records = by_line(known.lines.values()), by_record(known.records.values())
    for line in lines:
        count, slices = slices_of(versions[line], records)
        for piece in slices:
            yield Document(slice_id(piece), slice_document(piece), count)


def _known(connection: ElasticConnection, alias: str, given: Known) -> Known:
    """Read all versions of the lines given and of those that refer to the records given, and of all their records."""
    known = Known(dict(given.lines), dict(given.records), set())
    lines = {line.line for line in given.lines.values()}
    records = {record.id for record in given.records.values()}
    asked = records | records_of(given.lines.values())

    def read(*questions: Iterable[Mapping[str, Any]]) -> None:
        for hit in _found(connection, alias, list(chain(*questions))):
            _take_in(known, hit)

    read(
        _any_of(Sort.LINE, "line", lines), _any_of(Sort.LINE, "record", records), _any_of(Sort.RECORD, "record", asked)
    )
    # Usually that is complete: a line comes with its record. But other lines may refer to the record, or the line's
    # earlier versions to other records.
    read(_any_of(Sort.LINE, "line", {line.line for line in known.lines.values()} - lines))
    read(_any_of(Sort.RECORD, "record", records_of(known.lines.values()) - asked))
    return known


def _take_in(known: Known, hit: Mapping[str, Any]) -> None:
    """Add a found version; it replaces a given one, because the version that was put first stays."""
    id_, source = hit["_id"], hit["_source"]
    if source["sort"] == Sort.LINE:
        known.lines[id_] = read_line(source)
    else:
        known.records[id_] = read_record(source)
    if hit["_version"] >= DONE:
        known.done.add(id_)


def _any_of(sort: Sort, field: str, values: Collection[str]) -> Iterator[Mapping[str, Any]]:
    """Yield queries of bounded size for the documents of a sort with one of these values."""
    ordered = sorted(values)
    for start in range(0, len(ordered), _MAX_TERMS):
        terms = {"terms": {field: ordered[start : start + _MAX_TERMS]}}
        yield {"bool": {"filter": [{"term": {"sort": sort}}, terms]}}


def _found(
    connection: ElasticConnection, alias: str, questions: Sequence[Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    """Yield all documents that match any of the queries.

    Inputs are never removed and keep their keys: continuing after the last key skips none, despite concurrent writes.
    """
    after: list[Any] | None = None
    while questions:
        with connection.translating():
            try:
                hits = connection.patiently(partial(_page, alias=alias, questions=questions, after=after))
            except NotFoundError as error:
                raise AliasMissing(tr("elastic.the_alias_is_gone_try_again", alias=alias)) from error
        yield from hits
        if len(hits) < _PAGE_SIZE:
            return
        after = hits[-1]["sort"]


def _page(
    client: Elasticsearch, alias: str, questions: Sequence[Mapping[str, Any]], after: list[Any] | None
) -> list[dict[str, Any]]:
    answer = client.search(
        index=alias,
        query={"bool": {"should": questions}},
        sort=[{"key": "asc"}],
        search_after=after,
        size=_PAGE_SIZE,
        version=True,
        track_total_hits=False,
        allow_partial_search_results=False,
    )
    return list(answer["hits"]["hits"])
