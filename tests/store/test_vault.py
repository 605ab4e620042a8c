"""The vault keeps what it is given, refuses what it must, and finds it again."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

import pytest

from archive.errors import ContentDamaged, ObjectCorrupt, ObjectMissing, StoreUnavailable, VersionConflict
from archive.model.ledger import ScanOutcome
from archive.store import keys
from archive.store.vault import Vault
from tests import makers
from tests.doubles.memory_store import MemoryStore
from tests.doubles.vaults import fill


@pytest.fixture
def vault() -> Vault:
    return Vault(MemoryStore())


def test_content_is_found_by_the_digest_of_its_bytes(vault: Vault) -> None:
    digest = vault.keep_bytes(b"giay phep")

    assert digest == keys.digest_of(b"giay phep")
    assert vault.has(digest)
    assert vault.fetch(digest) == b"giay phep"


def test_bytes_that_are_not_what_was_promised_are_not_kept(vault: Vault) -> None:
    promised = keys.digest_of(b"what was read")

    with pytest.raises(ObjectCorrupt):
        vault.keep(io.BytesIO(b"what is there now"), promised)
    assert not vault.has(promised)


def test_keeping_twice_is_no_error(vault: Vault) -> None:
    assert vault.keep_bytes(b"x") == vault.keep_bytes(b"x")


def test_damaged_content_is_an_error_and_never_returned(vault: Vault) -> None:
    digest = vault.keep_bytes(b"true")
    vault.store.objects[keys.content_key(digest)] = b"fals"  # type: ignore[attr-defined]  # damage on purpose

    with pytest.raises(ObjectCorrupt):
        vault.fetch(digest)
    with pytest.raises(ObjectMissing):
        vault.fetch(keys.digest_of(b"never kept"))


def test_a_record_comes_back_as_it_was(vault: Vault) -> None:
    record = makers.record()
    vault.append_record(record)

    assert vault.head(record.id) == record
    assert list(vault.heads()) == [record]
    assert vault.head(keys.result_id(makers.SCAN, 2)) is None


@pytest.mark.parametrize("ask", [lambda vault, id_: vault.head(id_), lambda vault, _: list(vault.heads())])
def test_a_damaged_version_is_named(vault: Vault, ask: Callable[[Vault, str], object]) -> None:
    record = vault.append_record(makers.record())
    [key] = vault.store.keys("records/")
    vault.store.objects[key] = b"{"  # type: ignore[attr-defined]  # damage on purpose

    with pytest.raises(ObjectCorrupt, match=key):
        ask(vault, record.id)


def test_versions_chain_by_digest(vault: Vault) -> None:
    first = vault.append_record(makers.record())
    second = vault.append_record(makers.of_kind(first, "quyet-dinh", version=2))

    stored = vault.store.objects[f"records/{first.id[:2]}/{first.id[2:4]}/{first.id}/000001.json"]  # type: ignore[attr-defined]  # memory store
    assert second.previous == keys.digest_of(stored)
    assert list(vault.history(first.id)) == [first, second]
    assert vault.head(first.id) == second


def test_a_version_is_appended_once_and_without_gaps(vault: Vault) -> None:
    first = vault.append_record(makers.record())

    with pytest.raises(VersionConflict) as caught:
        vault.append_record(makers.of_kind(first, "quyet-dinh"))
    assert caught.value.retryable
    with pytest.raises(VersionConflict):
        vault.append_record(replace(first, version=3))
    assert vault.head(first.id) == first


def test_names_and_numbers_stand_in_bodies_only(vault: Vault) -> None:
    """What may be personal lies in content that can be destroyed; heads and keys hold digests."""
    vault.append_record(makers.record())
    vault.append_line(makers.line())

    for key, data in vault.store.objects.items():  # type: ignore[attr-defined]  # memory store
        assert "Giấy" not in key
        if not key.startswith("content/"):
            assert "Mẫu" not in data.decode()
            assert "Giấy" not in data.decode()


def test_a_quarantined_line_holds_nothing_of_the_scan(vault: Vault) -> None:
    secret = replace(
        makers.line(), outcome=ScanOutcome.QUARANTINED, sha256=None, bytes=None, record=None, path=None, pages=()
    )
    vault.append_line(secret)

    assert [key for key in vault.store.keys("") if key.startswith("content/")] == []
    assert vault.line(secret.batch, secret.id) == secret


def test_ledger_lines_are_listed_by_batch_in_their_last_version(vault: Vault) -> None:
    first = vault.append_line(makers.line())
    second = vault.append_line(replace(first, version=2, reason="again"))
    other = replace(makers.line(), batch=keys.batch_id("Hộp 13"))
    vault.append_line(other)

    assert list(vault.lines(first.batch)) == [second]
    assert list(map(vault.line_at, vault.versions_of_lines(first.batch))) == [first, second]
    assert sorted(key.version for key in vault.chain_keys("ledger")) == [1, 1, 2]


def test_a_batch_comes_back_as_it_was(vault: Vault) -> None:
    first = vault.append_batch(makers.batch())
    second = vault.append_batch(replace(first, version=2, closed=True))

    assert vault.batch(first.id) == second
    assert list(vault.batches()) == [second]


def test_the_feed_announces_what_was_appended(vault: Vault) -> None:
    record = vault.append_record(makers.record())
    line = vault.append_line(makers.line())
    days = {key.split("/")[1] for key in vault.store.keys("feed/")}
    announced = [entry for day in days for entry in vault.feed(day)]

    assert {entry.space for entry in announced} == {"records", "ledger"}
    assert [vault.record_at(e) for e in announced if e.space == "records"] == [record]
    assert [vault.line_at(e) for e in announced if e.space == "ledger"] == [line]


def test_the_first_reading_made_wins(vault: Vault) -> None:
    first = vault.keep_reading(makers.SCAN, "f" * 16, 0, b"first")
    second = vault.keep_reading(makers.SCAN, "f" * 16, 0, b"second")

    assert second == first
    assert vault.last_reading(makers.SCAN, "f" * 16) == first
    assert vault.last_reading(makers.SCAN, "e" * 16) is None


def test_ids_are_found_by_their_beginning(vault: Vault) -> None:
    record = vault.append_record(makers.record())

    assert list(vault.record_ids(record.id[:4])) == [record.id]
    assert list(vault.record_ids(record.id)) == [record.id]
    assert list(vault.record_ids("0000" if record.id[:4] != "0000" else "1111")) == []


def test_content_that_is_there_with_other_bytes_is_not_taken_for_kept(vault: Vault) -> None:
    digest = vault.keep_bytes(b"right")
    vault.store.objects[keys.content_key(digest)] = b"wrong"  # type: ignore[attr-defined]  # in memory

    with pytest.raises(ContentDamaged, match="repair-from"):
        vault.keep(io.BytesIO(b"right"), digest)
    vault.store.objects[keys.content_key(digest)] = b"right"  # type: ignore[attr-defined]  # in memory
    vault.keep(io.BytesIO(b"right"), digest)


@pytest.mark.parametrize(
    "key",
    [
        "records/.keep",
        "records/ab/cd/notes.txt",
        "ledger/readme.txt",
        "batches/.keep",
        "batches/ab/000001.json",
        "feed/.keep",
        "feed/00000000/x",
        "feed/20260101/01",
    ],
)
def test_what_others_put_into_the_bucket_stops_nobody_from_listing(key: str) -> None:
    store = MemoryStore()
    fill(store)
    vault = Vault(store)

    def listed() -> list[object]:
        feed = [entry for day in ("00000000", "20260101") for entry in vault.feed(day)]
        batches = list(vault.batches())
        return [*batches, *vault.heads(), *vault.lines(batches[0].id), *vault.chain_keys("ledger"), *feed]

    before = listed()
    store.objects[key] = b"x"

    assert listed() == before


def test_what_others_put_among_versions_is_no_version() -> None:
    store = MemoryStore()
    fill(store, ("một",))
    (record,) = Vault(store).heads()
    store.objects[f"{keys.ChainKey('records', '', record.id, 1).prefix}old.json"] = b"x"

    assert Vault(store).head(record.id) == record
    assert [version.version for version in Vault(store).history(record.id)] == [1, 2]


class Flickering(MemoryStore):
    """Gives other bytes once, as a bad cable or proxy does."""

    flickers = 0

    def read(self, key: str) -> BinaryIO:
        """Read; a version comes with one digit altered, so that it still is a version."""
        data = super().read(key).read()
        if self.flickers and key.startswith("records/"):
            self.flickers -= 1
            data = data.replace(b"2026", b"2025", 1)
        return io.BytesIO(data)


def test_wrong_bytes_on_the_way_are_not_chained_for_ever() -> None:
    """The next version would name a version before that never was, and no copy could mend that."""
    store = Flickering()
    vault = Vault(store)
    record = vault.append_record(makers.record())
    store.flickers = 1
    with pytest.raises(StoreUnavailable, match="twice"):
        vault.append_record(replace(record, version=2, digest=None))  # by someone who did not read it
    store.flickers = 1
    second = vault.append_record(replace(record, version=2))  # who knows the true bytes only reads again

    first = next(iter(store.keys("records/")))
    assert second.previous == keys.digest_of(store.objects[first])


def test_every_version_is_announced_with_its_digest() -> None:
    """The name of a head says nothing about its bytes; its announcement does."""
    store = MemoryStore()
    fill(store, ("một",))
    announced = {said.entry: said.digest for said in map(keys.announcement, store.keys("feed/")) if said}

    heads = [key for space in ("records", "ledger", "batches") for key in store.keys(f"{space}/")]
    assert {entry.key: digest for entry, digest in announced.items()} == {
        key: keys.digest_of(store.objects[key]) for key in heads
    }


def test_what_is_decoded_carries_the_digest_that_it_came_from(vault: Vault) -> None:
    appended = (
        vault.append_record(makers.record()),
        vault.append_line(makers.line()),
        vault.append_batch(makers.batch()),
    )
    record, line, batch = appended
    read = vault.head(record.id), vault.line(line.batch, line.id), vault.batch(batch.id)

    assert all(one.digest is not None for one in appended)
    assert [one.digest for one in read if one] == [one.digest for one in appended]
    assert [one.digest for one in vault.bare_lines(line.batch)] == [line.digest]


def test_an_altered_version_is_not_vouched_for_by_the_next_one() -> None:
    """A process that holds the true version must not seal what lies on disk into the chain."""
    store = MemoryStore()
    vault = Vault(store)
    first = vault.append_record(makers.record())
    [key] = store.keys("records/")
    store.objects[key] = store.objects[key].replace(b"os:thu", b"os:tho")

    with pytest.raises(ObjectCorrupt, match=key):
        vault.append_record(replace(first, version=2))
    assert list(store.keys("records/")) == [key]
    assert len(list(store.keys("feed/"))) == 1, "nothing was announced either"


class Counted(MemoryStore):
    """Counts what is read."""

    reads = 0

    def read(self, key: str) -> BinaryIO:
        """Read and count."""
        self.reads += 1
        return super().read(key)


def test_who_knows_the_version_before_reads_it_once_to_go_on() -> None:
    store = Counted()
    vault = Vault(store)
    first = vault.append_record(makers.record())
    store.reads = 0
    vault.append_record(replace(first, version=2))

    assert store.reads == 1


def test_a_version_announced_twice_is_told_once(vault: Vault) -> None:
    """Two writers that race for a version announce it with two digests."""
    record = vault.append_record(makers.record())
    [key] = vault.store.keys("feed/")
    said = keys.announcement(key)
    assert said is not None
    vault.store.create(said._replace(digest="0" * 64).key, io.BytesIO(b""))

    assert [entry.id for entry in vault.feed(said.day)] == [record.id]
