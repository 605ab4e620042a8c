"""Records of the vault as entries of the search index; nothing else makes such entries."""

from __future__ import annotations

from archive.model.results import ResultRecord
from archive.model.search import IndexEntry
from archive.rules import kinds
from archive.rules.fields import dates, numbers
from archive.store.format.readings import plain_texts
from archive.store.vault import Vault


def index_entry_for(record: ResultRecord, vault: Vault) -> IndexEntry:
    """Return the index entry of a record, from its fields and its stored reading. Raises StoreError.

    The entry of a record that must not be found is hidden and empty; its reading is not fetched.
    """
    if not record.state.findable:
        return IndexEntry.hidden_entry(record.id, record.version)
    values = {name: value for name, field in record.fields.items() if (value := field.counts) is not None}
    issued = dates.span(values["issue_date"]) if "issue_date" in values else (None, None)
    texts = [text for part in record.parts for text in page_texts(record, part.sha256, vault).values()]
    return IndexEntry(
        id=record.id,
        version=record.version,
        batch=record.batch_name,
        kind=record.kind,
        number_key=number_key(record),
        issued_from=issued[0],
        issued_to=issued[1],
        agency=values.get("issuing_agency"),
        holder_name=values.get("holder_name"),
        holder_id=values.get("holder_id"),
        title=title_of(record),
        body="\n".join([*(value for name, value in values.items() if name not in ("kind", "holder_id")), *texts]),
    )


def facet_values(record: ResultRecord) -> dict[str, str | None]:
    """Return the values by which the search index counts a record in its facets, without fetching its reading."""
    issue_date = record.value("issue_date")
    issued = dates.span(issue_date)[0] if issue_date is not None else None
    return {
        "kind": record.kind,
        "agency": record.value("issuing_agency"),
        "year": issued[:4] if issued else None,
        "batch": record.batch_name,
    }


def page_texts(record: ResultRecord, scan: str, vault: Vault) -> dict[int, str]:
    """Return the text of a record's pages in one of its scans, by page number. Raises StoreError."""
    part = next(part for part in record.parts if part.sha256 == scan)
    return {number: text for number, text in plain_texts(vault.fetch_reading(part)) if number in part.pages}


def number_of(record: ResultRecord) -> str | None:
    """Return the official number as people write it (``123/QĐ-UBND``), or what is known of it."""
    number, symbol = record.value("number"), record.value("symbol")
    if number and symbol:
        return f"{number}/{symbol}"
    return number or (f"…/{symbol}" if symbol else None)


def number_key(record: ResultRecord) -> str | None:
    """Return the normalised official number, None unless number and symbol are both known."""
    if not record.value("number") or not record.value("symbol"):
        return None
    parsed = numbers.parse_number(number_of(record) or "")
    return parsed.key if parsed else None


def title_of(record: ResultRecord) -> str:
    """Return the title line of a record: kind, number, subject, as far as they are known."""
    kind = kinds.name_of(record.kind) if record.kind else None
    return " ".join(part for part in (kind, number_of(record), record.value("subject")) if part)
