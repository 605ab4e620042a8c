"""Task queue: tasks that wait for a worker, and which of them goes first."""

from __future__ import annotations

from collections import deque

from archive.work.api import Task


class TaskQueue:
    """First in, first out, with two exceptions. For one thread.

    Tasks that wait (uploads) go first, for they take no place of a worker that reads. Of tasks over ``heavy_mib`` MiB
    one is in flight at a time: a large page may take the memory of many.
    """

    def __init__(self, heavy_mib: int) -> None:
        self._heavy_mib = heavy_mib
        self._waiting: deque[Task] = deque()
        self._computing: deque[Task] = deque()
        self._heavy: deque[Task] = deque()
        self._heavy_in_flight = False

    def __len__(self) -> int:
        return len(self._waiting) + len(self._computing) + len(self._heavy)

    def put(self, task: Task) -> None:
        """Add a task at the end."""
        if task.waits:
            self._waiting.append(task)
        elif self._is_heavy(task):
            self._heavy.append(task)
        else:
            self._computing.append(task)

    def next(self) -> Task | None:
        """Take the task that may go to a worker now; None when there is none."""
        for tasks in (self._waiting, self._computing):
            if tasks:
                return tasks.popleft()
        if self._heavy and not self._heavy_in_flight:
            self._heavy_in_flight = True
            return self._heavy.popleft()
        return None

    def ended(self, task: Task) -> None:
        """Note that a task is no longer in flight."""
        if self._is_heavy(task):
            self._heavy_in_flight = False

    def _is_heavy(self, task: Task) -> bool:
        return not task.waits and task.mib > self._heavy_mib
