"""Stores that fail as disks and power supplies do."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from archive.errors import StoreUnavailable
from archive.store.backends.folder import FolderStore

_COUNTING = Lock()  # of the module, so that the stores travel to workers


class DyingStore:
    """A folder store whose process is killed at the ``nth`` create: before it, in its middle, or just after it."""

    def __init__(self, root: Path, nth: int, moment: str) -> None:
        self._store = FolderStore(root)
        self._left = nth
        self._moment = moment

    def create(self, key: str, data: BinaryIO) -> None:
        """Create, or die."""
        with _COUNTING:
            self._left -= 1
            left = self._left
        if left == 0 and self._moment == "before":
            _die()
        if left == 0 and self._moment == "within":
            self._store.create(key, _Deadly(data))
        self._store.create(key, data)
        if left == 0:
            _die()

    def read(self, key: str) -> BinaryIO:
        """Read as usual."""
        return self._store.read(key)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """List as usual."""
        return self._store.keys(prefix)


class _Deadly(io.BytesIO):
    """Yields what it was given, and kills the process when asked for more."""

    def __init__(self, data: BinaryIO) -> None:
        super().__init__(data.read())

    def read(self, size: int | None = -1) -> bytes:
        chunk = super().read(max(1, len(self.getvalue()) // 2))
        if not chunk:
            _die()
        return chunk


class FullStore(FolderStore):
    """A folder store on a disk that is full after ``room`` creates."""

    def __init__(self, root: Path, room: int) -> None:
        super().__init__(root)
        self.room = room

    def create(self, key: str, data: BinaryIO) -> None:
        """Create while there is room."""
        if self.room <= 0:
            raise StoreUnavailable("No space left on device; free some space, then run again")
        self.room -= 1
        super().create(key, data)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
