"""archive reconcile: what does not agree is named, mended where a program can, and left to a person where not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from archive.errors import Exit
from archive.index.embedded.search import EmbeddedIndex
from archive.model.search import IndexEntry
from tests.commands.conftest import Home
from tests.commands.papers import save


@pytest.fixture
def own(filled: Home, tmp_path: Path) -> Home:
    """A copy of the archive, to be disturbed."""
    home = Home(tmp_path / "home")
    shutil.copytree(filled.folder, home.folder)
    return home


def lose_index(home: Home) -> None:
    shutil.rmtree(home.folder / "index" / "search")


def bodies(home: Home) -> list[Path]:
    """Return the bodies of the records."""
    vault = home.folder / "vault"
    heads = [json.loads(path.read_bytes()) for path in (vault / "records").rglob("*.json")]
    names = [head["body"] for head in heads]
    return [vault / "content" / name[:2] / name[2:4] / name for name in names]


def put_a_stranger(home: Home) -> None:
    entry = IndexEntry("f" * 32, 1, "Hộp 1", None, None, None, None, None, None, None, "giấy", "giấy")
    EmbeddedIndex(home.folder / "index" / "search").put([entry])


def lose_a_line(home: Home) -> None:
    """Lose what a run that was killed has not written yet."""
    stored = [path for path in (home.folder / "vault" / "ledger").rglob("*.json") if b'"stored"' in path.read_bytes()]
    stored[0].unlink()


def test_where_all_agrees(filled: Home) -> None:
    assert filled.ok("reconcile").out == (
        "The vault holds 2 records and 4 ledger lines in 1 batch.\n"
        "Search index and page table agree with it; every scan given has its outcome.\n"
    )


def test_what_differs_is_named_with_what_to_do(own: Home) -> None:
    lose_index(own)
    said = own("reconcile")

    assert said.code == Exit.VERIFY_FAILED
    assert "  2 records not in the search index: " in said.out
    assert said.out.endswith("`archive reconcile --fix` mends this.\n")


def test_what_can_be_mended_is(own: Home) -> None:
    lose_index(own)
    said = own.ok("reconcile", "--fix")

    assert said.out.startswith("2 differences mended.\n")
    assert len(own.ids()) == 2
    own.ok("reconcile")


@pytest.mark.parametrize("more", [[], ["--everything"]])
def test_what_only_the_index_knows_goes_with_a_rebuild(own: Home, more: list[str]) -> None:
    put_a_stranger(own)
    said = own("reconcile")
    assert said.code == Exit.VERIFY_FAILED
    assert "  1 record in the search index and not in the vault: ffffffffffff\n" in said.out
    assert "`archive reconcile --fix` then rebuilds both from the vault, as with --everything" in said.out

    assert own.ok("reconcile", "--fix", *more).out.startswith("1 difference mended.\n")
    own.ok("reconcile")


def test_a_scan_without_outcome_needs_a_person_and_an_import_settles_it(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "Hộp 8"
    folder.mkdir()
    save(3, folder / "a.png")
    home("import", folder)
    lose_a_line(home)
    home.ok("reindex")
    said = home("reconcile")

    assert said.code == Exit.NEEDS_PERSON
    assert said.out.endswith(
        "Batch Hộp 8: 1 scan given and without an outcome.\n"
        "  1 record kept without a ledger line, so not counted.\n"
        "  An import was broken off: give its folder to `archive import` again.\n"
    )
    home("import", folder)
    home.ok("reconcile")


def test_what_waits_for_the_vault_is_not_said_to_be_mended_by_a_rebuild(own: Home) -> None:
    """As in a copy that was torn: bodies of records are missing."""
    lose_index(own)
    for body in bodies(own):
        body.unlink()
    left = own("reconcile", "--fix")

    assert left.code == Exit.VERIFY_FAILED
    assert "What is left waits for those: mend the vault from a copy" in left.out
    assert "--everything" not in left.out


def test_what_a_torn_vault_lacks_is_said_before_the_mending_too(own: Home) -> None:
    lose_index(own)
    for batch in (own.folder / "vault" / "batches").rglob("*.json"):
        batch.write_bytes(b"{")
    said = own("reconcile")

    assert said.code == Exit.VERIFY_FAILED
    assert "mend the vault before, from a copy: `archive verify --repair-from URL`" in said.out


def test_for_machines(own: Home) -> None:
    lose_index(own)
    found = own("reconcile", "--json")
    mended = own.ok("reconcile", "--fix", "--json").json

    assert found.code == Exit.VERIFY_FAILED
    assert (found.json["ok"], found.json["mended"], found.json["missing"]["count"]) == (False, 0, 2)
    assert len(found.json["missing"]["first"]) == 2
    assert (mended["ok"], mended["mended"], mended["missing"]) == (True, 2, {"count": 0, "first": []})
    assert (mended["records"], mended["lines"], mended["batches"], mended["unfinished"]) == (2, 4, 1, [])


def test_everything_is_a_way_of_mending(own: Home) -> None:
    said = own("reconcile", "--everything")

    assert (said.code, said.out) == (Exit.USAGE, "")
    assert "give it together with --fix" in said.err


def test_an_index_that_cannot_be_used_is_code_6_and_can_be_rebuilt(own: Home) -> None:
    (own.folder / "index" / "search" / "current").write_text("v9-000001\n")
    for verb in (["reconcile"], ["reconcile", "--fix"]):
        said = own(*verb)
        assert (said.code, said.out) == (Exit.INDEX, "")
        assert "archive reindex" in said.err

    mended = own.ok("reconcile", "--fix", "--everything").out
    assert mended.startswith("Search index and page table could not be used, and were rebuilt.\n")
    assert len(own.ids()) == 2
