"""Workers on this machine: single-threaded processes, one per core, which end with the parent."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from multiprocessing.connection import wait

from archive.work.api import Ending, Task
from archive.work.local.wakeup import WakeupPipe
from archive.work.local.worker_process import POLL_SECONDS, WorkerProcess, use_single_threaded_libraries
from archive.work.protocol import Request, ending_of

_IDLE_SECONDS = 5.0  # longest wait while no process is busy


class ProcessWorkers:
    """``processes:N``. WorkerProcesses start when needed; one that dies is replaced.

    Computing processes keep their models loaded. Tasks that wait have processes of their own, the same number.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._computing, self._waiting = _WorkerGroup(count), _WorkerGroup(count)
        self._wakeup = WakeupPipe()
        use_single_threaded_libraries()

    def run(self, tasks: Iterator[Task | None], limit: int) -> Iterator[Ending]:
        """See Workers. Tasks without a process wait here, not in a queue of a process."""
        more = True
        try:
            while True:
                while more and self._in_flight < limit:
                    try:
                        task = next(tasks)
                    except StopIteration:
                        more = False
                        break
                    if task is None:
                        break
                    (self._waiting if task.waits else self._computing).give(task)
                if not self._in_flight:
                    return
                yield from self._endings()
        finally:  # a caller that stops early cancels the remaining tasks
            self._computing.drop()
            self._waiting.drop()

    def wake(self) -> None:
        """See Workers."""
        self._wakeup.set()

    def close(self) -> None:
        """See Workers."""
        self._computing.end()
        self._waiting.end()
        self._wakeup.close()

    @property
    def _in_flight(self) -> int:
        return len(self._computing) + len(self._waiting)

    def _endings(self) -> Iterator[Ending]:
        """Wait once; yield the endings of all processes that have one, possibly none."""
        groups = {process: group for group in (self._computing, self._waiting) for process in group.busy}
        ready = wait(
            [*(process.pipe for process in groups), self._wakeup.fileno()],
            timeout=POLL_SECONDS if groups else _IDLE_SECONDS,
        )
        if self._wakeup.fileno() in ready:
            self._wakeup.clear()  # before tasks are asked for again: a later wake ends the next wait
        for process, group in groups.items():
            if process.pipe in ready or process.kill_if_over_limit():
                yield group.take(process)


class _WorkerGroup:
    """WorkerProcesses for one sort of task, and their queue."""

    def __init__(self, count: int) -> None:
        self.busy: dict[WorkerProcess, Task] = {}
        self._count = count
        self._idle: list[WorkerProcess] = []
        self._queue: deque[Task] = deque()

    def __len__(self) -> int:
        return len(self.busy) + len(self._queue)

    def give(self, task: Task) -> None:
        self._queue.append(task)
        self._begin()

    def take(self, process: WorkerProcess) -> Ending:
        """Return the ending of the task of ``process``; start the next task."""
        task, reply = self.busy.pop(process), process.reply()
        self._idle.append(process)
        self._begin()
        return ending_of(task, reply)

    def drop(self) -> None:
        """Drop all tasks; end busy processes."""
        self._queue.clear()
        for process in self.busy:
            process.end()
        self.busy.clear()

    def end(self) -> None:
        self.drop()
        for process in self._idle:
            process.end()
        self._idle.clear()

    def _begin(self) -> None:
        while self._queue and len(self.busy) < self._count:
            self._idle = [process for process in self._idle if process.alive]
            process = self._idle.pop() if self._idle else WorkerProcess()
            task = self._queue.popleft()
            self.busy[process] = task
            process.begin(Request.of(task))
