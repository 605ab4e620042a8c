"""archive copy, and archive verify --repair-from: a vault goes to another place, and comes back whole."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from archive.commands.other_store import other_store
from archive.commands.verbs.copy import describe
from archive.errors import Exit, RequestRefused
from archive.services.preservation.copy import CopyProgress
from archive.settings import load
from tests.commands.conftest import Home
from tests.commands.papers import save
from tests.commands.subprocess_cli import finish, start


def files(folder: Path) -> dict[str, bytes]:
    """Return the objects in a folder by their keys."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {key: data for key, data in found.items() if not key.startswith("staging/")}


@pytest.fixture
def vault(filled: Home) -> dict[str, bytes]:
    """The objects of the archive that is copied."""
    return files(filled.folder / "vault")


def test_a_copy_is_said_in_figures_and_a_second_one_copies_nothing(
    filled: Home, vault: dict[str, bytes], tmp_path: Path
) -> None:
    there = tmp_path / "copy"
    said = filled.ok("copy", "--to", f"file:{there}")
    assert files(there) == vault
    assert said.out.startswith(f"{len(vault)} objects (")
    assert said.out.endswith(f" copied to file:{there}, each one verified.\nAll is well.\n")

    again = filled.ok("copy", "--to", f"file:{there}").out
    assert "Nothing to copy" in again
    assert f"{len(vault)} objects there already, and not looked into" in again
    assert "`archive verify`" in again
    looked = filled.ok("copy", "--to", f"file:{there}", "--check").out
    assert f"{len(vault)} objects there already, and looked into." in looked


def test_a_copy_for_machines(filled: Home, vault: dict[str, bytes], tmp_path: Path) -> None:
    values = filled.ok("copy", "--to", f"file:{tmp_path / 'copy'}", "--json").json

    assert values == {
        "ok": True,
        "to": f"file:{tmp_path / 'copy'}",
        "copied": len(vault),
        "bytes": sum(map(len, vault.values())),
        "there": 0,
        "checked": 0,
        "damaged": 0,
        "left_out": 0,
        "exposed": 0,
        "findings": [],
    }


def test_a_copy_that_holds_what_was_withheld_since_is_not_well(home: Home, tmp_path: Path) -> None:
    home.ok("import", save(3, tmp_path / "a.png"))
    home.ok("copy", "--to", f"file:{tmp_path / 'copy'}")
    (record,) = home.ids()
    home.ok("withhold", record, "--reason", "dấu mật")
    said = home("copy", "--to", f"file:{tmp_path / 'copy'}", "--json")

    assert said.code == Exit.NEEDS_PERSON
    assert (said.json["ok"], said.json["exposed"] > 0, said.json["findings"]) == (False, True, [])


@pytest.mark.parametrize(
    ("now", "seconds", "text"),
    [
        (CopyProgress(), 0.0, "0 objects copied · 0.0 MiB · 0.0 MiB/s · 0 there already"),
        (CopyProgress(1, 1 << 20, 2), 2.0, "1 object copied · 1.0 MiB · 0.5 MiB/s · 2 there already"),
        (
            CopyProgress(1_200, 3 << 30, 0, 0, 4),
            60.0,
            "1,200 objects copied · 3,072.0 MiB · 51.2 MiB/s · 0 there already · 4 damaged",
        ),
    ],
)
def test_progress_in_words(now: CopyProgress, seconds: float, text: str) -> None:
    assert describe(now, seconds) == text


