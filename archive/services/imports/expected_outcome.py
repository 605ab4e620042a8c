"""Expected outcome: what an import would make of a scan, by what the vault holds."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from archive.errors import InputRejected, ScanChanged
from archive.model.ledger import LedgerLine, ScanOutcome
from archive.pipeline.accept import lines_under
from archive.sources.source import Source, digest_of_source
from archive.store import keys
from archive.store.vault import Vault

_KEPT = (ScanOutcome.STORED, ScanOutcome.DUPLICATE)
_CONTINUED = (ScanOutcome.REJECTED, ScanOutcome.QUARANTINED)  # the next scan under such a path is taken for the same


class ExpectedOutcome(StrEnum):
    """What an import would make of a file."""

    NEW = "new"
    FURTHER = "further"  # another occurrence of a path that was given before with other bytes (docs/adr/0005)
    DUPLICATE = "duplicate"
    SETTLED = "settled"
    REJECTED = "rejected"


def expected_outcome_of(vault: Vault, batch: str, path: str, sha256: str) -> tuple[ExpectedOutcome, bool]:
    """Return the expected outcome of a scan under a path id of a batch, and whether ``is_other`` holds.

    Raises StoreError.
    """
    lines = list(lines_under(vault, batch, path))
    if any(line.sha256 == sha256 for line in lines):
        return ExpectedOutcome.SETTLED, False
    other = is_other(lines, sha256)
    kept = vault.head(keys.result_id(sha256, 1))
    if kept is None:
        return (ExpectedOutcome.FURTHER if other else ExpectedOutcome.NEW), other
    rejected = (line.id for line in lines if line.outcome is ScanOutcome.REJECTED)
    mine = next(rejected, keys.line_id(path, len(lines)))
    # A run that was killed between record and line left the record of this very line.
    return (ExpectedOutcome.SETTLED if kept.provenance.line == mine else ExpectedOutcome.DUPLICATE), other


def other_by_size(lines: Sequence[LedgerLine], source: Source) -> bool | None:
    """Return ``is_other`` for a file as far as sizes tell it; None where one of the ``lines`` has its size."""
    if not is_other(lines, ""):
        return False
    try:
        size = source.stat().bytes
    except InputRejected:
        return False  # the import will reject it
    return None if any(line.bytes == size for line in lines) else True


def other_by_bytes(lines: Sequence[LedgerLine], source: Source) -> bool:
    """Return ``is_other`` for a file, which is read."""
    try:
        return is_other(lines, digest_of_source(source.stat().source))
    except (InputRejected, ScanChanged):
        return False  # the import will reject it, or look at it again


def is_other(lines: Sequence[LedgerLine], sha256: str) -> bool:
    """Return True when ``lines`` of one path hold scans that were kept, and all have other bytes than ``sha256``.

    A rejected scan was to be replaced, and of a quarantined one nothing is known: neither is another scan.
    """
    outcomes = {line.outcome for line in lines}
    if outcomes.intersection(_CONTINUED) or not outcomes.intersection(_KEPT):
        return False
    return all(line.sha256 != sha256 for line in lines)
