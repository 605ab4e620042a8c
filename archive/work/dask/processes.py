"""WorkerProcesses: those of one machine of a cluster, for threads that each want one request done."""

from __future__ import annotations

import threading

from archive.work.local.worker_process import WorkerProcess
from archive.work.protocol import Reply, Request


class RequestDroppedError(Exception):
    """Nobody wants the request's reply from here any more: it says nothing about the request."""


class WorkerProcesses:
    """WorkerProcesses that start when there is work for them, those that compute apart from those that wait.

    How many there are is for the caller to say: as many as requests run at the same time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[bool, list[WorkerProcess]] = {False: [], True: []}
        self._busy: dict[str, WorkerProcess] = {}
        self._dropped: set[str] = set()
        self._closed = False

    def run(self, name: str, request: Request, waits: bool) -> Reply:
        """Do a request, known as ``name`` meanwhile. Raises RequestDroppedError after ``drop`` or ``close``."""
        process = self._begin(name, request, waits)
        reply: Reply | None = None
        dropped = False
        try:
            reply = process.reply_within_limits()
        finally:  # whatever comes of it, the request is under way no more
            with self._lock:
                del self._busy[name]
                dropped = self._closed or name in self._dropped
                self._dropped.discard(name)
                idle = reply is not None and not dropped and process.alive
                if idle:
                    self._idle[waits].append(process)
            if not idle:
                process.end()
        if dropped:
            raise RequestDroppedError
        return reply

    def under_way(self) -> list[str]:
        """Return the names of the requests that processes do now."""
        with self._lock:
            return sorted(self._busy)

    def drop(self, name: str) -> None:
        """End a request, and the process with it; without effect when it is not under way."""
        with self._lock:
            if name in self._busy:
                self._dropped.add(name)
                self._busy[name].stop()

    def close(self) -> None:
        """End all processes. Threads that wait for one get RequestDroppedError."""
        with self._lock:
            self._closed = True
            for process in self._busy.values():
                process.stop()
            idle = [process for group in self._idle.values() for process in group]
            self._idle = {False: [], True: []}
        for process in idle:
            process.end()

    def _begin(self, name: str, request: Request, waits: bool) -> WorkerProcess:
        with self._lock:  # also held while a process starts: that is not made for many threads at once
            if self._closed:
                raise RequestDroppedError
            idle = [process for process in self._idle[waits] if process.alive]
            process = idle.pop() if idle else WorkerProcess()
            self._idle[waits] = idle
            self._busy[name] = process
            process.begin(request)
        return process
