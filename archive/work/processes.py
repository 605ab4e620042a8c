"""Workers on this machine: single-threaded processes, one per core, that outlive the tasks and not the parent."""

from __future__ import annotations

import multiprocessing
import os
import queue
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from functools import partial
from typing import Any

from pebble import ProcessExpired, ProcessPool

from archive.errors import ArchiveError
from archive.work import guard
from archive.work.guard import TIME_IS_UP, TOO_MUCH_MEMORY
from archive.work.workers import Done, Ending, Failed, Lost, Task, TimedOut

_ENDLESS_SECONDS = (
    30.0  # past a task's own limit: the pool's timer is the last resort, the worker's own guard the first
)
_THREAD_SETTINGS = ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class ProcessWorkers:
    """``processes:N``: a pool in which a dying worker costs its own task only."""

    def __init__(self, count: int) -> None:
        self.count = count
        for name in _THREAD_SETTINGS:
            os.environ.setdefault(name, "1")  # read by native libraries when a worker loads them
        self._pool = ProcessPool(
            max_workers=count, initializer=guard.start, context=multiprocessing.get_context("spawn")
        )

    def run(self, tasks: Iterator[Task | None], limit: int) -> Iterator[Ending]:
        """See Workers."""
        ended: queue.SimpleQueue[tuple[Task, Future[Any]]] = queue.SimpleQueue()
        in_flight = 0
        more = True
        while True:
            while more and in_flight < limit:
                try:
                    task = next(tasks)
                except StopIteration:
                    more = False
                    break
                if task is None:
                    break
                future: Future[Any] = self._pool.schedule(
                    _call,
                    args=[task.call, task.arguments, task.seconds, task.mib],  # the tag stays: it need not be picklable
                    timeout=task.seconds * task.laps + _ENDLESS_SECONDS,
                )
                future.add_done_callback(partial(_note, ended, task))
                in_flight += 1
            if not in_flight:
                return
            done, result = ended.get()
            in_flight -= 1
            yield _ending(done, result)

    def close(self) -> None:
        """See Workers."""
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble types its pools in part
        self._pool.join()


def _call(call: Callable[..., Any], arguments: tuple[Any, ...], seconds: float, mib: int) -> Any:
    with guard.limits(seconds, mib):
        return call(*arguments)


def _note(ended: queue.SimpleQueue[tuple[Task, Future[Any]]], task: Task, future: Future[Any]) -> None:
    ended.put((task, future))


def _ending(task: Task, future: Future[Any]) -> Ending:
    try:
        return Done(task, future.result())
    except ArchiveError as error:
        return Failed(task, error)
    except ProcessExpired as error:
        if error.exitcode == TIME_IS_UP:
            return TimedOut(task)
        if error.exitcode == TOO_MUCH_MEMORY:
            return Lost(task, f"the worker needed more than {task.mib} MiB")
        return Lost(task, f"the worker died (exit status {error.exitcode})")
    except TimeoutError:
        return TimedOut(task)
    except CancelledError:
        return Lost(task, "the pool was closed")
    except Exception as error:  # whatever a worker raised, the unit is lost and the run goes on
        return Lost(task, f"unexpected {type(error).__name__} in the worker")
