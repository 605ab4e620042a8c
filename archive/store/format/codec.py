"""Codec of stored versions: a head with digests, and a body with everything that may be personal."""

from __future__ import annotations

import json
from typing import Any

from archive.errors import ObjectCorrupt
from archive.messages.catalogue import tr
from archive.model.ledger import Batch, BatchSeal, LedgerLine, ScanOutcome
from archive.model.results import Field, Part, Provenance, RecordState, ResultRecord
from archive.store.format import json_values
from archive.store.format.canonical_json import decode, encode_typed

# The head of a version is permanent and holds no personal data. Its body is a content object of its own that disposal
# can destroy. A random salt prevents guessing a body from its digest.

_LINE_BODY = ("path", "message", "cleared_because")
_FORMAT_1_KEPT = "live"  # the name of a kept record's state in format 1


def encode_record_body(record: ResultRecord, salt: str) -> bytes:
    """Return the body of a record version: names, fields, problems."""
    return encode_typed(
        "record-body",
        {
            "salt": salt,
            "batch_name": record.batch_name,
            "reason": record.provenance.reason,
            "names": [part.name for part in record.parts],
            "fields": {name: json_values.field(value) for name, value in record.fields.items()},
            "problems": [json_values.problem(problem) for problem in record.problems],
        },
    )


def encode_record(record: ResultRecord, body: str | None) -> bytes:
    """Return the head of a record version; ``body`` is the digest of its body, None for a tombstone."""
    made = record.provenance
    return encode_typed(
        "record",
        {
            "id": record.id,
            "version": record.version,
            "previous": record.previous,
            "state": record.state,
            "replaced_by": record.replaced_by,
            "batch": record.batch,
            "line": made.line,
            "at": made.at,
            "action": made.action,
            "actor": json_values.as_json(made.actor),
            "software": made.software,
            "body": body,
            "parts": [_part(part) for part in record.parts],
        },
    )


def decode_record_head(data: bytes) -> dict[str, Any]:
    """Return the head of a record version as JSON values. Raises ObjectCorrupt."""
    return decode(data, "record")


def state_of(head: dict[str, Any]) -> RecordState:
    """Return the state in a record's head. Raises ObjectCorrupt."""
    try:
        value = head["state"]
        return RecordState.KEPT if head["format"] == 1 and value == _FORMAT_1_KEPT else RecordState(value)
    except (KeyError, ValueError) as error:
        raise ObjectCorrupt(tr("store.format.a_stored_record_lacks_its_state")) from error


