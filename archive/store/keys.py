"""Keys of the vault: where each kind of object lies.

Hex and digits of fixed width, never a name or number of a person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

_ID = 32  # hex digits of an id: 128 bits of SHA-256
_FINGERPRINT = 16
PROBES = "doctor"  # space of what `archive doctor` tries a store with: no part of the vault, copied nowhere


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in hex: computed, never taken on trust."""
    return hashlib.sha256(data).hexdigest()


def result_id(scan: str, first_page: int) -> str:
    """Return the id, for ever, of the result that starts on ``first_page`` of the scan with digest ``scan``."""
    return _id("result", scan, str(first_page))


def batch_id(name: str) -> str:
    """Return the id of the batch called ``name`` (NFC)."""
    return _id("batch", name)


def path_id(batch: str, path: str) -> str:
    """Return the opaque id of a path (NFC, relative) within a batch: the idempotency key of a retry."""
    return _id("path", batch, path)


def line_id(path: str, occurrence: int) -> str:
    """Return the id of the ledger line for the ``occurrence``-th different scan under one path id."""
    return _id("line", path, str(occurrence))


def fingerprint_id(identity: str) -> str:
    """Return the short id of a pipeline's identity, part of the key of what it derives."""
    return hashlib.sha256(identity.encode()).hexdigest()[:_FINGERPRINT]


def identity_id(fingerprint: Mapping[str, object]) -> str:
    """Return the short id of a reading's ``fingerprint`` as it stands in the reading."""
    return fingerprint_id("\n".join(f"{name}={value}" for name, value in sorted(fingerprint.items())))


def content_key(digest: str) -> str:
    """Content: originals, bodies, lists; by SHA-256."""
    return f"content/{_fan(digest)}/{digest}"


def reading_prefix(scan: str, fingerprint: str) -> str:
    """All attempts at reading one scan under one fingerprint."""
    return f"readings/{_fan(scan)}/{scan}/{fingerprint}/"


def reading_key(scan: str, fingerprint: str, attempt: int) -> str:
    """One attempt at reading a scan: 0, then 1 … when failed pages were read again."""
    return f"{reading_prefix(scan, fingerprint)}{attempt:03d}"


class ChainKey(NamedTuple):
    """One version of one versioned thing."""

    space: str  # records, ledger or batches
    owner: str  # "" or the batch id that a ledger line belongs to
    id: str
    version: int

    @property
    def prefix(self) -> str:
        """All versions of this thing."""
        owner = f"{self.owner}/" if self.owner else ""
        return f"{self.space}/{owner}{_fan(self.id)}/{self.id}/"

    @property
    def key(self) -> str:
        """This version's key."""
        return f"{self.prefix}{self.version:06d}.json"

    @property
    def feed_name(self) -> str:
        """This version's name in the feed: fixed width, digits and hex."""
        return f"{_FEED_CODE[self.space]}{self.owner}{self.id}{self.version:06d}"


_FEED_CODE = {"records": "01", "ledger": "02", "batches": "03"}
_FEED_SPACE = {code: space for space, code in _FEED_CODE.items()}


def feed_key(day: str, entry: ChainKey) -> str:
    """The feed entry made before ``entry`` is appended. ``day`` is YYYYMMDD in UTC."""
    return f"feed/{day}/{entry.feed_name}"


def parse_feed_key(key: str) -> ChainKey:
    """Return what a feed key announces."""
    name = key.rsplit("/", 1)[1]
    space = _FEED_SPACE[name[:2]]
    owner = name[2 : -6 - _ID]
    return ChainKey(space, owner, name[-6 - _ID : -6], int(name[-6:]))


def parse_chain_key(key: str) -> ChainKey:
    """Return what a key of records, ledger or batches stands for."""
    segments = key.split("/")
    owner = segments[1] if segments[0] == "ledger" else ""
    return ChainKey(segments[0], owner, segments[-2], int(segments[-1].removesuffix(".json")))


def known_chain_key(key: str) -> ChainKey | None:
    """Return what a listed key stands for; None when the archive never made it: `archive verify` names it."""
    try:
        entry = parse_chain_key(key)
    except (ValueError, IndexError):
        return None
    return entry if entry.key == key else None


def known_feed_key(key: str) -> ChainKey | None:
    """Return what a listed feed key announces; None when the archive never made it."""
    try:
        entry = parse_feed_key(key)
        return entry if feed_key(key.split("/")[1], entry) == key else None
    except (ValueError, KeyError, IndexError):
        return None


def _fan(name: str) -> str:
    return f"{name[:2]}/{name[2:4]}"


def _id(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_ID]
