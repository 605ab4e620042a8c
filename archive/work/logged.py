"""LoggedWorkers: workers of any kind, with a line of the run log for each task that did not return."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

from archive.errors import InputRejected, OcrError
from archive.run_log.run_log import RunLog
from archive.work.api import Done, Ending, Failed, Lost, Task, TimedOut, Workers

_DETAIL = re.compile(r"(?P<error>\w+) \((?P<place>[\w<>./-]+:\d+)\)|(?P<status>-?\d+)", re.ASCII)


class LoggedWorkers:
    """Passes tasks and endings on. A failure is logged with the class and place of its error, never with its text."""

    def __init__(self, workers: Workers, log: RunLog) -> None:
        self._workers = workers
        self._log = log

    @property
    def count(self) -> int:
        """See Workers."""
        return self._workers.count

    def run(self, tasks: Iterator[Task | None], limit: int) -> Iterator[Ending]:
        """See Workers."""
        endings = self._workers.run(tasks, limit)
        try:
            for ending in endings:
                if not isinstance(ending, Done):
                    self._log.write("failure", stage=ending.task.call.__name__, about=ending.task.about, **_of(ending))
                yield ending
        finally:
            if isinstance(endings, Generator):  # who goes away before the end drops what is in flight
                endings.close()

    def wake(self) -> None:
        """See Workers."""
        self._workers.wake()

    def close(self) -> None:
        """See Workers."""
        self._workers.close()


def _of(ending: Failed | Lost | TimedOut) -> dict[str, object]:
    """Return what is said of a failure: a code, and class and place of an error or the number of an end."""
    if isinstance(ending, TimedOut):
        return {"code": "timed_out", "seconds": ending.task.seconds}
    if isinstance(ending, Lost):
        found = _DETAIL.fullmatch(ending.detail)
        detail = found.groupdict() if found else {}
        status = int(detail["status"]) if detail.get("status") else None
        return {"code": ending.cause, "class": detail.get("error"), "place": detail.get("place"), "status": status}
    error = ending.error
    reason = error.reason if isinstance(error, InputRejected) else error.cause if isinstance(error, OcrError) else None
    return {"code": "raised", "class": type(error).__name__, "place": ending.place or None, "reason": reason}
