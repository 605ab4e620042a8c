"""Checked: a stream that hashes what is read from it and raises at its end when the digest differs."""

from __future__ import annotations

import hashlib
from typing import Protocol

from archive.errors import ArchiveError, ObjectCorrupt, ObjectUnreadable, Unreadable
from archive.messages.catalogue import tr
from archive.store.api import Readable


class Writable(Protocol):
    """The target of a copy."""

    def write(self, data: bytes, /) -> object:
        """Write bytes."""


class NullWriter:
    """Discards what is written."""

    def write(self, data: bytes, /) -> None:
        """Discard them."""


class Checked:
    """Reads a source; the read that reaches its end raises ObjectCorrupt when the SHA-256 is not ``digest``."""

    def __init__(self, source: Readable, digest: str) -> None:
        self._source = source
        self._digest = digest
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; b"" at the end.

        Raises ObjectCorrupt at the end, and the source's errors; its OSError becomes ObjectUnreadable.
        """
        try:
            chunk = self._source.read(size)
        except OSError as error:
            raise self._broken(error) from error
        self._hash.update(chunk)
        if (not chunk or size < 0) and self._hash.hexdigest() != self._digest:
            raise ObjectCorrupt(tr("store.content_does_not_have_that_digest", digest=self._digest[:12]))
        return chunk

    def _broken(self, error: OSError) -> ArchiveError:
        return ObjectUnreadable(
            tr("store.content_cannot_be_read_to_its", digest=self._digest[:12], reason=error.strerror)
        )


class CheckedScan(Checked):
    """Checked for the bytes of a scan, which lie on the operator's disk: raises Unreadable, not ObjectUnreadable."""

    def _broken(self, error: OSError) -> ArchiveError:
        return Unreadable(tr("store.the_file_cannot_be_read_to", reason=error.strerror))
