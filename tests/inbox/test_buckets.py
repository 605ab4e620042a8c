"""Walking an inbox finds what walking the same folder finds, in the same order, under the same names."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from archive.errors import RequestRefused, SettingsError
from archive.services.imports.buckets import find_in_bucket
from archive.services.imports.folders import DiskPath
from tests.inbox.conftest import Operator

NFD = unicodedata.normalize("NFD", "Giấy phép.pdf")


@pytest.fixture
def folder(tmp_path: Path, operator: Operator) -> Path:
    """The same scans in a folder and in the inbox."""
    folder = tmp_path / "Hộp 1"
    for name in (
        *("z.pdf", "a.tif", "b/1.jpg", "b/c/2.jpg", "b.pdf", "b-1.pdf", "B.pdf", "Đất/ư.pdf", "note.txt"),
        *(".DS_Store", "Thumbs.db", "batch.toml", "~$x.docx", ".ẩn/x.pdf", "b/Desktop.ini"),
        *("@eaDir/a.jpg/THUMB.jpg", "b/#Recycle/2.pdf", "$RECYCLE.BIN/3.pdf", "lost+found", "b/thumbs.db/4.pdf"),
        *(NFD, "a b+c#d?e%20f.pdf", "đ" * 100 + ".pdf"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    operator.put_folder(folder, "Hộp 1")
    return folder


def found(operator: Operator, path: str) -> list[str]:
    return [given.path for given in operator.scans(path)]


def test_an_inbox_is_walked_as_a_folder_is(folder: Path, operator: Operator, tmp_path: Path) -> None:
    on_disk = [given.path for given in DiskPath(folder, tmp_path / "home").scans()]

    assert len(on_disk) == 14
    assert found(operator, "Hộp 1") == found(operator, "Hộp 1/") == on_disk


def test_a_batch_is_called_by_the_last_segment(folder: Path, operator: Operator) -> None:
    assert operator.place("Hộp 1").batch_name() == "Hộp 1"
    assert operator.place("Hộp 1/b/").batch_name() == "b"
    assert operator.place("Hộp 1/z.pdf").batch_name() == "Hộp 1"
    assert find_in_bucket(operator.inbox, "", None).batch_name() == operator.bucket.name


def test_a_single_object_is_given_by_its_name(folder: Path, operator: Operator) -> None:
    assert found(operator, "Hộp 1/b/1.jpg") == ["1.jpg"]
    assert operator.place("Hộp 1/b/1.jpg").batch_file() is None


def test_a_name_is_found_however_it_is_spelled(folder: Path, operator: Operator) -> None:
    """Some systems upload decomposed letters; a person types composed ones."""
    assert found(operator, unicodedata.normalize("NFD", "Hộp 1/b/1.jpg")) == ["1.jpg"]
    operator.put(unicodedata.normalize("NFD", "hồ sơ/giấy phép.pdf"))
    for typed in ("hồ sơ/giấy phép.pdf", "hồ sơ"):
        (path,) = found(operator, typed)
        assert (path, unicodedata.is_normalized("NFC", path)) == ("giấy phép.pdf", True)


def test_twins_in_both_spellings_are_two_scans(operator: Operator) -> None:
    operator.put("b/Giấy phép.pdf", b"one")
    operator.put(f"b/{NFD}", b"two")
    scans = operator.scans("b")

    assert [given.path for given in scans] == ["Giấy phép.pdf"] * 2
    assert len({given.source.location for given in scans}) == 2


def test_a_neighbour_with_a_longer_name_is_not_taken_along(operator: Operator) -> None:
    operator.put("hop-1/a.pdf")
    operator.put("hop-12/b.pdf")

    assert found(operator, "hop-1") == ["a.pdf"]


def test_marks_of_empty_folders_are_no_scans(operator: Operator) -> None:
    for key in ("hop/", "hop/sub/", "hop/a.pdf"):
        operator.put(key, b"x" if key.endswith(".pdf") else b"")

    assert found(operator, "hop") == ["a.pdf"]


def test_what_is_not_there_is_said(operator: Operator) -> None:
    with pytest.raises(RequestRefused, match="not there; check the spelling"):
        operator.place("gone")


def test_an_object_that_is_a_folder_too_must_be_told_apart(operator: Operator) -> None:
    operator.put("hop", b"scan")
    operator.put("hop/a.pdf")

    with pytest.raises(RequestRefused, match="add a slash"):
        operator.place("hop")
    assert found(operator, "hop/") == ["a.pdf"]


def test_what_the_folder_says_of_itself_is_read(operator: Operator) -> None:
    operator.put("hop/batch.toml", b'box = "7"\n')
    operator.put("hop/a.pdf")
    said = operator.place("hop").batch_file()

    assert said is not None
    assert said.content == b'box = "7"\n'
    assert said.where == operator.url("hop/batch.toml")


def test_a_giant_called_batch_toml_is_not_read(operator: Operator) -> None:
    operator.put("hop/batch.toml", b"#" * 2**21)

    with pytest.raises(SettingsError, match="no list of key = value"):
        operator.place("hop").batch_file()


@pytest.mark.parametrize(
    ("own", "given", "refused"),
    [
        ("vault", "vault", True),
        ("vault", "vault/content", True),
        ("a/vault", "a", True),
        ("a/vault", "", True),
        ("", "scans", True),
        ("vault", "vault-in", False),
        (None, "scans", False),
    ],
)
def test_the_archive_is_not_fed_to_itself(own: str | None, given: str, refused: bool, operator: Operator) -> None:
    operator.put("scans/a.pdf")
    with pytest.raises(RequestRefused, match="own vault" if refused else "not there"):
        find_in_bucket(operator.inbox, given, own)
