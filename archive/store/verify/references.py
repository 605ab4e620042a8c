"""References: the objects that a stored version names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from archive.errors import ObjectNewer
from archive.store import keys
from archive.store.format import codec
from archive.store.keys import ChainKey
from archive.store.seals.chain import decode_seal


class Reference(NamedTuple):
    """One object that a version names; ``digest``: the expected one, None when the key holds it."""

    key: str
    digest: str | None = None


def references_of(key: str, data: bytes) -> Iterator[Reference]:
    """Yield the references of a valid version; a reference to a chain names its first version.

    Yields none for a version of a newer format.
    """
    with suppress(ObjectNewer):
        yield from _references_of(key, data)


def _references_of(key: str, data: bytes) -> Iterator[Reference]:
    space = key.split("/", 1)[0]
    if space == "records":
        yield from _by_record(codec.decode_record_head(data))
    elif space == "ledger":
        yield from _by_line(codec.decode_line_head(data))
    elif space == "batches":
        batch = codec.decode_batch(data)
        for digest in (*batch.given, *((batch.sealed.list,) if batch.sealed else ())):
            yield Reference(keys.content_key(digest))
    elif space == "seals":
        yield Reference(keys.content_key(decode_seal(data).list))


def _by_record(head: dict[str, object]) -> Iterator[Reference]:
    record = codec.decode_record(head, None)
    for part in record.parts:
        yield Reference(keys.content_key(part.sha256))
        yield Reference(keys.reading_key(part.sha256, part.fingerprint, part.attempt), part.reading)
    yield from _body(head)


def _by_line(head: dict[str, object]) -> Iterator[Reference]:
    line = codec.decode_line(head, None)
    if line.sha256 is not None:
        yield Reference(keys.content_key(line.sha256))
    if line.record is not None:
        yield Reference(ChainKey("records", "", line.record, 1).key)
    yield Reference(ChainKey("batches", "", line.batch, 1).key)
    yield from _body(head)


def _body(head: dict[str, object]) -> Iterator[Reference]:
    if isinstance(head["body"], str):
        yield Reference(keys.content_key(head["body"]))
