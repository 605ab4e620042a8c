"""A machine's part in a Dask cluster: one worker of Dask whose tasks run in processes that keep their own limits."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import tempfile
from collections.abc import Callable

import dask
from distributed import Worker, WorkerPlugin
from distributed.comm import connect
from distributed.comm.core import FatalCommClosedError
from distributed.utils import get_ip, get_ipv6

from archive.errors import SettingsError
from archive.messages.catalogue import quantity, tr
from archive.work.dask.address import COMPUTE, RUNS, SOFTWARE, UNDER_WAY, WAIT, Cluster, keep_quiet
from archive.work.dask.call import PROCESSES
from archive.work.dask.processes import WorkerProcesses
from archive.work.local.worker_process import use_single_threaded_libraries

Say = Callable[[str], None]

_PAUSE_SECONDS = 1.0  # between two tries to reach the scheduler
_CONNECT_SECONDS = 10.0  # longest single try
_LEAVE_SECONDS = 5.0  # for leaving a scheduler that may not answer
_CONFIGURATION = {
    "distributed.worker.http.routes": [],  # its web server serves nothing
    "distributed.worker.profile.enabled": False,  # it would profile threads that only wait for processes
    "distributed.worker.preload": [],  # no code from the account's own configuration
}


def serve(cluster: Cluster, places: int, say: Say) -> None:
    """Run the cluster's tasks with ``places`` processes until this process is asked to end (SIGTERM, Ctrl-C).

    Waits for a scheduler that is missing or has gone. Raises SettingsError when its certificate is not trusted.
    """
    keep_quiet()
    use_single_threaded_libraries()
    with tempfile.TemporaryDirectory(prefix="archive-worker-") as folder, dask.config.set(_CONFIGURATION):
        asyncio.run(_serve(cluster, places, say, folder))


async def _serve(cluster: Cluster, places: int, say: Say, folder: str) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda *_: None)  # Dask's own background tasks when a connection ends: see keep_quiet
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    ending = asyncio.create_task(asked.wait())
    try:
        while await _reach(cluster, ending, say):
            await _take_part(cluster, places, ending, say, folder)
    finally:
        ending.cancel()


async def _reach(cluster: Cluster, ending: asyncio.Task[bool], say: Say) -> bool:
    """Wait until the scheduler answers; return False when this process is asked to end first. Raises SettingsError."""
    said = False
    while not ending.done():
        arguments = cluster.security.get_connection_args("worker")
        try:
            comm = await connect(cluster.url, timeout=_CONNECT_SECONDS, **arguments)
        except FatalCommClosedError as error:
            raise SettingsError(tr("work.the_scheduler_at_and_this_worker", shown=cluster.shown)) from error
        except OSError:
            if not said:
                say(tr("work.waiting_for_the_scheduler_at", shown=cluster.shown))
                said = True
            await asyncio.wait([ending], timeout=_PAUSE_SECONDS)
        else:
            await comm.close()
            return True
    return False


async def _take_part(cluster: Cluster, places: int, ending: asyncio.Task[bool], say: Say, folder: str) -> None:
    """Run a worker until this process is asked to end, or the scheduler removes it or is lost."""
    worker = _worker(cluster, places, folder)
    try:
        await worker
    except (OSError, ValueError, RuntimeError, TimeoutError):  # it has just gone, or refuses this worker: try again
        await worker.close(timeout=_LEAVE_SECONDS)
        await asyncio.wait([ending], timeout=_PAUSE_SECONDS)
        return
    say(tr("work.connected_to", cluster=cluster.shown, places=quantity("place", places)))
    gone = asyncio.create_task(worker.finished())
    await asyncio.wait([ending, gone], return_when=asyncio.FIRST_COMPLETED)
    if gone.done():
        say(tr("work.lost_the_scheduler_at", shown=cluster.shown))
        return
    with contextlib.suppress(OSError, TimeoutError):  # the scheduler does not answer
        await asyncio.wait_for(worker.close_gracefully(), _LEAVE_SECONDS)
    await worker.close(timeout=_LEAVE_SECONDS)
    await gone


def _worker(cluster: Cluster, places: int, folder: str) -> Worker:
    plugin = _ProcessesPlugin()
    return Worker(
        cluster.url,
        nthreads=2 * places,
        resources={COMPUTE: places, WAIT: places},
        # Only the address at which the scheduler reaches this machine: Dask would listen on all of them.
        host=f"[{get_ipv6(cluster.host)}]" if ":" in cluster.host else get_ip(cluster.host),
        dashboard_address="127.0.0.1:0",
        dashboard=False,
        local_directory=folder,
        memory_limit=0,  # no memory monitor of Dask, which would write results to disk: processes have limits
        plugins=(plugin,),
        security=cluster.security,
        metrics={UNDER_WAY: lambda _: plugin.processes.under_way()},
        startup_information={RUNS: lambda _: SOFTWARE},
    )


class _ProcessesPlugin(WorkerPlugin):  # type: ignore[misc]  # Dask has no types
    """Holds the processes of a worker, and ends them with it."""

    name = PROCESSES

    def __init__(self) -> None:
        self.processes = WorkerProcesses()

    def teardown(self, worker: Worker) -> None:
        """End all processes before Dask waits for the threads that wait for them."""
        self.processes.close()

    def transition(self, key: object, start: str, finish: str, **_: object) -> None:
        """End cancelled tasks: Dask alone would let them run to their end."""
        if start == "executing" and finish == "released":  # not "memory", "error" or "rescheduled": it has not ended
            self.processes.drop(str(key))
