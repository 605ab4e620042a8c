"""The one call sent through a Dask cluster: bytes for the scheduler, a request for a worker's process."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import Any

from distributed import Reschedule, get_worker

from archive.work.dask.processes import RequestDroppedError, WorkerProcesses
from archive.work.protocol import Request

PROCESSES = "archive-processes"  # plugin of a worker that holds its WorkerProcesses


@dataclass(frozen=True, slots=True)
class _Call:
    """Becomes a call of ``do`` when it is unpickled, so that the scheduler need not import anything."""

    request: Request
    waits: bool

    def __reduce__(self) -> tuple[Any, ...]:
        return do, (self.request.payload, self.request.seconds, self.request.mib, self.request.steps, self.waits)


def packed(request: Request, waits: bool) -> bytes:
    """Return bytes; ``pickle.loads`` of them on a worker calls ``do`` there and returns its result."""
    return pickle.dumps(_Call(request, waits))


def do(payload: bytes, seconds: float, mib: int, steps: int, waits: bool) -> tuple[str, bytes | str]:
    """Run a request in a process of this worker; return its reply in plain types."""
    worker = get_worker()
    processes: WorkerProcesses = worker.plugins[PROCESSES].processes
    try:
        reply = processes.run(str(worker.get_current_task()), Request(payload, seconds, mib, steps), waits)
    except RequestDroppedError:
        raise Reschedule from None  # this machine ends: another one takes the task if it is still wanted
    return reply.status.value, reply.value
