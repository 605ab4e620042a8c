"""A copy that was taken while an import ran: every verb says what is missing and goes on with all else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from archive.errors import Exit
from tests.commands.conftest import Home
from tests.commands.papers import save

SPACES = ("batches", "content", "feed", "ledger", "readings", "records")


def copied_while_growing(place: Path, first: str) -> tuple[Home, Home]:
    """Return a home and its copy: space ``first`` was copied; then one more scan was imported, and the rest copied."""
    whole, copy = Home(place / "home"), Home(place / "copy")
    for name, bars in (("Hộp 1", 3), ("Hộp 2", 5)):
        (place / name).mkdir()
        save(bars, place / name / "scan0001.png")
    whole("import", place / "Hộp 1")
    shutil.copytree(whole.folder / "vault" / first, copy.folder / "vault" / first)
    whole("import", place / "Hộp 2")
    for space in SPACES:
        if space != first:
            shutil.copytree(whole.folder / "vault" / space, copy.folder / "vault" / space)
    return whole, copy


@pytest.fixture(scope="module")
def torn(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A copy whose content was copied first; then one more scan was imported, and the rest was copied."""
    _, copy = copied_while_growing(tmp_path_factory.mktemp("torn"), "content")
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


def test_a_search_finds_all_that_is_whole_and_says_that_something_is_not_searched(home: Home) -> None:
    home("reindex")
    said = home("search", "--json")

    assert said.code == Exit.VERIFY_FAILED
    assert [hit["batch"] for hit in said.json["hits"]] == ["Hộp 1"]
    assert len(said.json["not_searched"]) == 1
    assert "1 record cannot be read, and so not be found" in home("search").err


def test_one_hit_that_cannot_be_had_holds_up_no_other(torn: Home, tmp_path: Path) -> None:
    """The index is whole, and what it knows was damaged since."""
    whole = Home(tmp_path / "home")
    shutil.copytree(torn.folder.parent / "home", whole.folder)
    ids = whole.ids("--sort", "date")
    bodies = sorted((whole.folder / "vault" / "readings").rglob("000"))
    bodies[0].write_bytes(b"damaged")
    said = whole("search", "--json")

    assert said.code == Exit.VERIFY_FAILED
    assert {hit["id"] for hit in said.json["hits"]} == set(ids)  # without a snippet
    assert [one["why"] for one in said.json["cannot_be_read"]] == ["damaged"]

    heads = sorted((whole.folder / "vault" / "records").rglob("*.json"))
    heads[0].write_bytes(b"damaged")
    lost = heads[0].parent.name
    said = whole("search", "--json")
    assert said.code == Exit.VERIFY_FAILED
    assert {hit["id"] for hit in said.json["hits"]} == set(ids) - {lost}
    assert (said.json["gone"], whole("show", lost).code) == (0, Exit.VERIFY_FAILED)


def test_a_record_whose_reading_is_missing_shows_its_fields(torn: Home, tmp_path: Path) -> None:
    whole = Home(tmp_path / "home")
    shutil.copytree(torn.folder.parent / "home", whole.folder)
    (id_, _) = whole.ids()
    for reading in (whole.folder / "vault" / "readings").rglob("000"):
        reading.unlink()
    said = whole("show", id_)

    assert said.code == Exit.VERIFY_FAILED
    assert "issue date" in said.out
    assert "missing: records/" in said.out


def test_reconciling_names_what_is_missing(home: Home) -> None:
    said = home("reconcile", "--fix")

    assert said.code == Exit.VERIFY_FAILED
    assert "of the vault missing or damaged" in said.out
    assert "content/" in said.out


def older(torn: Home, place: Path) -> Home:
    """The archive with an older vault restored: its index and page table know one batch more."""
    home = Home(place / "home")
    shutil.copytree(torn.folder.parent / "home", home.folder)
    lost = home.ok("search", "--batch", "Hộp 2", "--json").json["hits"][0]["id"]
    for space in ("records", "ledger", "batches"):
        for file in list((home.folder / "vault" / space).rglob("*.json")):
            if file.exists() and (lost in file.read_text("utf-8") or "Hộp 2" in file.read_text("utf-8")):
                shutil.rmtree(file.parent)
    return home


def test_an_index_newer_than_the_vault_is_said_and_mended_by_what_is_named(torn: Home, tmp_path: Path) -> None:
    home = older(torn, tmp_path)
    lost = home("search", "--json")
    assert lost.json["gone"] == 1
    assert "run `archive reconcile`" in home("search").out

    said = home("reconcile")
    assert said.code == Exit.VERIFY_FAILED
    assert "newer than the vault" in said.out
    assert "--everything" in said.out
    assert home("count").code == Exit.VERIFY_FAILED

    assert home.ok("reconcile", "--fix")
    assert home.ok("count", "--json").json["total"]["pages"] == 1
    assert home.ok("search", "--json").json["total"] == 1


def test_a_record_that_only_the_index_knows_is_said_to_be_one(torn: Home, tmp_path: Path) -> None:
    home = older(torn, tmp_path)
    known = set(torn.folder.parent.joinpath("home", "vault", "records").rglob("*.json"))
    gone = next(f.parent.name for f in known if not (home.folder / f.relative_to(torn.folder.parent / "home")).exists())
    said = home("show", gone[:12])

    assert said.code == Exit.USAGE
    assert "the index is newer than the vault; run `archive reconcile`" in said.err


def test_a_copy_of_it_has_all_that_there_is_and_says_what_it_lacks(home: Home, tmp_path: Path) -> None:
    said = home("copy", "--to", f"file:{tmp_path / 'other'}")

    assert said.code == Exit.VERIFY_FAILED
    assert "missing: records/" in said.out
    assert "which is not in the store" in said.out
    ours, theirs = home.folder / "vault", tmp_path / "other"
    assert objects_in(theirs) == objects_in(ours)


def objects_in(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def test_what_the_feed_of_a_copy_does_not_announce_is_counted_and_found_all_the_same(tmp_path: Path) -> None:
    """The feed was copied first; then one more scan was imported, and the rest was copied."""
    whole, copy = copied_while_growing(tmp_path, "feed")

    assert copy.ok("count", "--json").json == whole.ok("count", "--json").json
    assert sorted(copy.ids()) == sorted(whole.ids())
    copy.ok("reconcile")


def test_records_that_lines_name_and_a_copy_lacks_are_said_each_time(tmp_path: Path) -> None:
    """The records were copied first; then one more scan was imported, and the rest was copied."""
    whole, copy = copied_while_growing(tmp_path, "records")

    for _ in range(2):
        said = copy("search", "giấy")
        assert said.code == Exit.VERIFY_FAILED
        assert "1 record cannot be read, and so not be found" in said.err
        assert copy("reindex").code == Exit.VERIFY_FAILED
        for verb in (["export"], ["export", "--batch", "Hộp 2"], ["reconcile"]):
            said = copy(*verb)
            assert said.code == Exit.VERIFY_FAILED
            assert "records/" in f"{said.out}{said.err}"
        copy.ok("export", "--batch", "Hộp 1")
    assert copy.ok("count", "--json").json == whole.ok("count", "--json").json, "lines are whole"
    shutil.copytree(whole.folder / "vault" / "records", copy.folder / "vault" / "records", dirs_exist_ok=True)
    copy.ok("search", "giấy")
    copy.ok("export")
    assert sorted(copy.ids()) == sorted(whole.ids())
