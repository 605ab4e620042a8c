"""Record ids: find a record by the first digits of its id."""

from __future__ import annotations

from archive.errors import RequestRefused
from archive.model.results import ResultRecord
from archive.store.vault import Vault

_SHORTEST_ID = 4


def record_named(vault: Vault, start: str) -> ResultRecord:
    """Return the last version of the record whose id begins with ``start``. Raises RequestRefused."""
    start = start.lower()
    if len(start) < _SHORTEST_ID or not set(start) <= set("0123456789abcdef"):
        raise RequestRefused(f"{start!r} is no record id: give at least {_SHORTEST_ID} of its digits 0-9 a-f")
    ids = list(vault.record_ids(start))
    if not ids:
        raise RequestRefused(
            f"the vault has no record whose id begins with {start}; `archive search` shows the ids. Where it showed "
            "this one, the index is newer than the vault; run `archive reconcile`"
        )
    if len(ids) > 1:
        raise RequestRefused(f"{len(ids)} records have an id that begins with {start}; give more digits")
    record = vault.head(ids[0])
    if record is None:
        raise RequestRefused(f"record {start} has no version; run `archive verify`")
    return record
