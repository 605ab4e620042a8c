"""Fields: one index entry as the document for every search engine."""

from __future__ import annotations

from typing import Final

from archive.model.search import IndexEntry
from archive.text.vietnamese import nfc, tokens

# Text fields hold tokens of text/vietnamese.py joined by spaces; an engine only splits them at spaces.
TEXT_FIELDS: Final = (
    "title_exact",
    "title_folded",
    "body_exact",
    "body_folded",
    "agency_exact",
    "agency_folded",
    "holder_exact",
    "holder_folded",
)
# Value fields are matched whole.
VALUE_FIELDS: Final = ("id", "number_key", "holder_id", "kind", "agency", "year", "batch", "by_date")
# Whole numbers; days as yyyymmdd.
NUMBER_FIELDS: Final = ("version", "issued_from", "issued_to")

FACETS: Final = ("kind", "agency", "year", "batch")

# The value of a scored field that would be empty. Engines differ on whether a record without a field counts in the
# document frequency; so every record has each field. No token holds this sign (text/vietnamese.py): no query finds it.
FILLER: Final = "_"
_SCORED: Final = frozenset({"title", "body"})
# The number of a hidden record. No official number is written like this; every search excludes it (ranking.py).
HIDDEN_KEY: Final = FILLER

_NO_DAY: Final = 0
_LAST_DAY: Final = 99_999_999


def document(entry: IndexEntry) -> dict[str, str | int]:
    """Return the fields of ``entry``; absent values have no field."""
    fields: dict[str, str | int | None] = {
        "id": entry.id,
        "version": entry.version,
        "number_key": HIDDEN_KEY if entry.hidden else entry.number_key,
        "holder_id": entry.holder_id,
        "kind": entry.kind,
        "agency": nfc(entry.agency) if entry.agency else None,
        "year": entry.issued_from[:4] if entry.issued_from else None,
        "batch": nfc(entry.batch),
        "issued_from": day_number(entry.issued_from),
        "issued_to": day_number(entry.issued_to),
        "by_date": _by_date(entry),
        **_text("title", entry.title),
        **_text("body", entry.body),
        **_text("agency", entry.agency),
        **_text("holder", entry.holder_name),
    }
    return {name: value for name, value in fields.items() if value not in (None, "")}


def day_number(day: str | None) -> int | None:
    """Return an ISO day as yyyymmdd."""
    return int(day.replace("-", "")) if day else None


def _text(name: str, text: str | None) -> dict[str, str]:
    found = tokens(text or "")
    filler = FILLER if name in _SCORED else ""
    return {
        f"{name}_exact": " ".join(token.exact for token in found) or filler,
        f"{name}_folded": " ".join(token.folded for token in found) or filler,
    }


def _by_date(entry: IndexEntry) -> str:
    """Return a key whose ascending order is: newest first, no date last, then by id.

    A partial date counts as its first day: 2021 comes after every known day of 2021.
    """
    return f"{_LAST_DAY - (day_number(entry.issued_from) or _NO_DAY):08d} {entry.id}"
