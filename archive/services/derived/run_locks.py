"""Run locks: which import runs are alive, so that killed ones are detected and caught up with."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# A run holds a lock on a file of its own and removes the file when it has published everything. A file
# whose lock is free belongs to a killed run. The kernel frees locks; process ids are reused.


@dataclass
class Run:
    """One import run under way. ``unpublished``: it leaves records for a catch-up."""

    unpublished: bool = False


class Runs:
    """The import runs of one home."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def register(self) -> Iterator[Run]:
        """Register a run. If the code inside raises, the file stays, and the next command catches up."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._folder / secrets.token_hex(8)
        begun = file.with_name(f".{file.name}")  # ignored by the search for killed runs until it is locked
        handle = os.open(begun, os.O_CREAT | os.O_RDWR | os.O_EXCL, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            begun.rename(file)
            run = Run()
            yield run
            if not run.unpublished:
                file.unlink(missing_ok=True)
        finally:
            os.close(handle)

    def killed(self) -> list[Path]:
        """Return the files of runs that ended without publishing everything."""
        return [file for file in sorted(self._folder.glob("[!.]*")) if _is_free(file)]


def _is_free(file: Path) -> bool:
    try:
        handle = os.open(file, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(handle)
