"""The page ledger: one versioned line per scan given, holding its pages; and the batches they belong to."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum

from archive.model.pages import PageEntry
from archive.model.results import Actor
from archive.model.sign_off import SignOff


class ScanOutcome(StrEnum):
    """The outcome of one scan: exactly one for every scan given."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One version of the line of one scan.

    A quarantined scan has an opaque number (its line id) and nothing else: no path, digest, bytes or page shapes.
    ``message``: a sentence for a person; like the path, it is in the body. ``unscreened_by``: who accepted a scan that
    was not wholly screened. ``cleared_by``: who declared its secret mark a false alarm; ``cleared_because``: why.
    ``digest`` is the SHA-256 of the stored head that it was read from.
    """

    id: str
    version: int
    batch: str  # batch id
    path_id: str  # opaque: made from batch and path, so that a retry finds its line
    occurrence: int  # 0; 1, 2 … when another scan came under a path used before
    outcome: ScanOutcome
    reason: str | None
    message: str | None
    sha256: str | None  # of the scan, when its bytes are kept (stored) or were kept before (duplicate)
    bytes: int | None
    record: str | None  # the record that this scan became; for a duplicate: the record that is kept already
    path: str | None  # as given, NFC, relative; personal: lies in content that can be destroyed
    pages: tuple[PageEntry, ...]
    actor: Actor
    at: str  # UTC, ISO
    previous: str | None = None
    action: str = "imported"  # why this version was made: imported, read_again, …
    unscreened_by: SignOff | None = None
    cleared_by: SignOff | None = None
    cleared_because: str | None = None  # as the person wrote it: may be personal, lies in the body
    digest: str | None = dataclasses.field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class BatchSeal:
    """The seal of a closed batch: the last versions of its lines and of their records at that time."""

    lines: int
    records: int
    root: str  # Merkle root over the list
    list: str  # digest of the list, which is content


@dataclass(frozen=True, slots=True)
class Batch:
    """One version of a batch (đợt số hóa). ``digest``: SHA-256 of the stored version that it was read from."""

    id: str
    version: int
    name: str
    about: dict[str, str]  # contract, contractor, workstation, scanner, box, operator, …
    given: tuple[str, ...]  # digests of the lists of path ids that import runs were given
    closed: bool
    actor: Actor
    at: str
    previous: str | None = None
    action: str | None = None  # opened, continued, retried, opened_again, closed; None in format 1
    sealed: BatchSeal | None = None
    digest: str | None = dataclasses.field(default=None, compare=False)
