"""Checked: bytes on their way, hashed as they pass and refused at their end when the digest is another."""

from __future__ import annotations

import hashlib
from typing import Protocol

from archive.errors import ArchiveError, ObjectCorrupt, ObjectUnreadable, Unreadable
from archive.store.api import Readable


class Writable(Protocol):
    """All that copying needs of its target."""

    def write(self, data: bytes, /) -> object:
        """Take bytes."""


class NullWriter:
    """Takes bytes and forgets them."""

    def write(self, data: bytes, /) -> None:
        """Forget them."""


class Checked:
    """Reads a source and refuses, at its end, bytes that do not have the promised digest."""

    def __init__(self, source: Readable, digest: str) -> None:
        self._source = source
        self._digest = digest
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Return what comes next.

        Raises ObjectCorrupt at the end, and what the source raises; for a stream that leaves errors of the system
        untranslated, ObjectUnreadable.
        """
        try:
            chunk = self._source.read(size)
        except OSError as error:
            raise self._broken(error) from error
        self._hash.update(chunk)
        if (not chunk or size < 0) and self._hash.hexdigest() != self._digest:
            raise ObjectCorrupt(f"content {self._digest[:12]} does not have that digest; run `archive verify`")
        return chunk

    def _broken(self, error: OSError) -> ArchiveError:
        return ObjectUnreadable(
            f"content {self._digest[:12]} cannot be read to its end ({error.strerror}); check the disk and run again"
        )


class CheckedScan(Checked):
    """The same for the bytes of a scan, whose disk is the operator's: Unreadable in place of ObjectUnreadable."""

    def _broken(self, error: OSError) -> ArchiveError:
        return Unreadable(f"the file cannot be read to its end ({error.strerror}); check the disk that it lies on")
