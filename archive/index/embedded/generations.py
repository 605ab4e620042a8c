"""Generations: the folders of an index, of which one serves, and the lock of its writers.

``current`` names the generation that serves; it is replaced by rename, so readers see the old one or the new one.
``lock`` is held while one process writes. ``v2-000003/`` is a generation: schema version and running number.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archive.errors import IndexUnavailable
from archive.index.embedded.disk_space import disk_full, is_full
from archive.messages.catalogue import tr

_NAME = re.compile(r"v(\d+)-(\d{6,})")
_POLL_S = 0.02


class Generations:
    """The generations below ``folder`` that hold ``schema``.

    A crash leaves folders that ``current`` does not name: nobody reads them, and the next ``sweep`` removes them.
    """

    def __init__(self, folder: Path, schema: int, patience_s: float) -> None:
        self.folder = folder
        self._schema = schema
        self._patience_s = patience_s

    def current(self) -> Path | None:
        """Return the generation that serves, None on a fresh archive.

        Raises IndexUnavailable when it has another schema, or is named but missing.
        """
        try:
            name = self._pointer.read_text("ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise self._damaged() from error
        match = _NAME.fullmatch(name)
        if match is None or not (self.folder / name).is_dir():
            raise self._damaged()
        if int(match[1]) != self._schema:
            raise IndexUnavailable(tr("embedded.the_search_index_in_was_made", folder=self.folder))
        return self.folder / name

    def there(self) -> bool:
        """Say whether some generation serves, or is said to. Raises IndexUnavailable."""
        with self._on_disk():
            return self._pointer.exists()

    def begin(self) -> Path:
        """Return a new, empty folder that does not serve yet. Only inside ``writing``; raises IndexUnavailable."""
        with self._on_disk():
            last = max((int(old.name.partition("-")[2]) for old in self._all()), default=0)
            path = self.folder / f"v{self._schema}-{last + 1:06d}"
            path.mkdir(mode=0o700)
        return path

    def serve(self, generation: Path) -> None:
        """Make ``generation`` the one that serves. Only inside ``writing``; raises IndexUnavailable."""
        fresh = self._pointer.with_suffix(".new")
        with self._on_disk():
            fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(fd, "w", encoding="ascii") as file:
                file.write(f"{generation.name}\n")
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._pointer)
            self._sync_folder()

    def sweep(self) -> None:
        """Remove all generations but the one that serves. Only inside ``writing``.

        Readers that have an old one open keep it until they close it; the file system frees it then.
        """
        kept = self._pointer.read_text("ascii").strip() if self._pointer.exists() else None
        for old in list(self._all()):
            if old.name != kept:
                shutil.rmtree(old, ignore_errors=True)  # leftovers are removed by the next sweep

    def close_to_others(self, generation: Path) -> None:
        """Make the files of ``generation`` readable by their owner only; engines create them by the umask."""
        with self._on_disk():
            for file in generation.iterdir():
                file.chmod(0o600)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writers' lock. Raises IndexUnavailable when another process holds it longer than the patience."""
        with self._on_disk():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._lock(fd)
            try:
                yield
            finally:
                fcntl.flock(fd, fcntl.LOCK_UN)  # explicitly: a forked child may still have the file open
        finally:
            os.close(fd)

    def _lock(self, fd: int) -> None:
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    raise IndexUnavailable(tr("embedded.the_search_index_in_is_being", folder=self.folder)) from error
                time.sleep(_POLL_S)
            else:
                return

    @property
    def _pointer(self) -> Path:
        return self.folder / "current"

    def _all(self) -> Iterator[Path]:
        return (path for path in self.folder.iterdir() if _NAME.fullmatch(path.name))

    def _sync_folder(self) -> None:
        fd = os.open(self.folder, os.O_RDONLY)
        try:
            with suppress(OSError):  # some network filesystems cannot sync a folder; the index can be rebuilt
                os.fsync(fd)
        finally:
            os.close(fd)

    @contextmanager
    def _on_disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if is_full(self.folder, error):
                raise disk_full(self.folder) from error
            raise IndexUnavailable(
                tr("embedded.the_search_index_in_cannot_be", folder=self.folder, reason=error.strerror)
            ) from error

    def _damaged(self) -> IndexUnavailable:
        return IndexUnavailable(tr("embedded.the_search_index_in_is_damaged", folder=self.folder))
