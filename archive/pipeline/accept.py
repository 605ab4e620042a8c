"""Accept: whether a file is a scan, its digest, and whether it was settled before."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from archive.errors import TooLarge, Unreadable
from archive.messages.catalogue import tr
from archive.model.ledger import LedgerLine, ScanOutcome
from archive.model.limits import Limits
from archive.pipeline.context import GivenScan, ImportContext
from archive.sources.source import digest_of_source
from archive.store import keys
from archive.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted scan: its digest, and the ledger line that it will have.

    ``before`` is the last version of that line, if any: the scan was rejected earlier, or is given again.
    ``secret_before`` is the line of an earlier quarantined scan under the same path. Nothing is kept
    by which it could be known again, so a hit now is taken for the same scan.
    """

    scan: GivenScan
    sha256: str
    bytes: int
    line_id: str
    occurrence: int
    before: LedgerLine | None
    secret_before: LedgerLine | None

    @property
    def clears(self) -> bool:
        """True when the scan continues a quarantined line whose mark a person declared a false alarm."""
        return self.before is not None and self.before.outcome is ScanOutcome.QUARANTINED

    @property
    def record_id(self) -> str:
        """The id of the result that starts with this scan."""
        return keys.result_id(self.sha256, 1)


def accept(scan: GivenScan, context: ImportContext) -> Accepted:
    """Return the scan with its digest and ledger line.

    Raises Unreadable, Unsupported, TooLarge, ScanChanged; StoreError when its source cannot be reached.
    """
    seen = scan.source.stat()
    check_size(seen.bytes, context.tools.limits)
    scan = replace(scan, source=seen.source)
    sha256 = digest_of_source(scan.source)
    earlier = lines_of(scan, context)
    free = [line for line in earlier if line.id not in scan.taken]
    secret = next((line for line in free if line.outcome is ScanOutcome.QUARANTINED), None)
    line = next((line for line in free if line.sha256 == sha256), None)
    if line is None and secret is not None and _lets_in(scan, sha256, secret, context):
        line = secret
    line = line or next((line for line in free if line.outcome is ScanOutcome.REJECTED), None)
    occurrence = line.occurrence if line else len(earlier)
    return Accepted(
        scan=scan,
        sha256=sha256,
        bytes=seen.bytes,
        line_id=keys.line_id(scan.path_id, occurrence),
        occurrence=occurrence,
        before=line,
        secret_before=secret,
    )


def _lets_in(scan: GivenScan, sha256: str, secret: LedgerLine, context: ImportContext) -> bool:
    """Return True when a person cleared a quarantined scan, now or before, for the same bytes.

    Before: in a run that was killed, or of the same scan under another path.
    """
    if scan.override.false_alarm is not None:
        return True
    kept = context.vault.head(keys.result_id(sha256, 1))
    if kept is None or kept.provenance.line == secret.id:
        return kept is not None
    line = context.vault.line(kept.batch, kept.provenance.line)
    return line is not None and line.cleared_by is not None


def lines_of(scan: GivenScan, context: ImportContext) -> list[LedgerLine]:
    """Return the last versions of all lines under this scan's path, first occurrence first."""
    return list(lines_under(context.vault, scan.batch.id, scan.path_id))


def lines_under(vault: Vault, batch_id: str, path_id: str) -> Iterator[LedgerLine]:
    """Yield the last versions of all lines under a path, first occurrence first."""
    for occurrence in itertools.count():
        line = vault.line(batch_id, keys.line_id(path_id, occurrence))
        if line is None:
            return
        yield line


def check_size(size: int, limits: Limits) -> None:
    """Raise Unreadable for a file of no bytes, TooLarge for one over the limit."""
    if size == 0:
        raise Unreadable(tr("rejected.the_file_is_empty_0_bytes"), "empty")
    if size > limits.scan_bytes:
        raise TooLarge(
            tr("rejected.the_file_has_mib_the_limit", size=size / 2**20, scan_bytes=limits.scan_bytes / 2**20)
        )
