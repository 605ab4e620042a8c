"""WitnessCheck: every version against the digests that were announced for it, and against the seals over them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from archive.errors import ObjectCorrupt
from archive.model.ledger import Batch
from archive.model.seals import Seal
from archive.store import keys
from archive.store.api import ObjectStore
from archive.store.integrity import INTEGRITY_ERRORS
from archive.store.keys import Announcement, ChainKey
from archive.store.seals.seal_list import Mark, SealedVersion, SealRoot, batch_name, day_name, read_list
from archive.store.verify.finding import Finding
from archive.store.verify.reference_check import is_there
from archive.store.verify.scratch_database import ScratchDatabase, pack_chain, unpack_chain

_ADOPT = "run `archive seal --adopt` to note what they are now"
_RESTORE = "restore it from a copy with `archive verify --repair-from URL`"
_UNWITNESSED = """
SELECT h.chain, h.version FROM head h
WHERE NOT EXISTS (SELECT 1 FROM announced a
                  WHERE a.chain = h.chain AND a.version = h.version AND a.digest = h.digest)
  AND NOT EXISTS (SELECT 1 FROM adopted o WHERE o.chain = h.chain AND o.version = h.version)
"""
_ADOPTION = 1  # the version of the seal that may be one
_DIGEST = "SELECT digest FROM head WHERE chain = ? AND version = ?"
_DAYS_AFTER = 7  # a writer that tries again says so anew
_DIGESTS = "SELECT DISTINCT digest FROM announced WHERE chain = ? AND version = ?"
_ANNOUNCED_ONLY = """
SELECT a.chain, a.version FROM announced a LEFT JOIN head h ON h.chain = a.chain AND h.version = a.version
WHERE h.chain IS NULL AND a.digest <> x''
  AND NOT EXISTS (SELECT 1 FROM empty e
                  WHERE e.chain = a.chain AND e.version = a.version AND e.digest = a.digest)
