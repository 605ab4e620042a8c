"""What a store on a disk owes to whoever was told that an object is kept; it joins by giving ``disk`` and ``make``."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path

import pytest

from archive.errors import AlreadyStored
from archive.store.backends.folder import FolderStore
from tests.doubles.power import Disk, Killed

FIRST, SECOND = "content/ab/cd/one", "content/ab/cd/two"
BYTES = b"some bytes"


class DurabilityContract:
    """Inherit. Whatever returned, or said that the object is there already, outlives a power cut."""

    @pytest.fixture
    def disk(self, tmp_path: Path) -> Disk:
        return Disk(tmp_path)

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        return tmp_path / "deep" / "vault"

    def test_what_was_created_is_there_after_a_power_cut(self, disk: Disk, root: Path) -> None:
        with disk.watched():
            store = FolderStore(root)
            store.create(FIRST, io.BytesIO(BYTES))
            store.create(SECOND, io.BytesIO(BYTES))

        assert objects(disk) == {FIRST: BYTES, SECOND: BYTES}

    @pytest.mark.parametrize("second", [FIRST, SECOND])
    def test_whoever_comes_after_a_killed_writer_makes_all_of_it_durable(self, tmp_path: Path, second: str) -> None:
        moment, was_killed = 0, True
        while was_killed:
            place = tmp_path / str(moment)
            place.mkdir()
            disk, was_killed = Disk(place), False
            with disk.watched(dies_at=moment):
                try:
                    FolderStore(place / "deep" / "vault").create(FIRST, io.BytesIO(BYTES))
                except Killed:
                    was_killed = True
            with disk.watched(), suppress(AlreadyStored):
                FolderStore(place / "deep" / "vault").create(second, io.BytesIO(BYTES))

            assert objects(disk)[second] == BYTES, f"killed at fsync {moment}"
            moment += 1
        assert moment > 5  # a file, its folder and those above were made durable one by one

    def test_what_another_left_is_settled(self, disk: Disk, root: Path) -> None:
        with disk.watched():
            FolderStore(root).create(SECOND, io.BytesIO(BYTES))
        with disk.watched(dies_at=fsyncs_of_a_second_object(root)), pytest.raises(Killed):
            FolderStore(root).create(FIRST, io.BytesIO(BYTES))
        assert (root / FIRST).exists()
        assert FIRST not in objects(disk)

        with disk.watched():
            FolderStore(root).sync(FIRST)

        assert objects(disk)[FIRST] == BYTES

    def test_what_was_mended_stays_mended(self, disk: Disk, root: Path) -> None:
        with disk.watched():
            store = FolderStore(root)
            store.create(FIRST, io.BytesIO(b"damaged"))
            store.repair(FIRST, io.BytesIO(BYTES))

        assert objects(disk) == {FIRST: BYTES}

    def test_what_was_destroyed_does_not_come_back(self, disk: Disk, root: Path) -> None:
        with disk.watched():
            store = FolderStore(root)
            store.create(FIRST, io.BytesIO(BYTES))
            store.destroy([FIRST])

        assert objects(disk) == {}


def objects(disk: Disk) -> dict[str, bytes | None]:
    """Return what a power cut leaves of the objects."""
    left = disk.after_a_power_cut()
    return {
        name.removeprefix("deep/vault/"): data
        for name, data in left.items()
        if not name.startswith("deep/vault/staging")
    }


def fsyncs_of_a_second_object(root: Path) -> int:
    """Return how many fsyncs come before the last one, that of the folder in which the object got its name."""
    counting = Disk(root.parent)
    with counting.watched():
        FolderStore(root).create("content/ab/cd/counted", io.BytesIO(BYTES))
    return counting.syncs - 1
