"""An import that ends early: whatever a journey waits for, its thread ends, and what was raised is raised."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from archive.errors import StoreUnavailable, WorkersUnavailable
from archive.pipeline.content_locks import JourneyCancelled
from archive.pipeline.context import GivenScan, ScanReport
from archive.pipeline.scheduler import THREAD_NAME, ScanJob, ScanScheduler
from archive.sources.source import FileSource
from archive.work.api import Done, Ending, Lost, Task
from archive.work.local.pool import ProcessWorkers
from tests import makers
from tests.doubles import tasks
from tests.doubles.inline_workers import InlineWorkers

PATIENCE = 30.0
WAITS = {
    "for a worker": lambda job: job.run_all([Task(tasks.double, (1,), 1.0, 100)]),
    "for content": lambda job: job.lock_content("same"),
}


def scans(count: int) -> Iterator[GivenScan]:
    for number in range(count):
        yield GivenScan(FileSource(Path(f"{number}.png")), f"{number}.png", f"path{number}", makers.batch())


def report(scan: GivenScan) -> ScanReport:
    return ScanReport(scan, replace(makers.line(), id=scan.path_id), None, fresh=True)


def journeys() -> list[threading.Thread]:
    """Return the threads of journeys that are left."""
    return [thread for thread in threading.enumerate() if thread.name == THREAD_NAME]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Look, after each test, whether a journey is still there."""
    assert journeys() == []
    yield
    end = time.monotonic() + PATIENCE
    while journeys() and time.monotonic() < end:  # not join(): once interrupted, it takes a thread for ended
        time.sleep(0.01)
    assert journeys() == []


class DeafWorkers(InlineWorkers):
    """Workers that are given tasks and bring no ending: ``then`` is called instead, when there is one to wait for."""

    def __init__(self, then: Callable[[], None]) -> None:
        self._then = then

    def run(self, tasks: Iterator[Task | None], limit: int) -> Iterator[Ending]:
        """See Workers."""
        if None in tasks:  # all that are ready are taken
            self._then()
        yield from ()


def run(scheduler: ScanScheduler) -> list[ScanReport]:
    with scheduler:
        return [event for event in scheduler.run() if isinstance(event, ScanReport)]


def broken_off() -> None:
    raise KeyboardInterrupt


def workers_gone() -> None:
    raise WorkersUnavailable("the cluster went away")


@pytest.mark.parametrize(
    ("then", "raised"), [(broken_off, KeyboardInterrupt), (workers_gone, WorkersUnavailable)], ids=["Ctrl-C", "fault"]
)
def test_journeys_that_wait_for_workers_end_with_the_import(
    then: Callable[[], None], raised: type[BaseException]
) -> None:
    cancelled = threading.Semaphore(0)

    def journey(scan: GivenScan, job: ScanJob) -> ScanReport:
        try:
            job.run_all([Task(tasks.double, (1,), 1.0, 100)])
        except JourneyCancelled:
            cancelled.release()
            raise
        return report(scan)

    with pytest.raises(raised):
        run(ScanScheduler(scans(9), journey, DeafWorkers(then), concurrent_scans=2, heavy_mib=1000))
    assert cancelled.acquire(timeout=PATIENCE)


def test_after_ctrl_c_nobody_waits_for_a_silent_store() -> None:
    silent, asked = threading.Event(), threading.Event()
    went_on: list[str] = []

    def journey(scan: GivenScan, job: ScanJob) -> ScanReport:
        if scan.path == "0.png":
            asked.set()
            silent.wait(PATIENCE)
        job.run_all([Task(tasks.double, (1,), 1.0, 100)])
        went_on.append(scan.path)
        return report(scan)

    def broken_off_there() -> None:
        assert asked.wait(PATIENCE)
        raise KeyboardInterrupt

    try:
        with pytest.raises(KeyboardInterrupt):
            run(ScanScheduler(scans(1), journey, DeafWorkers(broken_off_there), concurrent_scans=2, heavy_mib=1000))
        assert len(journeys()) == 1, "it waited for the store"
    finally:
        silent.set()  # the store answers after all: that journey goes no further
    assert went_on == []


