"""Checked: bytes on their way, hashed as they pass and refused at their end when the digest is another."""

from __future__ import annotations

import hashlib
from typing import BinaryIO, Protocol

from archive.errors import ObjectCorrupt


class Writable(Protocol):
    """All that copying needs of its target."""

    def write(self, data: bytes, /) -> object:
        """Take bytes."""


class Nowhere:
    """Takes bytes and forgets them."""

    def write(self, data: bytes, /) -> None:
        """Forget them."""


class Checked:
    """Reads a source and refuses, at its end, bytes that do not have the promised digest."""

    def __init__(self, source: BinaryIO, digest: str) -> None:
        self._source = source
        self._digest = digest
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Return what comes next. Raises ObjectCorrupt at the end, and what the source raises: it knows whose it is."""
        chunk = self._source.read(size)
        self._hash.update(chunk)
        if (not chunk or size < 0) and self._hash.hexdigest() != self._digest:
            raise ObjectCorrupt(f"content {self._digest[:12]} does not have that digest; run `archive verify`")
        return chunk
