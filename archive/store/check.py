"""Check: every kept object hashed again, every chain and every reference followed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from archive.errors import ObjectCorrupt
from archive.store import codec, keys
from archive.store.objects import ObjectStore
from archive.store.readings import decode_reading


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong in the vault."""

    code: str
    key: str
    message: str


@dataclass
class CheckReport:
    """What a check went through."""

    objects: int = 0
    bytes: int = 0
    records: int = 0
    lines: int = 0
    batches: int = 0
    orphans: int = 0  # content that nothing refers to: left by killed runs, harmless


class Check:
    """One walk over a store, in the order of its keys: content first, then readings and what refers to them."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._content: set[str] = set()
        self._readings: dict[str, str] = {}
        self._referred: set[str] = set()
        self._record_ids: set[str] = set()
        self._line_refs: list[tuple[str, str]] = []
        self._batch_refs: dict[str, str] = {}  # batch id: a line of it
        self._batch_ids: set[str] = set()
        self._chain = _Chain()
        self.report = CheckReport()

    def run(self) -> Iterator[Finding]:
        """Yield what is wrong, as it is found; ``report`` is complete at the end. Raises StoreUnavailable."""
        looks: dict[str, Callable[[str, bytes], Iterator[Finding]]] = {
            "readings": self._look_reading,
            "records": self._look_record,
            "ledger": self._look_line,
        }
        batches = []
        for key in self._store.keys(""):
            self.report.objects += 1
            space = key.split("/", 1)[0]
            if space == "content":
                yield from self._look_content(key)
            elif space == "batches":
                batches.append(key)  # they sort first and refer to content: looked at when that is known
            elif space in looks:
                yield from self._looked(looks[space], key)
            elif space != "feed":
                yield Finding("foreign", key, "the archive did not put this here; move it away")
        for key in batches:
            yield from self._looked(self._look_batch, key)
        yield from self._loose_ends()

    def _looked(self, look: Callable[[str, bytes], Iterator[Finding]], key: str) -> Iterator[Finding]:
        try:
            with self._store.read(key) as stream:
                data = stream.read()
            self.report.bytes += len(data)
            yield from look(key, data)
        except ObjectCorrupt as error:
            yield Finding("damaged", key, str(error))
        except (KeyError, ValueError, TypeError) as error:
            yield Finding("damaged", key, f"a value is missing or malformed ({type(error).__name__}); restore a backup")

    def _look_content(self, key: str) -> Iterator[Finding]:
        digest = hashlib.sha256()
        with self._store.read(key) as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
                self.report.bytes += len(chunk)
        name = key.rsplit("/", 1)[1]
        self._content.add(name)
        if digest.hexdigest() != name or keys.content_key(name) != key:
            yield Finding("damaged", key, "its bytes do not have the digest in its name; restore it from a backup")

    def _look_reading(self, key: str, data: bytes) -> Iterator[Finding]:
        self._readings[key] = keys.digest_of(data)
        if not sum(1 for _ in decode_reading(data)):
            yield Finding("damaged", key, "the reading has no pages; restore it from a backup")

    def _look_record(self, key: str, data: bytes) -> Iterator[Finding]:
        head = codec.decode_record_head(data)
        yield from self._chain.look(key, data, head)
        if head["version"] == 1:
            self.report.records += 1
        self._record_ids.add(head["id"])
        for part in head["parts"]:
            yield from self._refer(key, part["sha256"], "an original")
            reading = keys.reading_key(part["sha256"], part["fingerprint"], part["attempt"])
            self._referred.add(reading)
            if self._readings.get(reading) != part["reading"]:
                yield Finding("missing", key, "its reading is missing or another one; restore it from a backup")
        yield from self._body(key, head, codec.decode_record)

    def _look_line(self, key: str, data: bytes) -> Iterator[Finding]:
        head = codec.decode_line_head(data)
        yield from self._chain.look(key, data, head)
        self.report.lines += head["version"] == 1
        self._batch_refs.setdefault(head["batch"], key)
        if head["sha256"] is not None:
            yield from self._refer(key, head["sha256"], "the scan's original")
        if head["record"] is not None and head["record"] not in self._record_ids:
            self._line_refs.append((key, head["record"]))  # records sort after the ledger
        yield from self._body(key, head, codec.decode_line)

    def _look_batch(self, key: str, data: bytes) -> Iterator[Finding]:
        batch = codec.decode_batch(data)
        yield from self._chain.look(key, data, {"id": batch.id, "version": batch.version, "previous": batch.previous})
        self.report.batches += batch.version == 1
        self._batch_ids.add(batch.id)
        for digest in batch.given:
            yield from self._refer(key, digest, "a list of scans given")

    def _body(
        self, key: str, head: dict[str, Any], read: Callable[[dict[str, Any], bytes | None], Any]
    ) -> Iterator[Finding]:
        body = head["body"]
        if body is None:
            read(head, None)
            return
        yield from self._refer(key, body, "its body")
        if body in self._content:
            with self._store.read(keys.content_key(body)) as stream:
                read(head, stream.read())

    def _refer(self, key: str, digest: str, what: str) -> Iterator[Finding]:
        self._referred.add(digest)
        if digest not in self._content:
            yield Finding("missing", key, f"{what} ({digest[:12]}) is not in the store; restore it from a backup")

    def _loose_ends(self) -> Iterator[Finding]:
        for key, record in self._line_refs:
            if record not in self._record_ids:
                yield Finding("missing", key, f"record {record[:12]} is not in the store; restore it from a backup")
        for batch, key in self._batch_refs.items():
            if batch not in self._batch_ids:  # a batch is opened before any line of it
                yield Finding("missing", key, f"its batch {batch[:12]} is not in the store; restore it from a backup")
        self.report.orphans = len(self._content - self._referred) + len(self._readings.keys() - self._referred)


class _Chain:
    """Follows versions: 1, 2, 3 … each holding the digest of the one before."""

    def __init__(self) -> None:
        self._prefix = ""
        self._version = 0
        self._digest: str | None = None

    def look(self, key: str, data: bytes, head: dict[str, Any]) -> Iterator[Finding]:
        entry = keys.parse_chain_key(key)
        if entry.prefix != self._prefix:
            self._prefix, self._version, self._digest = entry.prefix, 0, None
        if entry.version != self._version + 1:
            yield Finding("chain", key, f"version {self._version + 1} is missing; restore it from a backup")
            self._digest = head["previous"]  # said once; go on from here
        if (head["id"], head["version"]) != (entry.id, entry.version):
            yield Finding("chain", key, "it says that it is another version; restore it from a backup")
        if head["previous"] != self._digest:
            yield Finding("chain", key, "the version before it was altered; restore that from a backup")
        self._version, self._digest = entry.version, keys.digest_of(data)
