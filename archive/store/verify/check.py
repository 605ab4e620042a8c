"""Check: hashes every object again and follows every chain, reference, witness and seal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from archive.concurrency.ordered import map_ordered
from archive.errors import ObjectCorrupt, ObjectNewer
from archive.messages.catalogue import quantity, tr
from archive.store import keys
from archive.store.api import ObjectStore
from archive.store.format import codec
from archive.store.format.readings import decode_reading_head
from archive.store.integrity import INTEGRITY_ERRORS, read_whole, validate, verify_object
from archive.store.keys import ChainKey
from archive.store.seals.chain import decode_seal, decode_seal_head, is_list
from archive.store.verify.chain_check import ChainCheck
from archive.store.verify.finding import Finding
from archive.store.verify.other_names import other_names
from archive.store.verify.reference_check import ReferenceCheck
from archive.store.verify.scratch_database import ScratchDatabase, pack_chain, pack_reading
from archive.store.verify.witness_check import WitnessCheck
from archive.store.withheld import WithheldObjects, withheld_objects

__all__ = ["Check", "CheckReport", "Finding"]

MOST_UNREFERENCED = 1_000  # keys that a report names; the count is complete
_BODIES = ("records", "ledger")
# Actions of an import. Other verbs may append versions to a closed batch, an import may not.
_BY_IMPORT = frozenset({"imported", "read_again", "secret_mark_found"})
_DAY = timedelta(days=1)


@dataclass
class CheckReport:
    """Numbers of the objects that a check read."""

    objects: int = 0
    bytes: int = 0
    records: int = 0
    lines: int = 0
    batches: int = 0
    seals: int = 0
    orphans: int = 0  # content and readings that nothing refers to: of killed runs or imports at once
    unreferenced: tuple[str, ...] = ()  # their keys, the first MOST_UNREFERENCED
    withheld: int = 0  # references to absent objects of withheld records, which a copy leaves out


@dataclass(frozen=True, slots=True)
class _Read:
    """One object as read. ``body``: of a head; None when it has none or it is unreadable."""

    key: str
    size: int = 0
    data: bytes = b""
    body: bytes | None = None
    trouble: str | None = None


class Check:
    """One pass over a store in key order into a temporary database, then queries on it."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._database: ScratchDatabase
        self._chain = ChainCheck()
        self._newer: dict[str, tuple[str, int]] = {}  # by space: its first key, and the number of keys
        self._witnesses: WitnessCheck
        self.report = CheckReport()

    def run(self) -> Iterator[Finding]:
        """Yield findings; ``report`` is complete at the end. Raises StoreUnavailable."""
        began = datetime.now(UTC).date()
        with ScratchDatabase() as self._database:
            self._witnesses = WitnessCheck(self._store, self._database)
            wanted = (key for key in self._store.keys("") if key.split("/", 1)[0] != keys.PROBES)
            for read in map_ordered(wanted, self._read):
                yield from self._check_object(read)
            self._catch_up_with_feed(began)
            self._database.index()
            references = ReferenceCheck(self._store, self._database)
            yield from self._witnesses.sealed()  # a seal knows a lost version best: who names it is not said then
            yield from self._lost(references.run())
            self.report.orphans = references.orphans()
            self.report.unreferenced = tuple(references.unreferenced(MOST_UNREFERENCED))
            yield from self._witnesses.announced()
        yield from other_names(self._store)
        for space, (key, count) in self._newer.items():
            message = tr("finding.in_written_by_a_newer_release", objects=quantity("object", count), space=space)
            yield Finding("newer", key, message)

    def _lost(self, findings: Iterator[Finding]) -> Iterator[Finding]:
        """Yield the findings without those about withheld objects, which a copy leaves out."""
        withheld: WithheldObjects | None = None
        for finding in findings:
            if withheld is None:  # on demand, because it reads heads
                withheld = withheld_objects(self._store)
            if finding.code == "missing" and finding.lacks is not None and withheld.holds(finding.lacks):
                self.report.withheld += 1
            else:
                yield finding

    def _read(self, key: str) -> _Read:
        """Read one object, in a thread, with the body of a head."""
        space = key.split("/", 1)[0]
        try:
            if space not in ("feed", *_CHAINS, "readings"):
                return _Read(key, verify_object(self._store, key))
            data = read_whole(self._store, key)
        except INTEGRITY_ERRORS as error:
            return _Read(key, trouble=str(error))
        return _Read(key, len(data), data, self._body_of(data) if space in _BODIES else None)

    def _body_of(self, data: bytes) -> bytes | None:
        """Return the body that a head names; None when unreadable, which the finding of the body itself reports."""
        try:
            digest = codec.body_of(data)
            return read_whole(self._store, keys.content_key(digest)) if digest else None
        except INTEGRITY_ERRORS:
            return None

    def _check_object(self, read: _Read) -> Iterator[Finding]:
        self.report.objects += 1
        self.report.bytes += read.size
        key, space = read.key, read.key.split("/", 1)[0]
        if space == "content":  # also when damaged: the object exists
            self._database.add("content", bytes.fromhex(key[-64:]) if _is_hex(key[-64:]) else b"")
        if read.trouble is not None:
            yield Finding("damaged", key, read.trouble, key)
            return
        try:
            yield from self._dispatch(space, read)
        except ObjectCorrupt as error:
            yield Finding("damaged", key, str(error), key)
        except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
            message = tr("finding.a_value_is_missing_or_malformed", error=type(error).__name__)
            yield Finding("damaged", key, message, key)

    def _dispatch(self, space: str, read: _Read) -> Iterator[Finding]:
        try:
            yield from _CHECKS.get(space, Check._check_other)(self, read)
        except ObjectNewer:
            yield from self._check_newer(read)

    def _check_content(self, read: _Read) -> Iterator[Finding]:
        yield from ()  # it was hashed when it was read

    def _check_other(self, read: _Read) -> Iterator[Finding]:
        space, slash, _ = read.key.partition("/")
        if not slash:
            yield Finding("foreign", read.key, tr("finding.the_archive_did_not_put_this"))
            return
        first, count = self._newer.get(space, (read.key, 0))
        self._newer[space] = (first, count + 1)

    def _check_newer(self, read: _Read) -> Iterator[Finding]:
        """Note an object of a newer format. If it is a version, its place in the chain is still checked."""
        yield from self._check_other(read)
        if read.key.split("/", 1)[0] in _CHAINS:
            yield from self._head(read, json.loads(read.data), None)

    def _check_feed(self, read: _Read) -> Iterator[Finding]:
        validate(read.key, read.data)
        said = keys.announcement(read.key)
        if said is None:
            yield from self._check_other(read)
            return
        self._announced(said)

    def _announced(self, said: keys.Announcement) -> None:
        digest = bytes.fromhex(said.digest) if said.digest is not None else b""
        self._database.add("announced", pack_chain(said.entry), said.entry.version, digest)

    def _check_reading(self, read: _Read) -> Iterator[Finding]:
        self._database.add("reading", pack_reading(read.key), bytes.fromhex(keys.digest_of(read.data)))
        decode_reading_head(read.data)  # raises ObjectNewer, which validate() accepts
        validate(read.key, read.data)
        yield from ()

    def _check_record(self, read: _Read) -> Iterator[Finding]:
        head = codec.decode_record_head(read.data)
        entry = keys.parse_chain_key(read.key)
        self.report.records += entry.version == 1
        by_import = head["action"] in _BY_IMPORT
        yield from self._head(read, head, bytes.fromhex(head["batch"]) if by_import else None)
        for part in head["parts"]:
            self._note_reference(entry, part["sha256"], "original")
            reading = pack_reading(keys.reading_key(part["sha256"], part["fingerprint"], part["attempt"]))
            self._database.add("reading_ref", reading, bytes.fromhex(part["reading"]), pack_chain(entry), entry.version)
        yield from self._body(read, head, codec.decode_record)

    def _check_line(self, read: _Read) -> Iterator[Finding]:
        head = codec.decode_line_head(read.data)
        entry = keys.parse_chain_key(read.key)
        self.report.lines += entry.version == 1
        by_import = head.get("action", "imported") in _BY_IMPORT
        yield from self._head(read, head, bytes.fromhex(entry.owner) if by_import else None)
        if head["batch"] != entry.owner:
            yield Finding("damaged", read.key, tr("finding.it_says_that_it_is_of"), read.key)
        if head["sha256"] is not None:
            self._note_reference(entry, head["sha256"], "scan")
        for target in (ChainKey("records", "", head["record"], 1) if head["record"] else None,
                       ChainKey("batches", "", entry.owner, 1)):  # fmt: skip
            if target is not None:
                self._database.add("chain_ref", pack_chain(target), pack_chain(entry), entry.version)
        yield from self._body(read, head, codec.decode_line)

    def _check_batch(self, read: _Read) -> Iterator[Finding]:
        batch = codec.decode_batch(read.data)
        entry = keys.parse_chain_key(read.key)
        self.report.batches += batch.version == 1
        head = {"id": batch.id, "version": batch.version, "previous": batch.previous}
        yield from self._head(read, head, None)
        for digest in batch.given:
            self._note_reference(entry, digest, "given")
        sealed = batch.sealed
        if sealed is not None:
            if not is_list(sealed.list, sealed.root, sealed.lines, sealed.records):
                raise ObjectCorrupt(tr("finding.its_seal_is_malformed_restore_it"))
            self._note_reference(entry, sealed.list, "sealed")
        self._witnesses.note_batch(entry, batch)

    def _check_seal(self, read: _Read) -> Iterator[Finding]:
        entry = keys.parse_chain_key(read.key)
        self.report.seals += 1
        yield from self._head(read, decode_seal_head(read.data), None)
        seal = decode_seal(read.data)
        self._note_reference(entry, seal.list, "sealed")
        self._witnesses.note_seal(entry, seal)

    def _head(self, read: _Read, head: dict[str, Any], batch: bytes | None) -> Iterator[Finding]:
        """Note a version. ``batch``: the batch of the import that made it; None when another verb made it."""
        entry = keys.parse_chain_key(read.key)
        if entry.key != read.key:
            raise ObjectCorrupt(tr("finding.no_version_lies_under_such_a"))
        digest = keys.digest_of(read.data)
        self._database.add("head", pack_chain(entry), entry.version, bytes.fromhex(digest), batch)
        yield from self._chain.check(entry, digest, head)

    def _body(
        self, read: _Read, head: dict[str, Any], decode: Callable[[dict[str, Any], bytes | None], Any]
    ) -> Iterator[Finding]:
        if head["body"] is None:
            decode(head, None)
            return
        self._note_reference(keys.parse_chain_key(read.key), head["body"], "body")
        if read.body is not None:
            try:
                decode(head, read.body)
            except ObjectNewer:
                yield from self._check_other(read)
            except ObjectCorrupt as error:
                yield Finding("damaged", read.key, tr("finding.its_body", error=error), keys.content_key(head["body"]))

    def _note_reference(self, entry: ChainKey, digest: str, what: str) -> None:
        self._database.add("content_ref", bytes.fromhex(digest), pack_chain(entry), entry.version, what)

    def _catch_up_with_feed(self, began: Any) -> None:
        """Note announcements since the feed was listed: a running import may have appended heads."""
        for days in range(-1, 2):
            for key in self._store.keys(f"feed/{(began + days * _DAY).strftime('%Y%m%d')}/"):
                said = keys.announcement(key)
                if said is not None:
                    self._announced(said)


_CHECKS: dict[str, Callable[[Check, _Read], Iterator[Finding]]] = {
    "content": Check._check_content,
    "feed": Check._check_feed,
    "readings": Check._check_reading,
    "records": Check._check_record,
    "ledger": Check._check_line,
    "batches": Check._check_batch,
    "seals": Check._check_seal,
}
_CHAINS = ("batches", "ledger", "records", "seals")


def _is_hex(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")
