"""Whatever an import counts as kept outlives a power cut, also what an earlier run left when it was killed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from archive.store.backends.folder import FolderStore
from archive.store.vault import Vault
from archive.store.verify.check import Check
from tests.doubles.power import Disk, Killed
from tests.doubles.whole_import import draw_page, make_intake, run_import

ROADS = [
    pytest.param(["a.png"], id="once"),
    pytest.param(["a.txt"], id="no scan"),
    pytest.param(["a.png", "b.png"], id="a duplicate", marks=pytest.mark.long),
]


def outcomes(vault: Vault) -> Counter[str]:
    """Return how many lines of the ledger have which outcome."""
    return Counter(line.outcome.value for batch in vault.batches() for line in vault.lines(batch.id))


@pytest.mark.parametrize("names", ROADS)
def test_what_the_next_run_counts_outlives_a_power_cut(tmp_path: Path, names: list[str]) -> None:
    scans = tmp_path / "scans"
    scans.mkdir()
    draw_page(1).save(scans / "drawn.png", dpi=(50, 50))
    drawn = (scans / "drawn.png").read_bytes()
    (scans / "drawn.png").unlink()
    for name in names:
        (scans / name).write_bytes(drawn if name.endswith(".png") else b"no scan")
    moment, was_killed = 0, True
    while was_killed:
        place = tmp_path / str(moment)
        place.mkdir()
        disk, was_killed = Disk(place), False
        with disk.watched(dies_at=moment):
            try:
                run_import(make_intake(tmp_path / f"home-{moment}", FolderStore(place / "vault")), scans)
            except Killed:
                was_killed = True
        with disk.watched():
            run_import(make_intake(tmp_path / f"other-{moment}", FolderStore(place / "vault")), scans)
        left = FolderStore(disk.restored(tmp_path / f"left-{moment}") / "vault")

        assert outcomes(Vault(left)) == outcomes(Vault(FolderStore(place / "vault"))), f"killed at fsync {moment}"
        assert [one for one in Check(left).run() if one.is_damage] == [], f"killed at fsync {moment}"
        moment += 1
