"""A copy that was taken while an import ran: every verb says what is missing and goes on with all else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from archive.errors import Exit
from tests.commands.conftest import Home
from tests.commands.papers import save


@pytest.fixture(scope="module")
def torn(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A copy whose content was copied first; then one more scan was imported, and the rest was copied."""
    place = tmp_path_factory.mktemp("torn")
    whole, copy = Home(place / "home"), Home(place / "copy")
    for name, bars in (("Hộp 1", 3), ("Hộp 2", 5)):
        (place / name).mkdir()
        save(bars, place / name / "scan0001.png")
    whole("import", place / "Hộp 1")
    shutil.copytree(whole.folder / "vault" / "content", copy.folder / "vault" / "content")
    whole("import", place / "Hộp 2")
    for space in ("batches", "feed", "ledger", "readings", "records"):
        shutil.copytree(whole.folder / "vault" / space, copy.folder / "vault" / space)
    return copy


@pytest.fixture
def home(torn: Home, tmp_path: Path) -> Home:
    """The copy, for this test alone."""
    shutil.copytree(torn.folder, tmp_path / "home")
    return Home(tmp_path / "home")


def test_the_list_of_batches_shows_all_and_says_that_numbers_are_too_small(home: Home) -> None:
    said = home("batch", "list")

    assert said.code == Exit.VERIFY_FAILED
    assert "Hộp 1" in said.out
    assert "Hộp 2" in said.out
    assert "missing: content/" in said.out
    assert "these numbers are too small" in said.out
    assert [one["closes"] for one in home("batch", "list", "--json").json] == [True, False]


def test_a_batch_is_shown_and_what_is_missing_named(home: Home) -> None:
    said = home("batch", "show", "Hộp 2", "--json")

    assert said.code == Exit.VERIFY_FAILED
    assert [line["outcome"] for line in said.json["lines"]] == ["stored"]
    assert {one["why"] for one in said.json["cannot_be_read"]} == {"missing"}
    assert home.ok("batch", "show", "Hộp 1")


def test_an_export_has_all_that_is_whole(home: Home, tmp_path: Path) -> None:
    said = home("export")

    assert said.code == Exit.VERIFY_FAILED
    assert [record["batch"] for record in said.lines] == ["Hộp 1"]
    assert "missing: records/" in said.err
    assert home("export", "-o", tmp_path / "out.jsonl").code == Exit.VERIFY_FAILED
    assert (tmp_path / "out.jsonl").read_text("utf-8").count("\n") == 1
    assert home("export", "--batch", "Hộp 1").code == Exit.VERIFY_FAILED  # nobody knows whose records are missing


def test_a_rebuild_calls_missing_what_is_missing(home: Home) -> None:
    said = home("reindex")

    assert said.code == Exit.VERIFY_FAILED
    assert "missing: records/" in said.out
    assert "missing: ledger/" in said.out
    assert "damaged" not in said.out
    assert home("reindex", "--json").json["damaged"] == []


@pytest.mark.parametrize("rebuilt", [True, False])
def test_a_count_says_that_it_is_too_small_until_it_is_whole(home: Home, torn: Home, rebuilt: bool) -> None:
    if rebuilt:
        home("reindex")
    for _ in range(2):  # each time, not once
        said = home("count")
        assert said.code == Exit.VERIFY_FAILED
        assert "1 ledger line cannot be read; this number is too small" in said.err
    assert home("count", "--json").json["total"]["pages"] == 1
    assert home("count", "--pages").code == Exit.VERIFY_FAILED
    assert home.ok("count", "--batch", "Hộp 1")
    assert home("count", "--batch", "Hộp 2").code == Exit.VERIFY_FAILED

    shutil.copytree(torn.folder.parent / "home" / "vault", home.folder / "vault", dirs_exist_ok=True)
    assert home.ok("count", "--json").json["total"]["pages"] == 2


def test_a_lost_batch_is_no_smaller_number_either(home: Home, torn: Home) -> None:
    home("batch", "list")
    batches = sorted((home.folder / "vault" / "batches").rglob("*.json"))
    shutil.copytree(torn.folder.parent / "home" / "vault", home.folder / "vault", dirs_exist_ok=True)
    home.ok("reindex")
    lost = batches[0].read_bytes()
    batches[0].unlink()
    home("reindex")

    said = home("count")
    assert said.code == Exit.VERIFY_FAILED
    assert "1 batch cannot be read; this number is too small" in said.err
    assert home("batch", "list").code == Exit.VERIFY_FAILED

    batches[0].write_bytes(lost)
    assert home.ok("count", "--json").json["total"]["pages"] == 2
