"""A Dask cluster keeps the contract of workers, and loses nothing when its machines come and go."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from archive.errors import SettingsError, WorkersUnavailable
from archive.model.options import DaskOptions
from archive.work.api import Done, Ending, Workers
from archive.work.dask.workers import DaskWorkers
from tests.contracts.workers import GuardedWorkersContract, run, task
from tests.doubles import tasks
from tests.servers.dask_cluster import PATIENCE, DaskCluster, WorkerProcess, wait_until

SHORT = DaskOptions(connect_seconds=1.0)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """Three workers with a place each; tests that disturb one add it, and take it away again."""
    cluster = DaskCluster(tmp_path_factory.mktemp("cluster"))
    try:
        yield cluster.start()
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def pool(cluster: DaskCluster) -> Iterator[Workers]:
    workers = DaskWorkers(cluster.address, DaskOptions(), plain_text=False)
    yield workers
    workers.close()


@pytest.fixture
def fourth(cluster: DaskCluster) -> Iterator[WorkerProcess]:
    """A fourth worker, to be treated badly."""
    worker = cluster.start_worker()
    worker.connected()
    yield worker
    worker.process.kill()
    worker.process.wait()
    cluster.workers.remove(worker)


@pytest.fixture
def of_four(cluster: DaskCluster, fourth: WorkerProcess) -> Iterator[Workers]:
    """Workers over all four, which notice silence soon."""
    workers = DaskWorkers(cluster.address, DaskOptions(), plain_text=False, silent_seconds=2.0)
    assert workers.count == 4
    yield workers
    workers.close()


class TestDaskWorkers(GuardedWorkersContract):
    """Three machines, as it were."""

    @pytest.fixture
    def workers(self, pool: Workers) -> Workers:
        return pool


def endings_of_eight(workers: Workers, sign: Path, disturb: Callable[[], None]) -> list[Ending]:
    """Return the endings of two tasks a worker that wait for ``sign``, which is given when ``disturb`` is over."""

    def disturb_and_go_on() -> None:
        try:
            disturb()
        finally:
            sign.touch()

    thread = threading.Thread(target=disturb_and_go_on)
    thread.start()
    endings = list(workers.run(iter([task(tasks.wait_for, sign, tag=n) for n in range(8)]), 8))
    thread.join()
    return endings


def readers_of(worker: WorkerProcess) -> list[psutil.Process]:
    """Return the children of a worker that do tasks."""
    return [child for child in worker.children() if "--multiprocessing-fork" in child.cmdline()]


def is_gone(process: psutil.Process) -> bool:
    try:
        return (
            process.status() == psutil.STATUS_ZOMBIE
        )  # nobody reaps the children of a killed process in some containers
    except psutil.NoSuchProcess:
        return True


def test_a_killed_worker_costs_no_task_and_its_children_end(
    of_four: Workers, fourth: WorkerProcess, tmp_path: Path
) -> None:
    children: list[psutil.Process] = []

    def kill() -> None:
        wait_until(lambda: bool(readers_of(fourth)))
        children.extend(readers_of(fourth))
        fourth.send(signal.SIGKILL)

    endings = endings_of_eight(of_four, tmp_path / "sign", kill)

    assert len(endings) == 8
    assert all(isinstance(ending, Done) for ending in endings), endings
    wait_until(lambda: all(map(is_gone, children)))


@pytest.mark.long
def test_a_stopped_worker_costs_no_task(of_four: Workers, fourth: WorkerProcess, tmp_path: Path) -> None:
    def stop() -> None:
        wait_until(lambda: bool(readers_of(fourth)))
        fourth.send(signal.SIGSTOP)

    endings = endings_of_eight(of_four, tmp_path / "sign", stop)

    assert len(endings) == 8
    assert all(isinstance(ending, Done) for ending in endings), endings


def test_a_worker_asked_to_end_leaves_its_tasks_to_others(
    of_four: Workers, fourth: WorkerProcess, tmp_path: Path
) -> None:
    codes: list[int] = []
    children: list[psutil.Process] = []

    def end() -> None:
        wait_until(lambda: bool(readers_of(fourth)))
        children.extend(fourth.children())
        codes.append(fourth.end())

    endings = endings_of_eight(of_four, tmp_path / "sign", end)

    assert codes == [0]
    assert all(isinstance(ending, Done) for ending in endings), endings
    wait_until(lambda: all(map(is_gone, children)))
    assert "Traceback" not in fourth.said


@pytest.mark.long
def test_a_worker_that_joins_gets_work(pool: Workers, cluster: DaskCluster, tmp_path: Path) -> None:
    late: list[WorkerProcess] = []

    def join() -> None:
        late.append(cluster.start_worker())
        wait_until(lambda: bool(readers_of(late[0])))

    try:
        endings = endings_of_eight(pool, tmp_path / "sign", join)
    finally:
        assert late[0].end() == 0
        cluster.workers.remove(late[0])

    assert all(isinstance(ending, Done) for ending in endings)


def test_a_parent_that_goes_away_leaves_nothing_running(cluster: DaskCluster, tmp_path: Path) -> None:
    before = threading.enumerate()
    workers = DaskWorkers(cluster.address, DaskOptions(), plain_text=False)
    longer_than_we_wait = 10 * PATIENCE
    stay = [task(tasks.sign_and_stay, tmp_path, n, waits=n == 2, seconds=longer_than_we_wait) for n in range(3)]
    under_way = workers.run(iter([*stay, task(tasks.double, 2)]), 4)
    next(under_way)
    wait_until(lambda: len(list(tmp_path.iterdir())) == 3)
    under_way.close()  # type: ignore[attr-defined]  # a generator
    workers.close()

    wait_until(lambda: all(is_gone_id(int(file.name)) for file in tmp_path.iterdir()))
    assert threading.enumerate() == before


def is_gone_id(number: int) -> bool:
    try:
        return is_gone(psutil.Process(number))
    except psutil.NoSuchProcess:
        return True


@pytest.mark.long
def test_a_lost_scheduler_ends_the_run_soon_and_its_worker_comes_back(tmp_path: Path) -> None:
    cluster = DaskCluster(tmp_path)
    try:
        cluster.start([1])
        workers = DaskWorkers(cluster.address, SHORT, plain_text=False)
        todo = iter([task(tasks.sign_and_stay, tmp_path / "at-work", 0, tag="x")])
        (tmp_path / "at-work").mkdir()
        threading.Thread(target=kill_scheduler_at_work, args=(cluster,)).start()
        with pytest.raises(WorkersUnavailable, match=r"went away; start it again, then the same import again"):
            list(workers.run(todo, 2))
        workers.close()

        cluster.start_scheduler()
        cluster.workers[0].connected(times=2)
        workers = DaskWorkers(cluster.address, SHORT, plain_text=False)
        assert isinstance(run(workers, task(tasks.double, 2, tag="x"))["x"], Done)
        workers.close()
    finally:
        cluster.stop()


def kill_scheduler_at_work(cluster: DaskCluster) -> None:
    wait_until(lambda: any((cluster.folder / "at-work").iterdir()))
    assert cluster.scheduler is not None
    cluster.scheduler.kill()
    cluster.scheduler.wait()


def test_without_a_scheduler_it_is_said_what_to_start() -> None:
    with pytest.raises(WorkersUnavailable, match=r"no scheduler answers at dask://127.0.0.1:9; start it"):
        DaskWorkers("127.0.0.1:9", SHORT, plain_text=False)


def test_without_workers_it_is_said_what_to_start(tmp_path: Path) -> None:
    cluster = DaskCluster(tmp_path)
    try:
        cluster.start([])
        with pytest.raises(WorkersUnavailable, match=r"has no workers; start `archive worker`"):
            DaskWorkers(cluster.address, SHORT, plain_text=False)
    finally:
        cluster.stop()


@pytest.mark.long
def test_a_worker_of_other_software_is_named(tmp_path: Path) -> None:
    cluster = DaskCluster(tmp_path)
    words = ["--no-nanny", "--no-dashboard", "--resources", "compute=1 wait=1", "--local-directory", str(tmp_path)]
    command = [sys.executable, "-m", "distributed.cli.dask_worker", *words]
    try:
        cluster.start([])
        stranger = subprocess.Popen(  # noqa: S603 - Dask's own program
            [*command, f"tcp://{cluster.address}"], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            with pytest.raises(WorkersUnavailable, match=r"no results-archive that we know.*install the same on both"):
                DaskWorkers(cluster.address, DaskOptions(connect_seconds=60.0), plain_text=False)
        finally:
            stranger.kill()
            stranger.wait()
    finally:
        cluster.stop()


@pytest.mark.parametrize("address", ["10.0.0.7:8786", "scheduler.example.vn"])
def test_plain_text_to_another_machine_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="plain text"):
        DaskWorkers(address, SHORT, plain_text=False)


@pytest.mark.parametrize("address", ["", ":8786", "host:port", "user@localhost:1", "localhost:1/x"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="no address of a scheduler"):
        DaskWorkers(address, SHORT, plain_text=False)


def test_a_missing_certificate_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    options = DaskOptions(ca_file=str(tmp_path / "ca.pem"), cert_file=str(tmp_path / "none.pem"))

    with pytest.raises(SettingsError, match=r"dask.cert_file names no file"):
        DaskWorkers("localhost:1", options, plain_text=False)
