"""Lacking: which versions of the vault an index or a page table does not hold, asked for in portions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from archive.index.groups import groups
from archive.model.ledger import LedgerLine, ScanOutcome
from archive.store.keys import ChainKey
from archive.store.vault import Vault

_CHUNK = 500  # versions asked for at once: a request of some 20 kB


def lacking_versions(
    entries: list[ChainKey], missing: Callable[[Mapping[str, int], Mapping[str, int]], set[str]]
) -> set[ChainKey]:
    """Return what a table lacks, version by version: counts as of an earlier day need them all."""
    lacking: set[ChainKey] = set()
    for version in {entry.version for entry in entries}:
        asked = [entry for entry in entries if entry.version == version]
        lines = {entry.id: version for entry in asked if entry.space == "ledger"}
        records = {entry.id: version for entry in asked if entry.space == "records"}
        gone = missing(lines, records)
        lacking |= {entry for entry in asked if entry.id in gone}
    return lacking


def chunks(items: Iterable[ChainKey]) -> Iterator[list[ChainKey]]:
    """Return the items in lists of a size that may be asked for at once."""
    return groups(items, _CHUNK)


def lost_record(line: LedgerLine, vault: Vault) -> ChainKey | None:
    """Return the record that a stored scan's line names and the vault lacks: a line is written after its record."""
    if line.record is None or line.outcome is not ScanOutcome.STORED:
        return None
    key = ChainKey("records", "", line.record, 1)
    return key if next(vault.store.keys(key.key), None) is None else None
