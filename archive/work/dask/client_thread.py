"""The connection to a Dask cluster: a thread that sends tasks, receives replies and watches workers and scheduler."""

from __future__ import annotations

import asyncio
import pickle
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import CancelledError
from concurrent.futures import Future as Promise
from dataclasses import dataclass
from typing import Any

from distributed import Client, Future
from distributed.comm.core import FatalCommClosedError
from distributed.scheduler import KilledWorker

from archive.errors import ArchiveError, SettingsError, WorkersUnavailable
from archive.messages.catalogue import tr
from archive.work.dask.address import COMPUTE, RUNS, SOFTWARE, WAIT, Cluster, keep_quiet
from archive.work.dask.call import packed
from archive.work.dask.monitor import ClusterMonitor
from archive.work.local.worker_process import KILL_AFTER_SECONDS
from archive.work.protocol import Reply, Request, Status

_POLL_SECONDS = 1.0  # between two queries of the cluster's state
_ANSWER_SECONDS = 15.0  # longest wait for the scheduler's reply to a query
_AGAIN = tr("work.start_it_again_then_the_same")


@dataclass(frozen=True, slots=True)
class ReplyReceived:
    """The reply to request ``number``."""

    number: int
    reply: Reply


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """The connection cannot be used any more."""

    error: ArchiveError


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A request whose reply is wanted: its name in the cluster, its time, and who waits for it."""

    name: str
    seconds: float
    following: asyncio.Task[None]


Tell = Callable[[ReplyReceived | ConnectionLost], None]


class ClusterClient:
    """One connection to a cluster, usable from any thread until ``close``. Events are passed to ``tell``."""

    def __init__(self, cluster: Cluster, patience: float, silence: float, tell: Tell) -> None:
        self.places = 0  # for computing, in the whole cluster, at the last query
        self._cluster = cluster
        self._patience = patience
        self._monitor = ClusterMonitor(silence)
        self._tell = tell
        self._wanted: dict[int, _Wanted] = {}
        self._opened: Promise[None] = Promise()
        self._thread = threading.Thread(target=self._live, name="dask line", daemon=True)
        self._thread.start()
        try:
            self._opened.result()
        except ArchiveError:
            self._thread.join()
            raise

    def send(self, number: int, request: Request, waits: bool) -> None:
        """Send a request."""
        seconds = request.seconds * request.steps + 2 * KILL_AFTER_SECONDS  # the worker's own last limit comes first
        self._soon(self._send, number, packed(request, waits), WAIT if waits else COMPUTE, seconds)

    def drop(self, numbers: Iterable[int]) -> None:
        """Cancel requests whose replies are no longer wanted."""
        self._soon(self._drop, list(numbers))

    def close(self) -> None:
        """Cancel all requests and end the thread."""
        self._soon(self._closing.set)
        self._thread.join()

    def _soon(self, call: Callable[..., None], *arguments: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(call, *arguments)
        except RuntimeError:  # the loop has ended, which was reported
            return

    def _live(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        self._loop, self._closing = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(lambda *_: None)  # Dask's own background tasks when a connection ends
        keep_quiet()
        client = None
        try:
            client = self._client = await self._connect()
            await self._look_until(lambda: self.places > 0)
            self._opened.set_result(None)
            await self._look_until(self._closing.is_set)
        except ArchiveError as error:
            self._fail(error)
        except Exception as error:  # any error of Dask, which would otherwise be lost
            broken = WorkersUnavailable(
                tr("work.the_line_to_broke", shown=self._cluster.shown, error=type(error).__name__, again=_AGAIN)
            )
            broken.__cause__ = error
            self._fail(broken)
        finally:
            self._drop(list(self._wanted))
            if client is not None:
                await client.close(timeout=_POLL_SECONDS)

    def _fail(self, error: ArchiveError) -> None:
        if self._opened.done():
            self._tell(ConnectionLost(error))
        else:
            self._opened.set_exception(error)

    async def _connect(self) -> Client:
        cluster = self._cluster
        try:
            return await Client(
                cluster.url,
                asynchronous=True,
                set_as_default=False,
                security=cluster.security,
                timeout=self._patience,
                direct_to_workers=False,  # replies are small, and the client need only reach the scheduler
            )
        except FatalCommClosedError as error:
            raise SettingsError(tr("work.the_scheduler_at_and_this_machine", shown=cluster.shown)) from error
        except (OSError, TimeoutError) as error:
            if cluster.security.require_encryption:
                raise WorkersUnavailable(
                    tr("work.no_scheduler_accepts_our_certificate", cluster=cluster.shown)
                ) from error
            raise WorkersUnavailable(tr("work.no_scheduler_answers", cluster=cluster.shown)) from error

    async def _look_until(self, enough: Callable[[], bool]) -> None:
        """Query the cluster's state repeatedly. Raises WorkersUnavailable when no reply can come any more."""
        since = time.monotonic()
        while not enough():
            workers = await self._workers()
            self.places = sum(int(worker["resources"].get(COMPUTE, 0)) for worker in workers.values())
            self._end_overdue(workers)
            for address in self._monitor.silent(workers, time.monotonic()):
                await self._client.scheduler.unregister(
                    address=address, stimulus_id="archive-silent", expected=True
                )  # an expected leave: its tasks go to others without a failure count
            if self.places:
                since = time.monotonic()
            elif time.monotonic() - since > self._patience:
                raise WorkersUnavailable(tr("work.the_cluster_at_has_no_workers", shown=self._cluster.shown))
            if not enough():
                await _wait(self._closing, _POLL_SECONDS if self._opened.done() else _POLL_SECONDS / 10)

    async def _workers(self) -> Mapping[str, Any]:
        """Return the scheduler's data about our workers. Raises WorkersUnavailable."""
        try:
            if self._client.status != "running":
                raise OSError(self._client.status)
            known = await asyncio.wait_for(self._client.scheduler.identity(n_workers=-1), _ANSWER_SECONDS)
        except (OSError, TimeoutError) as error:
            raise WorkersUnavailable(
                tr("work.the_scheduler_at_went_away", shown=self._cluster.shown, again=_AGAIN)
            ) from error
        workers = {address: one for address, one in known["workers"].items() if COMPUTE in one["resources"]}
        for address, one in workers.items():
            if one.get(RUNS) != SOFTWARE:
                raise WorkersUnavailable(
                    tr(
                        "work.the_worker_at_runs_this_machine",
                        address=address,
                        runs=one.get(RUNS) or tr("work.no_results_archive_that_we_know"),
                        software=SOFTWARE,
                    )
                )
        return workers

    def _end_overdue(self, workers: Mapping[str, Any]) -> None:
        """Cancel tasks whose worker should have ended them long ago; that worker loses the place."""
        allowed = {wanted.name: wanted.seconds for wanted in self._wanted.values()}
        overdue = set(self._monitor.overdue(workers, allowed, time.monotonic()))
        for number in [number for number, wanted in self._wanted.items() if wanted.name in overdue]:
            self._drop([number])
            self._tell(ReplyReceived(number, Reply(Status.TIMED_OUT)))

    def _send(self, number: int, call: bytes, place: str, seconds: float) -> None:
        name = f"{place}-{self._client.id}-{number}"
        future = self._client.submit(
            pickle.loads,  # so the scheduler's machine needs none of our packages
            call,
            key=name,
            pure=False,
            retries=0,
            resources={place: 1},
        )
        self._wanted[number] = _Wanted(name, seconds, asyncio.create_task(self._follow(number, future)))

    async def _follow(self, number: int, future: Future) -> None:
        """Wait for a reply and pass it on; an error of Dask is no fault of the task."""
        try:
            status, value = await future
            reply = Reply(Status(status), value)
        except KilledWorker as error:
            reply = Reply(Status.LOST, f"machines_lost {error.allowed_failures + 1}")
        except (asyncio.CancelledError, CancelledError, OSError):
            # Cancelled by us, or by Dask, which lost the scheduler and its tasks.
            if number in self._wanted:
                self._fail(
                    WorkersUnavailable(tr("work.the_scheduler_at_went_away", shown=self._cluster.shown, again=_AGAIN))
                )
            return
        except Exception as error:  # the call itself failed: that machine lacks something
            broken = WorkersUnavailable(
                tr(
                    "work.a_worker_of_cannot_take_our",
                    shown=self._cluster.shown,
                    error=type(error).__name__,
                    software=SOFTWARE,
                )
            )
            broken.__cause__ = error
            self._fail(broken)
            return
        if self._wanted.pop(number, None):
            self._tell(ReplyReceived(number, reply))

    def _drop(self, numbers: list[int]) -> None:
        for number in numbers:
            wanted = self._wanted.pop(number, None)
            if wanted is not None:
                wanted.following.cancel()  # this releases its future, which cancels the task on the worker


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Wait for ``event``, at most ``seconds``."""
    task = asyncio.ensure_future(event.wait())
    await asyncio.wait([task], timeout=seconds)
    task.cancel()
