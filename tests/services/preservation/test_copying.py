"""A copy is whole at every moment, brings only what is new, and never hides damage."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from archive.errors import RequestRefused, StoreUnavailable
from archive.services.preservation.copy import Copying, CopyProgress
from archive.store import keys
from archive.store.api import ObjectStore
from archive.store.backends.folder import FolderStore
from archive.store.verify.check import Check, Finding
from tests.doubles.memory_store import MemoryStore
from tests.doubles.vaults import copy_of, fill, folder_copy

ROOT = Path(__file__).parents[3]
KILLED = -9


@pytest.fixture
def source() -> MemoryStore:
    store = MemoryStore()
    fill(store, ("một", "hai", "ba"))
    return store


def copied(source: ObjectStore, target: ObjectStore, check: bool = False) -> tuple[CopyProgress, list[Finding]]:
    """Copy to the end; return the sum and what was found."""
    events = list(Copying(source, target).run(check))
    assert isinstance(events[-1], CopyProgress)
    return events[-1], [event for event in events if isinstance(event, Finding)]


def damage(store: ObjectStore) -> list[Finding]:
    """Return what a check finds altered or lost; what is announced and not copied yet is neither."""
    return [finding for finding in Check(store).run() if finding.is_damage]


def test_what_a_newer_release_keeps_in_spaces_of_its_own_is_copied(source: MemoryStore) -> None:
    for space in ("events", "authorities", "c", "contents", "recorda", "zz", "0", "st"):
        source.objects[f"{space}/ab/one"] = space.encode()
    target = MemoryStore()
    _, findings = copied(source, target)

    assert (target.objects, findings) == (source.objects, [])
    assert {finding.code for finding in Check(target).run()} == {"newer"}
    assert copied(source, target)[0].copied == 0


def first(store: MemoryStore, prefix: str) -> str:
    return next(store.keys(prefix))


def test_a_copy_holds_the_same_objects(source: MemoryStore) -> None:
    target = MemoryStore()
    done, findings = copied(source, target)

    assert target.objects == source.objects
    assert (done.copied, done.there, findings) == (len(source.objects), 0, [])
    assert done.bytes == sum(map(len, source.objects.values()))


def test_a_second_copy_copies_nothing(source: MemoryStore) -> None:
    target = MemoryStore()
    copied(source, target)
    done, findings = copied(source, target)

    assert (done.copied, done.there, done.checked, findings) == (0, len(source.objects), 0, [])


def test_only_what_is_new_is_copied(source: MemoryStore) -> None:
    target = copy_of(source)
    fill(source, ("bốn",), batch="Hộp 13")
    done, _ = copied(source, target)

    assert target.objects == source.objects
    assert (done.copied, done.there) == (len(source.objects) - done.there, done.there)
    assert 0 < done.copied < done.there


@pytest.mark.parametrize(
    ("nth", "moment"),
    [
        (1, "before"),
        (9, "within"),
        pytest.param(20, "after", marks=pytest.mark.long),
        (24, "within"),
        pytest.param(27, "before", marks=pytest.mark.long),
    ],
)
def test_a_killed_copy_is_whole_in_itself_and_goes_on_where_it_was(
    nth: int, moment: str, source: MemoryStore, tmp_path: Path
) -> None:
    folder_copy(source, tmp_path / "source")
    command = [sys.executable, "-m", "tests.doubles.killed_copy", tmp_path / "source", tmp_path / "copy", nth, moment]
    killed = subprocess.run(list(map(str, command)), cwd=ROOT, check=False, capture_output=True)  # noqa: S603 - our own module
    assert killed.returncode == KILLED, killed.stderr
    target = FolderStore(tmp_path / "copy")
    there = list(target.keys())

    assert damage(target) == [], "what was copied names something that was not"
    done, findings = copied(source, target)
    assert (done.copied, done.there, findings) == (len(source.objects) - len(there), len(there), [])
    assert list(target.keys()) == list(source.keys())


class BusyStore(MemoryStore):
    """A store into which an import writes while its content is listed for the first time."""

    idle = True

    def keys(self, prefix: str = "") -> Iterator[str]:
        """List, and then let the import go on."""
        yield from super().keys(prefix)
        if prefix == "content/" and self.idle:
            self.idle = False
            fill(self, ("bốn", "năm"), batch="Hộp 13")


def test_what_an_import_adds_meanwhile_is_not_copied_by_halves(source: MemoryStore) -> None:
    busy, target = BusyStore(), MemoryStore()
    busy.objects.update(source.objects)
    copied(busy, target)
    assert busy.objects.keys() - target.objects.keys(), "the import added nothing"

    assert damage(target) == [], "what was copied names something that was not"
    copied(busy, target)
    assert target.objects == busy.objects


class RefusesFirstVersions(MemoryStore):
    """A store that loses its network whenever the first version of a record comes."""

    def create(self, key: str, data: BinaryIO) -> None:
        """Create, unless it is such a one."""
        if key.startswith("records/") and key.endswith("/000001.json"):
            raise StoreUnavailable("no network")
        super().create(key, data)


def test_no_version_comes_before_the_one_it_follows(source: MemoryStore) -> None:
    target = RefusesFirstVersions()
    with pytest.raises(StoreUnavailable):
        copied(source, target)

    assert list(target.keys("records/")) == []
    assert list(target.keys("ledger/")) == [], "lines name records"


def scribble(data: bytes) -> bytes:
    return data[:-5] + b"xxxxx"


def damaged_keys(source: MemoryStore) -> list[str]:
    return [first(source, space) for space in ("content/", "readings/", "records/", "ledger/", "batches/")]


@pytest.mark.parametrize("place", range(5))
def test_a_damaged_original_is_named_and_left_out_and_the_rest_goes_on(place: int, source: MemoryStore) -> None:
    key = damaged_keys(source)[place]
    source.objects[key] = scribble(source.objects[key])
    target = MemoryStore()
    done, findings = copied(source, target)

    assert [(finding.code, finding.key, finding.lacks) for finding in findings] == [("damaged", key, key)]
    assert source.objects.keys() - target.objects.keys() == {key}
    assert done.damaged == 1


def test_what_was_left_out_comes_when_it_was_mended(source: MemoryStore) -> None:
    key, target = damaged_keys(source)[0], MemoryStore()
    whole = source.objects[key]
    source.objects[key] = scribble(whole)
    copied(source, target)
    source.objects[key] = whole

    assert copied(source, target)[0].copied == 1
    assert target.objects == source.objects


def test_another_archive_is_refused_before_anything_is_copied(source: MemoryStore) -> None:
    target = MemoryStore()
    fill(target, ("khác",))  # a batch of the same name, with other scans
    before = dict(target.objects)

    with pytest.raises(RequestRefused, match="another archive"):
        copied(source, target)
    assert target.objects == before


def test_an_archive_with_other_batches_is_refused_too(source: MemoryStore) -> None:
    target = MemoryStore()
    fill(target, ("khác",), batch="Thùng của xã khác")  # no key in common: nothing but the names of batches tells
    before = dict(target.objects)

    with pytest.raises(RequestRefused, match="another archive"):
        copied(source, target)
    assert target.objects == before


def test_a_damaged_batch_is_no_other_archive(source: MemoryStore) -> None:
    target = copy_of(source)
    key = first(target, "batches/")
    target.objects[key] = scribble(target.objects[key])

    assert copied(source, target)[1] == []
    assert [finding.code for finding in copied(source, target, check=True)[1]] == ["copy_damaged"]


@pytest.mark.parametrize("place", range(5))
def test_a_check_finds_what_was_altered_in_the_copy(place: int, source: MemoryStore) -> None:
    target = copy_of(source)
    key = damaged_keys(source)[place]
    target.objects[key] = scribble(target.objects[key])

    assert copied(source, target)[1] == [], "nobody asked to look into what is there"
    done, findings = copied(source, target, check=True)
    assert [(finding.code, finding.key) for finding in findings] == [("copy_damaged", key)]
    assert (done.checked, done.there) == (len(source.objects), len(source.objects))


def test_a_check_finds_two_whole_versions_that_differ(source: MemoryStore) -> None:
    target = copy_of(source)
    key = next(key for key in source.keys("records/") if key.endswith("2.json"))
    target.objects[key] = target.objects[key].replace(b"os:thu", b"os:tho")

    assert [(f.code, f.key) for f in copied(source, target, check=True)[1]] == [("copy_differs", key)]


def test_probes_and_strange_files_are_not_copied(source: MemoryStore) -> None:
    whole = dict(source.objects)
    source.objects[f"{keys.PROBES}/00/large"] = b"probe"
    source.objects["photo.jpg"] = b"x"
    target = MemoryStore()
    copied(source, target)

    assert target.objects == whole
