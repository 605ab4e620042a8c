"""Messages between parent and worker: requests and replies as bytes, which no process between decodes."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from enum import StrEnum

from archive.errors import ArchiveError
from archive.run_log.error_locations import place_of
from archive.work.api import Done, Ending, Failed, Lost, Task, TimedOut
from archive.work.values import value_of


@dataclass(frozen=True, slots=True)
class Request:
    """A call and its arguments, pickled, with its limits."""

    payload: bytes
    seconds: float
    mib: int
    steps: int

    @classmethod
    def of(cls, task: Task) -> Request:
        """Pack ``task``; its tag stays behind."""
        return cls(pickle.dumps((task.call, task.arguments)), task.seconds, task.mib, task.steps)


class Status(StrEnum):
    """How a request ended."""

    RETURNED = "returned"
    RAISED = "raised"
    LOST = "lost"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True, slots=True)
class Reply:
    """How a request ended.

    ``value``: what it returned, pickled; what it raised and where, pickled; or why it was lost: slug, blank, detail.
    """

    status: Status
    value: bytes | str = ""

    @property
    def message(self) -> bytes:
        """The reply as bytes: a letter for the status, a letter for what the rest is, and the rest."""
        is_text = isinstance(self.value, str)
        rest = self.value.encode() if isinstance(self.value, str) else self.value
        return _CODES[self.status] + (b"t" if is_text else b"v") + rest

    @classmethod
    def of(cls, message: bytes) -> Reply:
        """Return the reply in a message. Raises ValueError, KeyError for an invalid message."""
        status, value = _STATUSES[message[:1]], message[2:]
        return cls(status, value.decode() if message[1:2] == b"t" else value)


_CODES = {Status.RETURNED: b"d", Status.RAISED: b"r", Status.LOST: b"l", Status.TIMED_OUT: b"t"}
_STATUSES = {letter: status for status, letter in _CODES.items()}


def ending_of(task: Task, reply: Reply) -> Ending:
    """Return the ending of ``task`` by ``reply``."""
    if reply.status is Status.TIMED_OUT:
        return TimedOut(task)
    if isinstance(reply.value, str):
        cause, _, detail = reply.value.partition(" ")
        return Lost(task, cause, detail)
    try:
        value = value_of(reply.value)
    except Exception as error:  # classes may raise any error while they are unpickled
        return Lost(task, "worker_answer", f"{type(error).__name__} ({place_of(error)})")
    match reply.status, value:
        case Status.RETURNED, _:
            return Done(task, value)
        case Status.RAISED, (ArchiveError() as raised, str(place)):
            return Failed(task, raised, place)
        case _:
            return Lost(task, "worker_answer")