def test_a_folder_counts_from_where_the_person_is(
    filled: Home, vault: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    filled.ok("copy", "--to", "file:copy")

    assert files(tmp_path / "copy") == vault


def test_the_copy_is_an_archive(filled: Home, tmp_path: Path) -> None:
    filled.ok("copy", "--to", f"file:{tmp_path / 'home' / 'vault'}")
    other = Home(tmp_path / "home")
    other.ok("reindex")

    assert other.ids() == filled.ids()
    other.ok("verify")


@pytest.mark.parametrize("place", ["vault", "vault/deeper", "vault/..", "."])
def test_the_archives_own_store_is_no_other_place(place: str, filled: Home) -> None:
    said = filled("copy", "--to", f"file:{filled.folder / place}")

    assert (said.code, said.out) == (Exit.USAGE, "")
    assert "is the archive's own store" in said.err


def test_the_archives_own_store_under_another_name_is_no_other_place(filled: Home, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(filled.folder / "vault")

    assert filled("copy", "--to", f"file:{tmp_path / 'link'}").code == Exit.USAGE


def test_what_names_no_store_is_a_setting(filled: Home) -> None:
    said = filled("copy", "--to", "ftp:somewhere")

    assert said.code == Exit.SETTINGS
    assert "must be file:FOLDER or s3://BUCKET/PREFIX" in said.err


def test_another_archive_is_refused_and_left_alone(filled: Home, home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "Hộp 7"  # a batch of the same name
    folder.mkdir()
    save(7, folder / "khác.png")
    home("import", folder)
    before = files(home.folder / "vault")
    said = filled("copy", "--to", f"file:{home.folder / 'vault'}")

    assert said.code == Exit.USAGE
    assert "holds another archive" in said.err
    assert files(home.folder / "vault") == before


def test_damage_is_named_left_out_and_a_verification_that_failed(
    filled: Home, vault: dict[str, bytes], tmp_path: Path
) -> None:
    broken = Home(tmp_path / "home")
    shutil.copytree(filled.folder, broken.folder)
    key = next(key for key in sorted(vault) if key.startswith("readings/"))
    (broken.folder / "vault" / key).write_bytes(vault[key][:-9])
    said = broken("copy", "--to", f"file:{tmp_path / 'copy'}")

    assert said.code == Exit.VERIFY_FAILED
    assert f"damaged: {key}: left out, because the original is not whole" in said.out
    assert said.out.endswith("1 finding: see above.\n")
    assert files(tmp_path / "copy").keys() == vault.keys() - {key}


def test_a_copy_that_was_killed_goes_on_where_it_was(filled: Home, vault: dict[str, bytes], tmp_path: Path) -> None:
    there = tmp_path / "copy"
    process = start(filled.folder, "copy", "--to", f"file:{there}")
    while process.poll() is None and not there.exists():
        time.sleep(0.01)
    process.kill()
    finish(process)
    done = filled.ok("copy", "--to", f"file:{there}", "--json").json

    assert done["copied"] + done["there"] == len(vault)
    assert files(there) == vault


# Repair.


@pytest.fixture
def broken(filled: Home, tmp_path: Path) -> Home:
    """A copy of the archive; nothing is broken yet."""
    home = Home(tmp_path / "broken")
    shutil.copytree(filled.folder, home.folder)
    return home


def test_what_is_damaged_or_lost_comes_back_from_a_copy(filled: Home, vault: dict[str, bytes], broken: Home) -> None:
    lost = next(key for key in sorted(vault) if key.startswith("content/"))
    cut = next(key for key in sorted(vault) if key.startswith("records/"))
    (broken.folder / "vault" / lost).unlink()
    (broken.folder / "vault" / cut).write_bytes(b"cut")
    assert broken("verify").code == Exit.VERIFY_FAILED
    said = broken.ok("verify", "--repair-from", f"file:{filled.folder / 'vault'}")

    assert f"mended: {lost}\n" in said.out
    assert f"mended: {cut}\n" in said.out
    assert said.out.endswith("2 objects mended from the other store; 0 could not be.\nAll is well again.\n")
    assert files(broken.folder / "vault") == vault
    broken.ok("verify")


def test_a_line_that_only_its_announcement_tells_of_comes_back_and_is_found_again(
    filled: Home, vault: dict[str, bytes], broken: Home
) -> None:
    """Nothing names a ledger line: it may never have been written, and only the copy tells that it was."""
    (line,) = (key for key in vault if key.startswith("ledger/") and b'"duplicate"' in vault[key])
    (broken.folder / "vault" / line).unlink()
    broken.ok("reindex")
    looked = broken("verify")
    assert looked.code == Exit.NEEDS_PERSON
    assert looked.out.startswith(f"announced_only: {line}: ")
    assert "Nothing is damaged" in looked.out
    assert broken("verify", "--json").json["ok"] is False
    assert broken("reconcile").code == Exit.NEEDS_PERSON
    said = broken.ok("verify", "--repair-from", f"file:{filled.folder / 'vault'}")

    assert f"missing: {line}: the other store has it, so it was here once\nmended: {line}\n" in said.out
    broken.ok("reconcile")


def test_what_the_copy_does_not_have_either_stays_a_failure(
    filled: Home, vault: dict[str, bytes], broken: Home, tmp_path: Path
) -> None:
    shutil.copytree(filled.folder / "vault", tmp_path / "copy")
    lost = next(key for key in sorted(vault) if key.startswith("readings/"))
    (broken.folder / "vault" / lost).unlink()
    (tmp_path / "copy" / lost).unlink()
    said = broken("verify", "--repair-from", f"file:{tmp_path / 'copy'}", "--json")

    assert said.code == Exit.VERIFY_FAILED
    assert said.json["ok"] is False
    assert {one["key"]: one["mended"] for one in said.json["repaired"]} == {lost: False}
    assert said.json["findings"][0]["lacks"] == lost


def test_where_all_is_well_nothing_is_mended(filled: Home, broken: Home) -> None:
    said = broken.ok("verify", "--repair-from", f"file:{filled.folder / 'vault'}", "--json")

    assert (said.json["ok"], said.json["findings"], said.json["repaired"]) == (True, [], [])


def test_a_mistyped_copy_is_said_and_not_made(broken: Home, tmp_path: Path) -> None:
    said = broken("verify", "--repair-from", f"file:{tmp_path / 'none'}")

    assert said.code == Exit.USAGE
    assert "holds nothing; check the spelling" in said.err
    assert not (tmp_path / "none").exists()


def test_a_store_is_not_repaired_from_itself(broken: Home) -> None:
    assert broken("verify", "--repair-from", f"file:{broken.folder / 'vault'}").code == Exit.USAGE


def test_the_same_bucket_name_on_another_server_is_another_place(tmp_path: Path) -> None:
    variables = {"ARCHIVE_STORE": "s3://kho/a", "ARCHIVE_S3_ENDPOINT": "http://127.0.0.1:1"}
    with pytest.raises(RequestRefused, match="own store"):
        other_store("--to", "s3://kho/a", load(tmp_path, variables))
    elsewhere = load(tmp_path, {**variables, "ARCHIVE_COPY_ENDPOINT": "http://127.0.0.1:2"})

    assert other_store("--to", "s3://kho/a", elsewhere) == "s3://kho/a"
