"""Repair: restores damaged or lost objects from another store that has them undamaged."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO

from archive.errors import (
    AlreadyStored,
    ObjectCorrupt,
    ObjectMissing,
    ObjectUnreadable,
    RequestRefused,
    SettingsError,
)
from archive.messages.catalogue import tr
from archive.services.preservation.copy import compared, refuse_another_archive
from archive.store.api import ObjectStore, Readable, Repairing
from archive.store.hashing import Checked
from archive.store.integrity import INTEGRITY_ERRORS, digest_in, previous_in, read_whole, validate, verify_object
from archive.store.keys import Announcement, ChainKey, announcement, digest_of, known_chain_key, parse_chain_key
from archive.store.verify.check import Finding
from archive.store.verify.references import Reference, references_of

# Content first, then the versions that name it; within a space by key, so that versions are in order.
_ORDER = {"content": 0, "readings": 1, "feed": 2, "batches": 3, "records": 4, "ledger": 5, "seals": 6}
_CHAINS = ("batches", "records", "ledger", "seals")


@dataclass(frozen=True, slots=True)
class Repaired:
    """The result for one damaged or missing object. ``reason``: why it could not be repaired."""

    key: str
    mended: bool
    reason: str | None = None


class Repair:
    """Repairs ``ours`` from ``other``. Takes only objects that are undamaged there and fit their neighbours here."""

    def __init__(self, ours: ObjectStore, other: ObjectStore) -> None:
        self._ours = ours
        self._other = other
        self._digests: dict[str, str] = {}  # of readings, from the records that name them
        self._waiting: list[tuple[int, str]] = []
        self._seen: set[str] = set()

    def prepare(self) -> None:
        """Raise RequestRefused when the other store cannot be a copy of this archive."""
        if next(self._other.keys(""), None) is None:
            raise RequestRefused(tr("refused.repair.the_other_store_holds_nothing"))
        refuse_another_archive(self._ours, self._other)

    def lost(self) -> Iterator[Finding]:
        """Yield versions and announcements that only the copy has: no object here may name them any more.

        Raises StoreUnavailable.
        """
        for key, here in compared(self._other, self._ours, "feed/"):
            if not here and announcement(key) is not None:
                yield Finding("missing", key, tr("repair.the_other_store_announces_it_so"), key)
        for space in _CHAINS:
            for key, here in compared(self._other, self._ours, f"{space}/"):
                if not here and known_chain_key(key) is not None:
                    yield Finding("missing", key, tr("repair.the_other_store_has_it_so"), key)

    def run(self, findings: Iterable[Finding]) -> Iterator[Repaired]:
        """Repair the objects of ``findings``; yield the result for each object, failures last.

        Objects that a repaired version names are checked too. Raises StoreUnavailable, SettingsError (the store
        cannot repair).
        """
        known = list(findings)
        for finding in known:
            if finding.lacks is not None:
                self._want(Reference(finding.lacks, finding.digest))
                self._want(Reference(finding.key))  # of two contradicting versions either may be altered
        settled = set()
        for result in self._settle_all():
            settled.add(result.key)
            said = announcement(result.key) if result.mended else None
            if said is not None and self._is_witness(said):
                settled.add(said.entry.key)  # it only lacked a witness
            yield result
        for finding in known:
            if settled.isdisjoint({finding.lacks, finding.key}):
                yield Repaired(finding.key, False, tr("repair.no_copy_could_mend_this", message=finding.message))

    def _is_witness(self, said: Announcement) -> bool:
        """Return True when an announcement has the digest of the stored version."""
        data = self._version(said.entry)
        return data is not None and digest_of(data) == said.digest

    def _want(self, named: Reference) -> None:
        if named.digest is not None:
            self._digests[named.key] = named.digest
        for key in self._with_versions(named.key):
            if key not in self._seen:
                self._seen.add(key)
                heapq.heappush(self._waiting, (_ORDER.get(key.split("/", 1)[0], len(_ORDER)), key))

    def _with_versions(self, key: str) -> Iterator[str]:
        """Yield ``key``, and adjacent versions that are lost here: more may be missing than the finding says."""
        yield key
        entry = known_chain_key(key) if key.split("/", 1)[0] in _CHAINS else None
        if entry is not None:
            ours = set(self._ours.keys(entry.prefix))
            last = max(ours, default=None)
            yield from (k for k in self._other.keys(entry.prefix) if k not in ours and (last is None or k < last))

    def _settle_all(self) -> Iterator[Repaired]:
        """Restore the waiting objects; failed ones are retried as long as any other one was restored."""
        failed: dict[str, Repaired] = {}
        mended = True
        while mended:
            mended = False
            while self._waiting:
                _, key = heapq.heappop(self._waiting)
                result = self._settle(key)
                if result is None:
                    failed.pop(key, None)
                elif result.mended:
                    failed.pop(key, None)
                    mended = True
                    yield result
                else:
                    failed[key] = result
            if mended:
                for key in failed:
                    heapq.heappush(self._waiting, (_ORDER.get(key.split("/", 1)[0], len(_ORDER)), key))
        yield from (failed[key] for key in sorted(failed))

    def _settle(self, key: str) -> Repaired | None:
        """Repair one object; None when it is not damaged (any more)."""
        if self._fault(self._ours, key) is None:
            return None
        complaint = self._fault(self._other, key)
        if complaint is not None:
            return Repaired(key, False, tr("repair.the_other_store_cannot_help", complaint=complaint))
        try:
            self._restore(key)
        except SettingsError as error:
            if not isinstance(self._ours, Repairing):
                raise
            return Repaired(key, False, str(error))  # locked, or not permitted by these credentials; others may succeed
        complaint = self._fault(self._ours, key)
        if complaint is not None:
            return Repaired(key, False, tr("repair.it_was_written_anew_and_still", complaint=complaint))
        if key.split("/", 1)[0] in _CHAINS:
            for named in references_of(key, read_whole(self._ours, key)):
                self._want(named)
        return Repaired(key, True)

    def _restore(self, key: str) -> None:
        """Copy the other store's bytes here, verified again on the way."""
        lost = next((k for k in self._ours.keys(key) if k == key), None) is None
        with self._other.read(key) as stream:
            if key.startswith("content/"):
                data: Readable = Checked(stream, digest_in(key))
            else:
                whole = stream.read()
                validate(key, whole)
                data = BytesIO(whole)
            if lost:
                try:
                    self._ours.create(key, data)
                except AlreadyStored:
                    return  # another process restored it: it is checked again
            elif isinstance(self._ours, Repairing):
                self._ours.repair(key, data)
            else:
                raise SettingsError(tr("repair.is_damaged_and_this_store_cannot", key=key))

    def _fault(self, store: ObjectStore, key: str) -> str | None:
        """Return the fault of an object of ``store`` at its place in our vault, None for a valid one."""
        try:
            if key.startswith("content/"):
                verify_object(store, key)
                return None
            data = read_whole(store, key)
            validate(key, data)
        except ObjectMissing:
            return tr("repair.it_is_not_there")
        except (ObjectCorrupt, ObjectUnreadable) as error:
            return str(error)
        if self._digests.get(key, digest_of(data)) != digest_of(data):
            return tr("repair.it_is_whole_but_not_the")
        return self._inconsistency(parse_chain_key(key), data) if key.split("/", 1)[0] in _CHAINS else None

    def _inconsistency(self, entry: ChainKey, data: bytes) -> str | None:
        """Return the contradiction between a version and its neighbours here, None without one."""
        before = self._version(entry._replace(version=entry.version - 1)) if entry.version > 1 else None
        if entry.version > 1 and before is None:
            return tr("repair.the_version_before_it_is_not")
        if previous_in(entry.key, data) != (digest_of(before) if before is not None else None):
            return tr("repair.it_does_not_follow_the_version")
        after_entry = entry._replace(version=entry.version + 1)
        after = self._version(after_entry)
        if after is not None and previous_in(after_entry.key, after) != digest_of(data):
            return tr("repair.the_version_after_it_names_another")
        return None

    def _version(self, entry: ChainKey) -> bytes | None:
        tr("repair.return_a_version_of_ours_none")
        try:
            data = read_whole(self._ours, entry.key)
            validate(entry.key, data)
        except INTEGRITY_ERRORS:
            return None
        return data
