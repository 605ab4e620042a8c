"""Accept: whether a file is a scan, which bytes it is, and whether it was settled before."""

from __future__ import annotations

import hashlib
import itertools
import stat
from dataclasses import dataclass
from pathlib import Path

from archive.errors import TooLarge, Unreadable, Unsupported
from archive.model.ledger import LedgerLine, ScanOutcome
from archive.model.limits import Limits
from archive.steps.desk import Desk, GivenScan
from archive.store import keys

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Accepted:
    """A scan on its way: its digest, and the ledger line that it will have.

    ``before`` is that line's last version when there is one: the scan was rejected earlier, or is given again.
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
    def record_id(self) -> str:
        """The id of the result that starts with this scan."""
        return keys.result_id(self.sha256, 1)


def accept(scan: GivenScan, desk: Desk) -> Accepted:
    """Return the scan with its digest and ledger line. Raises Unreadable, Unsupported, TooLarge."""
    size = _regular_size(scan.file, desk.tools.limits)
    sha256 = digest_file(scan.file)
    earlier = list(lines_of(scan, desk))
    free = [line for line in earlier if line.id not in scan.taken]
    line = next((line for line in free if line.sha256 == sha256), None)
    line = line or next((line for line in free if line.outcome is ScanOutcome.REJECTED), None)
    occurrence = line.occurrence if line else len(earlier)
    return Accepted(
        scan=scan,
        sha256=sha256,
        bytes=size,
        line_id=keys.line_id(scan.path_id, occurrence),
        occurrence=occurrence,
        before=line,
        secret_before=next((line for line in free if line.outcome is ScanOutcome.QUARANTINED), None),
    )


def lines_of(scan: GivenScan, desk: Desk) -> list[LedgerLine]:
    """Return the last versions of all lines under this scan's path, first occurrence first."""
    lines: list[LedgerLine] = []
    for occurrence in itertools.count():
        line = desk.vault.line(desk.batch.id, keys.line_id(scan.path_id, occurrence))
        if line is None:
            return lines
        lines.append(line)
    raise AssertionError  # count() does not end


def digest_file(file: Path) -> str:
    """Return the SHA-256 of a file, read in pieces. Raises Unreadable."""
    digest = hashlib.sha256()
    try:
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except FileNotFoundError as error:
        raise Unreadable("the file was gone when its turn came; give it again", "vanished") from error
    except OSError as error:
        raise Unreadable(f"the file cannot be read ({error.strerror}); check its permissions and disk") from error
    return digest.hexdigest()


def _regular_size(file: Path, limits: Limits) -> int:
    """Return the size of a regular file; a pipe or a device is never opened, because that could wait for ever."""
    try:
        found = file.stat()
    except FileNotFoundError as error:
        raise Unreadable("the file was gone when its turn came; give it again", "vanished") from error
    except OSError as error:
        raise Unreadable(f"the file cannot be looked at ({error.strerror}); check its permissions") from error
    if not stat.S_ISREG(found.st_mode):
        raise Unsupported("this is not a regular file; give PDF, TIFF, JPEG or PNG files")
    if found.st_size == 0:
        raise Unreadable("the file is empty (0 bytes); scan the paper again", "empty")
    if found.st_size > limits.scan_bytes:
        raise TooLarge(
            f"the file has {found.st_size / 2**20:,.0f} MiB, the limit is {limits.scan_bytes / 2**20:,.0f}; "
            "split it, or raise limits.scan_bytes"
        )
    return found.st_size
