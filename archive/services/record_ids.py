"""Record ids: find a record by the first digits of its id."""

from __future__ import annotations

from archive.errors import RequestRefused
from archive.messages.catalogue import tr
from archive.model.results import ResultRecord
from archive.store.vault import Vault

_SHORTEST_ID = 4


def record_named(vault: Vault, start: str) -> ResultRecord:
    """Return the last version of the record whose id begins with ``start``. Raises RequestRefused."""
    start = start.lower()
    if len(start) < _SHORTEST_ID or not set(start) <= set("0123456789abcdef"):
        raise RequestRefused(tr("refused.record_ids.no_record_id", start=start, shortest_id=_SHORTEST_ID))
    ids = list(vault.record_ids(start))
    if not ids:
        raise RequestRefused(tr("refused.record_ids.the_vault_has_no_record", start=start))
    if len(ids) > 1:
        raise RequestRefused(tr("refused.record_ids.records_have_an_id_that", ids=len(ids), start=start))
    record = vault.head(ids[0])
    if record is None:
        raise RequestRefused(tr("refused.record_ids.record_has_no_version_run", start=start))
    return record
