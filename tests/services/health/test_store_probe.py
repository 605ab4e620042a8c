"""Probes find out what a store does not keep of its contract, and leave nothing where they may clean up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from archive.model.diagnosis import HealthCheck
from archive.services.health.store_probe import StoreProbe
from archive.services.preservation.copy import Copying
from archive.store.api import ObjectStore
from archive.store.backends.folder import FolderStore
from archive.store.verify.check import Check
from tests.doubles import false_stores
from tests.doubles.memory_store import MemoryStore
from tests.doubles.vaults import fill

LARGE = 1 << 20


def signs(store: ObjectStore) -> dict[str, HealthCheck]:
    """Examine a store; return the signs by name."""
    return {check.name: check for check in StoreProbe(store, LARGE).run()}


@pytest.mark.parametrize("make", [MemoryStore, lambda: None], ids=["memory", "folder"])
def test_a_store_that_keeps_the_contract_is_well(make: Callable[[], ObjectStore | None], tmp_path: Path) -> None:
    found = signs(make() or FolderStore(tmp_path))

    assert list(found) == ["write once", "race", "large object", "listing", "probes"]
    assert [check for check in found.values() if not check.ok] == []


@pytest.mark.parametrize(
    ("make", "name", "seen"),
    [
        (false_stores.Overwriting, "write once", "records would be lost"),
        (false_stores.Racing, "race", "24 were told that they won"),
        (false_stores.LoserKeeping, "race", "bytes of a writer that lost"),
        (false_stores.Latin, "write once", "Vietnamese text was read back altered"),
        (false_stores.Truncating, "large object", "1.0 MiB were read back altered"),
        (false_stores.Numbering, "listing", "in another order"),
        (false_stores.Blurred, "listing", "gives others"),
        (false_stores.Forgetful, "listing", "incompletely"),
        (false_stores.Clinging, "probes", "still there after they were removed"),
    ],
)
def test_what_a_store_does_not_keep_is_found(make: Callable[[], ObjectStore], name: str, seen: str) -> None:
    check = signs(make())[name]

    assert not check.ok
    assert seen in check.seen
    assert check.advice


def test_one_broken_promise_keeps_no_other_from_being_tried() -> None:
    found = signs(false_stores.Truncating())

    assert [name for name, check in found.items() if not check.ok] == ["large object"]


def test_a_store_that_cannot_be_reached_is_asked_once() -> None:
    store = false_stores.Away()
    found = signs(store)

    assert [(name, check.ok) for name, check in found.items()] == [("write once", False)]
    assert "nobody answers" in found["write once"].seen
    assert store.asked == 1


@pytest.mark.parametrize("folder", [False, True])
def test_probes_are_removed_where_the_store_lets_us(folder: bool, tmp_path: Path) -> None:
    store = FolderStore(tmp_path) if folder else MemoryStore()

    assert "removed again" in signs(store)["probes"].seen
    assert list(store.keys()) == []


class Plain:
    """A store that can do nothing beside its contract."""

    def __init__(self) -> None:
        store = MemoryStore()
        self.create, self.read, self.keys = store.create, store.read, store.keys


@pytest.mark.parametrize("make", [Plain, false_stores.Guarded])
def test_probes_that_stay_do_no_harm(make: Callable[[], ObjectStore]) -> None:
    store, copy = make(), MemoryStore()
    fill(store)
    vault = list(store.keys())
    probes = signs(store)["probes"]

    assert probes.ok
    assert "12 probes (1.0 MiB) stay below doctor/; they do no harm and may be deleted by hand" in probes.seen
    assert len(list(store.keys())) == len(vault) + 12
    check = Check(store)
    assert list(check.run()) == []
    assert check.report.objects == len(vault)
    for _ in Copying(store, copy).run():
        pass
    assert list(copy.keys()) == vault
