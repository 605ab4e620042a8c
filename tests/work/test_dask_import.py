"""Whole imports on a cluster: the same records as on one machine, also when its machines die in the middle."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.errors import Exit
from tests.doubles.whole_import import draw_batch, draw_page
from tests.servers.dask_cluster import PATIENCE, ROOT, DaskCluster, wait_until

pytestmark = pytest.mark.long
SAMPLES = ("CV742.pdf", "2291-SXD-QLXD.pdf", "HKD_99C8004176.png", "QD951-SYT.tif")
LONGEST = 10 * PATIENCE


def command(home: Path, *words: str | Path) -> list[str]:
    return [sys.executable, str(ROOT / "cli.py"), "--home", str(home), *map(str, words)]


def answer(home: Path, *words: str) -> Any:
    done = subprocess.run(command(home, *words), check=False, capture_output=True, cwd=ROOT)  # noqa: S603 - our own program
    return [json.loads(line) for line in done.stdout.splitlines()] if words == ("export",) else json.loads(done.stdout)


def import_with(home: Path, folder: Path, work: str, cluster: DaskCluster) -> subprocess.Popen[bytes]:
    surroundings = {**cluster.environment(), "ARCHIVE_WORK": work}
    return subprocess.Popen(  # noqa: S603 - our own program
        command(home, "import", folder), cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def finish(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Wait for an import; return its exit code and what it said."""
    _, said = process.communicate(timeout=LONGEST)
    return process.returncode, said.decode()


def lines_in(home: Path) -> int:
    return len(list(home.glob("vault/ledger/*/*/*/*/*.json")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real samples, and a batch with everything that can be wrong."""
    folder = tmp_path_factory.mktemp("scans") / "hop1"
    draw_batch(folder)
    for name in SAMPLES:
        (folder / name).write_bytes((ROOT / "samples" / "scans" / name).read_bytes())
    for number in range(20, 32):
        draw_page(number).save(folder / f"scan{number:04d}.png", dpi=(50, 50))
    return folder


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What two processes of this machine make of the batch."""
    home = tmp_path_factory.mktemp("undisturbed")
    code, said = finish(import_with(home, folder, "processes:2", DaskCluster(home)))
    assert code == Exit.NEEDS_PERSON, said
    exported: list[Any] = answer(home, "export")
    assert len(exported) > len(SAMPLES)
    return exported


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[DaskCluster]:
    cluster = DaskCluster(tmp_path)
    try:
        yield cluster.start()
    finally:
        cluster.stop()


def is_as(undisturbed: list[Any], home: Path) -> None:
    """Nothing is lost, nothing is there twice, and the sums close."""
    assert answer(home, "export") == undisturbed
    assert answer(home, "batch", "show", "hop1", "--json")["closes"] is True
    assert answer(home, "verify", "--json")["ok"] is True
    assert answer(home, "search", "--json")["total"] == len(undisturbed)


def import_disturbed(home: Path, folder: Path, cluster: DaskCluster, disturb: Callable[[], None]) -> tuple[int, str]:
    """Import; do ``disturb`` when the first scans are settled."""
    process = import_with(home, folder, cluster.url, cluster)
    wait_until(lambda: lines_in(home) >= 2 or process.poll() is not None)
    assert process.poll() is None, "it was over before it could be disturbed"
    disturb()
    return finish(process)


def test_a_cluster_makes_the_same_records(
    folder: Path, undisturbed: list[Any], cluster: DaskCluster, tmp_path: Path
) -> None:
    code, said = finish(import_with(tmp_path / "home", folder, cluster.url, cluster))

    assert code == Exit.NEEDS_PERSON, said
    is_as(undisturbed, tmp_path / "home")


def test_a_worker_killed_in_the_middle_changes_nothing(
    folder: Path, undisturbed: list[Any], cluster: DaskCluster, tmp_path: Path
) -> None:
    code, said = import_disturbed(tmp_path / "home", folder, cluster, lambda: cluster.workers[0].send(signal.SIGKILL))

    assert code == Exit.NEEDS_PERSON, said
    is_as(undisturbed, tmp_path / "home")


def test_a_scheduler_killed_in_the_middle_ends_the_import_and_the_next_one_goes_on(
    folder: Path, undisturbed: list[Any], cluster: DaskCluster, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    assert cluster.scheduler is not None
    code, said = import_disturbed(home, folder, cluster, cluster.scheduler.kill)
    assert code == Exit.SETTINGS, said
    assert "went away; start it again, then the same import again: nothing is lost" in said
    assert "Traceback" not in said
    assert lines_in(home) < len(list(folder.iterdir())), "it was over before it could be disturbed"

    cluster.scheduler.wait()
    cluster.start_scheduler()
    for worker in cluster.workers:
        worker.connected(times=2)
    code, said = finish(import_with(home, folder, cluster.url, cluster))

    assert code == Exit.NEEDS_PERSON, said
    is_as(undisturbed, home)
