"""Damage is mended from a copy, and from nothing but what is whole there and fits here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

import pytest

from archive.errors import RequestRefused, SettingsError
from archive.services.preservation.repair import Repair, Repaired
from archive.store.api import ObjectStore
from archive.store.format.readings import ReadPage, encode_reading
from archive.store.keys import ChainKey
from archive.store.vault import Vault
from archive.store.verify.check import Check
from tests import makers
from tests.doubles.memory_store import MemoryStore
from tests.doubles.vaults import copy_of, fill

Damage = Callable[[MemoryStore], None]


@pytest.fixture
def other() -> MemoryStore:
    """The copy, whole."""
    store = MemoryStore()
    fill(store)
    return store


def repaired(ours: ObjectStore, other: ObjectStore) -> list[Repaired]:
    """Mend whatever a check finds."""
    repair = Repair(ours, other)
    repair.prepare()
    return list(repair.run([*Check(ours).run(), *repair.lost()]))


def key_of(store: MemoryStore, prefix: str, end: str = "", holds: bytes = b"") -> str:
    return next(key for key in store.keys(prefix) if key.endswith(end) and holds in store.objects[key])


def lose(prefix: str, end: str = "", holds: bytes = b"") -> Damage:
    def damage(store: MemoryStore) -> None:
        del store.objects[key_of(store, prefix, end, holds)]

    return damage


def cut(prefix: str, end: str = "", holds: bytes = b"") -> Damage:
    def damage(store: MemoryStore) -> None:
        key = key_of(store, prefix, end, holds)
        store.objects[key] = store.objects[key][:-9]

    return damage


def alter(prefix: str, end: str, old: bytes, new: bytes) -> Damage:
    def damage(store: MemoryStore) -> None:
        key = key_of(store, prefix, end)
        assert old in store.objects[key]
        store.objects[key] = store.objects[key].replace(old, new)

    return damage


def swap_reading(store: MemoryStore) -> None:
    """Put another whole reading of the same scan there: only the record says that it is not the one."""
    key = key_of(store, "readings/")
    pages = [ReadPage(makers.page(1))]
    store.objects[key] = encode_reading(key.split("/")[3], {"engine": "fixed"}, pages)


def lose_all(prefix: str) -> Damage:
    def damage(store: MemoryStore) -> None:
        for key in list(store.keys(prefix)):
            del store.objects[key]

    return damage


def lose_a_record(store: MemoryStore) -> None:
    prefix = key_of(store, "records/").rpartition("/")[0]
    lose_all(prefix)(store)


def lose_a_record_with_all_it_names(store: MemoryStore) -> None:
    lose_a_record(store)
    lose_all("content/")(store)
    lose_all("readings/")(store)


def lose_a_line_with_its_body(store: MemoryStore) -> None:
    lose("ledger/")(store)
    lose("content/", holds=b'"type":"line-body"')(store)


DAMAGES = {
    "lost original": lose("content/", holds=b"scan "),
    "cut original": cut("content/", holds=b"scan "),
    "lost body": lose("content/", holds=b'"type":"record-body"'),
    "cut body": cut("content/", holds=b'"type":"line-body"'),
    "lost list of what was given": lose("content/", holds=b'"type":"given"'),
    "lost reading": lose("readings/"),
    "cut reading": cut("readings/"),
    "another reading": swap_reading,
    "lost first version": lose("records/", "1.json"),
    "cut first version": cut("records/", "1.json"),
    "altered first version": alter("records/", "1.json", b"os:thu", b"os:tho"),
    "cut last version": cut("records/", "2.json"),
    "last version that follows another": alter("records/", "2.json", b'"previous":"', b'"previous":"0'),
    "version that says it is another": alter("records/", "1.json", b'"version":1', b'"version":3'),
    "lost record": lose_a_record,
    "lost record and all content": lose_a_record_with_all_it_names,
    "cut line": cut("ledger/"),
    "lost batch": lose("batches/"),
    "cut batch": cut("batches/"),
    "lost last version": lose("records/", "2.json"),
    "lost line": lose("ledger/"),
    "lost line with its body": lose_a_line_with_its_body,
    "all content lost": lose_all("content/"),
    "all records lost": lose_all("records/"),
}
# What nothing else names leaves no trace: only a copy that still has it tells.
UNSEEN = {"lost last version", "lost line", "lost line with its body"}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_a_copy_has_whole_comes_back_byte_for_byte(name: str, other: MemoryStore) -> None:
    ours = copy_of(other)
    DAMAGES[name](ours)
    assert ours.objects != other.objects
    results = repaired(ours, other)

    assert [result for result in results if not result.mended] == []
    assert ours.objects == other.objects
    assert list(Check(ours).run()) == []


def test_a_gap_of_several_versions_is_closed(other: MemoryStore) -> None:
    vault = Vault(other)
    head = next(vault.heads())
    for version in (3, 4, 5):
        head = vault.append_record(replace(head, version=version))
    ours = copy_of(other)
    for version in (2, 3, 4):
        del ours.objects[ChainKey("records", "", head.id, version).key]

    assert all(result.mended for result in repaired(ours, other))
    assert ours.objects == other.objects


@pytest.mark.parametrize("name", sorted(DAMAGES.keys() - UNSEEN))
def test_nothing_is_taken_from_a_copy_that_has_the_same_damage(name: str, other: MemoryStore) -> None:
    DAMAGES[name](other)
    ours = copy_of(other)
    before = dict(ours.objects)
    results = repaired(ours, other)

    assert results
    assert [result for result in results if result.mended] == []
    assert all(result.reason for result in results)
    assert ours.objects == before


def test_a_version_that_nothing_proves_is_not_taken(other: MemoryStore) -> None:
    ours = copy_of(other)
    cut("records/", "2.json")(ours)
    alter("records/", "2.json", b'"previous":"', b'"previous":"0')(other)
    (result,) = repaired(ours, other)

    assert (result.mended, result.reason) == (
        False,
        "the other store cannot help: it does not follow the version before it",
    )


def test_one_object_that_cannot_be_mended_keeps_no_other_from_it(other: MemoryStore) -> None:
    ours = copy_of(other)
    lose_all("content/")(ours)
    lost = key_of(other, "content/", holds=b"scan ")
    del other.objects[lost]
    results = repaired(ours, other)

    assert [(one.key, one.reason) for one in results if not one.mended] == [
        (lost, "the other store cannot help: it is not there")
    ]
    assert ours.objects == other.objects


def test_what_is_no_part_of_the_archive_stays_a_finding(other: MemoryStore) -> None:
    ours = copy_of(other)
    ours.objects["photo.jpg"] = b"x"
    (result,) = repaired(ours, other)

    assert (result.key, result.mended) == ("photo.jpg", False)
    assert "move it away" in (result.reason or "")


class PlainStore:
    """A store that keeps the contract and can do nothing beside it."""

    def __init__(self, store: MemoryStore) -> None:
        self.objects = store.objects
        self.create, self.read, self.keys = store.create, store.read, store.keys


def test_a_store_that_cannot_mend_says_so_and_what_else_to_do(other: MemoryStore) -> None:
    ours = copy_of(other)
    cut("readings/")(ours)

    with pytest.raises(SettingsError, match="archive copy"):
        repaired(PlainStore(ours), other)


def test_what_is_lost_comes_back_even_where_a_store_cannot_mend(other: MemoryStore) -> None:
    ours = copy_of(other)
    lose_a_record_with_all_it_names(ours)

    assert all(result.mended for result in repaired(PlainStore(ours), other))
    assert ours.objects == other.objects


class LockedStore(MemoryStore):
    """A store in which one object is locked."""

    locked = ""

    def repair(self, key: str, data: BinaryIO) -> None:
        """Mend, unless it is locked."""
        if key == self.locked:
            raise SettingsError("the object is locked until next year")
        super().repair(key, data)


def test_a_locked_object_is_named_and_the_others_are_mended(other: MemoryStore) -> None:
    ours = LockedStore()
    ours.objects.update(other.objects)
    cut("content/", holds=b"scan ")(ours)
    cut("readings/")(ours)
    ours.locked = key_of(other, "readings/")
    results = repaired(ours, other)

    assert {result.key: result.mended for result in results} == {
        key_of(other, "content/", holds=b"scan "): True,
        ours.locked: False,
    }


def test_a_store_that_holds_nothing_is_refused(other: MemoryStore) -> None:
    with pytest.raises(RequestRefused, match="spelling"):
        repaired(other, MemoryStore())


def test_another_archive_is_refused(other: MemoryStore) -> None:
    stranger = MemoryStore()
    fill(stranger, ("khác",))

    with pytest.raises(RequestRefused, match="another archive"):
        repaired(other, stranger)


def test_an_archive_with_other_batches_is_not_taken_in(other: MemoryStore) -> None:
    stranger = MemoryStore()
    fill(stranger, ("khác",), batch="Thùng của xã khác")
    before = dict(other.objects)

    with pytest.raises(RequestRefused, match="another archive"):
        repaired(other, stranger)
    assert other.objects == before


@pytest.mark.parametrize("key", ["records/.keep", "batches/.keep", "ledger/x.txt"])
def test_what_others_put_into_either_store_keeps_nothing_from_being_mended(key: str, other: MemoryStore) -> None:
    ours = copy_of(other)
    cut("readings/")(ours)
    ours.objects[key] = b"x"
    other.objects[f"{key}0"] = b"x"
    results = {result.key: result.mended for result in repaired(ours, other)}

    assert results == {key_of(other, "readings/"): True, key: False}
    assert f"{key}0" not in ours.objects
