"""A disk that forgets, when the power fails, whatever was not fsynced; and one with a bad block."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Killed(BaseException):
    """The process ends here."""


class Disk:
    """Remembers what ``os.fsync`` brought to the disk below ``place``, which itself is there from the beginning.

    A folder's fsync keeps its names, a file's keeps its bytes: no more is promised by POSIX.
    """

    def __init__(self, place: Path) -> None:
        self.place = place
        self.syncs = 0
        self._dies_at: int | None = None
        self._fsync = os.fsync
        self._names: dict[int, dict[str, int]] = {}
        self._bytes: dict[int, bytes] = {}
        handle = os.open(place, os.O_RDONLY)
        self._remember(handle)
        os.close(handle)

    @contextmanager
    def watched(self, dies_at: int | None = None) -> Iterator[None]:
        """Watch every fsync of this process; at number ``dies_at`` (from 0) the process is killed before it."""
        self.syncs, self._dies_at = 0, dies_at
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", self._watched)
            yield

    def after_a_power_cut(self) -> dict[str, bytes | None]:
        """Return what is left, by path below ``place``: the bytes of files, None for those whose bytes were lost."""
        return dict(self._left(self.place.stat().st_ino, ""))

    def restored(self, place: Path) -> Path:
        """Put what is left into a new folder ``place``; return it."""
        for name, data in self.after_a_power_cut().items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(data or b"")
        return place

    def _watched(self, handle: int) -> None:
        if self.syncs == self._dies_at:
            raise Killed
        self.syncs += 1
        self._fsync(handle)
        self._remember(handle)

    def _remember(self, handle: int) -> None:
        found = os.fstat(handle)
        if stat.S_ISDIR(found.st_mode):
            with os.scandir(handle) as entries:
                self._names[found.st_ino] = {entry.name: entry.inode() for entry in entries}
        else:
            self._bytes[found.st_ino] = Path(f"/proc/self/fd/{handle}").read_bytes()

    def _left(self, folder: int, base: str) -> Iterator[tuple[str, bytes | None]]:
        for name, inode in self._names.get(folder, {}).items():
            if inode in self._names or (self.place / base / name).is_dir():
                yield from self._left(inode, f"{base}{name}/")
            else:
                yield base + name, self._bytes.get(inode)


def unreadable(path: Path) -> None:
    """Put a file that opens, and whose reading is an input/output error, in the place of ``path``."""
    path.unlink()
    path.symlink_to("/proc/self/mem")  # nothing is mapped at address 0
