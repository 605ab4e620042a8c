"""Run locks: which import runs are alive, so that killed ones are detected and caught up with."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

# A run holds a lock on a file of its own and removes the file when it has published everything. A file
# whose lock is free belongs to a killed run. The kernel frees locks; process ids are reused.


@dataclass(frozen=True, slots=True)
class RunningImport:
    """What others may know of an import under way: its batch (id), who runs it, and since when (UTC, ISO)."""

    batch: str
    actor: str
    at: str


@dataclass
class Run:
    """One run under way. ``unpublished``: it leaves records for a catch-up."""

    file: Path
    unpublished: bool = False


class Runs:
    """The import runs of one home."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def register(self, known: RunningImport | None = None) -> Iterator[Run]:
        """Register a run, of which others see ``known``.

        If the code inside raises, the file stays, and the next command catches up.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._folder / secrets.token_hex(8)
        begun = file.with_name(f".{file.name}")  # ignored by the search for killed runs until it is locked
        handle = os.open(begun, os.O_CREAT | os.O_RDWR | os.O_EXCL, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if known is not None:
                os.write(handle, json.dumps(asdict(known)).encode())
            begun.rename(file)
            run = Run(file)
            yield run
            if not run.unpublished:
                file.unlink(missing_ok=True)
        finally:
            os.close(handle)

    def imports(self, beside: Run | None = None) -> list[RunningImport]:
        """Return the imports of this home that are under way, the oldest first, without the run ``beside`` itself."""
        files = (file for file in self._folder.glob("[!.]*") if beside is None or file != beside.file)
        found = [known for file in files if not _is_free(file) and (known := _known(file)) is not None]
        return sorted(found, key=lambda one: one.at)

    def killed(self) -> list[Path]:
        """Return the files of runs that ended without publishing everything."""
        return [file for file in sorted(self._folder.glob("[!.]*")) if _is_free(file)]


def _known(file: Path) -> RunningImport | None:
    """Return what a run says of itself; None for one that is no import, or has just ended."""
    try:
        return RunningImport(**json.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


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
