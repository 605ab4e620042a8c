"""archive withhold: one person takes a record out of sight, two bring it back, and every verb says the same."""

from __future__ import annotations

from pathlib import Path

import pytest

import archive.wiring
from archive.errors import Exit
from tests.commands.conftest import Home
from tests.commands.papers import LICENCE, OTHER, save

REASON = "bears a secret mark that the screen overlooked"


@pytest.fixture
def two(home: Home, tmp_path: Path) -> Home:
    """An archive with two licences."""
    (tmp_path / "scans").mkdir()
    for bars in (3, 7):
        save(bars, tmp_path / "scans" / f"{bars}.png")
    home.ok("import", tmp_path / "scans", "--batch", "Hộp 1")
    return home


@pytest.fixture
def licence(two: Home) -> str:
    """The id of the first one."""
    return next(hit["id"] for hit in two.ok("search", "--json").json["hits"] if hit["number"] == LICENCE.number)


def test_a_person_reads_what_was_done_and_what_was_not(two: Home, licence: str) -> None:
    out = two.ok("withhold", licence[:6], "--reason", REASON).out

    assert out == (
        f"Record {licence[:12]} is withheld: search, show, export and new copies leave it out.\n"
        "Its pages are still counted. Copies and exports made before keep what they have.\n"
    )


def test_it_is_out_of_every_verb_and_still_counted(two: Home, licence: str) -> None:
    before = two.ok("count", "--json").json
    two.ok("withhold", licence, "--reason", REASON)

    found = two.ok("search", "--json").json
    assert [hit["number"] for hit in found["hits"]] == [OTHER.number]
    assert (found["total"], found["gone"]) == (1, 0)
    assert two.ok("search", "--json", "--holder", "mẫu").json["total"] == 0
    assert two.ok("search", "--json", "--holder-id", LICENCE.holder_id).json["total"] == 0
    assert two.ok("count", "--json").json == before
    assert {one["state"] for one in two.ok("export").lines} == {"kept", "withheld"}
    assert LICENCE.holder not in two.ok("export").out
    assert two.ok("verify", "--json").json["ok"]


def test_show_says_by_whom_when_and_why_and_nothing_of_the_paper(two: Home, licence: str) -> None:
    two.ok("withhold", licence, "--reason", REASON)
    out = two.ok("show", licence).out

    assert out.startswith(f"(withheld)\nid {licence} · version 2 · withheld · batch Hộp 1\n")
    assert f"withheld by os:{archive.wiring._login()}: {REASON}" in out
    for told in (LICENCE.number, LICENCE.holder, LICENCE.holder_id, LICENCE.commune, "3.png", "Fields", "Pages"):
        assert told not in out
    values = two.ok("show", licence, "--json").json
    assert (values["title"], values["kind"], values["parts"], values["fields"], values["pages"]) == (
        None, None, [], {}, [],
    )  # fmt: skip
    assert [(one["action"], one["reason"]) for one in values["history"]] == [("imported", None), ("withheld", REASON)]


@pytest.mark.parametrize("asked", [["--page", "1"], ["--open", "-"], ["--link"]])
def test_nothing_of_it_is_handed_out(two: Home, licence: str, asked: list[str]) -> None:
    two.ok("withhold", licence, "--reason", REASON)
    said = two("show", licence, *asked)

    assert (said.code, said.out) == (Exit.USAGE, "")
    assert "is withheld: nothing of it is handed out; `archive show` says why" in said.err


def test_it_stays_out_of_sight_after_reindex_and_reconcile(two: Home, licence: str) -> None:
    two.ok("withhold", licence, "--reason", REASON)
    assert "1 record searchable again" in two.ok("reindex").out
    two.ok("reconcile", "--fix")

    assert licence not in two.ids()


def test_one_person_cannot_lift_it_and_two_can(two: Home, licence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    two.ok("withhold", licence, "--reason", REASON)
    asked = two("withhold", licence, "--lift", "--reason", "a seal, no mark")
    assert asked.code == Exit.NEEDS_PERSON
    assert "stays withheld until another person lifts it too" in asked.out
    again = two("--note", "Minh", "withhold", licence, "--lift", "--reason", "a seal, no mark")
    assert (again.code, again.out) == (Exit.USAGE, "")
    assert "another person must say so too" in again.err
    assert licence not in two.ids()

    monkeypatch.setattr(archive.wiring, "_login", lambda: "minh")
    lifted = two.ok("withhold", licence, "--lift", "--reason", "I see none either", "--json").json
    assert (lifted["state"], lifted["version"], lifted["actor"]) == ("kept", 4, "os:minh")
    assert licence in two.ids()
    history = two.ok("show", licence).out.partition("History\n")[2].splitlines()
    assert [line.split("  ")[3].split(" ")[0] for line in history] == ["imported", "withheld", "lift", "lifted"]


def test_the_same_paper_given_again_reveals_nothing(two: Home, licence: str, tmp_path: Path) -> None:
    two.ok("withhold", licence, "--reason", REASON)
    (tmp_path / "again").mkdir()
    save(3, tmp_path / "again" / "new name.png")
    said = two("import", tmp_path / "again")

    assert said.code == Exit.NEEDS_PERSON
    assert "1 duplicate" in said.out
    assert "new name.png: this paper is in the archive already and its record is withheld: hand the paper" in said.out
    assert LICENCE.number not in said.out + said.err
    assert LICENCE.holder not in said.out + said.err
    again = two("import", tmp_path / "again", "--json")
    assert (again.code, [one["code"] for one in again.json[0]["needs_person"]]) == (
        Exit.NEEDS_PERSON,
        ["record_withheld"],
    )
    assert licence not in two.ids()


def test_a_reason_must_be_given(two: Home, licence: str) -> None:
    assert two("withhold", licence).code == Exit.USAGE
    assert two("withhold", licence, "--reason", " ").code == Exit.USAGE
    assert licence in two.ids()
