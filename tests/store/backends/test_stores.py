"""The embedded stores keep the contract."""

from __future__ import annotations

import io
import os
import pickle
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.errors import ObjectUnreadable, SettingsError, StoreUnavailable
from archive.store.api import ObjectStore
from archive.store.backends.folder import FolderStore
from tests.contracts.durability import DurabilityContract
from tests.contracts.object_store import ObjectStoreContract
from tests.contracts.store_capabilities import DestroyingContract, MendingContract
from tests.doubles.memory_store import MemoryStore
from tests.doubles.power import unreadable


class TestMemoryStore(ObjectStoreContract, MendingContract, DestroyingContract):
    """Memory."""

    @pytest.fixture
    def store(self) -> ObjectStore:
        return MemoryStore()

    @pytest.fixture
    def torn(self, store: MemoryStore) -> Callable[[str], ObjectStore]:
        def tear(key: str) -> ObjectStore:
            store.unreadable.add(key)
            return store

        return tear


class TestFolderStore(ObjectStoreContract, MendingContract, DestroyingContract, DurabilityContract):
    """A folder."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:
        return FolderStore(tmp_path / "vault")

    @pytest.fixture
    def torn(self, store: FolderStore) -> Callable[[str], ObjectStore]:
        def tear(key: str) -> ObjectStore:
            unreadable(store.root / key)
            return store

        return tear

    def test_a_bad_block_is_the_fault_of_one_object_and_no_other_is_to_be_given_up(
        self, store: FolderStore, torn: Callable[[str], ObjectStore]
    ) -> None:
        store.create("content/ab/1", io.BytesIO(b"x"))
        torn("content/ab/1")

        with (
            store.read("content/ab/1") as stream,
            pytest.raises(ObjectUnreadable, match=r"content/ab/1.*Input/output error; check the disk"),
        ):
            stream.read()

    def test_nothing_is_readable_by_others(self, store: FolderStore) -> None:
        store.create("content/ab/x", io.BytesIO(b"x"))

        for folder, _, files in os.walk(store.root):
            assert stat.S_IMODE(Path(folder).stat().st_mode) == 0o700
            for name in files:
                assert stat.S_IMODE((Path(folder) / name).stat().st_mode) == 0o600

    def test_staging_holds_nothing_afterwards_and_is_no_object(self, store: FolderStore) -> None:
        store.create("content/ab/x", io.BytesIO(b"x"))

        assert list((store.root / "staging").iterdir()) == []
        (store.root / "staging" / "1.dead").write_bytes(b"half")
        assert list(store.keys()) == ["content/ab/x"]

    def test_sweep_removes_only_what_was_abandoned(self, store: FolderStore) -> None:
        store.create("content/ab/x", io.BytesIO(b"x"))
        old, new = store.root / "staging" / "1.old", store.root / "staging" / "2.new"
        old.write_bytes(b"half")
        new.write_bytes(b"being written")
        os.utime(old, (0, 0))

        assert store.sweep() == 1
        assert not old.exists()
        assert new.exists()

    def test_a_file_system_without_links_is_a_setting_to_mend(
        self, store: FolderStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", refuse)
        with pytest.raises(SettingsError, match="hard links"):
            store.create("a/1", io.BytesIO(b"x"))
        assert list(store.keys()) == []

    def test_a_full_disk_is_retryable_and_leaves_nothing(
        self, store: FolderStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        store.root.mkdir(mode=0o700)
        (store.root / "staging").mkdir()
        with pytest.raises(StoreUnavailable, match="free some space") as caught:
            store.create("a/1", io.BytesIO(b"x"))
        assert caught.value.retryable
        monkeypatch.undo()
        assert list(store.keys()) == []
        assert list((store.root / "staging").iterdir()) == []

    def test_a_file_in_the_place_of_the_store_is_not_an_empty_store(self, store: FolderStore) -> None:
        store.root.write_bytes(b"")

        with pytest.raises(StoreUnavailable, match="is a file"):
            list(store.keys())

    def test_it_travels_to_workers(self, store: FolderStore) -> None:
        store.create("a/1", io.BytesIO(b"x"))

        assert list(pickle.loads(pickle.dumps(store)).keys()) == ["a/1"]  # noqa: S301 - our own bytes
