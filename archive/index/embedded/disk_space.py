"""Disk space: whether an error of SQLite or tantivy, which they call damage or of I/O, came of a full disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from archive.errors import IndexUnavailable
from archive.messages.catalogue import tr

_WORDS: Final = tuple(os.strerror(code) for code in (errno.ENOSPC, errno.EDQUOT))
_LEAST_BYTES: Final = 1 << 20  # below this neither engine can begin: SQLite needs 32 KiB of shared memory to read


def is_full(folder: Path, error: BaseException) -> bool:
    """Say whether ``error`` came of a full disk: by its words, or because the disk of ``folder`` has no room left.

    The engines pass the number of the system's error on as text, or not at all.
    """
    return any(words in str(error) for words in _WORDS) or not _has_room(folder)


def disk_full(folder: Path) -> IndexUnavailable:
    """Return the error that names the folder and what to do."""
    return IndexUnavailable(tr("embedded.the_disk_is_full", folder=folder))


def _has_room(folder: Path) -> bool:
    try:
        disk = os.statvfs(next(one for one in (folder, *folder.parents) if one.exists()))
    except OSError:
        return True  # then the disk is not what is known to be wrong
    return disk.f_bavail * disk.f_frsize >= _LEAST_BYTES and (disk.f_favail > 0 or not disk.f_files)
