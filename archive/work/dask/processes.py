"""WorkerProcesses: the processes of one machine of a cluster, for threads with one request each."""

from __future__ import annotations

import threading

from archive.work.local.worker_process import WorkerProcess
from archive.work.protocol import Reply, Request


class RequestDroppedError(Exception):
    """The request was cancelled here; this says nothing about the request itself."""


class WorkerProcesses:
    """Processes that start when needed, separate ones for tasks that compute and tasks that wait.

    The caller decides their number: as many as concurrent requests.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[bool, list[WorkerProcess]] = {False: [], True: []}
        self._busy: dict[str, WorkerProcess] = {}
        self._dropped: set[str] = set()
        self._closed = False

    def run(self, name: str, request: Request, waits: bool) -> Reply:
        """Run a request under ``name``. Raises RequestDroppedError after ``drop`` or ``close``."""
        process = self._begin(name, request, waits)
        reply: Reply | None = None
        dropped = False
        try:
            reply = process.reply_within_limits()
        finally:  # in any case the request is no longer running
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
        """Return the names of the running requests."""
        with self._lock:
            return sorted(self._busy)

    def drop(self, name: str) -> None:
        """End a request together with its process; without effect when it is not running."""
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
        with self._lock:  # also during the start of a process, which is not safe for concurrent threads
            if self._closed:
                raise RequestDroppedError
            idle = [process for process in self._idle[waits] if process.alive]
            process = idle.pop() if idle else WorkerProcess()
            self._idle[waits] = idle
            self._busy[name] = process
            process.begin(request)
        return process
