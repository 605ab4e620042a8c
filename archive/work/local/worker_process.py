"""A child process that runs tasks one by one within their limits; its death affects only its task."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import time
from collections.abc import Iterator
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection

from archive.errors import ArchiveError
from archive.run_log.error_locations import place_of
from archive.work import watchdog
from archive.work.protocol import Reply, Request, Status
from archive.work.watchdog import EXIT_OUT_OF_MEMORY, EXIT_TIMED_OUT

# Each child has a pipe of its own and shares nothing with the others: a killed one, busy or
# idle, holds no shared lock. A pool over one shared channel does not survive that (docs/adr/0003).

POLL_SECONDS = 0.25  # interval at which the parent checks a busy child
_MARGIN = 1.1  # times its memory limit, so that its own watchdog acts first
KILL_AFTER_SECONDS = 30.0  # after a task's own limit: first the child's watchdog, then the kernel's alarm
_DYING_SECONDS = 5.0  # from the end of its pipe to the end of a dying process
_THREAD_SETTINGS = ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_SPAWN = multiprocessing.get_context("spawn")  # a fork would copy the locks of the parent's threads


def use_single_threaded_libraries() -> None:
    """Make native libraries of this process's children single-threaded; they read the variables when loaded."""
    for name in _THREAD_SETTINGS:
        os.environ.setdefault(name, "1")


@contextlib.contextmanager
def _sigint_blocked() -> Iterator[None]:
    """Block Ctrl-C for processes that start here until they handle it; a pending one is delivered afterwards."""
    resource_tracker.ensure_running()  # otherwise it starts with the first process and unblocks Ctrl-C
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class WorkerProcess:
    """One process and its pipe. One request at a time: ``begin``, then ``reply``."""

    def __init__(self) -> None:
        self.pipe, theirs = _SPAWN.Pipe()
        self._request: Request | None = None
        self._deadline = 0.0
        self._too_large = False
        self._process = _SPAWN.Process(target=_work, args=(theirs,), daemon=True)
        with _sigint_blocked():
            self._process.start()
        theirs.close()  # so that the pipe ends when the child dies

    @property
    def alive(self) -> bool:
        """Return True while the process runs."""
        return self._process.is_alive()

    @property
    def overdue(self) -> bool:
        """Return True when its last limit has passed without a reply."""
        return time.monotonic() > self._deadline

    def kill_if_over_limit(self) -> bool:
        """Kill the process when it is overdue or uses too much memory; return True then.

        Its own watchdog acts first, but not while native code holds the interpreter.
        """
        request = self._request
        if request is not None and watchdog.resident_mib(self._process.pid) > request.mib * _MARGIN:
            self._too_large = True
        if self._too_large or self.overdue:
            self.kill()
            return True
        return False

    def begin(self, request: Request) -> None:
        """Send ``request``."""
        self._request = request
        self._deadline = time.monotonic() + request.seconds * request.steps + KILL_AFTER_SECONDS
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it died while idle: reply() reports it
            self.pipe.send(request)

    def reply(self) -> Reply:
        """Wait for the reply to the request. If the child died, the reply says so; the object is unusable then."""
        request, self._request = self._request, None
        assert request is not None  # noqa: S101 - only asked of a child at work
        try:
            message = self.pipe.recv_bytes(request.mib << 20)  # its memory limit bounds the length of the reply
        except (EOFError, OSError):  # OSError: it died, or was killed, in the middle of the message
            return self._reply_of_dead(request)
        try:
            return Reply.of(message)
        except (KeyError, ValueError):
            return self._invalid_reply()

    def reply_within_limits(self) -> Reply:
        """Wait for the reply; kill a child that exceeds its last deadline or its memory."""
        while not self.pipe.poll(POLL_SECONDS):
            if self.kill_if_over_limit():
                break
        return self.reply()

    def kill(self) -> None:
        """Kill the process now; its request ends as lost."""
        self._process.kill()
        self._process.join()

    def stop(self) -> None:
        """Kill the process without waiting for its end; any thread may, while another waits for the reply."""
        self._process.kill()

    def end(self) -> None:
        """End the process for good."""
        self.pipe.close()
        self.kill()

    def _invalid_reply(self) -> Reply:
        """End a process that sends an invalid reply: its state is unknown, and it may be under foreign control."""
        self.kill()
        self.pipe.close()
        return Reply(Status.LOST, "worker_answer")

    def _reply_of_dead(self, request: Request) -> Reply:
        self.pipe.close()
        self._process.join(_DYING_SECONDS)
        self.kill()  # without effect on a dead process
        status = self._process.exitcode
        if status == EXIT_TIMED_OUT or (self.overdue and not self._too_large):
            return Reply(Status.TIMED_OUT)
        if status == EXIT_OUT_OF_MEMORY or self._too_large:
            return Reply(Status.LOST, f"worker_memory {request.mib}")
        return Reply(Status.LOST, f"worker_died {status}")


def _work(pipe: Connection) -> None:
    """Run requests until the pipe ends."""
    watchdog.start()
    # Native libraries write about damaged files to standard error, with names. Results come back by the pipe.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    with contextlib.suppress(EOFError, OSError):  # the parent has ended or closed the pipe
        while True:
            pipe.send_bytes(_do(pipe.recv()).message)


def _do(request: Request) -> Reply:
    try:
        call, arguments = pickle.loads(request.payload)  # noqa: S301 - our own parent pickled it
    except Exception as error:  # the task cannot be unpickled here
        return Reply(Status.LOST, f"worker_task {type(error).__name__} ({place_of(error)})")
    status, cause = Status.RETURNED, "worker_answer"
    try:
        try:
            with watchdog.limits(request.seconds, request.mib):
                value = call(*arguments)
        except ArchiveError as error:
            status, value = Status.RAISED, (error, place_of(error))  # a pickled error loses its traceback
        except Exception:
            cause = "worker_error"
            raise
        return Reply(status, pickle.dumps(value))
    except Exception as error:  # whatever was raised, the task is lost and the run goes on; its text may be private
        return Reply(Status.LOST, f"{cause} {type(error).__name__} ({place_of(error)})")
