"""What a newer release wrote is named as that: kept, copied and hashed, never called damaged."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from io import BytesIO

import pytest

from archive.errors import ObjectNewer
from archive.model.ledger import LedgerLine
from archive.services.preservation.copy import Copying
from archive.store import keys
from archive.store.format.canonical_json import FORMATS, decode, encode
from archive.store.keys import ChainKey
from archive.store.vault import Vault
from archive.store.verify.check import Check, Finding
from tests import makers
from tests.doubles.memory_store import MemoryStore
from tests.doubles.vaults import fill


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    fill(store)
    return store


def append_newer(store: MemoryStore, space: str) -> ChainKey:
    """Append a version to a chain of ``space`` as a release of a later format would, with its announcement."""
    last = max(Vault(store).chains.entries(f"{space}/"))
    before = store.objects[last.key]
    entry = last._replace(version=last.version + 1)
    head = json.loads(before)
    head |= {"format": head["format"] + 1, "version": entry.version, "previous": keys.digest_of(before), "news": {}}
    data = encode({name: value for name, value in head.items() if name not in ("actor", "parts", "pages")})
    store.create(keys.feed_key("20260306", entry, keys.digest_of(data)), BytesIO(b""))
    store.create(entry.key, BytesIO(data))
    return entry


def newer_reading(store: MemoryStore) -> None:
    """Put the next attempt at a reading there, as a release of a later format would."""
    last = max(store.keys("readings/"))
    head = json.loads(gzip.decompress(store.objects[last]).splitlines()[0])
    data = gzip.compress(encode({**head, "format": head["format"] + 1}) + b"not even JSON\n", mtime=0)
    store.create(last[:-3] + "001", BytesIO(data))


CHANGES: dict[str, Callable[[MemoryStore], object]] = {
    **{space: lambda store, space=space: append_newer(store, space) for space in ("records", "ledger", "batches")},  # type: ignore[misc]  # bound now
    "readings": newer_reading,
}


@pytest.mark.parametrize("space", CHANGES)
def test_it_is_no_damage_and_is_copied(store: MemoryStore, space: str) -> None:
    CHANGES[space](store)
    copy = MemoryStore()

    said = list(Copying(store, copy).run())
    found = [list(Check(one).run()) for one in (store, copy)]

    assert [one for one in said if isinstance(one, Finding)] == []
    assert copy.objects == store.objects
    assert [[(one.code, one.is_damage) for one in findings] for findings in found] == [[("newer", False)]] * 2
    assert all("update the archive" in one.message for findings in found for one in findings)


def test_a_body_that_is_newer_than_its_head_is_no_damage(store: MemoryStore) -> None:
    line: LedgerLine = next(Vault(store).lines(makers.BATCH))
    head = json.loads(store.objects[ChainKey("ledger", line.batch, line.id, line.version).key])
    body = json.loads(store.objects[keys.content_key(head["body"])])
    data = encode({**body, "format": FORMATS["line-body"] + 1})
    other = MemoryStore()
    Vault(other).keep_bytes(data)
    store.objects.update(other.objects)
    before = ChainKey("ledger", line.batch, line.id, line.version).key
    entry = ChainKey("ledger", line.batch, line.id, line.version + 1)
    head |= {"version": entry.version, "previous": keys.digest_of(store.objects[before]), "body": keys.digest_of(data)}
    store.create(keys.feed_key("20260306", entry, keys.digest_of(encode(head))), BytesIO(b""))
    store.create(entry.key, BytesIO(encode(head)))

    assert [(one.code, one.is_damage) for one in Check(store).run()] == [("newer", False)]


def test_reading_it_says_to_update() -> None:
    with pytest.raises(ObjectNewer, match="update the archive"):
        decode(encode({"type": "record", "format": FORMATS["record"] + 1}), "record")
