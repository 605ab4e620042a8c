"""Settings come from one place each, and mistakes are said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from archive.backend_factory import make_workers, open_index, open_store
from archive.errors import SettingsError
from archive.settings import load


def test_options_win_over_variables_over_the_file_over_defaults(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(
        'ocr = "tesseract:eng"\nwork = "processes:3"\n[limits]\npage_seconds = 7.5\n'
    )
    variables = {"ARCHIVE_WORK": "processes:5", "ARCHIVE_LIMITS_SCAN_PAGES": "12"}

    settings = load(tmp_path, variables)
    assert (settings.ocr, settings.work, settings.limits.page_seconds, settings.limits.scan_pages) == (
        "tesseract:eng",
        "processes:5",
        7.5,
        12,
    )
    assert load(tmp_path, variables, jobs=9).work == "processes:9"


def test_each_value_says_where_it_came_from(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("commit_every = 10\n")
    listed = {
        name: (value, origin) for name, value, origin in load(tmp_path, {"ARCHIVE_OCR": "tesseract:eng"}).listed()
    }

    assert listed["commit_every"] == ("10", f"file {tmp_path / 'settings.toml'}")
    assert listed["ocr"] == ("tesseract:eng", "variable ARCHIVE_OCR")
    assert listed["home"] == (str(tmp_path), "option --home")
    assert listed["limits.page_pixels"][1] == "default"


def test_home_is_taken_from_the_option_then_the_variable(tmp_path: Path) -> None:
    assert load(None, {"ARCHIVE_HOME": str(tmp_path)}).home == tmp_path
    assert load(tmp_path / "x", {"ARCHIVE_HOME": str(tmp_path)}).home == tmp_path / "x"
    assert load(None, {}).home == Path.home() / ".results-archive"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("ocrr = 'x'", "unknown setting 'ocrr'"),
        ("[limits]\npages = 3", "unknown setting 'limits.pages'"),
        ("limits = 3", "unknown setting 'limits'"),
        ("commit_every = 'many'", "number above 0"),
        ("commit_every = 0", "a whole number above 0"),
        ("commit_every = true", "a whole number above 0"),
        ("commit_every = 2.5", "a whole number above 0"),
        ("[limits]\npage_seconds = 0", "must be a number above 0"),
        ("[log]\nfiles = -1", "must be a whole number, 0 or above"),
        ("[log]\nmib = 0", "must be a whole number above 0"),
        ("[s3]\nretries = -1", "must be a whole number, 0 or above"),
        ("[elastic]\nretries = 1.5", "must be a whole number, 0 or above"),
        ("store = 5", "must be text, in quotes"),
        ("store = ", "cannot be read"),
    ],
)
def test_a_mistake_in_the_file_is_said(tmp_path: Path, content: str, complaint: str) -> None:
    (tmp_path / "settings.toml").write_text(content)

    with pytest.raises(SettingsError, match=complaint):
        load(tmp_path, {})


def test_an_unknown_variable_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ARCHIVE_STROE"):
        load(tmp_path, {"ARCHIVE_STROE": "file:x"})


def test_the_other_bucket_of_a_copy_is_as_ours_but_for_what_is_said(tmp_path: Path) -> None:
    variables = {"ARCHIVE_S3_ENDPOINT": "https://a.example", "ARCHIVE_S3_REGION": "vn-1"}
    alike = load(tmp_path, variables)
    other = load(tmp_path, {**variables, "ARCHIVE_COPY_ENDPOINT": "https://b.example"})

    assert alike.copy == alike.s3
    assert (other.copy.endpoint, other.copy.region) == ("https://b.example", "vn-1")
    assert other.s3.endpoint == "https://a.example"


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("STORE", "s3://AKIA:geh/eim@kho/x"),
        ("STORE", "s3:AKIA:geheim@kho/x"),
        ("STORE", "https://AKIA:geheim@kho/x"),
        ("INDEX", "https://user:geh/eim@es:9200/x"),
        ("INDEX", "elastic://user:geheim@es:9200/x"),
        ("WORK", "dask://user:geheim@scheduler:8786"),
        ("WORK", "dask:user:geheim@scheduler"),
        ("S3_ENDPOINT", "https://user:geheim@s3.example.vn"),
    ],
)
def test_a_password_that_was_written_into_an_address_is_neither_listed_nor_said(
    tmp_path: Path, variable: str, url: str
) -> None:
    settings = load(tmp_path, {f"ARCHIVE_{variable}": url})
    said = " ".join(value for _, value, _ in settings.listed())
    refused: dict[str, Callable[[], object]] = {
        "STORE": lambda: open_store(settings),
        "S3_ENDPOINT": lambda: open_store(replace(settings, store="s3://kho/x")),
        "INDEX": lambda: open_index(settings),
        "WORK": lambda: make_workers(settings),
    }
    with pytest.raises(SettingsError) as caught:
        refused[variable]()

    assert "eim" not in said + str(caught.value)


def test_processes_of_this_machine_are_no_part_of_a_cluster(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="leave it out"):
        load(tmp_path, {"ARCHIVE_WORK": "dask://scheduler:8786"}, jobs=2)
