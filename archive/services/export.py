"""Export: records as JSON, one object a line, in the fixed format of docs/format.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from archive.model.pages import PageEntry
from archive.model.results import Field, Part, RecordState, ResultRecord
from archive.store.keys import batch_id
from archive.store.readings import ReadPage, decode_reading
from archive.store.vault import Vault
from archive.text import nfc

EXPORT_FORMAT = 1


def export(vault: Vault, batch: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield the last version of every record (of one batch), by id. Raises StoreError."""
    wanted = batch_id(nfc(batch).strip()) if batch is not None else None
    for record in vault.heads():
        if wanted is None or record.batch == wanted:
            yield exported(record, vault)


def exported(record: ResultRecord, vault: Vault) -> dict[str, Any]:
    """Return one record in the export format, its pages' text included. A tombstone has no content."""
    pages: list[dict[str, Any]] = []
    if record.state is RecordState.LIVE:
        for part in record.parts:
            for page in decode_reading(vault.fetch_reading(part)):
                if page.entry.number in part.pages:
                    pages.append(_page(len(pages) + 1, part, page))
    return {
        "format": EXPORT_FORMAT,
        "id": record.id,
        "version": record.version,
        "state": record.state.value,
        "batch": record.batch_name,
        "kind": record.kind,
        "parts": [
            {"sha256": part.sha256, "name": part.name, "bytes": part.bytes, "pages": list(part.pages)}
            for part in record.parts
        ],
        "fields": {name: field_values(field) for name, field in sorted(record.fields.items())},
        "pages": pages,
        "problems": [asdict(problem) for problem in record.problems],
    }


def field_values(field: Field) -> dict[str, Any]:
    """Return a field as export and ``--json`` show it."""
    return {
        "value": field.value,
        "printed": field.printed,
        "confidence": round(field.confidence, 3),
        "page": field.page,
        "box": [round(side, 2) for side in field.box] if field.box is not None else None,
        "origin": field.origin.value,
        "readings": [asdict(reading) for reading in field.readings],
        "confirmed_by": field.confirmed_by,
    }


def page_values(entry: PageEntry) -> dict[str, Any]:
    """Return what is measured of a page as export and ``--json`` show it."""
    shape = entry.shape
    return {
        "outcome": entry.outcome.value,
        "reason": entry.reason,
        "width_mm": round(shape.width_mm, 2) if shape and shape.width_mm is not None else None,
        "height_mm": round(shape.height_mm, 2) if shape and shape.height_mm is not None else None,
        "dpi": round(shape.dpi, 1) if shape and shape.dpi is not None else None,
        "rotation": entry.rotation,
        "confidence": round(entry.confidence, 3) if entry.confidence is not None else None,
    }


def _page(number: int, part: Part, page: ReadPage) -> dict[str, Any]:
    text = page.text
    return {
        "number": number,
        "scan_sha256": part.sha256,
        "scan_page": page.entry.number,
        **page_values(page.entry),
        "text": text.text if text is not None else None,
    }
