"""Language data is found, named by its digest, and missed in words that help."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.errors import EngineUnavailable
from archive.ocr.tesseract.tessdata import data_digest, find_tessdata, find_tessdata_in


def make_folder(parent: Path, name: str, *languages: str) -> Path:
    folder = parent / name
    folder.mkdir()
    for language in languages:
        (folder / f"{language}.traineddata").write_bytes(language.encode())
    return folder


def test_the_first_folder_with_all_languages_is_taken(tmp_path: Path) -> None:
    half, whole = make_folder(tmp_path, "half", "vie"), make_folder(tmp_path, "whole", "vie", "eng")

    assert find_tessdata_in("vie+eng", [tmp_path / "absent", half, whole]) == whole


def test_this_machine_has_vietnamese() -> None:
    assert (find_tessdata("vie") / "vie.traineddata").is_file()


@pytest.mark.parametrize(("language", "package"), [("vie", "tesseract-ocr-vie"), ("chi_sim", "tesseract-ocr-chi-sim")])
def test_absent_data_names_the_package_to_install(tmp_path: Path, language: str, package: str) -> None:
    with pytest.raises(EngineUnavailable, match=package):
        find_tessdata_in(language, [tmp_path])


@pytest.mark.parametrize("language", ["", "../vie", "vie;rm", "v", "vie+", "/etc/passwd"])
def test_what_is_no_language_is_refused(tmp_path: Path, language: str) -> None:
    with pytest.raises(EngineUnavailable):
        find_tessdata_in(language, [tmp_path])


def test_the_digest_changes_with_the_model(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, "data", "vie", "eng")
    before = data_digest(folder, "vie+eng")
    (folder / "eng.traineddata").write_bytes(b"another model")
    after = data_digest(folder, "vie+eng")

    assert before.split("+")[0] == after.split("+")[0]
    assert before.split("+")[1] != after.split("+")[1]


def test_unreadable_data_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="install"):
        data_digest(tmp_path, "vie")
