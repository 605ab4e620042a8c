"""Killed at any step, run again: nothing is missing, nothing is twice, the vault verifies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from archive.errors import StoreUnavailable
from archive.model.counting import CountQuery
from archive.model.ledger import ScanOutcome
from archive.model.search import Query
from archive.services.derived.catch_up import CatchUp
from archive.services.derived.run_locks import Runs
from archive.services.exchange.export import export
from archive.store.backends.folder import FolderStore
from archive.store.vault import Vault
from archive.store.verify.check import Check
from tests.doubles.inline_workers import InlineWorkers
from tests.doubles.stores import FullStore
from tests.doubles.whole_import import EchoEngine, catch_up_over, draw_batch, make_context, make_intake, run_import

ROOT = Path(__file__).parents[1]
KILLED = -9


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A batch on disk."""
    folder = tmp_path_factory.mktemp("scans") / "hop1"
    draw_batch(folder)
    return folder


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an import makes of the batch when nobody disturbs it."""
    home = tmp_path_factory.mktemp("undisturbed")
    run_import(make_intake(home, FolderStore(home / "vault")), folder)
    return state(home)


def state(home: Path) -> dict[str, Any]:
    """Return all that people could see of an archive."""
    vault = Vault(FolderStore(home / "vault"))
    context = make_context(home, vault.store, InlineWorkers(), EchoEngine())
    catch_up_over(home, context).recover_killed_runs(Runs(home / "running"))
    batch = next(iter(vault.batches()))
    return {
        "export": list(export(vault)),
        "ledger": sorted(
            (line.path or "", line.outcome, len(line.pages), line.version) for line in vault.lines(batch.id)
        ),
        "searchable": sorted(hit.id for hit in context.index.search(Query(limit=100)).hits),
        "counted": sum(tally.pages for tally in context.table.tally(CountQuery())),
    }


def import_until_killed(home: Path, folder: Path, nth: int, moment: str) -> int:
    command = [sys.executable, "-m", "tests.doubles.whole_import", str(home), str(folder), str(nth), moment]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True).returncode  # noqa: S603 - our own module


@pytest.mark.parametrize("moment", ["before", "within", "after"])
@pytest.mark.parametrize("nth", [2, 5, 13])
def test_killed_at_a_step_and_run_again(
    nth: int, moment: str, folder: Path, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    assert import_until_killed(tmp_path, folder, nth, moment) == KILLED
    converges(tmp_path, folder, undisturbed)


@pytest.mark.long
@pytest.mark.parametrize("moment", ["before", "within", "after"])
def test_killed_at_every_step_and_run_again(
    moment: str, folder: Path, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    nth = 1
    while import_until_killed(tmp_path / str(nth), folder, nth, moment) == KILLED:
        converges(tmp_path / str(nth), folder, undisturbed)
        nth += 1

    assert nth > 20, "the import makes more objects than this: was it killed at all of them?"


@pytest.mark.long
def test_killed_again_and_again_at_each_next_step(folder: Path, undisturbed: dict[str, Any], tmp_path: Path) -> None:
    """One archive whose every run is killed a little later: it moves on, however little each run does."""
    rounds = 0
    while import_until_killed(tmp_path, folder, 6, "within") == KILLED:  # a step takes at most five objects
        rounds += 1
        assert rounds < 100, "it does not move on"

    assert rounds > 2
    converges(tmp_path, folder, undisturbed)


def converges(home: Path, folder: Path, undisturbed: dict[str, Any]) -> None:
    """Run again without disturbance; what people see must be as if nobody had been killed."""
    left = list(Check(FolderStore(home / "vault")).run())
    assert {finding.code for finding in left} <= {"announced_only"}, "a killed run left damage"
    summary = run_import(make_intake(home, FolderStore(home / "vault")), folder)

    assert summary.sums is not None
    assert summary.sums.closes
    assert list(Check(FolderStore(home / "vault")).run()) == []
    assert state(home) == undisturbed


def test_a_full_disk_ends_the_run_and_loses_nothing(folder: Path, undisturbed: dict[str, Any], tmp_path: Path) -> None:
    for room in range(1, 28, 6):  # an undisturbed run makes 28 objects
        home = tmp_path / str(room)
        with pytest.raises(StoreUnavailable, match="free some space"):
            run_import(make_intake(home, FullStore(home / "vault", room)), folder)
        converges(home, folder, undisturbed)


def test_what_a_killed_run_left_unsearchable_is_found_by_the_next_search(folder: Path, tmp_path: Path) -> None:
    """Truth first, findable second: a record whose run died before its group commit must not stay hidden."""
    vault = Vault(FolderStore(tmp_path / "vault"))
    run_import(make_intake(tmp_path / "other", vault.store), folder)
    context = make_context(tmp_path, vault.store, InlineWorkers(), EchoEngine())
    assert context.index.search(Query()).total == 0
    (tmp_path / "running").mkdir()
    (tmp_path / "running" / "dead").touch()

    CatchUp(vault, context.index, context.table, tmp_path / "index" / "caught-up").recover_killed_runs(
        Runs(tmp_path / "running")
    )

    stored = sum(line.outcome is ScanOutcome.STORED for batch in vault.batches() for line in vault.lines(batch.id))
    assert context.index.search(Query()).total == stored
    assert Runs(tmp_path / "running").killed() == []
