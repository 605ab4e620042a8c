"""Seal list: the stored versions that a seal covers, one a line, under one Merkle root."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, NamedTuple

from archive.errors import ObjectCorrupt
from archive.messages.catalogue import tr
from archive.store import keys
from archive.store.api import ObjectStore
from archive.store.format.canonical_json import decode, encode_typed
from archive.store.keys import ChainKey
from archive.store.seals.merkle import MerkleTree
from archive.store.vault import Vault

# A list is content: a line of canonical JSON with its subject, then a line for each version: those of a day in the
# order of the feed, those of a batch by id, its lines before their records. The root covers all lines without their
# line feeds, including the first one, so that the root of one list cannot pass as that of another.

_SPOOL_BYTES = 16 * 2**20  # 150,000 versions; a longer list goes to a temporary file
_CHUNK = 1 << 20
_LINE = re.compile(r"([=~-])([0-9a-f]{40,}?)(?:\.([0-9a-f]{64}))?")
_DAMAGED = tr("store.format.a_list_of_sealed_versions_is")


class Mark(StrEnum):
    """The statement of a seal about one version."""

    KEPT = "="  # announced with this digest, and its head has it
    ADOPTED = "~"  # its head has this digest, without a witness: written in format 1
    EMPTY = "-"  # announced, but no head has that digest: the writer was killed, or another was faster


class SealedVersion(NamedTuple):
    """One line of a list."""

    mark: Mark
    entry: ChainKey
    digest: str | None  # None: announced without a digest, and not written

    @property
    def text(self) -> str:
        """The line, without its line feed."""
        return f"{self.mark}{self.entry.feed_name}" + (f".{self.digest}" if self.digest is not None else "")


class SealRoot:
    """The Merkle root of a list, without the list. ``of``: the list's subject (see ``day_name``, ``batch_name``)."""

    def __init__(self, of: str) -> None:
        self._tree = MerkleTree()
        self._tree.add(_first_line(of))

    @property
    def count(self) -> int:
        """How many versions are in it."""
        return self._tree.leaves - 1

    def add(self, version: SealedVersion) -> None:
        """Add the next version."""
        self._tree.add(version.text.encode())

    def root(self) -> str:
        """Return the Merkle root over what is in it so far."""
        return self._tree.root()


def day_name(day: str | None) -> str:
    """Return the subject of the list of a day (YYYY-MM-DD); None: of the adoption."""
    return f"day {day}" if day is not None else "adopted"


def batch_name(batch: str) -> str:
    """Return the subject of the list of a closed batch; ``batch`` is its id."""
    return f"batch {batch}"


def _first_line(of: str) -> bytes:
    return encode_typed("seal-list", {"of": of})[:-1]


class SealListDraft:
    """A list under construction, in a temporary file: kept only when it is complete. A context manager."""

    def __init__(self, of: str) -> None:
        self._file = SpooledTemporaryFile(_SPOOL_BYTES)  # noqa: SIM115 - closed by __exit__
        self._hash = sha256()
        self._root = SealRoot(of)
        self.empty = 0
        self._write(_first_line(of) + b"\n")

    def __enter__(self) -> SealListDraft:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def count(self) -> int:
        """How many versions are in it."""
        return self._root.count

    def root(self) -> str:
        """Return the Merkle root over what is in it so far."""
        return self._root.root()

    def add(self, version: SealedVersion) -> None:
        """Add the next version."""
        self._root.add(version)
        self._write(version.text.encode() + b"\n")
        self.empty += version.mark is Mark.EMPTY

    def keep(self, vault: Vault) -> str:
        """Keep the list as content; return its digest. Raises StoreUnavailable."""
        self._file.seek(0)
        vault.keep(self._file, self._hash.hexdigest())
        return self._hash.hexdigest()

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._hash.update(data)


def read_list(store: ObjectStore, digest: str) -> Iterator[SealedVersion]:
    """Yield the versions of a kept list, in order. Raises ObjectMissing, ObjectCorrupt, StoreUnavailable."""
    with store.read(keys.content_key(digest)) as stream:
        lines = _lines(stream)
        decode(next(lines, b""), "seal-list")
        for line in lines:
            yield _parsed(line)


def _parsed(line: bytes) -> SealedVersion:
    match = _LINE.fullmatch(line.decode("ascii", "replace"))
    if match is None:
        raise ObjectCorrupt(_DAMAGED)
    mark, name, digest = match.groups()
    entry = keys.named_in_feed(name)
    if entry is None or (digest is None and mark != Mark.EMPTY):
        raise ObjectCorrupt(_DAMAGED)
    return SealedVersion(Mark(mark), entry, digest)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield lines without their line feeds: a store's stream only promises read()."""
    rest = b""
    while chunk := stream.read(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
    if rest:
        yield rest
