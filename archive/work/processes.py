"""Workers on this machine: single-threaded processes, one per core, that outlive their tasks and not the parent."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any

from archive.errors import ArchiveError
from archive.work import guard
from archive.work.guard import TIME_IS_UP, TOO_MUCH_MEMORY
from archive.work.workers import Done, Ending, Failed, Lost, Task, TimedOut

# Each worker has a pipe of its own and shares nothing with the others: whichever is killed, at work or
# idle, takes no lock with it. A pool over one shared channel does not survive that (docs/adr/0003).

_LAST_RESORT_SECONDS = 30.0  # past a task's own limit: the worker's guard is first, the kernel's alarm second
_LOOK_SECONDS = 5.0  # how often the last resort is looked at
_THREAD_SETTINGS = ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_SPAWN = multiprocessing.get_context("spawn")  # a fork would copy the locks of the parent's threads


class ProcessWorkers:
    """``processes:N``. Workers start when there is work for them; one that dies is replaced."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._workers: list[_Worker] = []
        for name in _THREAD_SETTINGS:
            os.environ.setdefault(name, "1")  # read by native libraries when a worker loads them

    def run(self, tasks: Iterator[Task | None], limit: int) -> Iterator[Ending]:
        """See Workers. More than ``count`` are never in flight: a task waits with the caller, not in a queue."""
        more = True
        while True:
            while more and (worker := self._idle(limit)) is not None:
                try:
                    task = next(tasks)
                except StopIteration:
                    more = False
                    break
                if task is None:
                    break
                worker.begin(task)
            if not any(worker.task for worker in self._workers):
                return
            yield from self._wait()

    def close(self) -> None:
        """See Workers."""
        for worker in self._workers:
            worker.end()
        self._workers = []

    def _idle(self, limit: int) -> _Worker | None:
        """Return a worker without a task, or None when as many as may be are at work."""
        self._workers = [worker for worker in self._workers if worker.task or worker.alive]
        idle = [worker for worker in self._workers if not worker.task]
        if len(self._workers) - len(idle) >= limit:
            return None
        if idle:
            return idle[0]
        if len(self._workers) >= self.count:
            return None
        self._workers.append(_Worker())
        return self._workers[-1]

    def _wait(self) -> Iterator[Ending]:
        """Yield the endings of all workers that have one; there may be none yet."""
        busy = {worker.pipe: worker for worker in self._workers if worker.task}
        for pipe in wait(list(busy), timeout=_LOOK_SECONDS):
            yield busy[pipe].ending()  # type: ignore[index]  # wait() returns what it was given
        for worker in busy.values():
            if worker.task and worker.overdue:
                worker.kill()
                yield worker.ending()


class _Worker:
    """One process, its pipe, and the task it has in hand."""

    def __init__(self) -> None:
        self.pipe, theirs = _SPAWN.Pipe()
        self.task: Task | None = None
        self._deadline = 0.0
        self._process = _SPAWN.Process(target=_work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()  # so that its death is the end of the pipe

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    @property
    def overdue(self) -> bool:
        return time.monotonic() > self._deadline

    def begin(self, task: Task) -> None:
        self.task = task
        self._deadline = time.monotonic() + task.seconds * task.laps + _LAST_RESORT_SECONDS
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it died while idle: ending() will say so
            self.pipe.send((task.call, task.arguments, task.seconds, task.mib))

    def ending(self) -> Ending:
        task, self.task = self.task, None
        assert task is not None  # noqa: S101 - only asked of a worker at work
        try:
            returned, value = self.pipe.recv()
        except (EOFError, ConnectionResetError):
            return self._death(task)
        except Exception as error:  # what it returned cannot be unpickled
            return Lost(task, f"unexpected {type(error).__name__} in what the worker returned")
        if returned:
            return Done(task, value)
        return Failed(task, value) if isinstance(value, ArchiveError) else Lost(task, value)

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def end(self) -> None:
        self.pipe.close()
        self.kill()

    def _death(self, task: Task) -> Ending:
        self._process.join()
        self.pipe.close()
        status = self._process.exitcode
        if status == TIME_IS_UP or self.overdue:
            return TimedOut(task)
        if status == TOO_MUCH_MEMORY:
            return Lost(task, f"the worker needed more than {task.mib} MiB")
        return Lost(task, f"the worker died (exit status {status})")


def _work(pipe: Connection) -> None:
    """Do tasks until the pipe ends."""
    guard.start()
    # Native libraries write about damaged files to standard error, names and all. What matters comes back by the pipe.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    while True:
        try:
            call, arguments, seconds, mib = pipe.recv()
        except (EOFError, OSError):
            return
        except Exception as error:  # the task cannot be unpickled here
            pipe.send((False, f"unexpected {type(error).__name__} in the task"))
            continue
        _answer(pipe, *_call(call, arguments, seconds, mib))


def _call(call: Callable[..., Any], arguments: tuple[Any, ...], seconds: float, mib: int) -> tuple[bool, Any]:
    try:
        with guard.limits(seconds, mib):
            return True, call(*arguments)
    except ArchiveError as error:
        return False, error
    except Exception as error:  # whatever was raised, the task is lost and the run goes on; its text may be private
        return False, f"unexpected {type(error).__name__} in the worker"


def _answer(pipe: Connection, returned: bool, value: Any) -> None:
    try:
        pipe.send((returned, value))
    except (TypeError, ValueError, AttributeError) as error:  # what cannot be pickled cannot be returned
        pipe.send((False, f"unexpected {type(error).__name__} in what the worker returned"))
