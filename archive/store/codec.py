"""Versions as stored: a head that holds digests, and a body with all that may be personal."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from archive.errors import ObjectCorrupt
from archive.model.ledger import Batch, BatchSeal, LedgerLine, ScanOutcome
from archive.model.pages import Box, Colour, Origin, PageEntry, PageOutcome, PageShape, SizeOrigin
from archive.model.results import Actor, Field, Part, Problem, Provenance, Reading, RecordState, ResultRecord
from archive.store.canonical import FORMAT, decode, encode

# The head of a version stays for ever and names nobody. Its body is content of its own, which
# disposal can destroy; a random salt keeps a body from being guessed by its digest.


def encode_record_body(record: ResultRecord, salt: str) -> bytes:
    """Return the body of a record version: names, fields, problems."""
    return encode(
        {
            "format": FORMAT,
            "type": "record-body",
            "salt": salt,
            "batch_name": record.batch_name,
            "kind": record.kind,
            "names": [part.name for part in record.parts],
            "fields": {name: _field(value) for name, value in record.fields.items()},
            "problems": [asdict(problem) for problem in record.problems],
        }
    )


def encode_record(record: ResultRecord, body: str | None) -> bytes:
    """Return the head of a record version; ``body`` is the digest of its body, None for a tombstone."""
    made = record.provenance
    return encode(
        {
            "format": FORMAT,
            "type": "record",
            "id": record.id,
            "version": record.version,
            "previous": record.previous,
            "state": record.state,
            "batch": record.batch,
            "line": made.line,
            "at": made.at,
            "action": made.action,
            "actor": asdict(made.actor),
            "software": made.software,
            "body": body,
            "parts": [
                {
                    "sha256": part.sha256,
                    "bytes": part.bytes,
                    "pages": list(part.pages),
                    "fingerprint": part.fingerprint,
                    "attempt": part.attempt,
                    "reading": part.reading,
                }
                for part in record.parts
            ],
        }
    )


def decode_record_head(data: bytes) -> dict[str, Any]:
    """Return the head of a record version as it stands. Raises ObjectCorrupt."""
    return decode(data, "record")


def decode_record(head: dict[str, Any], body: bytes | None) -> ResultRecord:
    """Return the record of a head and its body (None only for a tombstone). Raises ObjectCorrupt."""
    inner = decode(body, "record-body") if body is not None else None
    names = inner["names"] if inner else [""] * len(head["parts"])
    try:
        return ResultRecord(
            id=head["id"],
            version=head["version"],
            state=RecordState(head["state"]),
            batch=head["batch"],
            batch_name=inner["batch_name"] if inner else "",
            kind=inner["kind"] if inner else None,
            parts=tuple(
                Part(name=name, **{**part, "pages": tuple(part["pages"])})
                for part, name in zip(head["parts"], names, strict=True)
            ),
            fields={name: _read_field(value) for name, value in inner["fields"].items()} if inner else {},
            problems=tuple(Problem(**problem) for problem in inner["problems"]) if inner else (),
            provenance=Provenance(
                actor=Actor(**head["actor"]),
                at=head["at"],
                action=head["action"],
                line=head["line"],
                software=head["software"],
            ),
            previous=head["previous"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ObjectCorrupt("a stored record lacks or misnames a value; restore it from a backup") from error


def body_of(head: bytes) -> str | None:
    """Return the digest of the body that a head of either kind names, None when it has none. Raises ObjectCorrupt."""
    try:
        body = json.loads(head)["body"]
    except (ValueError, KeyError, TypeError) as error:
        raise ObjectCorrupt("a stored version does not name its body; restore it from a backup") from error
    return body if isinstance(body, str) else None


def encode_line_body(line: LedgerLine, salt: str) -> bytes:
    """Return the body of a ledger line version: its path and its message."""
    return encode({"format": FORMAT, "type": "line-body", "salt": salt, "path": line.path, "message": line.message})


def encode_line(line: LedgerLine, body: str | None) -> bytes:
    """Return the head of a ledger line version; ``body`` is None for a quarantined scan."""
    value = asdict(line)
    del value["path"], value["message"], value["digest"]
    value["pages"] = [page_to_json(page) for page in line.pages]
    return encode({"format": FORMAT, "type": "line", "body": body, **value})


def decode_line_head(data: bytes) -> dict[str, Any]:
    """Return the head of a ledger line version as it stands. Raises ObjectCorrupt."""
    return decode(data, "line")


def decode_line(head: dict[str, Any], body: bytes | None) -> LedgerLine:
    """Return the ledger line of a head and its body. Raises ObjectCorrupt."""
    inner = decode(body, "line-body") if body is not None else {"path": None, "message": None}
    values = {k: v for k, v in head.items() if k not in ("format", "type", "body")}
    try:
        values["outcome"] = ScanOutcome(values["outcome"])
        values["pages"] = tuple(page_from_json(page) for page in values["pages"])
        values["actor"] = Actor(**values["actor"])
        return LedgerLine(path=inner["path"], message=inner["message"], **values)
    except (KeyError, TypeError, ValueError) as error:
        raise ObjectCorrupt("a stored ledger line lacks or misnames a value; restore it from a backup") from error


def encode_batch(batch: Batch) -> bytes:
    """Return a batch version."""
    value = asdict(batch)
    del value["digest"]
    for name in ("action", "sealed"):  # absent rather than null, as in format 1
        if value[name] is None:
            del value[name]
    return encode({"format": FORMAT, "type": "batch", **value})


def decode_batch(data: bytes) -> Batch:
    """Return the batch of ``data``. Raises ObjectCorrupt."""
    values = decode(data, "batch")
    try:
        del values["format"], values["type"]
        values["given"] = tuple(values["given"])
        values["sealed"] = BatchSeal(**values["sealed"]) if values.get("sealed") else None
        values["actor"] = Actor(**values["actor"])
        return Batch(**values)
    except (KeyError, TypeError) as error:
        raise ObjectCorrupt("a stored batch lacks or misnames a value; restore it from a backup") from error


def page_to_json(page: PageEntry) -> dict[str, Any]:
    """Return a page of the ledger as JSON values."""
    return asdict(page)


def page_from_json(value: dict[str, Any]) -> PageEntry:
    """Return the page that ``page_to_json`` wrote."""
    shape = value["shape"]
    if shape is not None:
        colour = shape["colour"]
        shape = PageShape(
            **{
                **shape,
                "size_origin": SizeOrigin(shape["size_origin"]),
                "colour": Colour(colour) if colour is not None else None,
            }
        )
    return PageEntry(**{**value, "outcome": PageOutcome(value["outcome"]), "shape": shape})


def _field(value: Field) -> dict[str, Any]:
    return {**asdict(value), "box": list(value.box) if value.box is not None else None}


def _read_field(value: dict[str, Any]) -> Field:
    box = value["box"]
    return Field(
        **{
            **value,
            "origin": Origin(value["origin"]),
            "box": Box(*box) if box is not None else None,
            "readings": tuple(Reading(**reading) for reading in value["readings"]),
        }
    )
