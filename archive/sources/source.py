"""Source: a scan in the operator's staging area, which the archive reads and never changes."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Protocol

from archive.errors import ScanChanged, SettingsError, Unreadable, Unsupported
from archive.messages.catalogue import tr
from archive.store.streams import open_translated

_CHUNK = 1 << 20
_OPEN_FILES = Path("/proc/self/fd")


class Source(Protocol):
    """One scan where the operator put it. Picklable: it reaches a worker by name, never by its bytes."""

    @property
    def location(self) -> str:
        """Its unique name: two sources with the same location are the same scan."""

    def stat(self) -> SourceStat:
        """Return the scan's size and identity, without opening it.

        Raises Unreadable, Unsupported, StoreError, SettingsError.
        """

    def open(self) -> BinaryIO:
        """Open it from its start; the caller closes it.

        Raises Unreadable, ScanChanged, StoreError, SettingsError; the stream's ``read`` raises them too.
        """

    def local_copy(self) -> AbstractContextManager[Path]:
        """Provide a path at which this process and its children can read the scan from the disk.

        Raises Unreadable, ScanChanged, StoreError, SettingsError.
        """


@dataclass(frozen=True, slots=True)
class SourceStat:
    """The result of ``stat``: the size in bytes, and the source bound to the present version of the file."""

    source: Source
    bytes: int


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file on a disk of this machine, or on one that all machines share.

    ``seen``: size and times of the file at ``stat``. The digest alone is not enough: a file that is
    exchanged during the screening, and put back afterwards, would be stored without being screened.
    """

    path: Path
    seen: tuple[int, int, int] | None = field(default=None, compare=False)

    @property
    def location(self) -> str:
        """The path without links above the file."""
        return str(self.path.parent.resolve() / self.path.name)

    def stat(self) -> SourceStat:
        """See Source. A pipe or a device is never opened, because that could wait for ever."""
        try:
            found = self.path.stat()
        except FileNotFoundError as error:
            raise _vanished() from error
        except OSError as error:
            raise Unreadable(tr("rejected.the_file_cannot_be_looked_at", reason=error.strerror)) from error
        if not stat.S_ISREG(found.st_mode):
            raise Unsupported(tr("rejected.this_is_not_a_regular_file"))
        return SourceStat(replace(self, seen=_facts(found)), found.st_size)

    def open(self) -> BinaryIO:
        """See Source."""
        try:
            stream = open_translated(self.path, _cannot_be_read)
        except FileNotFoundError as error:
            raise _vanished() from error
        except OSError as error:
            raise _cannot_be_read(error) from error
        try:
            self._check(stream.fileno())
        except BaseException:
            stream.close()
            raise
        return stream

    @contextmanager
    def local_copy(self) -> Iterator[Path]:
        """See Source. The file of ``stat``, even if another one gets its name; it is checked again at the end.

        A source that was not bound by ``stat`` is passed on unchecked; opening it raises the error.
        """
        if self.seen is None:
            yield self.path
            return
        with self.open() as stream:
            number = stream.fileno()
            yield Path(f"/proc/{os.getpid()}/fd/{number}") if _OPEN_FILES.is_dir() else self.path
            self._check(number)

    def _check(self, number: int) -> None:
        """Raise ScanChanged when an opened file differs from ``stat``."""
        if self.seen is not None and _facts(os.fstat(number)) != self.seen:
            raise ScanChanged(tr("rejected.the_file_changed_while_it_was"))


def digest_of_source(source: Source) -> str:
    """Return the SHA-256 of a scan, read in pieces. Raises Unreadable, ScanChanged, StoreError, SettingsError."""
    digest = hashlib.sha256()
    with source.open() as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def worker_error(error: Exception, source: Source) -> Exception:
    """Return ``error``; if only the worker's machine cannot find the scan, return an error about that machine.

    Raises Unreadable when the scan is missing here too.
    """
    if not isinstance(error, Unreadable) or error.reason != "vanished":
        return error
    source.stat()
    wrong = SettingsError(tr("rejected.a_worker_finds_no_scan_where"))
    wrong.__cause__ = error
    return wrong


def _facts(found: os.stat_result) -> tuple[int, int, int]:
    """Return values that identify a state of a file, equal on every machine that mounts it."""
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _vanished() -> Unreadable:
    return Unreadable(tr("rejected.the_file_was_gone_when_its"), "vanished")


def _cannot_be_read(error: OSError) -> Unreadable:
    return Unreadable(tr("rejected.the_file_cannot_be_read_check", reason=error.strerror))
