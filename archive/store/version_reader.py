"""VersionReader: stored versions of records, ledger lines and batches, with their bodies, as values of the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import TypeVar

from archive.errors import ObjectMissing
from archive.model.ledger import Batch, LedgerLine
from archive.model.results import ResultRecord
from archive.store import keys
from archive.store.api import ObjectStore
from archive.store.format import codec
from archive.store.hashing import Checked, Writable
from archive.store.integrity import read_decoded
from archive.store.keys import ChainKey
from archive.store.withheld import is_withheld

T = TypeVar("T")
_CHUNK = 1 << 20


class VersionReader:
    """Reads versions from one store; each carries the digest of its head's bytes. Picklable.

    All methods raise ObjectMissing, ObjectCorrupt and StoreUnavailable.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def record(self, entry: ChainKey) -> ResultRecord:
        """Return a record version. Fields and names are empty when its body is left out or destroyed."""
        head, digest = self._head(entry, codec.decode_record_head)
        return replace(codec.decode_record(head, self._record_body(entry, head["body"])), digest=digest)

    def line(self, entry: ChainKey) -> LedgerLine:
        """Return a version of a ledger line."""
        head, digest = self._head(entry, codec.decode_line_head)
        body = fetch_content(self._store, head["body"]) if head["body"] else None
        return replace(codec.decode_line(head, body), digest=digest)

    def bare_line(self, entry: ChainKey) -> LedgerLine:
        """Return a version of a ledger line without path and message; reads one object instead of two."""
        head, digest = self._head(entry, codec.decode_line_head)
        return replace(codec.decode_line(head, None), digest=digest)

    def batch(self, entry: ChainKey) -> Batch:
        """Return a version of a batch."""
        batch, digest = self._head(entry, codec.decode_batch)
        return replace(batch, digest=digest)

    def _record_body(self, entry: ChainKey, body: str | None) -> bytes | None:
        """Return the body of a record version; None for a tombstone, and in a copy for a withheld record."""
        try:
            return fetch_content(self._store, body) if body else None
        except ObjectMissing:
            if is_withheld(self._store, entry):
                return None
            raise

    def _head(self, entry: ChainKey, decode: Callable[[bytes], T]) -> tuple[T, str]:
        """Return a stored version's head, decoded, and the digest of its bytes."""
        return read_decoded(self._store, entry.key, lambda data: (decode(data), keys.digest_of(data)))


def copy_content(store: ObjectStore, digest: str, target: Writable) -> None:
    """Write content ``digest`` to ``target``. Raises ObjectCorrupt after its last byte when the digest differs.

    Raises ObjectMissing, StoreUnavailable as well.
    """
    with store.read(keys.content_key(digest)) as stream:
        checked = Checked(stream, digest)
        while chunk := checked.read(_CHUNK):
            target.write(chunk)


def fetch_content(store: ObjectStore, digest: str) -> bytes:
    """Return content ``digest``, verified. Raises ObjectMissing, ObjectCorrupt, StoreUnavailable."""
    out = BytesIO()
    copy_content(store, digest, out)
    return out.getvalue()
