"""The one call that travels through a Dask cluster: to the scheduler it is bytes, to a worker a process's request."""

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
    """Becomes a call of ``do`` when it is unpickled, and so calls nothing that the scheduler would have to import."""

    request: Request
    waits: bool

    def __reduce__(self) -> tuple[Any, ...]:
        return do, (self.request.payload, self.request.seconds, self.request.mib, self.request.steps, self.waits)


def packed(request: Request, waits: bool) -> bytes:
    """Return the bytes that ``pickle.loads`` on a worker turns into what ``do`` returns there."""
    return pickle.dumps(_Call(request, waits))


def do(payload: bytes, seconds: float, mib: int, steps: int, waits: bool) -> tuple[str, bytes | str]:
    """Run a request in a process of this worker; return its reply in plain types."""
    worker = get_worker()
    processes: WorkerProcesses = worker.plugins[PROCESSES].processes
    try:
        reply = processes.run(str(worker.get_current_task()), Request(payload, seconds, mib, steps), waits)
    except RequestDroppedError:
        raise Reschedule from None  # this machine ends: another one takes it, if anybody still wants it
    return reply.status.value, reply.value