GROUP BY a.chain, a.version
"""
_AFTER_CLOSING = """
SELECT h.chain, h.version FROM head h LEFT JOIN sealed s ON s.chain = h.chain
WHERE h.batch = ? AND (s.chain IS NULL OR h.version > s.version)
"""


class WitnessCheck:
    """Compares versions with feed and seals. Batches and seals are few: they are held in memory."""

    def __init__(self, store: ObjectStore, database: ScratchDatabase) -> None:
        self._store = store
        self._database = database
        self._seals: list[tuple[ChainKey, Seal]] = []
        self._batches: list[tuple[ChainKey, Batch]] = []

    def note_batch(self, entry: ChainKey, batch: Batch) -> None:
        """Note one version of a batch."""
        if batch.sealed is not None:
            self._batches.append((entry, batch))

    def note_seal(self, entry: ChainKey, seal: Seal) -> None:
        """Note one seal."""
        self._seals.append((entry, seal))

    def run(self) -> Iterator[Finding]:
        """Yield each contradiction of seals or feed. Raises StoreUnavailable."""
        last = {seal.day: entry for entry, seal in self._seals}
        for entry, seal in self._seals:
            yield from self._list(entry, seal.list, (seal.count, seal.root), day_name(seal.day))
            if seal.day is None and entry.version != _ADOPTION:
                message = "an adoption is the first seal, and this one is not: it vouches for nothing; look who made it"
                yield Finding("altered", entry.key, message)
            if seal.day is not None:
                yield from self._day(entry, seal.list, seal.day.replace("-", ""), last[seal.day] == entry)
        for entry, batch in self._batches:
            if batch.sealed is not None:
                said = (batch.sealed.lines + batch.sealed.records, batch.sealed.root)
                yield from self._list(entry, batch.sealed.list, said, batch_name(batch.id))
                yield from self._after_closing(entry, batch)
        yield from self._unwitnessed()
        yield from self._announced_only()

    def _list(self, sealed_by: ChainKey, digest: str, said: tuple[int, str], of: str) -> Iterator[Finding]:
        """Compare each version of a list with the store. A missing or damaged list has its own finding already."""
        root = SealRoot(of)
        try:
            for version in read_list(self._store, digest):
                root.add(version)
                yield from self._sealed(sealed_by, version)
        except ObjectCorrupt:  # its bytes are looked at where they lie: here they are those that were sealed
            yield Finding(
                "newer", sealed_by.key, "its list is of a newer release, and was not followed; update the archive"
            )
            return
        except INTEGRITY_ERRORS:
            return
        if (root.count, root.root()) != said:
            yield Finding("altered", sealed_by.key, "the list of what it sealed is not the one that was sealed")

    def _sealed(self, sealed_by: ChainKey, version: SealedVersion) -> Iterator[Finding]:
        entry, digest = version.entry, version.digest
        chain = pack_chain(entry)
        if version.mark is Mark.EMPTY or digest is None:
            self._database.add("empty", chain, entry.version, bytes.fromhex(digest or ""))
            return
        if version.mark is Mark.ADOPTED and sealed_by.space == "seals" and sealed_by.version == _ADOPTION:
            self._database.add("adopted", chain, entry.version, bytes.fromhex(digest))
        found = self._database.one(_DIGEST, chain, entry.version)
        if found is not None and found[0].hex() == digest:
            return
        if found is None and not is_there(self._store, entry.key):
            message = f"it was there when {_name(sealed_by)} was made; {_RESTORE}"
            yield Finding("missing", entry.key, message, entry.key, digest)
        elif found is not None:
            message = f"it is not what it was when {_name(sealed_by)} was made: it was altered; {_RESTORE}"
            yield Finding("altered", entry.key, message, entry.key, digest)

    def _written_since(self, sealed_by: ChainKey, day: str, version: SealedVersion) -> Iterator[Finding]:
        """Yield a version that was not there when its day was sealed, and that no day beside it announced."""
        entry, digest = version.entry, bytes.fromhex(version.digest or "")
        found = self._database.one(_DIGEST, pack_chain(entry), entry.version)
        if found is None or found[0] != digest:
            return
        said = said_of(version, day)
        sealed = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
        near = [(sealed + timedelta(days)).strftime("%Y%m%d") for days in range(-1, _DAYS_AFTER + 1) if days]
        if not any(is_there(self._store, said._replace(day=other).key) for other in near):
            message = f"it was not there when {_name(sealed_by)} was made: it was written late, or it is backdated"
            yield Finding("late", entry.key, f"{message}; look who made it")

    def _day(self, entry: ChainKey, digest: str, day: str, is_last: bool) -> Iterator[Finding]:
        """Merge a sealed day's list with the feed of that day; both are in key order."""
        feed = filter(None, map(keys.announcement, self._store.keys(f"feed/{day}/")))
        announced = (said for said in feed if said.entry.space != "seals")
        try:
            ours = next(announced, None)
            for version in read_list(self._store, digest):
                wanted = said_of(version, day)
                if version.mark is Mark.EMPTY:
                    yield from self._written_since(entry, day, version)
                while ours is not None and ours.key < wanted.key:
                    yield from _late(ours) if is_last else ()
                    ours = next(announced, None)
                if ours is not None and ours.key == wanted.key:
                    ours = next(announced, None)
                else:
                    message = f"the feed announced it when the day was sealed; {_RESTORE}"
                    yield Finding("missing", wanted.key, message, wanted.key)
            while ours is not None:
                yield from _late(ours) if is_last else ()
                ours = next(announced, None)
        except INTEGRITY_ERRORS:
            return

    def _after_closing(self, entry: ChainKey, batch: Batch) -> Iterator[Finding]:
        """Yield versions that an import appended to a batch after it was closed, when the last version is closed."""
        last = self._database.one("SELECT MAX(version) FROM head WHERE chain = ?", pack_chain(entry))
        if batch.sealed is None or last != (entry.version,):
            return
        self._database.clear("sealed")
        try:
            for version in read_list(self._store, batch.sealed.list):
                self._database.add("sealed", pack_chain(version.entry), version.entry.version)
        except INTEGRITY_ERRORS:
            return
        for chain, version_ in self._database.ask(_AFTER_CLOSING, bytes.fromhex(batch.id)):
            message = (
                f"an import made it after batch {batch.id[:12]} was closed; open the batch again with "
                "`archive import --retry`, and close it again"
            )
            yield Finding("after_closing", unpack_chain(chain, version_).key, message)

    def _unwitnessed(self) -> Iterator[Finding]:
        """Yield the versions whose digest no announcement has, nor the adoption of an older archive."""
        adopted = any(seal.day is None and entry.version == _ADOPTION for entry, seal in self._seals)
        waiting = 0
        for chain, version in self._database.ask(_UNWITNESSED):
            entry = unpack_chain(chain, version)
            digests = {row[0].hex() for row in self._database.ask(_DIGESTS, chain, version)}
            said = digests - {""}
            if said:
                message = f"its bytes are not those that were announced: it was altered; {_RESTORE}"
                yield Finding("altered", entry.key, message, entry.key, said.pop() if len(said) == 1 else None)
            elif digests and not adopted and not self._seals:
                waiting += 1
            else:
                message = "nothing announced it, so that nothing proves it; look who put it there"
                yield Finding("unwitnessed", entry.key, message)
        if waiting:
            message = (
                f"{waiting:,} versions were written by an earlier release, which noted no digest of them; {_ADOPT}"
            )
            yield Finding("unwitnessed", "", message)

    def _announced_only(self) -> Iterator[Finding]:
        for chain, version in self._database.ask(_ANNOUNCED_ONLY):
            entry = unpack_chain(chain, version)
            if is_there(self._store, entry.key):
                continue  # damaged, which was said, or written since
            if entry.space == "seals":
                message = f"this seal was announced and is not there; {_RESTORE}, or make it again with `archive seal`"
                yield Finding("missing", entry.key, message, entry.key)
            else:
                message = (
                    "announced, and not there: an import was broken off, or it was taken away; run the import again"
                )
                yield Finding("announced_only", entry.key, message, entry.key)


def said_of(version: SealedVersion, day: str) -> Announcement:
    """Return the announcement that a line of a day's list stands for."""
    return Announcement(day, version.entry, None if version.mark is Mark.ADOPTED else version.digest)


def _late(said: Announcement) -> Iterator[Finding]:
    message = "announced on a day that was sealed already: a clock is wrong, or it is backdated; seal the day again"
    yield Finding("late", said.key, message)


def _name(sealed_by: ChainKey) -> str:
    if sealed_by.space == "seals":
        return f"seal {sealed_by.version}"
    return f"version {sealed_by.version} of batch {sealed_by.id[:12]}, which closed it,"
