"""archive import --accept-unscreened and --clear: single named files, by people who looked at the paper."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import archive.wiring
from archive.errors import Exit
from tests.commands.conftest import Home, Said
from tests.commands.papers import encoded, save
from tests.doubles.stamped_pages import office_page, stamp
from tests.test_quarantine import everything_written

STAMPED = "Ke hoach Nguyen Van Mau.png"
TORN = "Giấy phép ông Mẫu.png"
REASON = "con dấu của kho lưu trữ"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A page with a secret stamp in a folder of its own, a torn one, and one to be kept."""
    folder = tmp_path / "scans" / "Hộp 7"
    (folder / "sub").mkdir(parents=True)
    stamp(office_page(), "TỐI MẬT", 200).save(folder / "sub" / STAMPED, dpi=(200, 200))
    (folder / TORN).write_bytes(encoded(3)[:3000])
    save(4, folder / "kept.png")
    return folder


@pytest.fixture
def by(home: Home, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """Run a command as this account."""

    def run(login: str, *arguments: str | Path) -> Said:
        with monkeypatch.context() as patch:
            patch.setattr(archive.wiring, "_login", lambda: login)
            return home(*arguments)

    return run


def scans(home: Home) -> dict[str, int]:
    """Return how many scans of the batch have which outcome, those of none left out."""
    sums: dict[str, int] = home("batch", "show", "Hộp 7", "--json").json["scans"]
    return {outcome: count for outcome, count in sums.items() if count}


def test_the_terminal_names_a_quarantined_file_once_and_nothing_else_does(home: Home, folder: Path) -> None:
    said = home("import", folder)

    assert said.code == Exit.NEEDS_PERSON
    assert said.err.count(STAMPED) == 1
    assert STAMPED not in said.out
    assert STAMPED.encode() not in everything_written(home.folder)
    assert b"Ke hoach" not in everything_written(home.folder)


def test_what_programs_log_names_no_quarantined_file(home: Home, folder: Path) -> None:
    said = home("import", folder, "--json")

    assert STAMPED not in said.out + said.err
    assert "secret_mark" in {one["code"] for one in said.json[0]["needs_person"]}


def test_one_file_is_taken_in_beside_its_folder_or_alone(home: Home, folder: Path, tmp_path: Path) -> None:
    home("import", folder)
    assert scans(home) == {"stored": 1, "rejected": 1, "quarantined": 1}
    said = home("import", "--accept-unscreened", folder / TORN)

    assert said.code == Exit.NEEDS_PERSON
    assert "[accepted_unscreened]" in said.out
    assert "marks: page 1 (its picture cannot be had [unreadable])" in said.out
    assert scans(home) == {"stored": 2, "quarantined": 1}
    assert home("import", folder, "--accept-unscreened", folder / TORN).code == Exit.NEEDS_PERSON
    assert scans(home) == {"stored": 2, "quarantined": 1}


@pytest.mark.parametrize("option", ["--accept-unscreened", "--clear"])
@pytest.mark.parametrize("given", ["folder", "absent", "prefix of a bucket's address", "pipe"])
def test_only_a_single_file_may_be_let_in(option: str, given: str, home: Home, folder: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    named = {"folder": folder, "absent": folder / "absent.png", "pipe": tmp_path / "pipe"}.get(given, "s3://")
    more = ("--reason", REASON) if option == "--clear" else ()
    said = home("import", folder, option, named, *more)

    assert said.code == Exit.USAGE
    assert not (home.folder / "vault").exists(), "nothing was done"


@pytest.mark.parametrize(
    "arguments", [["--clear", "kept.png"], ["--reason", REASON], ["--clear", "kept.png", "--reason", " "]]
)
def test_a_false_alarm_needs_a_reason_and_a_reason_a_false_alarm(
    arguments: list[str], home: Home, folder: Path
) -> None:
    arguments = [str(folder / one) if one.endswith(".png") else one for one in arguments]
    said = home("import", folder, *arguments)

    assert (said.code, "go together" in said.err) == (Exit.USAGE, True)


@pytest.mark.parametrize("reason", ["two\nlines", "\x1b[2J", "x" * 501])
def test_the_reason_of_a_false_alarm_is_one_line_as_that_of_a_withholding(
    reason: str, home: Home, folder: Path
) -> None:
    said = home("import", folder, "--clear", folder / "kept.png", "--reason", reason)

    assert (said.code, "a reason is one line of 1 to 500 characters" in said.err) == (Exit.USAGE, True)
    assert not (home.folder / "vault").exists(), "nothing was done"


def test_a_false_alarm_is_let_in_by_another_person_alone(home: Home, folder: Path, by: Callable[..., Said]) -> None:
    clear = ("import", folder, "--clear", folder / "sub" / STAMPED, "--reason", REASON)
    by("thu", "import", folder)
    refused = by("thu", *clear)
    assert (refused.code, "another person" in refused.err) == (Exit.USAGE, True)
    assert scans(home) == {"stored": 1, "rejected": 1, "quarantined": 1}

    said = by("lan", *clear)
    assert "Quarantined" not in said.err
    assert scans(home) == {"stored": 2, "rejected": 1}
    assert len(home.ids()) == 2


def test_a_batch_tells_who_let_a_scan_in_and_why(home: Home, folder: Path, by: Callable[..., Said]) -> None:
    by("thu", "import", folder, "--accept-unscreened", folder / TORN)
    by("lan", "import", folder, "--clear", folder / "sub" / STAMPED, "--reason", REASON)
    said = home("batch", "show", "Hộp 7").out
    told = {line["path"]: line["let_in"] for line in home("batch", "show", "Hộp 7", "--json").json["lines"]}

    assert "Let in by a person (2):\n" in said
    assert f"  {TORN}: not all of it was screened; os:thu at " in said
    assert f"  sub/{STAMPED}: a mark was taken for a false alarm; os:lan at " in said
    assert f": {REASON}\n" in said
    assert told["kept.png"] == []
    assert [(one["why"], one["actor"], one["reason"]) for one in told[TORN]] == [("unscreened", "os:thu", None)]
    assert [(one["why"], one["actor"], one["reason"]) for one in told[f"sub/{STAMPED}"]] == [
        ("false_alarm", "os:lan", REASON)
    ]


def test_a_false_alarm_that_was_imported_with_another_folder_is_refused_with_advice(
    home: Home, folder: Path, by: Callable[..., Said]
) -> None:
    """Its path is not the one under which it was quarantined."""
    by("thu", "import", folder)
    said = by("lan", "import", "--clear", folder / "sub" / STAMPED, "--reason", REASON)

    assert said.code == Exit.USAGE
    assert "give the folder as it was imported" in said.err
    assert scans(home) == {"stored": 1, "rejected": 1, "quarantined": 1}