def decode_record(head: dict[str, Any], body: bytes | None) -> ResultRecord:
    """Return the record of a head and its body. Raises ObjectCorrupt.

    A tombstone has no body; a copy has no body of a withheld record.
    """
    inner = decode(body, "record-body") if body is not None else None
    names = inner["names"] if inner else [""] * len(head["parts"])
    try:
        return ResultRecord(
            id=head["id"],
            version=head["version"],
            state=state_of(head),
            batch=head["batch"],
            batch_name=inner["batch_name"] if inner else "",
            parts=tuple(_read_part(part, name) for part, name in zip(head["parts"], names, strict=True)),
            fields=_read_fields(inner, head["at"]) if inner else {},
            problems=tuple(json_values.read_problem(problem) for problem in inner["problems"]) if inner else (),
            provenance=Provenance(
                actor=json_values.read_actor(head["actor"]),
                at=head["at"],
                action=head["action"],
                line=head["line"],
                software=head["software"],
                reason=inner.get("reason") if inner else None,
            ),
            previous=head["previous"],
            replaced_by=head.get("replaced_by"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ObjectCorrupt(tr("store.format.a_stored_record_lacks_a_value")) from error


def body_of(head: bytes) -> str | None:
    """Return the digest of the body that a head of either kind names, None when it has none. Raises ObjectCorrupt."""
    try:
        body = json.loads(head)["body"]
    except (ValueError, KeyError, TypeError) as error:
        raise ObjectCorrupt(tr("store.format.a_stored_version_does_not_name")) from error
    return body if isinstance(body, str) else None


def encode_line_body(line: LedgerLine, salt: str) -> bytes:
    """Return the body of a ledger line version: its members that may be personal."""
    return encode_typed("line-body", {"salt": salt, **{name: getattr(line, name) for name in _LINE_BODY}})


def encode_line(line: LedgerLine, body: str | None) -> bytes:
    """Return the head of a ledger line version; ``body`` is None for a quarantined scan."""
    value = {name: one for name, one in json_values.as_json(line).items() if name not in (*_LINE_BODY, "digest")}
    value["pages"] = [json_values.page(page) for page in line.pages]
    value["actor"] = json_values.as_json(line.actor)
    value["unscreened_by"] = json_values.sign_off(line.unscreened_by)
    value["cleared_by"] = json_values.sign_off(line.cleared_by)
    return encode_typed("line", {"body": body, **value})


def decode_line_head(data: bytes) -> dict[str, Any]:
    """Return the head of a ledger line version as JSON values. Raises ObjectCorrupt."""
    return decode(data, "line")


def decode_line(head: dict[str, Any], body: bytes | None) -> LedgerLine:
    """Return the ledger line of a head and its body. Raises ObjectCorrupt."""
    inner = decode(body, "line-body") if body is not None else {}
    try:
        values = {
            name: one for name, one in json_values.known_members(LedgerLine, head).items() if name not in _LINE_BODY
        }
        values["outcome"] = ScanOutcome(values["outcome"])
        values["pages"] = tuple(json_values.read_page(page) for page in values["pages"])
        values["actor"] = json_values.read_actor(values["actor"])
        values["unscreened_by"] = json_values.read_sign_off(values.get("unscreened_by"))
        values["cleared_by"] = json_values.read_sign_off(values.get("cleared_by"))
        values["digest"] = None
        return LedgerLine(**values, **{name: inner.get(name) for name in _LINE_BODY})  # type: ignore[arg-type]  # values of JSON
    except (KeyError, TypeError, ValueError) as error:
        raise ObjectCorrupt(tr("store.format.a_stored_ledger_line_lacks_or")) from error


def encode_batch(batch: Batch) -> bytes:
    """Return a batch version."""
    value = {name: one for name, one in json_values.as_json(batch).items() if name != "digest"}
    value["actor"] = json_values.as_json(batch.actor)
    value["sealed"] = json_values.as_json(batch.sealed) if batch.sealed is not None else None
    return encode_typed("batch", value)


def decode_batch(data: bytes) -> Batch:
    """Return the batch of ``data``. Raises ObjectCorrupt."""
    values = json_values.known_members(Batch, decode(data, "batch"))
    try:
        values["given"] = tuple(values["given"])
        values["sealed"] = (
            BatchSeal(**json_values.known_members(BatchSeal, values["sealed"])) if values.get("sealed") else None
        )
        values["actor"] = json_values.read_actor(values["actor"])
        values["digest"] = None
        return Batch(**values)
    except (KeyError, TypeError) as error:
        raise ObjectCorrupt(tr("store.format.a_stored_batch_lacks_or_misnames")) from error


def _part(part: Part) -> dict[str, Any]:
    """Return a part as the head of a record holds it; its name lies in the body."""
    return {
        **{name: one for name, one in json_values.as_json(part).items() if name != "name"},
        "pages": list(part.pages),
    }


def _read_part(value: dict[str, Any], name: str) -> Part:
    return Part(**{**json_values.known_members(Part, value), "name": name, "pages": tuple(value["pages"])})


def _read_fields(body: dict[str, Any], at: str) -> dict[str, Field]:
    fields = {name: json_values.read_field(value, at) for name, value in body["fields"].items()}
    if body.get("kind") is not None and "kind" not in fields:  # format 1 stored the kind beside the fields
        fields["kind"] = json_values.kind_of_format_1(body["kind"])
    return fields
