"""Copies at hand: readable by everything that reads pages, without a name on the disk, few, and not for long."""

from __future__ import annotations

import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pikepdf
import pytest
import tifffile

from archive.errors import StoreUnavailable, Unreadable
from archive.ingest.common.sizes import PixelSize
from archive.ingest.open import open_scan
from archive.ingest.pdf.render import rendered_by_poppler
from archive.model.limits import Limits
from archive.sources import local_copies
from archive.sources.local_copies import LocalCopies

SCANS = Path(__file__).parents[2] / "samples" / "scans"
LONG = 3600.0
needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="copies without a name are found by /proc")


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files: nothing else writes there."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def copies(disk: Path) -> Iterator[LocalCopies]:
    copies = LocalCopies(most=2, idle_seconds=LONG)
    yield copies
    copies.clear()


class Fetch:
    """Writes a scan, and counts how often it was asked to."""

    def __init__(self, data: bytes = b"scan") -> None:
        self.data = data
        self.times = 0

    def __call__(self, out: BinaryIO) -> None:
        self.times += 1
        out.write(self.data)


def wait_until_empty(copies: LocalCopies) -> None:
    end = time.monotonic() + 20.0
    while copies._copies:
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def sample(name: str) -> Fetch:
    return Fetch((SCANS / name).read_bytes())


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def names_on(disk: Path) -> list[str]:
    return [path.name for path in disk.iterdir()]


@needs_proc
def test_a_copy_has_no_name_and_is_private(copies: LocalCopies, disk: Path) -> None:
    with copies.local_copy_of("a", Fetch()) as path:
        assert path.read_bytes() == b"scan"
        assert names_on(disk) == []
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert str(path.resolve()).startswith(str(disk)), "it lies in the folder for temporary files"


@needs_proc
def test_another_process_reads_it_under_the_same_path(copies: LocalCopies) -> None:
    with copies.local_copy_of("a", Fetch()) as path:
        command = [sys.executable, "-c", "import sys; print(open(sys.argv[1]).read())", str(path)]
        assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "scan\n"  # noqa: S603 - our own words


@pytest.mark.parametrize("name", ["CV742.pdf", "QD951-SYT.tif", "HKD_99C8004176.png", "XNTTHN_143.jpg"])
def test_every_format_is_read_from_a_copy_as_from_a_file(name: str, copies: LocalCopies) -> None:
    with (
        copies.local_copy_of(name, sample(name)) as path,
        open_scan(path, Limits()) as document,
        open_scan(SCANS / name, Limits()) as original,
    ):
        assert document.page_count == original.page_count
        assert document.page(1).shape == original.page(1).shape
        assert (document.page(1).image().pixels == original.page(1).image().pixels).all()


def test_the_other_readers_of_pages_read_it_too(copies: LocalCopies) -> None:
    """pdftoppm is a program of its own; qpdf opens files in its own way; tifffile wants them opened."""
    with copies.local_copy_of("pdf", sample("CV742.pdf")) as path:
        assert rendered_by_poppler(path, 1, PixelSize(100, 141), True, 60.0).shape == (141, 100)
        with pikepdf.open(path) as pdf:
            assert len(pdf.pages) > 0
    with (
        copies.local_copy_of("tiff", sample("QD951-SYT.tif")) as path,
        path.open("rb") as file,
        tifffile.TiffFile(file, name="scan") as tiff,
    ):
        assert len(tiff.pages) > 0


def test_a_scan_is_fetched_once_for_all_its_units(copies: LocalCopies) -> None:
    fetch = Fetch()
    for _ in range(63):
        with copies.local_copy_of("a scan of 500 pages", fetch):
            pass

    assert fetch.times == 1


def test_only_the_last_few_are_kept(copies: LocalCopies) -> None:
    fetches = {name: Fetch() for name in "abc"}
    for name in "abcabc":
        with copies.local_copy_of(name, fetches[name]):
            pass

    assert [fetch.times for fetch in fetches.values()] == [2, 2, 2]


@needs_proc
def test_what_is_no_longer_kept_frees_its_room(copies: LocalCopies) -> None:
    before = open_files()
    for number in range(20):
        with copies.local_copy_of(number, Fetch()):
            pass

    assert open_files() - before == 2


def test_a_copy_in_use_stays_whatever_comes_after_it(copies: LocalCopies) -> None:
    with copies.local_copy_of("a", Fetch()) as path:
        for number in range(5):
            with copies.local_copy_of(number, Fetch(b"other")):
                pass
        assert path.read_bytes() == b"scan"


def test_an_idle_worker_holds_no_scan(disk: Path) -> None:
    """A worker of a cluster may stand idle for days after a scan that nobody else may see."""
    copies, fetch = LocalCopies(most=2, idle_seconds=0.01), Fetch()
    with copies.local_copy_of("a", fetch):
        pass
    wait_until_empty(copies)


def test_a_fetch_that_fails_does_not_keep_another_copy_for_ever(disk: Path) -> None:
    copies = LocalCopies(most=2, idle_seconds=0.5)

    def fail(out: BinaryIO) -> None:
        raise Unreadable("gone", "vanished")

    with copies.local_copy_of("a", Fetch()):
        pass
    with pytest.raises(Unreadable), copies.local_copy_of("b", fail):
        pass
    wait_until_empty(copies)


def test_a_fetch_that_fails_leaves_nothing(copies: LocalCopies, disk: Path) -> None:
    def fail(out: BinaryIO) -> None:
        out.write(b"half a sc")
        raise Unreadable("gone", "vanished")

    with pytest.raises(Unreadable), copies.local_copy_of("a", fail):
        pass
    with copies.local_copy_of("a", Fetch()) as path:
        assert path.read_bytes() == b"scan"


def test_a_full_disk_of_a_worker_is_not_the_fault_of_the_scan(copies: LocalCopies) -> None:
    def overflow(out: BinaryIO) -> None:
        with Path("/dev/full").open("wb", buffering=0) as full:
            full.write(b"x")

    with pytest.raises(StoreUnavailable, match=r"No space left.*TMPDIR"), copies.local_copy_of("a", overflow):
        pass


def test_where_there_is_no_proc_a_private_folder_is_cleared(
    copies: LocalCopies, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_copies, "_OPEN_FILES", disk / "no such folder")
    with copies.local_copy_of("a", Fetch()) as path:
        assert path.read_bytes() == b"scan"
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    copies.clear()

    assert names_on(disk) == []
