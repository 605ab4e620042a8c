"""Integrity: checks that the bytes under a key fit the key, using this object only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from archive.errors import ObjectCorrupt, ObjectMissing, ObjectNewer, ObjectUnreadable
from archive.messages.catalogue import tr
from archive.messages.sentence import joined
from archive.model.ledger import Batch
from archive.store import keys
from archive.store.api import ObjectStore
from archive.store.format import codec
from archive.store.format.canonical_json import decode
from archive.store.format.readings import decode_reading, decode_reading_head
from archive.store.hashing import Checked

T = TypeVar("T")
INTEGRITY_ERRORS = (ObjectCorrupt, ObjectMissing, ObjectUnreadable)  # of one object; others may be undamaged
OTHER_DIGEST = tr("store.its_bytes_do_not_have_the")


def read_whole(store: ObjectStore, key: str) -> bytes:
    """Return a small object's bytes. Raises ObjectMissing, StoreUnavailable."""
    with store.read(key) as stream:
        try:
            return stream.read()
        except OSError as error:  # of a store that does not translate errors of the system
            raise ObjectUnreadable(tr("store.object_could_not_be_read_to", key=key, reason=error.strerror)) from error


def read_decoded(store: ObjectStore, key: str, decode: Callable[[bytes], T]) -> T:
    """Return the small object under ``key``, decoded by ``decode``.

    Raises ObjectCorrupt, whose message names the key for the repair; ObjectMissing, StoreUnavailable.
    """
    try:
        return decode(read_whole(store, key))
    except ObjectCorrupt as error:
        raise type(error)(joined(": ", [key, error])) from error


def digest_in(key: str) -> str:
    """Return the digest in a key of content. Raises ObjectCorrupt when the key has none."""
    name = key.rsplit("/", 1)[1]
    if keys.content_key(name) != key:
        raise ObjectCorrupt(tr("store.no_content_of_the_archive_lies"))
    return name


def verify_object(store: ObjectStore, key: str) -> int:
    """Read one object to its end and validate it; return its size in bytes. Content is streamed, not held.

    Raises ObjectMissing, ObjectCorrupt, StoreUnavailable (ObjectUnreadable: only this object).
    """
    if not key.startswith("content/"):
        data = read_whole(store, key)
        validate(key, data)
        return len(data)
    size, digest = 0, digest_in(key)
    with store.read(key) as stream:
        checked = Checked(stream, digest)
        try:
            while chunk := checked.read(1 << 20):
                size += len(chunk)
        except ObjectCorrupt as error:
            raise ObjectCorrupt(OTHER_DIGEST) from error
    return size


def validate(key: str, data: bytes) -> None:
    """Raise ObjectCorrupt unless ``data`` fits ``key``: digest, format, identity."""
    try:
        look = _VALIDATORS.get(key.split("/", 1)[0], _newer)
        look(key, data)
    except ObjectNewer:
        _newer(key, data)
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise ObjectCorrupt(tr("store.a_value_is_missing_or_malformed", error=type(error).__name__)) from error


def previous_in(key: str, data: bytes) -> str | None:
    """Return the digest of the previous version that a valid version names; None in version 1."""
    return _head(key, data)["previous"]  # type: ignore[no-any-return]  # text or null: judged before


def _head(key: str, data: bytes) -> dict[str, Any]:
    space = key.split("/", 1)[0]
    if space == "seals":
        return decode(data, "seal")
    if space == "batches":
        batch: Batch = codec.decode_batch(data)
        return {"id": batch.id, "version": batch.version, "previous": batch.previous}
    return codec.decode_record_head(data) if space == "records" else codec.decode_line_head(data)


def _content(key: str, data: bytes) -> None:
    if keys.digest_of(data) != digest_in(key):
        raise ObjectCorrupt(OTHER_DIGEST)


def _reading(key: str, data: bytes) -> None:
    head = decode_reading_head(data)
    _, _, _, scan, fingerprint, attempt = key.split("/")
    if keys.reading_key(head["scan"], keys.identity_id(head["fingerprint"]), int(attempt)) != key:
        raise ObjectCorrupt(tr("store.it_is_not_the_reading_of", scan=scan[:12], fingerprint=fingerprint))
    if not sum(1 for _ in decode_reading(data)):
        raise ObjectCorrupt(tr("store.the_reading_has_no_pages_restore"))


def _version(key: str, data: bytes) -> None:
    entry = keys.parse_chain_key(key)
    head = _head(key, data)
    if (head["id"], head["version"]) != (entry.id, entry.version) or entry.key != key:
        raise ObjectCorrupt(tr("store.it_says_that_it_is_another"))
    if entry.space == "records":
        codec.decode_record(head, None)
    elif entry.space == "ledger":
        codec.decode_line(head, None)
        if head["batch"] != entry.owner:
            raise ObjectCorrupt(tr("store.it_says_that_it_is_of"))


def _newer(key: str, data: bytes) -> None:
    """Accept an object of a newer release, in a space or format of its own: this release cannot validate it."""


def _announcement(key: str, data: bytes) -> None:
    if data or not keys.is_feed_key(key):
        raise ObjectCorrupt(tr("store.this_is_no_announcement_of_the"))


_VALIDATORS: Mapping[str, Callable[[str, bytes], None]] = {
    "content": _content,
    "readings": _reading,
    "batches": _version,
    "records": _version,
    "ledger": _version,
    "seals": _version,
    "feed": _announcement,
}
