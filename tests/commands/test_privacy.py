"""What is written stays with its owner, and nothing of a person stands where it need not."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from tests.commands.papers import LICENCE, save
from tests.commands.subprocess_cli import finish, start

FILE_NAME = "Giấy phép ông Mẫu.png"
PRIVATE = (LICENCE.holder, LICENCE.holder_id, "Nội dung: theo hồ sơ")  # on the page


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home after an import by the real program and its workers, with what it printed and said."""
    folder = tmp_path_factory.mktemp("private")
    (folder / "Hộp 1").mkdir()
    save(3, folder / "Hộp 1" / FILE_NAME)
    (folder / "Hộp 1" / "Danh sách hộ Trần Thị Thử.txt").write_text("no scan")
    _, out, err = finish(start(folder / "home", "import", folder / "Hộp 1", "--jobs", "1"))
    return folder / "home", out + err


def files(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file()]


def mentions(data: bytes, text: str) -> bool:
    """Say whether bytes hold a text, plain or as JSON may write it."""
    escaped = text.encode("ascii", "backslashreplace")
    return any(form in data for form in (text.encode(), escaped, text.encode("utf-16-le")))


def test_everything_below_home_is_its_owners_alone(imported: tuple[Path, str]) -> None:
    home, _ = imported
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [home, *home.rglob("*")]}

    assert {path for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)} == set()
    assert {"vault", "index", "running"} <= {path.name for path in home.iterdir()}
    assert home / "index" / "pages.sqlite" in modes


def test_an_import_says_no_more_than_the_operator_gave(imported: tuple[Path, str]) -> None:
    _, said = imported

    assert [text for text in PRIVATE if text in said] == []
    assert "Danh sách hộ Trần Thị Thử.txt: This file is plain text" in said


def test_no_name_stands_in_a_key(imported: tuple[Path, str]) -> None:
    home, _ = imported
    keys = [str(path.relative_to(home / "vault")) for path in files(home / "vault")]

    assert len(keys) > 10
    assert [key for key in keys if not re.fullmatch(r"[a-z]+(/[0-9a-f]+)+(\.json|\.[0-9a-f]{64})?", key)] == []


def test_chains_hold_digests_and_no_values(imported: tuple[Path, str]) -> None:
    """Personal values lie in content and readings, which a decision can destroy; versions are for ever."""
    home, _ = imported
    kept = [
        path
        for path in files(home / "vault")
        if path.relative_to(home / "vault").parts[0] not in ("content", "readings")
    ]
    private = (*PRIVATE, FILE_NAME, "Trần Thị Thử")

    assert len(kept) >= 4
    assert [(path, text) for path in kept for text in private if mentions(path.read_bytes(), text)] == []
    content = [path.read_bytes() for path in files(home / "vault" / "content")]
    assert any(mentions(data, LICENCE.holder) for data in content), "this test would see it"


def test_neither_page_table_nor_runs_know_names(imported: tuple[Path, str]) -> None:
    home, _ = imported
    beside = [*(home / "index").glob("pages.sqlite*"), *home.rglob("caught-up"), *files(home / "running")]
    private = (*PRIVATE, FILE_NAME, "Trần Thị Thử")

    assert [(path, text) for path in beside for text in private if mentions(path.read_bytes(), text)] == []
    assert files(home / "running") == [], "the run has published everything"


def test_damage_is_reported_without_names(imported: tuple[Path, str], tmp_path: Path) -> None:
    home, _ = imported
    broken = tmp_path / "home"
    broken.mkdir()
    for path in files(home / "vault"):
        copy = broken / path.relative_to(home)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes()[:-1])
    reports = [finish(start(broken, verb)) for verb in ("verify", "reindex")]

    assert [code for code, _, _ in reports] == [7, 7]
    assert [text for text in (*PRIVATE, FILE_NAME) for _, out, err in reports if text in out + err] == []
    assert not any("Traceback" in err for _, _, err in reports)
