"""Missing versions: which versions of the vault an index or a page table does not hold."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping

from archive.index.batched import batched
from archive.model.ledger import ScanOutcome
from archive.services.unreadable_objects import UnreadableObjects
from archive.store.keys import ChainKey
from archive.store.vault import Vault

_CHUNK = 500  # versions in one query: a request of about 20 kB


Missing = Callable[[Mapping[str, int], Mapping[str, int], Mapping[str, int]], set[str]]  # as PageTable.missing


def missing_versions(entries: list[ChainKey], missing: Missing) -> set[ChainKey]:
    """Return the versions that a table lacks: counts as of an earlier day need every version."""
    lacking: set[ChainKey] = set()
    for version in {entry.version for entry in entries}:
        asked = [entry for entry in entries if entry.version == version]
        lines, records, batches = (
            {entry.id: version for entry in asked if entry.space == space} for space in ("ledger", "records", "batches")
        )
        gone = missing(lines, records, batches)
        lacking |= {entry for entry in asked if entry.id in gone}
    return lacking


def chunks(items: Iterable[ChainKey]) -> Iterator[list[ChainKey]]:
    """Return the items in lists that are small enough for one query."""
    return batched(items, _CHUNK)


def lost_record(record: str | None, outcome: ScanOutcome, vault: Vault) -> ChainKey | None:
    """Return the record that the line of a stored scan names and the vault lacks: a line is written after its record.

    Raises StoreUnavailable.
    """
    if record is None or outcome is not ScanOutcome.STORED:
        return None
    key = ChainKey("records", "", record, 1)
    return key if next(vault.store.keys(key.key), None) is None else None


def note_lost_records(vault: Vault, batch: str | None, known: Container[bytes], unreadable: UnreadableObjects) -> None:
    """Note in ``unreadable`` the records that stored scans' lines (of one batch) name and the vault lacks.

    ``known``: ids that were listed, as bytes; only of others the vault is asked again, for an import may have added
    them since. Reads the head of every line. Raises StoreUnavailable.
    """
    owners = [batch] if batch is not None else sorted({entry.id for entry in vault.chain_keys("batches")})
    for owner in owners:
        for line in unreadable.read_each(vault.line_heads(owner), vault.bare_line_at):
            if line.record is None or bytes.fromhex(line.record) in known:
                continue
            lost = lost_record(line.record, line.outcome, vault)
            if lost is not None:
                unreadable.note_missing(lost.key)
