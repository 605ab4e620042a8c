"""Every version has a witness in the feed, and a check holds one against the other."""

from __future__ import annotations

from io import BytesIO

import pytest

from archive.store import keys
from archive.store.keys import ChainKey
from archive.store.verify.check import Check, Finding
from tests.doubles.memory_store import MemoryStore
from tests.doubles.vaults import fill


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    fill(store, ("một", "hai"))
    return store


def found(store: MemoryStore) -> list[tuple[str, str]]:
    return [(finding.code, finding.key) for finding in Check(store).run()]


def last(store: MemoryStore, space: str) -> str:
    return list(store.keys(f"{space}/"))[-1]


def announcement_of(store: MemoryStore, key: str) -> str:
    said = (keys.announcement(one) for one in store.keys("feed/"))
    return next(one.key for one in said if one is not None and one.entry.key == key)


@pytest.mark.parametrize("space", ["records", "ledger", "batches"])
def test_the_last_version_of_a_chain_cannot_be_altered_unseen(space: str, store: MemoryStore) -> None:
    key = last(store, space)
    digest = keys.digest_of(store.objects[key])
    store.objects[key] = store.objects[key].replace(b"os:thu", b"os:tho")
    (finding,) = Check(store).run()

    assert (finding.code, finding.key, finding.lacks, finding.digest) == ("altered", key, key, digest)


@pytest.mark.parametrize("space", ["records", "ledger", "batches"])
def test_a_version_that_nothing_announced_is_found(space: str, store: MemoryStore) -> None:
    key = last(store, space)
    del store.objects[announcement_of(store, key)]

    assert found(store) == [("unwitnessed", key)]


def test_a_version_that_was_announced_and_is_not_there_needs_a_person(store: MemoryStore) -> None:
    key = last(store, "ledger")
    del store.objects[key]
    findings = list(Check(store).run())

    assert [(finding.code, finding.key, finding.is_damage) for finding in findings] == [("announced_only", key, False)]


def test_a_writer_that_lost_a_race_left_no_finding(store: MemoryStore) -> None:
    said = keys.announcement(announcement_of(store, last(store, "records")))
    assert said is not None
    store.create(said._replace(digest="0" * 64).key, BytesIO(b""))

    assert found(store) == []


def test_an_announcement_is_empty(store: MemoryStore) -> None:
    key = next(store.keys("feed/"))
    store.objects[key] = b"x"

    assert found(store) == [("damaged", key)]


def test_what_an_import_writes_while_a_check_runs_is_no_finding(store: MemoryStore) -> None:
    """Content and feed are listed before the versions that rest on them."""

    class Busy(MemoryStore):
        idle = True

        def create(self, key: str, data: BytesIO) -> None:  # type: ignore[override]  # what tests write
            super().create(key, data)

        def read(self, key: str) -> BytesIO:  # type: ignore[override]  # bytes in memory
            if key.startswith("feed/") and self.idle:
                self.idle = False
                fill(self, ("ba",), batch="Hộp 13")
            return BytesIO(self.objects[key])

    busy = Busy()
    busy.objects.update(store.objects)
    seen: list[str] = []
    listed = busy.keys

    def growing(prefix: str = "") -> object:
        for space in ("batches", "content", "feed", "ledger", "readings", "records") if prefix == "" else (prefix,):
            seen.append(space)
            yield from listed(f"{space}/" if prefix == "" else prefix)

    busy.keys = growing  # type: ignore[method-assign,assignment]  # lists space by space, as a folder does
    findings: list[Finding] = list(Check(busy).run())

    assert not busy.idle
    assert findings == []


def test_unknown_spaces_and_announcements_of_a_newer_release_are_no_damage(store: MemoryStore) -> None:
    day = next(store.keys("feed/")).split("/")[1]
    store.objects["events/ab/cd/one.json"] = b"{}"
    store.objects["events/ab/cd/two.json"] = b"{}"
    store.objects[f"feed/{day}/05{'ab' * 16}000001.{'cd' * 32}"] = b""
    findings = list(Check(store).run())

    assert [(finding.code, finding.is_damage) for finding in findings] == [("newer", False)] * 2
    assert "2 objects in events" in findings[0].message + findings[1].message


def test_a_whole_chain_that_goes_with_its_announcements_is_missed_by_who_names_it(store: MemoryStore) -> None:
    record = last(store, "records")
    entry = keys.parse_chain_key(record)
    for key in list(store.keys(entry.prefix)):
        del store.objects[announcement_of(store, key)]
        del store.objects[key]

    assert ("missing", ChainKey("records", "", entry.id, 1).key) in {
        (finding.code, finding.lacks) for finding in Check(store).run()
    }


@pytest.mark.parametrize("space", ["records", "batches"])
def test_a_chain_that_somebody_deleted_is_one_finding_with_one_advice(space: str, store: MemoryStore) -> None:
    """Who names it says that it must come back; that it was announced would advise another import."""
    entry = keys.parse_chain_key(last(store, space))
    for key in list(store.keys(entry.prefix)):
        del store.objects[key]
    findings = list(Check(store).run())

    assert [(finding.code, finding.lacks) for finding in findings] == [("missing", entry._replace(version=1).key)]
