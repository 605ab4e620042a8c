"""Watchdog: a worker's own check of its time and memory; it ends itself when it exceeds them."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

EXIT_TIMED_OUT = 70  # exit statuses that tell the parent why a worker ended
EXIT_OUT_OF_MEMORY = 71
_POLL_SECONDS = 0.05
_GRACE_SECONDS = 5.0  # the kernel's alarm comes later than our own check, which can report the reason
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class _Watchdog:
    """Watches this process from a thread; native code that holds the interpreter is caught by the kernel's alarm."""

    def __init__(self) -> None:
        self._deadline: float | None = None
        self._seconds = 0.0
        self._limit_mib: int | None = None
        self._parent = 0
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start watching; call once in each worker."""
        parent = multiprocessing.parent_process()  # the process that started this one, even if it has ended
        self._parent = parent.pid if parent is not None and parent.pid is not None else os.getppid()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash must not leave page images in a core file
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # the default action ends a process even inside native code
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its workers
        threading.Thread(target=self._watch, name="guard", daemon=True).start()

    @contextmanager
    def limits(self, seconds: float, mib: int) -> Iterator[None]:
        """Allow the code inside ``seconds`` and ``mib`` MiB of resident memory."""
        with self._lock:
            self._seconds, self._limit_mib = seconds, mib
        self.reset_deadline()
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            with self._lock:
                self._deadline, self._limit_mib = None, None

    def reset_deadline(self) -> None:
        """Restart the time limit."""
        with self._lock:
            if self._limit_mib is None:
                return  # no limits are set: not in a worker, or between tasks
            self._deadline = time.monotonic() + self._seconds
        signal.setitimer(signal.ITIMER_REAL, self._seconds + _GRACE_SECONDS)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the time limit for the code inside, and restart it afterwards; memory is still watched."""
        with self._lock:
            in_task = self._limit_mib is not None
            self._deadline = None
        if in_task:
            signal.setitimer(signal.ITIMER_REAL, 0)
        try:
            yield
        finally:
            self.reset_deadline()

    def _watch(self) -> None:
        while True:
            time.sleep(_POLL_SECONDS)
            if os.getppid() != self._parent:
                os._exit(0)  # the parent was killed
            with self._lock:
                deadline, limit = self._deadline, self._limit_mib
            if deadline is not None and time.monotonic() > deadline:
                os._exit(EXIT_TIMED_OUT)
            if limit is not None and resident_mib() > limit:
                os._exit(EXIT_OUT_OF_MEMORY)


def resident_mib(process: int | None = None) -> float:
    """Return the resident memory of ``process`` in MiB; None: of this one (Linux: /proc; elsewhere its peak).

    0 for another process that has ended or cannot be read.
    """
    try:
        pages = int(Path(f"/proc/{process or 'self'}/statm").read_bytes().split()[1])
    except OSError:
        return 0.0 if process else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * _PAGE_BYTES / 2**20


# A watchdog watches its process, so each process has one.
_WATCHDOG = _Watchdog()


def start() -> None:
    """Start watching this process; call once in each worker."""
    _WATCHDOG.start()


def limits(seconds: float, mib: int) -> AbstractContextManager[None]:
    """Allow the code inside ``seconds`` between steps and ``mib`` MiB of resident memory."""
    return _WATCHDOG.limits(seconds, mib)


def reset_deadline() -> None:
    """Restart the time limit of this task, after one of its steps. Without effect outside a worker."""
    _WATCHDOG.reset_deadline()


def paused() -> AbstractContextManager[None]:
    """Stop this task's clock for the code inside, which waits for a network with limits of its own.

    The caller's last limit, ``seconds`` times ``steps``, still holds. Without effect outside a worker.
    """
    return _WATCHDOG.paused()
