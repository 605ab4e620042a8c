"""archive doctor: plain words, and a code for machines."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from archive.commands.verbs import doctor as doctor_verb
from archive.errors import Exit
from tests.commands.conftest import Home

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def _room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disks with room, whatever the one under the tests is like."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1 << 40, 0, 1 << 40))


@pytest.fixture
def own(filled: Home, tmp_path: Path) -> Home:
    """A copy of the archive that is its owner's alone."""
    home = Home(tmp_path / "own")
    shutil.copytree(filled.folder, home.folder)
    home.folder.chmod(0o700)
    return home


def test_all_well_in_plain_words(own: Home) -> None:
    lines = own.ok("doctor").out.splitlines()

    assert lines[-1] == "All is well."
    assert all(line.startswith("ok    ") for line in lines[:-1])
    assert "ok    reader, language data: knowing-1" in lines
    assert "ok    agreement, records: the vault holds 2 records, and the search index has them all" in lines


def test_what_to_mend_stands_out_with_what_to_do(own: Home) -> None:
    shutil.rmtree(own.folder / "index")
    said = own("doctor")

    assert said.code == Exit.INDEX
    assert (
        "MEND  agreement, records: the vault holds 2 records; the search index lacks 2 of them and has 0 others\n"
        "      → `archive reconcile` says which, `archive reconcile --fix` mends it\n"
    ) in said.out
    assert said.out.endswith("2 things to mend: see above.\n")


def test_for_machines(own: Home) -> None:
    values = own.ok("doctor", "--json").json
    own.folder.chmod(0o750)
    unwell = own("doctor", "--json")

    assert (values["ok"], values["exit"]) == (True, 0)
    assert {"part", "name", "ok", "seen", "advice"} == set(values["signs"][0])
    assert (unwell.code, unwell.json["exit"]) == (Exit.SETTINGS, Exit.SETTINGS)


def test_a_wrong_backend_is_a_sign_beside_the_others(own: Home) -> None:
    (own.folder / "settings.toml").write_text('store = "ftp:x"\nwork = "people:3"\n')
    said = own("doctor")

    assert said.code == Exit.SETTINGS
    assert "MEND  store, reachable: 'ftp:x' names no store" in said.out
    assert "MEND  workers, reachable: setting work is 'people:3'" in said.out
    assert "ok    search index, reachable: answers, and knows 2 records" in said.out


def test_secrets_in_a_file_that_others_may_read(own: Home) -> None:
    (own.folder / "settings.toml").write_text('[elastic]\npassword = "p"\n')
    (own.folder / "settings.toml").chmod(0o644)
    said = own("doctor")

    assert said.code == Exit.SETTINGS
    assert f"→ chmod 600 {own.folder / 'settings.toml'}" in said.out


def test_an_archive_that_was_never_used_is_well_and_stays_empty(home: Home) -> None:
    """Before the first import an operator wants to know whether it will work."""
    looked = home.ok("doctor").out

    assert "ok    agreement, records: this archive holds nothing yet; is --home the right folder?" in looked
    assert home.ok("batch", "list", "--json").json == []
    assert home("verify", "--json").json["objects"] == 0


def test_a_mistyped_home_is_said_and_not_made(tmp_path: Path) -> None:
    said = Home(tmp_path / "none")("doctor")

    assert said.code == Exit.SETTINGS
    assert "there is no archive in" in said.err
    assert not (tmp_path / "none").exists()


def test_the_order_of_graveness_is_documented() -> None:
    assert "5 store, then 4 settings, then 6 index" in " ".join((doctor_verb.doctor.help or "").split())


def test_a_run_log_that_others_may_read(own: Home) -> None:
    (own.folder / "log").chmod(0o755)
    said = own("doctor")

    assert said.code == Exit.SETTINGS
    assert f"→ chmod 700 {own.folder / 'log'}" in said.out
