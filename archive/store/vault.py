"""Vault: the only class that knows what keys mean; write-once."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import NamedTuple, TypeVar

from archive.concurrency.ordered import map_ordered
from archive.errors import (
    AlreadyStored,
    ContentDamaged,
    ObjectCorrupt,
    SettingsError,
)
from archive.messages.catalogue import tr
from archive.model.ledger import Batch, LedgerLine
from archive.model.results import Part, ResultRecord
from archive.store import keys
from archive.store.api import Linking, ObjectStore, Readable, Syncing
from archive.store.format import codec
from archive.store.hashing import CheckedScan, NullWriter, Writable
from archive.store.integrity import read_whole
from archive.store.keys import ChainKey
from archive.store.version_chains import VersionChains
from archive.store.version_reader import VersionReader, copy_content, fetch_content

T = TypeVar("T")

_LINK_SECONDS = 60  # time for one click; a link that is passed on later has expired


class KeptReading(NamedTuple):
    """Where a reading lies and its digest."""

    attempt: int
    sha256: str
    data: bytes


class Vault:
    """Keeps originals, readings, records, the ledger and batches in an ObjectStore. Picklable."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store
        self.chains = VersionChains(store)
        self._versions = VersionReader(store)

    # Content: by SHA-256, computed here.

    def keep(self, source: Readable, digest: str) -> None:
        """Keep the bytes of ``source`` as content ``digest``. Idempotent.

        Raises ObjectCorrupt when the bytes are not those of ``digest`` (nothing is kept then), ContentDamaged when
        other bytes lie there already, Unreadable when the source fails, StoreUnavailable.
        """
        try:
            self.store.create(keys.content_key(digest), CheckedScan(source, digest))
        except AlreadyStored:
            self.check(digest)

    def keep_bytes(self, data: bytes) -> str:
        """Keep ``data`` as content; return its digest. Raises StoreUnavailable."""
        digest = keys.digest_of(data)
        self.keep(BytesIO(data), digest)
        return digest

    def check(self, digest: str) -> None:
        """Read content ``digest`` to its end and make it durable.

        Raises ContentDamaged, ObjectMissing, StoreUnavailable.
        """
        self._sync(keys.content_key(digest))
        try:
            self.copy(digest, NullWriter())
        except ObjectCorrupt as error:
            raise ContentDamaged(tr("store.content_is_damaged_in_the_store", digest=digest[:12])) from error

    def has(self, digest: str) -> bool:
        """Say whether content ``digest`` is kept."""
        return next(self.store.keys(keys.content_key(digest)), None) is not None

    def fetch(self, digest: str) -> bytes:
        """Return content ``digest``, verified. Raises ObjectMissing, ObjectCorrupt, StoreUnavailable."""
        return fetch_content(self.store, digest)

    def copy(self, digest: str, target: Writable) -> None:
        """Write content ``digest`` to ``target``; ObjectCorrupt at its end when it is damaged."""
        copy_content(self.store, digest, target)

    def link(self, digest: str, name: str) -> str:
        """Return a presigned link to content ``digest``, valid for one minute, which saves it as ``name``.

        Bytes read through it are not verified. Raises SettingsError when the store gives no links.
        """
        if not isinstance(self.store, Linking):
            raise SettingsError(tr("store.a_store_on_this_machine_gives"))
        return self.store.link(keys.content_key(digest), _LINK_SECONDS, name)

    # Readings: by scan and fingerprint; the first one made wins.

    def keep_reading(self, scan: str, fingerprint: str, attempt: int, data: bytes) -> KeptReading:
        """Keep attempt number ``attempt``; when another process made it first, return that one."""
        try:
            self.store.create(keys.reading_key(scan, fingerprint, attempt), BytesIO(data))
        except AlreadyStored:
            return self._reading(scan, fingerprint, attempt)
        return KeptReading(attempt, keys.digest_of(data), data)

    def last_reading(self, scan: str, fingerprint: str) -> KeptReading | None:
        """Return the last attempt at reading ``scan`` under ``fingerprint``, or None when there is none."""
        last = None
        for key in self.store.keys(keys.reading_prefix(scan, fingerprint)):
            last = key
        return self._reading(scan, fingerprint, int(last[-3:])) if last else None

    def fetch_reading(self, part: Part) -> bytes:
        """Return the reading that a record's part refers to, verified. Raises ObjectMissing, ObjectCorrupt."""
        kept = self._reading(part.sha256, part.fingerprint, part.attempt)
        if kept.sha256 != part.reading:
            raise ObjectCorrupt(tr("store.the_reading_of_scan_does_not", sha256=part.sha256[:12]))
        return kept.data

    # Existing objects that a step relies on: a killed writer may not have fsynced them. Raises StoreUnavailable.

    def make_durable(self, found: ResultRecord | LedgerLine | Batch) -> None:
        """Make a version durable, also when another process appended it."""
        self._sync(_chain_key(found).key)

    def make_reading_durable(self, scan: str, fingerprint: str, attempt: int) -> None:
        """Make a reading durable, also when another process kept it."""
        self._sync(keys.reading_key(scan, fingerprint, attempt))

    def _sync(self, key: str) -> None:
        if isinstance(self.store, Syncing):
            self.store.sync(key)

    # Records.

    def append_record(self, record: ResultRecord) -> ResultRecord:
        """Append ``record`` under its version number; return it with ``previous`` and ``digest`` filled in.

        Make the next version with ``replace`` from the one before: its ``digest`` then names the version it follows.
        Raises VersionConflict (that version exists, or the one before does not), ObjectCorrupt (the one before was
        altered since it was read), StoreUnavailable.
        """
        entry = _record_key(record.id, record.version)
        record = replace(record, previous=self.chains.previous(entry, record.digest))
        body = self.keep_bytes(codec.encode_record_body(record, _salt()))
        return replace(record, digest=self.chains.append(entry, codec.encode_record(record, body)))

    def head(self, record_id: str) -> ResultRecord | None:
        """Return the last version of a record, or None when there is none."""
        last = self.chains.last(_record_key(record_id, 0))
        return self._versions.record(last) if last else None

    def history(self, record_id: str) -> Iterator[ResultRecord]:
        """Yield all versions of a record, oldest first."""
        yield from map(self._versions.record, self.chains.entries(_record_key(record_id, 0).prefix))

    def heads(self) -> Iterator[ResultRecord]:
        """Yield the last version of every record, by id."""
        yield from map_ordered(self.record_heads(), self._versions.record)

    def record_ids(self, start: str) -> Iterator[str]:
        """Yield ids of records that begin with ``start`` (at least four hex digits)."""
        seen = ""
        for entry in self.chains.entries(f"records/{start[:2]}/{start[2:4]}/{start}"):
            if entry.id != seen:
                yield entry.id
            seen = entry.id

    # The ledger.

    def append_line(self, line: LedgerLine) -> LedgerLine:
        """Append ``line`` under its version number. Raises as ``append_record``."""
        entry = ChainKey("ledger", line.batch, line.id, line.version)
        line = replace(line, previous=self.chains.previous(entry, line.digest))
        body = None
        if line.path is not None or line.message is not None:
            body = self.keep_bytes(codec.encode_line_body(line, _salt()))
        return replace(line, digest=self.chains.append(entry, codec.encode_line(line, body)))

    def line(self, batch: str, line_id: str) -> LedgerLine | None:
        """Return the last version of a ledger line, or None when there is none."""
        last = self.chains.last(ChainKey("ledger", batch, line_id, 0))
        return self._versions.line(last) if last else None

    def lines(self, batch: str) -> Iterator[LedgerLine]:
        """Yield the last version of every line of a batch, by line id."""
        yield from map_ordered(self.line_heads(batch), self._versions.line)

    def bare_lines(self, batch: str) -> Iterator[LedgerLine]:
        """Yield the same without path and message, which sums do not need; reads half as many objects."""
        yield from map_ordered(self.line_heads(batch), self._versions.bare_line)

    def bare_line_at(self, entry: ChainKey) -> LedgerLine:
        """Return a line version without path and message. Raises ObjectMissing, ObjectCorrupt."""
        return self._versions.bare_line(entry)

    # Chains by their keys: objects are listed, not read.

    def record_heads(self) -> Iterator[ChainKey]:
        """Yield id and last version of every record, by id."""
        yield from self.chains.lasts("records/")

    def line_heads(self, batch: str) -> Iterator[ChainKey]:
        """Yield id and last version of every line of a batch, by id."""
        yield from self.chains.lasts(f"ledger/{batch}/")

    def versions_of_record(self, record_id: str) -> Iterator[ChainKey]:
        """Yield every version of a record, oldest first."""
        yield from self.chains.entries(_record_key(record_id, 0).prefix)

    def versions_of_batch(self, batch: str) -> Iterator[ChainKey]:
        """Yield every version of a batch, oldest first."""
        yield from self.chains.entries(ChainKey("batches", "", batch, 0).prefix)

    def versions_of_line(self, batch: str, line_id: str) -> Iterator[ChainKey]:
        """Yield every version of a ledger line, oldest first."""
        yield from self.chains.entries(ChainKey("ledger", batch, line_id, 0).prefix)

    def versions_of_lines(self, batch: str) -> Iterator[ChainKey]:
        """Yield every version of every line of a batch."""
        yield from self.chains.entries(f"ledger/{batch}/")

    def chain_keys(self, space: str) -> Iterator[ChainKey]:
        """Yield every version of every chain in ``records``, ``ledger`` or ``batches``."""
        yield from self.chains.entries(f"{space}/")

    # Batches.

    def append_batch(self, batch: Batch) -> Batch:
        """Append ``batch`` under its version number. Raises as ``append_record``."""
        entry = ChainKey("batches", "", batch.id, batch.version)
        batch = replace(batch, previous=self.chains.previous(entry, batch.digest))
        return replace(batch, digest=self.chains.append(entry, codec.encode_batch(batch)))

    def batch(self, batch_id: str) -> Batch | None:
        """Return the last version of a batch, or None when there is none."""
        last = self.chains.last(ChainKey("batches", "", batch_id, 0))
        return self._versions.batch(last) if last else None

    def batches(self) -> Iterator[Batch]:
        """Yield the last version of every batch."""
        yield from map_ordered(self.chains.lasts("batches/"), self._versions.batch)

    def batch_at(self, entry: ChainKey) -> Batch:
        """Return a version of a batch. Raises ObjectMissing, ObjectCorrupt."""
        return self._versions.batch(entry)

    # The feed: appended versions by UTC day.

    def feed(self, day: str) -> Iterator[ChainKey]:
        """Yield the versions announced on ``day`` (YYYYMMDD, UTC); a killed writer may not have written its version.

        Two writers that raced for one version announced it with two digests: it is yielded once.
        """
        last = None
        for announced in self.chains.announced(day):
            if announced.entry != last:
                yield announced.entry
            last = announced.entry

    def record_at(self, entry: ChainKey) -> ResultRecord:
        """Return the record version that a feed entry announces. Raises ObjectMissing."""
        return self._versions.record(entry)

    def line_at(self, entry: ChainKey) -> LedgerLine:
        """Return the line version that a feed entry announces. Raises ObjectMissing."""
        return self._versions.line(entry)

    def _reading(self, scan: str, fingerprint: str, attempt: int) -> KeptReading:
        data = self._read(keys.reading_key(scan, fingerprint, attempt))
        return KeptReading(attempt, keys.digest_of(data), data)

    def _read(self, key: str) -> bytes:
        return read_whole(self.store, key)


def _record_key(record_id: str, version: int) -> ChainKey:
    return ChainKey("records", "", record_id, version)


def _chain_key(found: ResultRecord | LedgerLine | Batch) -> ChainKey:
    if isinstance(found, ResultRecord):
        return _record_key(found.id, found.version)
    if isinstance(found, LedgerLine):
        return ChainKey("ledger", found.batch, found.id, found.version)
    return ChainKey("batches", "", found.id, found.version)


def _salt() -> str:
    return secrets.token_hex(16)
