"""A child process that does one task after the other, keeps their limits, and may die at any of them alone."""

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

# Each child has a pipe of its own and shares nothing with the others: whichever is killed, at work or
# idle, takes no lock with it. A pool over one shared channel does not survive that (docs/adr/0003).

POLL_SECONDS = 0.25  # how often a child at work is looked at from outside
_MARGIN = 1.1  # of its memory, within which its own guard is faster
KILL_AFTER_SECONDS = 30.0  # past a task's own limit: the child's guard is first, the kernel's alarm second
_DYING_SECONDS = 5.0  # from the end of its pipe to the end of a process that dies by itself: the kernel's work
_THREAD_SETTINGS = ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_SPAWN = multiprocessing.get_context("spawn")  # a fork would copy the locks of the parent's threads


def use_single_threaded_libraries() -> None:
    """Tell native libraries of this process's children to compute in one thread; they read it when they are loaded."""
    for name in _THREAD_SETTINGS:
        os.environ.setdefault(name, "1")


@contextlib.contextmanager
def _sigint_blocked() -> Iterator[None]:
    """Let nothing that starts here meet Ctrl-C before it can look after itself; ours comes when we are done."""
    resource_tracker.ensure_running()  # with the first process it would start now, and let Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class WorkerProcess:
    """One process and its pipe. Ask it for one thing at a time: ``begin``, then ``reply``."""

    def __init__(self) -> None:
        self.pipe, theirs = _SPAWN.Pipe()
        self._request: Request | None = None
        self._deadline = 0.0
        self._too_large = False
        self._process = _SPAWN.Process(target=_work, args=(theirs,), daemon=True)
        with _sigint_blocked():
            self._process.start()
        theirs.close()  # so that its death is the end of the pipe

    @property
    def alive(self) -> bool:
        """Say whether the process is there."""
        return self._process.is_alive()

    @property
    def overdue(self) -> bool:
        """Say whether it ought to have answered, or ended itself, long ago."""
        return time.monotonic() > self._deadline

    def kill_if_over_limit(self) -> bool:
        """Look at the process: it is killed when it is overdue or has too much memory, and that is said.

        Its own guard does so first, but not while native code keeps the interpreter to itself.
        """
        request = self._request
        if request is not None and watchdog.resident_mib(self._process.pid) > request.mib * _MARGIN:
            self._too_large = True
        if self._too_large or self.overdue:
            self.kill()
            return True
        return False

    def begin(self, request: Request) -> None:
        """Hand it ``request``."""
        self._request = request
        self._deadline = time.monotonic() + request.seconds * request.steps + KILL_AFTER_SECONDS
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it died while idle: reply() will say so
            self.pipe.send(request)

    def reply(self) -> Reply:
        """Return how the request ended; wait for that. A child that died is a reply too, and of no use afterwards."""
        request, self._request = self._request, None
        assert request is not None  # noqa: S101 - only asked of a child at work
        try:
            message = self.pipe.recv_bytes(request.mib << 20)  # it holds its reply in that memory: none is longer
        except (EOFError, OSError):  # OSError: it died, or was killed, in the middle of the message
            return self._reply_of_dead(request)
        try:
            return Reply.of(message)
        except (KeyError, ValueError):
            return self._invalid_reply()

    def reply_within_limits(self) -> Reply:
        """Return how the request ended; a child that lets its last deadline pass, or swells, is killed."""
        while not self.pipe.poll(POLL_SECONDS):
            if self.kill_if_over_limit():
                break
        return self.reply()

    def kill(self) -> None:
        """End the process now; what it had in hand is answered as lost."""
        self._process.kill()
        self._process.join()

    def stop(self) -> None:
        """Kill the process without waiting for its end; any thread may, while another waits for the reply."""
        self._process.kill()

    def end(self) -> None:
        """End the process; it is not asked again."""
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
        self.kill()  # without effect on the dead
        status = self._process.exitcode
        if status == EXIT_TIMED_OUT or (self.overdue and not self._too_large):
            return Reply(Status.TIMED_OUT)
        if status == EXIT_OUT_OF_MEMORY or self._too_large:
            return Reply(Status.LOST, f"worker_memory {request.mib}")
        return Reply(Status.LOST, f"worker_died {status}")


def _work(pipe: Connection) -> None:
    """Do requests until the pipe ends."""
    watchdog.start()
    # Native libraries write about damaged files to standard error, names and all. What matters comes back by the pipe.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    with contextlib.suppress(EOFError, OSError):  # the parent is gone, or wants no more
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
