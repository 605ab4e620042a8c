"""The page table's documents in Elasticsearch: their mapping, and how versions and slices become them.

Three sorts share one index. *Inputs* are the versions of lines, records and batches as they were put: slices are
computed from them, and they show whether a version is present. *Slices* (validity_intervals.py) are what is counted.
Every id is made from the document's subject, so that repeated and concurrent puts write the same documents.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from archive.index.elastic.validity_intervals import LineVersion, RecordVersion, Slice
from archive.index.page_query import facts_of, microseconds, month_of, written_time
from archive.model.counting import PageFacts, TableBatch

# Raise it whenever fields or their meaning change: a table of another schema must be rebuilt.
SCHEMA_VERSION: Final = 2

_KEYWORD: Final = {"type": "keyword"}
_LONG: Final = {"type": "long"}
_UNSEARCHED: Final = {"index": False, "doc_values": False}  # only ever read back with its document

FIELDS: Final[Mapping[str, Any]] = {
    "sort": _KEYWORD,
    "key": _KEYWORD,  # the id again: Elasticsearch cannot sort by ids
    "line": _KEYWORD,
    "version": _LONG | _UNSEARCHED,
    "at": _LONG | _UNSEARCHED,
    "record": _KEYWORD,  # of a line or slice: the record that it refers to; of a record: itself
    "sha256": _KEYWORD | _UNSEARCHED,
    "batch": _KEYWORD,
    "account": _KEYWORD,
    "kind": _KEYWORD,
    "agency": _KEYWORD,
    "groups": {"type": "object", "enabled": False},  # of a line: [facts, page numbers] for each
    "about": {"type": "object", "enabled": False},  # of a batch
    "month": _KEYWORD,
    "first_at": _LONG,
    "since": _LONG,
    "until": _LONG,
    "facts": _KEYWORD,  # as JSON, so that equal facts are one term
    "pages": _LONG,
    "numbers": _LONG | _UNSEARCHED,
    "scanned": _LONG,  # scanned pages of the whole line version: of its first slices alone, so that each counts once
    "two_sided": _LONG,  # sheets behind them if both sides were scanned
}

# The external version of an input is its progress: it was put, or the slices that follow from it are written too.
PUT: Final = 1
DONE: Final = 2

_MAX_TERM: Final = 8_191  # characters, of at most 4 bytes: the server refuses a document with a term of 32,767 bytes


class Sort(StrEnum):
    """The type of a document."""

    LINE = "line"
    RECORD = "record"
    BATCH = "batch"
    SLICE = "slice"


def line_id(line: str, version: int) -> str:
    """Return the id of a line version."""
    return f"line:{line}:{version}"


def record_id(record: str, version: int) -> str:
    """Return the id of a record version."""
    return f"record:{record}:{version}"


def batch_id(batch: str, version: int) -> str:
    """Return the id of a batch version."""
    return f"batch:{batch}:{version}"


def slice_id(piece: Slice) -> str:
    """Return the id of a slice; it stays the same when more versions become known."""
    given = "-" if piece.given is None else piece.given
    return f"slice:{piece.origin.line}:{piece.origin.version}:{piece.group}:{given}"


def line_document(version: LineVersion) -> dict[str, Any]:
    """Return a line version as it is stored."""
    return {
        "sort": Sort.LINE,
        "key": line_id(version.line, version.version),
        "line": version.line,
        "version": version.version,
        "at": version.at,
        "record": version.record,
        "sha256": version.sha256,
        "batch": version.batch,
        "account": _term(version.account),
        "groups": version.groups,
    }


def record_document(version: RecordVersion) -> dict[str, Any]:
    """Return a record version as it is stored."""
    return {
        "sort": Sort.RECORD,
        "key": record_id(version.id, version.version),
        "record": version.id,
        "version": version.version,
        "at": version.at,
        "kind": _term(version.kind),
        "agency": _term(version.agency),
    }


def batch_document(version: TableBatch) -> dict[str, Any]:
    """Return a batch version as it is stored."""
    return {
        "sort": Sort.BATCH,
        "key": batch_id(version.id, version.version),
        "version": version.version,
        "at": microseconds(version.at),
        "batch": version.name,
        "about": dict(version.about),
    }


def slice_document(piece: Slice) -> dict[str, Any]:
    """Return a slice as it is stored."""
    origin = piece.origin
    facts, numbers = origin.groups[piece.group]
    scanned = origin.scanned if piece.group == 0 else 0
    return {
        "sort": Sort.SLICE,
        "key": slice_id(piece),
        "line": origin.line,
        "record": origin.record,
        "sha256": origin.sha256,
        "batch": origin.batch,
        "account": _term(piece.account),
        "kind": _term(piece.kind),
        "agency": _term(piece.agency),
        "month": month_of(piece.first_at),
        "first_at": piece.first_at,
        "since": piece.since,
        "until": piece.until,
        "facts": json.dumps(facts, ensure_ascii=False, separators=(",", ":")),
        "pages": len(numbers),
        "numbers": numbers,
        "scanned": scanned,
        "two_sided": (scanned + 1) // 2,
    }


def read_line(source: Mapping[str, Any]) -> LineVersion:
    """Return the line version that was stored."""
    groups = tuple((tuple(facts), tuple(numbers)) for facts, numbers in source["groups"])
    return LineVersion(
        source["line"],
        source["version"],
        source["at"],
        source["batch"],
        source["account"],
        source["record"],
        source["sha256"],
        groups,
    )


def read_record(source: Mapping[str, Any]) -> RecordVersion:
    """Return the record version that was stored."""
    return RecordVersion(source["record"], source["version"], source["at"], source["kind"], source["agency"])


def read_batch(source: Mapping[str, Any]) -> TableBatch:
    """Return the batch version that was stored."""
    id_ = source["key"].split(":")[1]
    return TableBatch(id_, source["version"], written_time(source["at"]), source["batch"], source["about"])


def read_facts(term: str) -> PageFacts:
    """Return the facts that a term encodes."""
    return facts_of(tuple(json.loads(term)))


def _term(name: str | None) -> str | None:
    """Return a name short enough to group by: a misread page must not make the server refuse its whole commit."""
    return name and name[:_MAX_TERM]
