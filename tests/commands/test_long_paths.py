"""A path that no file can have is a mistake of whoever typed it: a message and a fixed exit code, no bug."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.errors import Exit
from tests.commands.conftest import Home
from tests.commands.papers import LICENCE, save

NAME, DEPTH = "x" * 4_000, "d/" * 3_000 + "x"  # longer than a name may be, and than a path


@pytest.mark.parametrize("path", [NAME, DEPTH], ids=["name", "path"])
@pytest.mark.parametrize(
    ("verb", "code"),
    [
        (["import", ...], Exit.USAGE),
        (["import", "--batch", "b", ...], Exit.USAGE),
        (["import", "--clear", ..., "--reason", "a false alarm"], Exit.USAGE),
        (["import", "--accept-unscreened", ...], Exit.USAGE),
        (["export", "-o", ...], Exit.SETTINGS),
        (["copy", "--to", "file:", ...], Exit.STORE),
        (["verify", "--repair-from", "file:", ...], Exit.STORE),
    ],
)
def test_it_is_said(begun: Home, verb: list[object], code: Exit, path: str) -> None:
    words = [path if word is ... else str(word) for word in verb]
    if "file:" in words:
        words[-2:] = [f"file:{path}"]
    said = begun(*words)

    assert (said.code, said.out) == (code, ""), said.err[-300:]


@pytest.mark.parametrize("path", [NAME, DEPTH], ids=["name", "path"])
def test_an_original_is_not_opened_under_it(filled: Home, path: str) -> None:
    (record,) = filled.ids(LICENCE.number)
    said = filled("show", record, "--open", path)

    assert (said.code, said.out) == (Exit.SETTINGS, "")


@pytest.mark.parametrize("path", [NAME, DEPTH], ids=["name", "path"])
@pytest.mark.parametrize(
    ("variable", "value", "codes"),
    [
        ("ARCHIVE_STORE", "file:", {"count": Exit.STORE, "verify": Exit.STORE, "doctor": Exit.STORE}),
        ("ARCHIVE_INDEX", "embedded:", {"count": Exit.INDEX, "reindex": Exit.INDEX, "doctor": Exit.INDEX}),
    ],
)
def test_neither_is_a_setting(
    begun: Home, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, codes: dict[str, Exit], path: str
) -> None:
    monkeypatch.setenv(variable, value + path)
    (begun.folder / "settings.toml").write_text('work = "processes:1"')

    assert {verb: begun(verb).code for verb in codes} == codes


def test_a_link_to_itself_is_no_scan(home: Home, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    said = home("import", tmp_path / "loop")

    assert (said.code, "is not there" in said.err) == (Exit.USAGE, True)


def test_an_export_that_has_no_folder_is_said(home: Home, tmp_path: Path) -> None:
    home("import", save(3, tmp_path / "a.png"), "--batch", "b")

    assert home("export", "-o", tmp_path / "gone" / "export").code == Exit.SETTINGS
