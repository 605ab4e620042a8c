"""WitnessCheck: compares every version with its announced digests and with the seals over them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from archive.errors import ObjectCorrupt
from archive.messages.catalogue import tr
from archive.model.ledger import Batch
from archive.model.merkle_seals import Seal
from archive.store import keys
from archive.store.api import ObjectStore
from archive.store.integrity import INTEGRITY_ERRORS
from archive.store.keys import Announcement, ChainKey
from archive.store.seals.seal_list import Mark, SealedVersion, SealRoot, batch_name, day_name, read_list
from archive.store.verify.finding import Finding
from archive.store.verify.reference_check import is_there
from archive.store.verify.scratch_database import ScratchDatabase, pack_chain, unpack_chain

_ADOPT = tr("finding.run_archive_seal_adopt_to_note")
_RESTORE = tr("finding.restore_it_from_a_copy_with")
_UNWITNESSED = """
SELECT h.chain, h.version FROM head h
WHERE NOT EXISTS (SELECT 1 FROM announced a
                  WHERE a.chain = h.chain AND a.version = h.version AND a.digest = h.digest)
  AND NOT EXISTS (SELECT 1 FROM adopted o WHERE o.chain = h.chain AND o.version = h.version)
"""
_ADOPTION = 1  # the only seal version that may be an adoption
_DIGEST = "SELECT digest FROM head WHERE chain = ? AND version = ?"
_LOST = "SELECT 1 FROM lost WHERE chain = ? AND version = ?"
_DAYS_AFTER = 7  # days; a writer that tries again later announces again
_DIGESTS = "SELECT DISTINCT digest FROM announced WHERE chain = ? AND version = ?"
_ANNOUNCED_ONLY = """
SELECT a.chain, a.version FROM announced a LEFT JOIN head h ON h.chain = a.chain AND h.version = a.version
WHERE h.chain IS NULL AND a.digest <> x''
  AND NOT EXISTS (SELECT 1 FROM empty e
                  WHERE e.chain = a.chain AND e.version = a.version AND e.digest = a.digest)
  AND NOT EXISTS (SELECT 1 FROM lost l WHERE l.chain = a.chain
                  AND (l.version = a.version OR NOT EXISTS (SELECT 1 FROM head i WHERE i.chain = a.chain)))
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

    def sealed(self) -> Iterator[Finding]:
        """Yield each contradiction of a seal, and note the versions that it misses. Raises StoreUnavailable."""
        last = {seal.day: entry for entry, seal in self._seals}
        for entry, seal in self._seals:
            yield from self._list(entry, seal.list, (seal.count, seal.root), day_name(seal.day))
            if seal.day is None and entry.version != _ADOPTION:
                message = tr("finding.an_adoption_is_the_first_seal")
                yield Finding("altered", entry.key, message)
            if seal.day is not None:
                yield from self._day(entry, seal.list, seal.day.replace("-", ""), last[seal.day] == entry)
        for entry, batch in self._batches:
            if batch.sealed is not None:
                said = (batch.sealed.lines + batch.sealed.records, batch.sealed.root)
                yield from self._list(entry, batch.sealed.list, said, batch_name(batch.id))
                yield from self._after_closing(entry, batch)

    def announced(self) -> Iterator[Finding]:
        """Yield each contradiction of the feed, but no version that was said to be missing. Raises StoreUnavailable."""
        yield from self._unwitnessed()
        yield from self._announced_only()

    def _list(self, sealed_by: ChainKey, digest: str, said: tuple[int, str], of: str) -> Iterator[Finding]:
        """Compare each version of a list with the store. A missing or damaged list has its own finding already."""
        root = SealRoot(of)
        try:
            for version in read_list(self._store, digest):
                root.add(version)
                yield from self._sealed(sealed_by, version)
        except ObjectCorrupt:  # the list's own bytes are checked elsewhere; its digest is the sealed one
            yield Finding("newer", sealed_by.key, tr("finding.its_list_is_of_a_newer"))
            return
        except INTEGRITY_ERRORS:
            return
        if (root.count, root.root()) != said:
            yield Finding("altered", sealed_by.key, tr("finding.the_list_of_what_it_sealed"))

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
        if found is None and self._database.one(_LOST, chain, entry.version):
            return  # another seal misses it, too
        if found is None and not is_there(self._store, entry.key):
            self._database.add("lost", chain, entry.version)
            message = tr("finding.it_was_there_when_was_made", name=_name(sealed_by), restore=_RESTORE)
            yield Finding("missing", entry.key, message, entry.key, digest)
        elif found is not None:
            message = tr("finding.it_is_not_what_it_was", name=_name(sealed_by), restore=_RESTORE)
            yield Finding("altered", entry.key, message, entry.key, digest)

    def _written_since(self, sealed_by: ChainKey, day: str, version: SealedVersion) -> Iterator[Finding]:
        """Yield a version that did not exist when its day was sealed, and that no adjacent day announced."""
        entry, digest = version.entry, bytes.fromhex(version.digest or "")
        found = self._database.one(_DIGEST, pack_chain(entry), entry.version)
        if found is None or found[0] != digest:
            return
        said = said_of(version, day)
        sealed = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
        near = [(sealed + timedelta(days)).strftime("%Y%m%d") for days in range(-1, _DAYS_AFTER + 1) if days]
        if not any(is_there(self._store, said._replace(day=other).key) for other in near):
            yield Finding("late", entry.key, tr("finding.it_was_not_there_when_was", name=_name(sealed_by)))

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
                    message = tr("finding.the_feed_announced_it_when_the", restore=_RESTORE)
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
            message = tr("finding.an_import_made_it_after_batch", id=batch.id[:12])
            yield Finding("after_closing", unpack_chain(chain, version_).key, message)

    def _unwitnessed(self) -> Iterator[Finding]:
        """Yield the versions without a witness: neither an announcement nor the adoption has their digest."""
        adopted = any(seal.day is None and entry.version == _ADOPTION for entry, seal in self._seals)
        waiting = 0
        for chain, version in self._database.ask(_UNWITNESSED):
            entry = unpack_chain(chain, version)
            digests = {row[0].hex() for row in self._database.ask(_DIGESTS, chain, version)}
            said = digests - {""}
            if said:
                message = tr("finding.its_bytes_are_not_those_that", restore=_RESTORE)
                yield Finding("altered", entry.key, message, entry.key, said.pop() if len(said) == 1 else None)
            elif digests and not adopted and not self._seals:
                waiting += 1
            else:
                message = tr("finding.nothing_announced_it_so_that_nothing")
                yield Finding("unwitnessed", entry.key, message)
        if waiting:
            message = tr("finding.versions_were_written_by_an_earlier", waiting=waiting, adopt=_ADOPT)
            yield Finding("unwitnessed", "", message)

    def _announced_only(self) -> Iterator[Finding]:
        for chain, version in self._database.ask(_ANNOUNCED_ONLY):
            entry = unpack_chain(chain, version)
            if is_there(self._store, entry.key):
                continue  # damaged (reported already), or written since
            if entry.space == "seals":
                message = tr("finding.this_seal_was_announced_and_is", restore=_RESTORE)
                yield Finding("missing", entry.key, message, entry.key)
            else:
                message = tr("finding.announced_and_not_there_an_import")
                yield Finding("announced_only", entry.key, message, entry.key)


def said_of(version: SealedVersion, day: str) -> Announcement:
    """Return the announcement of a line of a day's list."""
    return Announcement(day, version.entry, None if version.mark is Mark.ADOPTED else version.digest)


def _late(said: Announcement) -> Iterator[Finding]:
    message = tr("finding.announced_on_a_day_that_was")
    yield Finding("late", said.key, message)


def _name(sealed_by: ChainKey) -> str:
    if sealed_by.space == "seals":
        return tr("finding.seal", version=sealed_by.version)
    return tr("finding.version_of_batch_which_closed_it", version=sealed_by.version, id=sealed_by.id[:12])
