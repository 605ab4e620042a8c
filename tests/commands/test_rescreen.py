"""archive rescreen: the operator is told record, batch and page, never words; code 3 when a person has to act."""

from __future__ import annotations

from pathlib import Path

import pytest

import archive.wiring
from archive.errors import Exit
from archive.sources import local_copies
from tests.commands.conftest import Home
from tests.commands.papers import LICENCE, draw, save
from tests.doubles.screens import GuiltyScreen


@pytest.fixture
def two(home: Home, tmp_path: Path) -> Home:
    """An archive with a licence, and a page on its long side that no screen had anything against."""
    local_copies._LOCAL_COPIES.clear()
    (tmp_path / "scans").mkdir()
    save(3, tmp_path / "scans" / "giấy phép.png")
    draw(4).rotate(90, expand=True).save(tmp_path / "scans" / "mật.png", dpi=(200, 200))
    assert "2 stored" in home("import", tmp_path / "scans", "--batch", "Hộp 1").out
    return home


@pytest.fixture
def better(two: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The same archive with a better screen, in this process."""
    monkeypatch.setattr(archive.wiring, "StampReader", GuiltyScreen)
    return two


def test_a_mark_is_said_by_record_batch_and_page_and_the_record_is_withheld(better: Home) -> None:
    said = better("rescreen")
    guilty = next(line for line in better.ok("export").lines if line["state"] == "withheld")["id"]

    assert said.code == Exit.NEEDS_PERSON
    first, looked, counts, advice = said.out.splitlines()
    assert first == (
        f"{guilty[:12]} · batch Hộp 1 · page 1: a mark of state secrecy was seen; the record is withheld [secret_kept]"
    )
    assert looked == "2 pages of 2 records looked at with guilty-see words-2; 0 records passed over."
    assert counts == "1 withheld, 0 let in by people before, 0 not screened."
    assert "Two people lift a false alarm" in advice
    assert "mật.png" not in said.out + said.err
    assert [hit["number"] for hit in better.ok("search", "--json").json["hits"]] == [LICENCE.number]


def test_the_same_command_again_looks_at_nothing_twice(better: Home) -> None:
    better("rescreen")

    assert "0 pages of 0 records looked at with guilty-see words-2; 2 records passed over." in better.ok("rescreen").out


def test_the_same_for_machines(better: Home) -> None:
    said = better("rescreen", "--json", "--batch", "Hộp 1")

    assert said.code == Exit.NEEDS_PERSON
    assert list(said.json) == ["screen", "records", "pages", "passed_over", "found"]
    (one,) = said.json["found"]
    assert {**one, "id": None} == {
        "id": None, "batch": "Hộp 1", "verdict": "withheld", "pages": [1], "causes": [],
    }  # fmt: skip


def test_a_batch_that_is_not_there_is_refused(better: Home) -> None:
    assert better("rescreen", "--batch", "Hộp 9").code == Exit.USAGE
