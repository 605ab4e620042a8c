"""Chains: versions 1, 2, 3 … of one thing, each announced in the feed with its digest before it is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO

from archive.errors import AlreadyStored, ObjectCorrupt, ObjectMissing, StoreUnavailable, VersionConflict
from archive.messages.catalogue import tr
from archive.store import keys
from archive.store.api import ObjectStore
from archive.store.integrity import read_whole
from archive.store.keys import Announcement, ChainKey

MAX_ATTEMPTS = 5  # after each lost race the winner's version is read, so that few are lost in a row


def refused_unseen() -> StoreUnavailable:
    """Return the error for a version that the store refuses to create but does not list."""
    return StoreUnavailable(tr("store.the_store_refuses_a_version_because"))


class VersionChains:
    """The versions in one store and the feed that announces them. Picklable."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def append(self, entry: ChainKey, data: bytes) -> str:
        """Announce and write one version; return its digest. Raises VersionConflict, StoreUnavailable."""
        digest = keys.digest_of(data)
        day = datetime.now(UTC).strftime("%Y%m%d")
        with suppress(AlreadyStored):  # by a killed or a concurrent writer of the same bytes
            self._store.create(keys.feed_key(day, entry, digest), BytesIO(b""))
        try:
            self._store.create(entry.key, BytesIO(data))
        except AlreadyStored as error:
            raise VersionConflict(
                tr("store.version_of_exists_already_read_it", version=entry.version, id=entry.id)
            ) from error
        return digest

    def previous(self, entry: ChainKey, known: str | None) -> str | None:
        """Return the digest of the version before ``entry``; None for version 1.

        ``known`` is the digest of that version as the caller read or wrote it. Other bytes in the store are refused:
        the chain would vouch for an alteration. Raises ObjectCorrupt, VersionConflict (no version before),
        StoreUnavailable.
        """
        if entry.version == 1:
            return None
        before = entry._replace(version=entry.version - 1)
        digests = set()
        for _ in range(2):
            digest = self._digest(before)
            if digest == known:
                return digest
            digests.add(digest)
        if len(digests) > 1:  # a digest of bytes altered in transit would be permanent, and no copy could repair that
            raise StoreUnavailable(tr("store.version_of_was_read_twice_and", version=before.version, id=entry.id))
        if known is not None:
            raise ObjectCorrupt(tr("store.is_not_what_was_read_or", key=before.key))
        return digests.pop()

    def last(self, entry: ChainKey) -> ChainKey | None:
        """Return the last version of this chain, None for an empty one."""
        last = None
        for version in self.entries(entry.prefix):
            last = version
        return last

    def lasts(self, prefix: str) -> Iterator[ChainKey]:
        """Yield the last version of every chain below ``prefix``, by id."""
        last: ChainKey | None = None
        for entry in self.entries(prefix):
            if last is not None and last.id != entry.id:
                yield last
            last = entry
        if last is not None:
            yield last

    def entries(self, prefix: str) -> Iterator[ChainKey]:
        """Yield versions in key order. Foreign keys are skipped: one stray file must not block every reader."""
        yield from filter(None, map(keys.known_chain_key, self._store.keys(prefix)))

    def announced(self, day: str) -> Iterator[Announcement]:
        """Yield the announcements of ``day`` (YYYYMMDD, UTC) in key order; one for each digest of a version."""
        yield from filter(None, map(keys.announcement, self._store.keys(f"feed/{day}/")))

    def _digest(self, entry: ChainKey) -> str:
        try:
            return keys.digest_of(read_whole(self._store, entry.key))
        except ObjectMissing as error:
            raise VersionConflict(
                tr("store.version_of_does_not_exist_read", version=entry.version, id=entry.id)
            ) from error
