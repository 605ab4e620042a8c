"""This machine's workers keep the contract."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from archive.work.api import Done, Lost, TimedOut, Workers
from archive.work.local.pool import ProcessWorkers
from tests.contracts.workers import GuardedWorkersContract, WorkersContract, run, task
from tests.doubles import tasks
from tests.doubles.inline_workers import InlineWorkers


@pytest.fixture(scope="module")
def pool() -> Iterator[Workers]:
    """Two processes, used by all tests: they must outlive whatever a test does to one of them."""
    workers = ProcessWorkers(2)
    yield workers
    workers.close()


class TestInlineWorkers(WorkersContract):
    """In this process."""

    @pytest.fixture
    def workers(self) -> Workers:
        return InlineWorkers()


class TestProcessWorkers(GuardedWorkersContract):
    """Processes of this machine."""

    @pytest.fixture
    def workers(self, pool: Workers) -> Workers:
        return pool

    def test_work_is_done_elsewhere(self, workers: Workers) -> None:
        ending = run(workers, task(tasks.process_id, 0, tag="x"))["x"]

        assert isinstance(ending, Done)
        assert ending.value != os.getpid()

    def test_native_code_that_holds_the_interpreter_is_ended_by_the_kernel(self, workers: Workers) -> None:
        ending = run(workers, task(tasks.sleep_holding_the_interpreter, 60.0, seconds=0.2, tag="x"))["x"]

        assert isinstance(ending, Lost | TimedOut)

    def test_a_worker_killed_from_outside_is_replaced(self, workers: Workers) -> None:
        busy = run(workers, task(tasks.process_id, 0, tag="x"))["x"]
        assert isinstance(busy, Done)
        os.kill(busy.value, signal.SIGKILL)

        endings = run(workers, *(task(tasks.double, n, tag=n) for n in range(6)))

        assert sum(isinstance(ending, Done) for ending in endings.values()) >= 5
        assert len(endings) == 6
