"""The chapter of docs/operations.md about a new release is true: its commands run on a vault of the release before."""

from __future__ import annotations

import re
import shlex
import shutil
import tarfile
from pathlib import Path

import pytest

from archive.errors import Exit
from tests.commands.conftest import Home
from tests.commands.papers import save_batch
from tests.documents import text_of

FROZEN = Path(__file__).parents[1] / "golden" / "vault-1.tar.gz"


@pytest.fixture
def old(home: Home) -> Home:
    """An archive of the first release, as an operator finds it before the upgrade."""
    with tarfile.open(FROZEN) as packed:
        packed.extractall(home.folder.parent, filter="data")
    shutil.move(home.folder.parent / "vault-1" / "vault", home.folder / "vault")
    return home


def steps() -> list[tuple[int, str, set[int]]]:
    """Return the number of each step, its command, and the good codes; steps of other programs are left out."""
    chapter = text_of("docs/operations.md").split("\n## A new release\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\d+)\. [^|]*\| `archive ([^`]+)` \| ([^|]+) \|$", chapter, re.MULTILINE)
    return [(int(number), words, {int(one) for one in re.findall(r"code (\d)", good)}) for number, words, good in rows]


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run_steps(home: Home, monkeypatch: pytest.MonkeyPatch) -> dict[int, str]:
    """Run all steps of the chapter from the home; return what each printed."""
    monkeypatch.chdir(home.folder)
    said = {}
    for number, words, good in steps():
        answer = home(*shlex.split(words))
        assert answer.code in good, (number, words, answer)
        said[number] = answer.out
    return said


def test_the_chapter_has_steps_to_run() -> None:
    assert [number for number, _, _ in steps()] == [1, 3, 4, 5, 6, 7, 8, 9]


def test_each_step_ends_as_the_chapter_says(old: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    said = run_steps(old, monkeypatch)

    assert "unwitnessed: " in said[5]
    assert "unwitnessed" not in said[7]


def test_the_upgrade_changes_no_byte_of_what_was_there(old: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files_of(old.folder / "vault")

    run_steps(old, monkeypatch)

    after = files_of(old.folder / "vault")
    assert {name: after.get(name) for name in before} == before
    assert {name.split("/")[0] for name in after.keys() - before.keys()} == {"seals", "content", "feed"}  # a seal


def test_the_copy_of_step_1_is_the_way_back(old: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files_of(old.folder / "vault")
    exported = old.ok("export").out

    run_steps(old, monkeypatch)
    assert old("import", save_batch(tmp_path / "Hộp 8")).code == Exit.NEEDS_PERSON

    copy = tmp_path / "before" / "vault"
    assert files_of(copy) == before
    shutil.rmtree(old.folder / "vault")
    shutil.copytree(copy, old.folder / "vault")
    old.ok("reindex")
    assert old.ok("export").out == exported
