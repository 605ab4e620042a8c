"""Local copies: scans fetched from a bucket, on this machine's disk while their pages are read."""

from __future__ import annotations

import atexit
import os
import tempfile
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from archive.errors import StoreUnavailable
from archive.messages.catalogue import tr

# No unscreened bytes may stay on a worker's disk, however the worker ends. So a copy has no name: the kernel
# frees its blocks with the process. Its path goes through /proc, with the real process id, because
# the PDF renderer is another process. Such a path can be opened but not resolved, because the file has no name.
_OPEN_FILES = Path("/proc/self/fd")

_MAX_COPIES = 2  # a worker's next unit belongs to the previous scan or to one that began in the meantime
_IDLE_SECONDS = 60.0  # units of one scan follow each other at once; an idle worker must not hold scans for days


@dataclass(slots=True)
class _LocalCopy:
    """One scan on this disk. ``users``: number of present readers."""

    path: Path
    remove: Callable[[], None]
    users: int = 0


class LocalCopies:
    """The latest copies of one process; each is made once, kept for a short time, and removed."""

    def __init__(self, most: int = _MAX_COPIES, idle_seconds: float = _IDLE_SECONDS) -> None:
        self._most = most
        self._idle_seconds = idle_seconds
        self._copies: dict[Hashable, _LocalCopy] = {}  # the most recently used is last
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    @contextmanager
    def local_copy_of(self, name: Hashable, fetch: Callable[[BinaryIO], None]) -> Iterator[Path]:
        """Provide the path of the copy ``name``; ``fetch`` writes a missing one, and its errors pass unchanged.

        Raises StoreUnavailable when this machine's disk has no room for it.
        """
        with self._lock:
            self._stop_timer()
            try:
                copy = self._copies.pop(name, None) or self._fetched(fetch)
            except BaseException:
                self._start_timer()  # for the remaining copies
                raise
            self._copies[name] = copy
            copy.users += 1
        try:
            yield copy.path
        finally:
            with self._lock:
                copy.users -= 1
                self._start_timer()

    def clear(self) -> None:
        """Remove every copy without readers."""
        with self._lock:
            self._trim(0)

    def _fetched(self, fetch: Callable[[BinaryIO], None]) -> _LocalCopy:
        self._trim(self._most - 1)
        return _make_copy(fetch)

    def _trim(self, most: int) -> None:
        for name, copy in list(self._copies.items()):
            if len(self._copies) > most and not copy.users:
                del self._copies[name]
                copy.remove()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start_timer(self) -> None:
        self._stop_timer()
        self._timer = threading.Timer(self._idle_seconds, self.clear)
        self._timer.daemon = True  # the timer must not keep the process alive
        self._timer.start()


def _make_copy(fetch: Callable[[BinaryIO], None]) -> _LocalCopy:
    try:
        return _unnamed_file(fetch) if _OPEN_FILES.is_dir() else _named_file(fetch)
    except OSError as error:
        raise StoreUnavailable(
            tr("sources.a_scan_could_not_be_copied", folder=tempfile.gettempdir(), reason=error.strerror)
        ) from error


def _unnamed_file(fetch: Callable[[BinaryIO], None]) -> _LocalCopy:
    # Mode 0600, and without a name from the beginning.
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it stays open for as long as it is kept
    try:
        fetch(cast(BinaryIO, file))
        file.flush()
    except BaseException:
        file.close()
        raise
    return _LocalCopy(Path(f"/proc/{os.getpid()}/fd/{file.fileno()}"), file.close)


def _named_file(fetch: Callable[[BinaryIO], None]) -> _LocalCopy:
    """Make a copy on a system without /proc: in a folder of mode 0700 that is removed at normal exit."""
    folder = tempfile.TemporaryDirectory(prefix="archive-")
    try:
        path = Path(folder.name) / "scan"
        with path.open("wb") as file:
            fetch(file)
    except BaseException:
        folder.cleanup()
        raise
    return _LocalCopy(path, folder.cleanup)


# Copies belong to a process, so each process has one collection of them.
_LOCAL_COPIES = LocalCopies()
atexit.register(_LOCAL_COPIES.clear)


def local_copy_of(name: Hashable, fetch: Callable[[BinaryIO], None]) -> AbstractContextManager[Path]:
    """Provide the path of this process's copy ``name`` of a scan; ``fetch`` writes it when it is missing."""
    return _LOCAL_COPIES.local_copy_of(name, fetch)
