"""The guard's clock stands still for a wait that is limited by itself, and for nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from archive.work import watchdog
from archive.work.api import Done, Ending, Task, TimedOut
from archive.work.local.pool import ProcessWorkers

MIB = 600


@pytest.fixture(scope="module")
def workers() -> Iterator[ProcessWorkers]:
    workers = ProcessWorkers(1)
    yield workers
    workers.close()


def wait_for_the_network(waits: float, works: float) -> str:
    """Wait as a download does, then work."""
    with watchdog.paused():
        time.sleep(waits)
    time.sleep(works)
    return "done"


def run(workers: ProcessWorkers, waits: float, works: float) -> Ending:
    task = Task(wait_for_the_network, (waits, works), 1.0, MIB, steps=100)
    (ending,) = workers.run(iter([task]), 1)
    return ending


def test_a_wait_that_is_limited_by_itself_takes_none_of_the_time(workers: ProcessWorkers) -> None:
    ending = run(workers, 2.0, 0.0)

    assert isinstance(ending, Done)


def test_after_the_wait_the_clock_runs_again(workers: ProcessWorkers) -> None:
    assert isinstance(run(workers, 0.1, 600.0), TimedOut)


def test_outside_a_worker_it_has_no_effect() -> None:
    assert wait_for_the_network(0.0, 0.0) == "done"
