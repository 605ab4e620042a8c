"""Keys of the vault: where each kind of object lies.

Hex and digits of fixed width, never a name or number of a person.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

_ID = 32  # hex digits of an id: 128 bits of SHA-256
_FINGERPRINT = 16
PROBES = "doctor"  # space of the probes of `archive doctor`: not a part of the vault, and never copied


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in hex."""
    return hashlib.sha256(data).hexdigest()


def result_id(scan: str, first_page: int) -> str:
    """Return the permanent id of the result that starts on ``first_page`` of the scan with digest ``scan``."""
    return _id("result", scan, str(first_page))


def batch_id(name: str) -> str:
    """Return the id of the batch called ``name`` (NFC)."""
    return _id("batch", name)


def path_id(batch: str, path: str) -> str:
    """Return the opaque id of a path (NFC, relative) within a batch: the idempotency key of a retry."""
    return _id("path", batch, path)


def seal_id() -> str:
    """Return the id of the chain of seals: one for the whole archive."""
    return _id("seals")


def line_id(path: str, occurrence: int) -> str:
    """Return the id of the ledger line for the ``occurrence``-th different scan under one path id."""
    return _id("line", path, str(occurrence))


def fingerprint_id(identity: str) -> str:
    """Return the short id of a pipeline's identity, a part of the keys of its readings."""
    return hashlib.sha256(identity.encode()).hexdigest()[:_FINGERPRINT]


def identity_id(fingerprint: Mapping[str, object]) -> str:
    """Return the short id of a reading's ``fingerprint``."""
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

    space: str  # records, ledger, batches or seals
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
        """This version's name in the feed, without its digest: fixed width, digits and hex."""
        return f"{_FEED_CODE[self.space]}{self.owner}{self.id}{self.version:06d}"


class Announcement(NamedTuple):
    """The content of one feed entry: the day, the version that was about to be written, and the digest of its bytes."""

    day: str  # YYYYMMDD in UTC
    entry: ChainKey
    digest: str | None  # SHA-256 of the head; None in an entry of format 1

    @property
    def key(self) -> str:
        """The feed entry's key."""
        return feed_key(self.day, self.entry, self.digest)


SPACES = ("batches", "content", "feed", "ledger", "readings", "records", "seals")  # all spaces that this release knows
# Reserved codes stand in docs/format.md: a code never changes and is never used again.
_FEED_CODE = {"records": "01", "ledger": "02", "batches": "03", "seals": "04"}
_FEED_SPACE = {code: space for space, code in _FEED_CODE.items()}
_FEED_NAME = re.compile(rf"([0-9a-f]{{2}})([0-9a-f]{{{_ID}}}|)([0-9a-f]{{{_ID}}})([0-9]{{6}})")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FEED_FORM = re.compile(r"feed/[0-9]{8}/[0-9a-f]{40,}(\.[0-9a-f]{64})?")
_OWNED = {"ledger"}  # spaces whose chains belong to a batch


def feed_key(day: str, entry: ChainKey, digest: str | None) -> str:
    """The feed entry made before ``entry`` is appended. ``day`` is YYYYMMDD in UTC, ``digest`` that of the head."""
    witness = f".{digest}" if digest is not None else ""
    return f"feed/{day}/{entry.feed_name}{witness}"


def announcement(key: str) -> Announcement | None:
    """Return the announcement of a listed feed key; None when this release cannot have made it."""
    folder, _, name = key.rpartition("/")
    space, _, day = folder.partition("/")
    name, dot, digest = name.partition(".")
    entry = named_in_feed(name)
    if entry is None or space != "feed" or not _is_day(day):
        return None
    if dot and _DIGEST.fullmatch(digest) is None:
        return None
    return Announcement(day, entry, digest if dot else None)


def named_in_feed(name: str) -> ChainKey | None:
    """Return the version with this ``ChainKey.feed_name``; None when this release does not know it."""
    match = _FEED_NAME.fullmatch(name)
    if match is None:
        return None
    code, owner, id_, version = match.groups()
    space = _FEED_SPACE.get(code)
    if space is None or bool(owner) != (space in _OWNED):
        return None
    return ChainKey(space, owner, id_, int(version))


def is_feed_key(key: str) -> bool:
    """Return True when a key has the form of a feed entry, also one of a newer release."""
    return _FEED_FORM.fullmatch(key) is not None


def parse_chain_key(key: str) -> ChainKey:
    """Parse a key of records, ledger, batches or seals."""
    segments = key.split("/")
    owner = segments[1] if segments[0] == "ledger" else ""
    return ChainKey(segments[0], owner, segments[-2], int(segments[-1].removesuffix(".json")))


def known_chain_key(key: str) -> ChainKey | None:
    """Parse a listed key; None when the archive never made it, which `archive verify` reports."""
    try:
        entry = parse_chain_key(key)
    except (ValueError, IndexError):
        return None
    return entry if entry.key == key else None


def _is_day(name: str) -> bool:
    try:
        return len(name) == len("YYYYMMDD") and date.fromisoformat(name) is not None
    except ValueError:
        return False


def _fan(name: str) -> str:
    return f"{name[:2]}/{name[2:4]}"


def _id(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_ID]
