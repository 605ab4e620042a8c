"""Keep: after the screen, the original goes to the vault, checked against its digest."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from archive.errors import ArchiveError, ContentDamaged, ObjectCorrupt, StoreUnavailable, Unreadable
from archive.steps.accept import Accepted, digest_file
from archive.steps.desk import Desk
from archive.store.vault import Vault
from archive.work.workers import Done, Ending, Failed, Task

_SECONDS_A_MIB = 2.0  # the slowest share or disk worth working with
_BASE_SECONDS = 120.0


class ScanChangedError(ArchiveError):
    """The operator's file changed between reading and keeping: it must be read again."""


def keep(accepted: Accepted, desk: Desk) -> Generator[list[Task], list[Ending], None]:
    """Keep the original; a lost worker is tried once again. Raises ScanChangedError, Unreadable, StoreError."""
    seconds = _BASE_SECONDS + _SECONDS_A_MIB * accepted.bytes / 2**20
    arguments = (desk.vault, accepted.scan.file, accepted.sha256)
    for _ in range(2):
        (ending,) = yield [Task(keep_original, arguments, seconds, desk.tools.limits.worker_mib, waits=True)]
        if isinstance(ending, Done):
            return
        if isinstance(ending, Failed) and not getattr(ending.error, "retryable", False):
            raise ending.error
    if isinstance(ending, Failed):
        raise ending.error
    raise StoreUnavailable("an original could not be kept, twice; check the store and its disk, then import again")


def keep_original(vault: Vault, file: Path, digest: str) -> None:
    """Stream ``file`` to the vault as content ``digest``. A worker's only effect.

    Raises ScanChangedError when the file no longer has that digest, ContentDamaged when the store has other
    bytes there, Unreadable, StoreError.
    """
    if vault.has(digest):
        if digest_file(file) != digest:
            raise ScanChangedError("the file changed while it was read")
        vault.check(digest)  # left by a run that was killed, perhaps before it had looked at what it wrote
        return
    try:
        with file.open("rb") as stream:
            vault.keep(stream, digest)
    except ContentDamaged:
        raise
    except ObjectCorrupt as error:
        raise ScanChangedError("the file changed while it was read") from error
    except OSError as error:
        raise Unreadable("the file was gone when it was to be kept; give it again", "vanished") from error
