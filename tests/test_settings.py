"""Settings come from one place each, and mistakes are said."""

from __future__ import annotations

from pathlib import Path

import pytest

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
        ("commit_every = 0", "number above 0"),
        ("commit_every = true", "number above 0"),
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
