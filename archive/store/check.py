"""Check: every kept object hashed again, every chain and every reference followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from archive.errors import ObjectCorrupt, ObjectUnreadable
from archive.store import codec, keys
from archive.store.keys import ChainKey
from archive.store.objects import ObjectStore
from archive.store.soundness import judge, look_through, read_whole


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong in the vault.

    ``lacks`` is the key of the object that is damaged or not there (of versions, the first that is not); None where no
    object could mend it. ``digest`` is what that object has, where another one says so.
    """

    code: str
    key: str
    message: str
    lacks: str | None = None
    digest: str | None = None


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
            space = key.split("/", 1)[0]
            if space == keys.PROBES:
                continue
            self.report.objects += 1
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
            data = read_whole(self._store, key)
            self.report.bytes += len(data)
            yield from look(key, data)
        except (ObjectCorrupt, ObjectUnreadable) as error:
            yield Finding("damaged", key, str(error), key)
        except (KeyError, ValueError, TypeError) as error:
            message = f"a value is missing or malformed ({type(error).__name__}); restore a backup"
            yield Finding("damaged", key, message, key)

    def _look_content(self, key: str) -> Iterator[Finding]:
        self._content.add(key.rsplit("/", 1)[1])
        try:
            self.report.bytes += look_through(self._store, key)
        except (ObjectCorrupt, ObjectUnreadable) as error:
            yield Finding("damaged", key, str(error), key)

    def _look_reading(self, key: str, data: bytes) -> Iterator[Finding]:
        self._readings[key] = keys.digest_of(data)
        judge(key, data)
        yield from ()

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
                message = "its reading is missing or another one; restore it from a backup"
                yield Finding("missing", key, message, reading, part["reading"])
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
            try:
                read(head, read_whole(self._store, keys.content_key(body)))
            except (ObjectCorrupt, ObjectUnreadable) as error:
                yield Finding("damaged", key, f"its body: {error}", keys.content_key(body))

    def _refer(self, key: str, digest: str, what: str) -> Iterator[Finding]:
        self._referred.add(digest)
        if digest not in self._content:
            message = f"{what} ({digest[:12]}) is not in the store; restore it from a backup"
            yield Finding("missing", key, message, keys.content_key(digest))

    def _loose_ends(self) -> Iterator[Finding]:
        for key, record in self._line_refs:
            if record not in self._record_ids:
                message = f"record {record[:12]} is not in the store; restore it from a backup"
                yield Finding("missing", key, message, ChainKey("records", "", record, 1).key)
        for batch, key in self._batch_refs.items():
            if batch not in self._batch_ids:  # a batch is opened before any line of it
                message = f"its batch {batch[:12]} is not in the store; restore it from a backup"
                yield Finding("missing", key, message, ChainKey("batches", "", batch, 1).key)
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
        before = entry._replace(version=max(1, entry.version - 1)).key
        if entry.version != self._version + 1:
            lost = entry._replace(version=self._version + 1)
            yield Finding("chain", key, f"version {lost.version} is missing; restore it from a backup", lost.key)
            self._digest = head["previous"]  # said once; go on from here
        if (head["id"], head["version"]) != (entry.id, entry.version):
            yield Finding("chain", key, "it says that it is another version; restore it from a backup", key)
        if head["previous"] != self._digest:
            yield Finding("chain", key, "the version before it was altered; restore that from a backup", before)
        self._version, self._digest = entry.version, keys.digest_of(data)
