"""Walking finds every scan once, in a fixed order, and nothing that is no scan."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from archive.errors import RequestRefused
from archive.services.imports.folders import batch_name_for, walk


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    scans = tmp_path / "Hộp 1"
    (scans / "b").mkdir(parents=True)
    for name in ("z.pdf", "a.tif", "b/1.jpg", ".DS_Store", "Thumbs.db", "batch.toml", "~$x.docx", "note.txt"):
        (scans / name).write_bytes(b"x")
    return scans


def found(path: Path, home: Path) -> list[str]:
    return [given.path for given in walk(path, home)]


def test_files_come_in_order_without_litter(folder: Path, tmp_path: Path) -> None:
    """A text file is no scan, but a person put it there: it is given, and will be rejected by name."""
    assert found(folder, tmp_path / "home") == ["a.tif", "b/1.jpg", "note.txt", "z.pdf"]


def test_a_file_is_given_by_its_name(folder: Path, tmp_path: Path) -> None:
    assert found(folder / "b" / "1.jpg", tmp_path / "home") == ["1.jpg"]


def test_paths_are_nfc_whatever_the_disk_holds(tmp_path: Path) -> None:
    (tmp_path / unicodedata.normalize("NFD", "Giấy phép.pdf")).write_bytes(b"x")

    assert found(tmp_path, tmp_path.parent / "home") == ["Giấy phép.pdf"]


def test_a_name_in_no_encoding_is_still_given(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"gi\xe1y.pdf")).write_bytes(b"x")

    assert found(tmp_path, tmp_path.parent / "home") == ["gi\\xe1y.pdf"]


def test_circular_links_end(folder: Path, tmp_path: Path) -> None:
    (folder / "again").symlink_to(folder)

    assert "again/z.pdf" not in found(folder, tmp_path / "home")


def test_a_broken_link_is_given_so_that_it_is_named(folder: Path, tmp_path: Path) -> None:
    (folder / "c.pdf").symlink_to(folder / "gone.pdf")

    assert "c.pdf" in found(folder, tmp_path / "home")


def test_the_archive_is_not_fed_to_itself(folder: Path, tmp_path: Path) -> None:
    home = folder / "home"
    home.mkdir()

    for path in (folder, home):
        with pytest.raises(RequestRefused, match="own home"):
            list(walk(path, home))


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RequestRefused, match="not there"):
        list(walk(tmp_path / "gone", tmp_path / "home"))


def test_a_batch_is_called_by_its_folder(folder: Path) -> None:
    assert batch_name_for(folder) == "Hộp 1"
    assert batch_name_for(folder / "z.pdf") == "Hộp 1"
    with pytest.raises(RequestRefused, match="--batch"):
        batch_name_for(Path("/"))


SERVERS = [
    "@eaDir", "#recycle", "@Recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found", "__MACOSX",
    "#snapshot", "@Recently-Snapshot", "~snapshot", "RECYCLER", "Network Trash Folder", "Temporary Items",
    ".snapshot", ".Trash-1000", ".AppleDouble", ".@__thumb",
]  # fmt: skip


@pytest.mark.parametrize("name", [form for each in SERVERS for form in {each, each.lower(), each.upper()}])
def test_folders_that_a_file_server_made_hold_no_scans(folder: Path, tmp_path: Path, name: str) -> None:
    for place in (folder / name, folder / "b" / name / "1.jpg"):
        place.mkdir(parents=True)
        (place / "SYNOFILE_THUMB_M.jpg").write_bytes(b"x")

    assert found(folder, tmp_path / "home") == ["a.tif", "b/1.jpg", "note.txt", "z.pdf"]


def test_a_file_that_is_called_like_such_a_folder_is_given(tmp_path: Path) -> None:
    """And a folder that is called like litter is a folder of scans."""
    (tmp_path / "lost+found").write_bytes(b"x")
    (tmp_path / "thumbs.db").mkdir()
    (tmp_path / "thumbs.db" / "1.pdf").write_bytes(b"x")

    assert found(tmp_path, tmp_path.parent / "home") == ["lost+found", "thumbs.db/1.pdf"]


def test_such_a_folder_given_by_its_name_is_taken(tmp_path: Path) -> None:
    (tmp_path / "#recycle").mkdir()
    (tmp_path / "#recycle" / "1.pdf").write_bytes(b"x")

    assert found(tmp_path / "#recycle", tmp_path.parent / "home") == ["1.pdf"]


def test_linked_folders_that_lead_elsewhere_are_named_once_each(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "other"
    elsewhere.mkdir()
    (elsewhere / "1.pdf").write_bytes(b"x")
    (elsewhere / "back").symlink_to(folder)
    (folder / ".old").mkdir()
    (folder / "ngăn 2").symlink_to(elsewhere)
    (folder / "b" / "again").symlink_to(elsewhere)
    (folder / "up").symlink_to("..")
    (folder / "loop").symlink_to(folder)
    (folder / "same").symlink_to("b")
    (folder / "hidden").symlink_to(".old")
    (folder / "@eaDir").symlink_to(elsewhere)
    (folder / "endless").symlink_to("endless")
    links: list[str] = []

    given = [one.path for one in walk(folder, tmp_path / "home", links)]

    assert given == ["a.tif", "b/1.jpg", "endless", "note.txt", "z.pdf"]
    assert links == ["b/again", "hidden", "ngăn 2", "up"]
