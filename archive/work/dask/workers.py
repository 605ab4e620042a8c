"""Workers on many machines: those of a Dask cluster, each started there with ``archive worker``."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from queue import SimpleQueue

from archive.errors import ArchiveError
from archive.model.options import DaskOptions
from archive.work.api import Ending, Task
from archive.work.dask.address import cluster_at
from archive.work.dask.client_thread import ClusterClient, ConnectionLost, ReplyReceived
from archive.work.protocol import Request, ending_of

_SILENT_SECONDS = 30.0  # workers report about every second; a silent one does no work either


class DaskWorkers:
    """``dask://HOST:PORT``. Tasks travel as bytes, scans by path: all machines mount the folders under the same path.

    When a machine dies or is silent, the cluster gives its tasks to others.
    """

    def __init__(
        self, address: str, options: DaskOptions, plain_text: bool, silent_seconds: float = _SILENT_SECONDS
    ) -> None:
        """Raises SettingsError, WorkersUnavailable."""
        self._events: SimpleQueue[ReplyReceived | ConnectionLost | None] = SimpleQueue()
        self._numbers = itertools.count()
        self._broken: ArchiveError | None = None
        cluster = cluster_at(address, options, plain_text)
        self._client = ClusterClient(cluster, options.connect_seconds, silent_seconds, self._events.put)

    @property
    def count(self) -> int:
        """See Workers: as many as the cluster has now."""
        return max(1, self._client.places)

    def run(self, tasks: Iterator[Task | None], limit: int) -> Iterator[Ending]:
        """See Workers. Raises WorkersUnavailable within seconds when the scheduler is lost."""
        in_flight: dict[int, Task] = {}
        more = True
        try:
            while True:
                while more and len(in_flight) < limit:
                    try:
                        task = next(tasks)
                    except StopIteration:
                        more = False
                        break
                    if task is None:
                        break
                    number = next(self._numbers)
                    in_flight[number] = task
                    self._client.send(number, Request.of(task), task.waits)
                if not in_flight:
                    return
                yield from self._ending(in_flight)
        finally:
            self._client.drop(in_flight)  # a caller that stops early cancels the remaining tasks

    def wake(self) -> None:
        """See Workers."""
        self._events.put(None)

    def close(self) -> None:
        """See Workers. The cluster's workers stay for others; our tasks on them are cancelled."""
        self._client.close()

    def _ending(self, in_flight: dict[int, Task]) -> Iterator[Ending]:
        """Wait for the next event; yield the ending, if it is one."""
        if self._broken is not None:
            raise self._broken
        event = self._events.get()
        if isinstance(event, ConnectionLost):
            self._broken = event.error
            raise event.error
        if isinstance(event, ReplyReceived) and event.number in in_flight:
            yield ending_of(in_flight.pop(event.number), event.reply)
