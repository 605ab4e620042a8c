"""Export: records as JSON, one object a line, in the fixed format of docs/format.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from archive.model.pages import Box, PageEntry
from archive.model.results import Candidate, Field, Part, Problem, ResultRecord
from archive.rules.problem_texts import sentence
from archive.services.derived.missing_versions import note_lost_records
from archive.services.unreadable_objects import UnreadableObjects
from archive.store.format.readings import ReadPage, decode_reading
from archive.store.keys import ChainKey, batch_id
from archive.store.vault import Vault
from archive.text.vietnamese import nfc

EXPORT_FORMAT = 2


def export(
    vault: Vault, batch: str | None = None, unreadable: UnreadableObjects | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the last version of every record (of one batch), by id. Raises StoreError.

    Unreadable records are left out and noted in ``unreadable``, also those that a ledger line names and the
    vault lacks; without ``unreadable``, StoreError is raised at the end. Holds about 80 bytes a record.
    """
    met = UnreadableObjects() if unreadable is None else unreadable
    wanted = batch_id(nfc(batch).strip()) if batch is not None else None

    def export_at(head: ChainKey) -> dict[str, Any] | None:
        record = vault.record_at(head)
        return exported(record, vault) if wanted is None or record.batch == wanted else None

    listed: set[bytes] = set()

    def heads() -> Iterator[ChainKey]:
        for head in vault.record_heads():
            listed.add(bytes.fromhex(head.id))
            yield head

    for values in met.read_each(heads(), export_at):
        if values is not None:
            yield values
    note_lost_records(vault, wanted, listed, met)
    if unreadable is None:
        met.refuse()


def exported(record: ResultRecord, vault: Vault) -> dict[str, Any]:
    """Return one record in the export format, its pages' text included.

    Withheld, withdrawn and destroyed records are exported without content.
    """
    shown = record if record.state.open else replace(record, parts=(), fields={}, problems=())
    return {
        "format": EXPORT_FORMAT,
        "id": record.id,
        "version": record.version,
        "state": record.state.value,
        "replaced_by": record.replaced_by,
        "batch": record.batch_name,
        "kind": shown.kind,
        "parts": [
            {"sha256": part.sha256, "name": part.name, "bytes": part.bytes, "pages": list(part.pages)}
            for part in shown.parts
        ],
        "fields": {name: field_values(field) for name, field in sorted(shown.fields.items())},
        "pages": list(_pages(shown, vault)),
        "problems": [problem_values(problem) for problem in shown.problems],
    }


def field_values(field: Field) -> dict[str, Any]:
    """Return a field as export and ``--json`` show it."""
    return {
        "value": field.value,
        "printed": field.printed,
        "confidence": _rounded(field.confidence, 3),
        "page": field.page,
        "box": _box(field.box),
        "origin": field.origin.value,
        "state": field.state.value,
        "candidates": [_candidate(one) for one in field.candidates],
        "settled_by": [asdict(one) for one in field.settled_by],
        "readings": [asdict(reading) for reading in field.readings],
    }


def problem_values(problem: Problem) -> dict[str, Any]:
    """Return a problem as export and ``--json`` show it; a later release may change ``message``."""
    return {
        "code": problem.code,
        "params": dict(problem.params),
        "field": problem.field,
        "page": problem.page,
        "record": problem.record,
        "message": sentence(problem),
    }


def page_values(entry: PageEntry) -> dict[str, Any]:
    """Return a page's measurements as export and ``--json`` show them."""
    shape = entry.shape
    return {
        "outcome": entry.outcome.value,
        "reason": entry.reason,
        "width_mm": _rounded(shape.width_mm if shape else None, 2),
        "height_mm": _rounded(shape.height_mm if shape else None, 2),
        "dpi": _rounded(shape.dpi if shape else None, 1),
        "rotation": entry.rotation,
        "confidence": _rounded(entry.confidence, 3),
        "screening": asdict(entry.screening) if entry.screening is not None else None,
        "measure": asdict(entry.measure) if entry.measure is not None else None,
        "exclusion": asdict(entry.exclusion) if entry.exclusion is not None else None,
    }


def _candidate(one: Candidate) -> dict[str, Any]:
    return {
        **asdict(one),
        "confidence": _rounded(one.confidence, 3),
        "box": _box(one.box),
        "readers": [asdict(reader) for reader in one.readers],
        "failed_checks": list(one.failed_checks),
    }


def _box(box: Box | None) -> list[float] | None:
    return [round(side, 2) for side in box] if box is not None else None


def _rounded(value: float | None, digits: int) -> float | None:
    return round(value, digits) if value is not None else None


def _pages(record: ResultRecord, vault: Vault) -> Iterator[dict[str, Any]]:
    """Yield the pages of a record, numbered through its parts. Raises StoreError."""
    number = 0
    for part in record.parts:
        for page in decode_reading(vault.fetch_reading(part)):
            if page.entry.number in part.pages:
                number += 1
                yield _page(number, part, page)


def _page(number: int, part: Part, page: ReadPage) -> dict[str, Any]:
    text = page.text
    return {
        "number": number,
        "scan_sha256": part.sha256,
        "scan_page": page.entry.number,
        **page_values(page.entry),
        "text": text.text if text is not None else None,
    }
