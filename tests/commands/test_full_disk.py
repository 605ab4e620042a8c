"""The disk of the home is full: what only reads goes on, what writes says that there is no room and where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.errors import Exit
from tests.commands.conftest import Home
from tests.commands.papers import LICENCE, save_batch
from tests.doubles.small_disk import fill_up, small_disk


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Home]:
    """An archive with one batch, on a disk that somebody filled meanwhile."""
    with small_disk(tmp_path / "disk", mib=6) as disk:
        home = Home(disk / "home")
        home("import", save_batch(tmp_path / "b"))
        yield home


@pytest.mark.parametrize("left", [0, 16_384, 65_536])
def test_a_rebuild_says_that_the_disk_is_full(full: Home, left: int) -> None:
    """And not that the index is damaged and should be rebuilt."""
    fill_up(full.folder.parent, left)
    said = full("reindex")

    assert said.code == Exit.INDEX
    assert f"the disk of {full.folder / 'index'}" in said.err
    assert "is full; free some space there" in said.err
    assert "damaged" not in said.err


def test_what_reads_goes_on(full: Home) -> None:
    before = [full(verb, "--json").out for verb in ("count", "reconcile")]
    fill_up(full.folder.parent)

    assert full.ids(LICENCE.number)
    assert [full(verb, "--json").out for verb in ("count", "reconcile")] == before
    assert full("count", "--pages").code == Exit.OK


def test_an_import_after_that_is_whole(full: Home, tmp_path: Path) -> None:
    fill_up(full.folder.parent)
    assert full("reindex").code == Exit.INDEX
    (full.folder.parent / "fill").unlink()

    assert full.ok("reindex")
    assert full.ok("verify")
    assert full.ids(LICENCE.number)
