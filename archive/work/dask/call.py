"""The one call that travels through a Dask cluster: to the scheduler it is bytes, to a worker a child's errand."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import Any

from distributed import Reschedule, get_worker

from archive.work.dask.children import Children, ErrandDroppedError
from archive.work.messages import Errand

CHILDREN = "archive-children"  # plugin of a worker that holds its Children


@dataclass(frozen=True, slots=True)
class _Call:
    """Becomes a call of ``do`` when it is unpickled, and so calls nothing that the scheduler would have to import."""

    errand: Errand
    waits: bool

    def __reduce__(self) -> tuple[Any, ...]:
        return do, (self.errand.payload, self.errand.seconds, self.errand.mib, self.errand.laps, self.waits)


def packed(errand: Errand, waits: bool) -> bytes:
    """Return the bytes that ``pickle.loads`` on a worker turns into what ``do`` returns there."""
    return pickle.dumps(_Call(errand, waits))


def do(payload: bytes, seconds: float, mib: int, laps: int, waits: bool) -> tuple[str, bytes | str]:
    """Run an errand in a child of this worker; return its answer in plain types."""
    worker = get_worker()
    children: Children = worker.plugins[CHILDREN].children
    try:
        answer = children.run(str(worker.get_current_task()), Errand(payload, seconds, mib, laps), waits)
    except ErrandDroppedError:
        raise Reschedule from None  # this machine ends: another one takes it, if anybody still wants it
    return answer.how.value, answer.value
