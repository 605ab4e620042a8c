"""Children: those of one machine of a cluster, for threads that each want one errand done."""

from __future__ import annotations

import threading

from archive.work.local.worker_process import Child
from archive.work.messages import Answer, Errand


class ErrandDroppedError(Exception):
    """Nobody wants the errand's answer from here any more: it says nothing about the errand."""


class Children:
    """Children that start when there is work for them, those that compute apart from those that wait.

    How many there are is for the caller to say: as many as errands run at the same time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[bool, list[Child]] = {False: [], True: []}
        self._busy: dict[str, Child] = {}
        self._dropped: set[str] = set()
        self._closed = False

    def run(self, name: str, errand: Errand, waits: bool) -> Answer:
        """Do an errand, known as ``name`` meanwhile. Raises ErrandDroppedError after ``drop`` or ``close``."""
        child = self._begin(name, errand, waits)
        answer: Answer | None = None
        dropped = False
        try:
            answer = child.answer_in_time()
        finally:  # whatever comes of it, the errand is under way no more
            with self._lock:
                del self._busy[name]
                dropped = self._closed or name in self._dropped
                self._dropped.discard(name)
                idle = answer is not None and not dropped and child.alive
                if idle:
                    self._idle[waits].append(child)
            if not idle:
                child.end()
        if dropped:
            raise ErrandDroppedError
        return answer

    def under_way(self) -> list[str]:
        """Return the names of the errands that children do now."""
        with self._lock:
            return sorted(self._busy)

    def drop(self, name: str) -> None:
        """End an errand, and the child with it; without effect when it is not under way."""
        with self._lock:
            if name in self._busy:
                self._dropped.add(name)
                self._busy[name].stop()

    def close(self) -> None:
        """End all children. Threads that wait for one get ErrandDroppedError."""
        with self._lock:
            self._closed = True
            for child in self._busy.values():
                child.stop()
            idle = [child for lane in self._idle.values() for child in lane]
            self._idle = {False: [], True: []}
        for child in idle:
            child.end()

    def _begin(self, name: str, errand: Errand, waits: bool) -> Child:
        with self._lock:  # also held while a child starts: that is not made for many threads at once
            if self._closed:
                raise ErrandDroppedError
            idle = [child for child in self._idle[waits] if child.alive]
            child = idle.pop() if idle else Child()
            self._idle[waits] = idle
            self._busy[name] = child
            child.begin(errand)
        return child
