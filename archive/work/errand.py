"""What of a task travels to the process that does it, and what comes back: bytes that nobody on the way looks into."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from enum import StrEnum

from archive.errors import ArchiveError
from archive.work.workers import Done, Ending, Failed, Lost, Task, TimedOut


@dataclass(frozen=True, slots=True)
class Errand:
    """A call and its arguments, pickled, and the limits that hold for it."""

    payload: bytes
    seconds: float
    mib: int
    laps: int

    @classmethod
    def of(cls, task: Task) -> Errand:
        """Pack ``task``; its tag stays behind."""
        return cls(pickle.dumps((task.call, task.arguments)), task.seconds, task.mib, task.laps)


class How(StrEnum):
    """How an errand ended."""

    RETURNED = "returned"
    RAISED = "raised"
    LOST = "lost"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Answer:
    """How an errand ended; ``value`` is what it returned or raised, pickled, or in plain words why it was lost."""

    how: How
    value: bytes | str = ""


def ending_of(task: Task, answer: Answer) -> Ending:
    """Return what ``answer`` means for ``task``."""
    if answer.how is How.LATE:
        return TimedOut(task)
    if isinstance(answer.value, str):
        return Lost(task, answer.value)
    try:
        value = pickle.loads(answer.value)  # noqa: S301 - our own worker pickled it
    except Exception as error:  # whatever a class does when it is put together again
        return Lost(task, f"unexpected {type(error).__name__} in what the worker returned")
    if answer.how is How.RETURNED:
        return Done(task, value)
    return Failed(task, value) if isinstance(value, ArchiveError) else Lost(task, "the worker raised no error of ours")
