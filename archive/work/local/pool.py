"""Workers on this machine: single-threaded processes, one per core, that outlive their tasks and not the parent."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from multiprocessing.connection import wait

from archive.work.api import Ending, Task
from archive.work.local.wakeup import Bell
from archive.work.local.worker_process import LOOK_SECONDS, Child, one_thread_each
from archive.work.messages import Errand, ending_of

_IDLE_SECONDS = 5.0  # how long to wait when no child is at work


class ProcessWorkers:
    """``processes:N``. Children start when there is work for them; one that dies is replaced.

    Those that compute keep their models loaded. Tasks that wait have children of their own, as many again.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._computing, self._waiting = _Lane(count), _Lane(count)
        self._bell = Bell()
        one_thread_each()

    def run(self, tasks: Iterator[Task | None], limit: int) -> Iterator[Ending]:
        """See Workers. What is in flight and has no child yet waits here, not in a queue of the child."""
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
        finally:  # who goes away before the end wants nothing of what is left
            self._computing.drop()
            self._waiting.drop()

    def wake(self) -> None:
        """See Workers."""
        self._bell.ring()

    def close(self) -> None:
        """See Workers."""
        self._computing.end()
        self._waiting.end()
        self._bell.close()

    @property
    def _in_flight(self) -> int:
        return len(self._computing) + len(self._waiting)

    def _endings(self) -> Iterator[Ending]:
        """Wait; yield the endings of all children that have one. There may be none yet."""
        lanes = {child: lane for lane in (self._computing, self._waiting) for child in lane.busy}
        ready = wait(
            [*(child.pipe for child in lanes), self._bell.fileno()], timeout=LOOK_SECONDS if lanes else _IDLE_SECONDS
        )
        if self._bell.fileno() in ready:
            self._bell.hush()  # before tasks are asked for again: who rings from now on is heard at the next wait
        for child, lane in lanes.items():
            if child.pipe in ready or child.ended_by_look():
                yield lane.take(child)


class _Lane:
    """Children for one sort of task, and the tasks that wait for one of them."""

    def __init__(self, count: int) -> None:
        self.busy: dict[Child, Task] = {}
        self._count = count
        self._idle: list[Child] = []
        self._queue: deque[Task] = deque()

    def __len__(self) -> int:
        return len(self.busy) + len(self._queue)

    def give(self, task: Task) -> None:
        self._queue.append(task)
        self._begin()

    def take(self, child: Child) -> Ending:
        """Return the ending of what ``child`` had in hand; the next task begins."""
        task, answer = self.busy.pop(child), child.answer()
        self._idle.append(child)
        self._begin()
        return ending_of(task, answer)

    def drop(self) -> None:
        """Forget all tasks; children at work are ended."""
        self._queue.clear()
        for child in self.busy:
            child.end()
        self.busy.clear()

    def end(self) -> None:
        self.drop()
        for child in self._idle:
            child.end()
        self._idle.clear()

    def _begin(self) -> None:
        while self._queue and len(self.busy) < self._count:
            self._idle = [child for child in self._idle if child.alive]
            child = self._idle.pop() if self._idle else Child()
            task = self._queue.popleft()
            self.busy[child] = task
            child.begin(Errand.of(task))
