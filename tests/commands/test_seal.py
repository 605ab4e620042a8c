"""archive seal prints a root for paper, and holds a root against the archive."""

from __future__ import annotations

import shutil
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from archive.errors import Exit
from tests.commands.conftest import Home

FROZEN = Path(__file__).parents[1] / "golden" / "vault-1.tar.gz"
OLD = "20260305"


def unpack(home: Home) -> None:
    """Put the frozen archive into a home, as if its feed were of a day long past."""
    vault = home.folder / "vault"
    with tarfile.open(FROZEN) as archive:
        archive.extractall(home.folder.parent / "frozen", filter="data")
    vault.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(home.folder.parent / "frozen" / "vault-1" / "vault", vault)
    for number, day in enumerate(sorted((vault / "feed").iterdir())):
        day.rename(day.with_name(str(int(OLD) + number)))


@pytest.fixture
def old(home: Home) -> Home:
    unpack(home)
    home.ok("reindex")
    return home


def modules_of(lines: list[str]) -> np.ndarray:
    """Return the modules of a code printed on a terminal: 255 where it draws, 0 where the terminal is dark."""
    rows = [[[symbol in "▀█", symbol in "▄█"] for symbol in line] for line in lines]
    return np.array(rows, np.uint8).transpose(0, 2, 1).reshape(2 * len(lines), -1) * 255


def picture(modules: np.ndarray) -> np.ndarray:
    """Return a code as a picture for a reader."""
    return cv2.copyMakeBorder(
        np.kron(modules, np.ones((8, 8), np.uint8)), 32, 32, 32, 32, cv2.BORDER_CONSTANT, value=255
    )


def test_an_older_archive_is_adopted_and_then_its_days_are_sealed(old: Home, tmp_path: Path) -> None:
    looked = old("verify")
    assert looked.code == Exit.VERIFY_FAILED
    assert looked.out.count("unwitnessed: ") == 1
    assert old("seal").code == Exit.USAGE
    adopted = old.ok("seal", "--adopt")
    assert "What an earlier release wrote: sealed with 30 versions." in adopted.out
    old.ok("verify")
    said = old.ok("seal", "--png", tmp_path / "seal.png")
    (again,) = old.ok("seal", "--json").json["seals"]

    assert f"  root        {again['root']}\n" in said.out
    assert (again["day"], again["fresh"], again["never_written"]) == ("2026-03-05", False, 0)
    text = f"results-archive seal 2 day 2026-03-05 root {again['root']}"
    code = [line for line in said.out.splitlines() if line and set(line) <= set(" ▄▀█")]
    assert cv2.QRCodeDetector().detectAndDecode(picture(modules_of(code)))[0] == text
    written = cv2.imread(str(tmp_path / "seal.png"), cv2.IMREAD_GRAYSCALE)[::6, ::6][4:-4, 4:-4]
    assert np.array_equal(written, modules_of(code)[2 : 2 + len(written), 2 : 2 + len(written)])


@pytest.mark.parametrize("name", ["x" * 4_000, "gone/seal.png"])
def test_a_picture_that_cannot_be_written_is_said_and_the_day_is_sealed(old: Home, tmp_path: Path, name: str) -> None:
    old.ok("seal", "--adopt")
    said = old("seal", "--png", tmp_path / name)

    assert (said.code, said.out) == (Exit.SETTINGS, "")
    assert "name another --png" in said.err
    assert old("seal", "--day", "2026-03-05", "--png", tmp_path / "seal.png").code == Exit.OK


def test_a_root_is_held_against_the_archive(old: Home) -> None:
    old.ok("seal", "--adopt")
    (seal,) = old.ok("seal", "--json").json["seals"]
    spaced = f"{seal['root'][:32]} {seal['root'][32:]}".upper()

    assert "still gives this root of 2026-03-05" in old.ok("seal", "--check", spaced).out
    assert old.ok("seal", "--check", seal["root"], "--json").json == {"holds": True, "day": "2026-03-05", "seal": 2}
    line = next((old.folder / "vault" / "ledger").rglob("*.json"))
    line.write_bytes(line.read_bytes().replace(b"os:", b"ox:"))
    said = old("seal", "--check", seal["root"])
    assert (said.code, "any more (seal 2)" in said.out) == (Exit.VERIFY_FAILED, True)
    assert old("seal", "--check", "0" * 64).code == Exit.VERIFY_FAILED


def test_a_day_that_is_not_over_is_not_sealed(old: Home) -> None:
    old.ok("seal", "--adopt")
    said = old("seal", "--day", datetime.now(UTC).date().isoformat())

    assert (said.code, "is not over" in said.err) == (Exit.USAGE, True)
    assert old("seal", "--day", "5.3.2026").code == Exit.USAGE


def test_different_questions_are_asked_one_at_a_time(begun: Home) -> None:
    assert begun("seal", "--adopt", "--day", "2026-03-05").code == Exit.USAGE
    assert "nothing to adopt" in begun.ok("seal", "--adopt").out
    assert "No day that is over" in begun.ok("seal").out