def test_ctrl_c_ends_the_wait_for_a_silent_store_after_a_fault() -> None:
    """After a fault the journeys under way are waited for; a person who presses Ctrl-C then, or once more, need not."""
    silent, asked = threading.Event(), threading.Event()
    went_on: list[str] = []

    def journey(scan: GivenScan, job: ScanJob) -> ScanReport:
        if scan.path == "0.png":
            asked.set()
            silent.wait(PATIENCE)
            job.run_all([Task(tasks.double, (1,), 1.0, 100)])
            went_on.append(scan.path)
            return report(scan)
        assert asked.wait(PATIENCE)
        raise StoreUnavailable("the store went away")

    scheduler = ScanScheduler(scans(2), journey, InlineWorkers(), concurrent_scans=2, heavy_mib=1000)
    person = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))

    def interrupted() -> None:
        with scheduler:
            try:
                list(scheduler.run())
            except StoreUnavailable:
                person.start()
                raise

    try:
        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert len(journeys()) == 1, "it waited for the store"
    finally:
        silent.set()
        person.join(PATIENCE)
    assert went_on == []


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_no_journey_goes_on_after_the_fault_of_another(wait: Callable[[ScanJob], object]) -> None:
    others_wait, went_on = threading.Semaphore(0), list[str]()

    def journey(scan: GivenScan, job: ScanJob) -> ScanReport:
        if scan.path == "0.png":
            job.lock_content("same")
            for _ in range(3):
                assert others_wait.acquire(timeout=PATIENCE)
            raise StoreUnavailable("the store went away")
        others_wait.release()
        wait(job)
        went_on.append(scan.path)
        return report(scan)

    deaf = DeafWorkers(lambda: None)
    with pytest.raises(StoreUnavailable, match="went away"):
        run(ScanScheduler(scans(4), journey, deaf, concurrent_scans=4, heavy_mib=1000))
    assert went_on == []


def test_an_error_that_is_none_of_ours_is_raised_too() -> None:
    def journey(scan: GivenScan, job: ScanJob) -> ScanReport:
        raise ZeroDivisionError(f"in {scan.path} {job.missing}")

    with pytest.raises(ZeroDivisionError, match=r"in 0\.png") as raised:
        run(ScanScheduler(scans(1), journey, InlineWorkers(), concurrent_scans=1, heavy_mib=1000))
    assert raised.traceback[-1].path == Path(__file__), "its place is that in the journey"


def test_an_import_that_nobody_follows_to_its_end_leaves_no_thread() -> None:
    def journey(scan: GivenScan, job: ScanJob) -> ScanReport:
        job.lock_content("same")
        job.run_all([Task(tasks.double, (1,), 1.0, 100)])
        return report(scan)

    with ScanScheduler(scans(50), journey, InlineWorkers(), concurrent_scans=4, heavy_mib=1000) as scheduler:
        next(scheduler.run())


def test_a_journey_that_waits_for_its_place_ends_too() -> None:
    """More journeys come back from workers than may go on at the same time."""
    silent = threading.Event()

    def journey(scan: GivenScan, job: ScanJob) -> ScanReport:
        job.run_all([Task(tasks.double, (1,), 1.0, 100)])
        silent.wait(PATIENCE)
        return report(scan)

    threading.Timer(0.2, silent.set).start()
    with (
        ScanScheduler(scans(50), journey, InlineWorkers(), concurrent_scans=1, heavy_mib=1000) as scheduler,
        suppress(OSError),
    ):
        for endings, event in enumerate(scheduler.run(), 1):
            if not isinstance(event, ScanReport) and endings == 3:
                raise OSError


def test_a_worker_that_dies_ends_one_task_and_no_journey() -> None:
    workers = ProcessWorkers(2)
    endings: dict[str, type[Ending]] = {}

    def journey(scan: GivenScan, job: ScanJob) -> ScanReport:
        call = tasks.die if scan.path == "1.png" else tasks.double
        (ending,) = job.run_all([Task(call, (1,), 60.0, 2000)])
        endings[scan.path] = type(ending)
        return report(scan)

    try:
        reports = run(ScanScheduler(scans(4), journey, workers, concurrent_scans=2, heavy_mib=5000))
    finally:
        workers.close()
    assert len(reports) == 4
    assert endings == {"0.png": Done, "1.png": Lost, "2.png": Done, "3.png": Done}


def test_workers_that_are_closed_and_a_fault_leave_no_process_at_work() -> None:
    workers = ProcessWorkers(1)

    def journey(scan: GivenScan, job: ScanJob) -> ScanReport:
        if scan.path == "1.png":
            raise StoreUnavailable("the store went away")
        job.run_all([Task(tasks.sleep, (60.0,), 60.0, 2000)])
        return report(scan)

    try:
        with pytest.raises(StoreUnavailable):
            run(ScanScheduler(scans(2), journey, workers, concurrent_scans=2, heavy_mib=5000))
    finally:
        workers.close()
    workers.wake()  # a thread that ends after its workers does so too
