"""The folder of the run log: a file for each part of each run, and a bound on their number and size."""

from __future__ import annotations

import fcntl
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}\.\d{3,}\.jsonl")  # run and part: in order of time
_PARTS = 8  # of the whole room: a run that fills its part begins another


@dataclass(frozen=True, slots=True)
class LogFolder:
    """Where files of the log lie, how many are kept and how many MiB they may have together.

    A run holds a lock on the file that it writes: no other run removes that one. The kernel frees the lock of a run
    that is killed.
    """

    path: Path
    files: int
    mib: int

    @property
    def part_bytes(self) -> int:
        """How large one file may become."""
        return (self.mib << 20) // _PARTS

    def create(self, run: str, part: int) -> int:
        """Make room, and a file for a part of a run, its owner's alone; return its descriptor. Raises OSError."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._make_room()
        name = self.path / f"{run}.{part:03}.jsonl"
        handle = os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return handle

    def _make_room(self) -> None:
        """Remove the oldest files until one more has its place. What is not of the log is not touched."""
        found = sorted(entry.name for entry in os.scandir(self.path) if _NAME.fullmatch(entry.name))
        sizes = {name: _size(self.path / name) for name in found}
        count, size = len(found), sum(sizes.values())
        for name in found:
            if count < self.files and size + self.part_bytes <= self.mib << 20:
                return
            if _removed(self.path / name):
                count, size = count - 1, size - sizes[name]


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # another run made room too
        return 0


def _removed(file: Path) -> bool:
    """Remove a file that no run writes; return whether it is gone."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.unlink(missing_ok=True)
    except OSError:  # BlockingIOError: a run writes it
        return False
    else:
        return True
    finally:
        os.close(handle)
