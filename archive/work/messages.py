"""What of a task travels to the process that does it, and what comes back: bytes that nobody on the way looks into."""

from __future__ import annotations

import pickle
import traceback
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from archive.errors import ArchiveError
from archive.work.api import Done, Ending, Failed, Lost, Task, TimedOut
from archive.work.values import value_of


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
    """How an errand ended; ``value``: what it returned or raised, pickled, or why it was lost: slug, blank, detail."""

    how: How
    value: bytes | str = ""

    @property
    def message(self) -> bytes:
        """The answer as bytes: a letter for how, a letter for what the rest is, and the rest."""
        is_text = isinstance(self.value, str)
        rest = self.value.encode() if isinstance(self.value, str) else self.value
        return _LETTERS[self.how] + (b"t" if is_text else b"v") + rest

    @classmethod
    def of(cls, message: bytes) -> Answer:
        """Return the answer in a message. Raises ValueError, KeyError for what is none."""
        how, value = _HOWS[message[:1]], message[2:]
        return cls(how, value.decode() if message[1:2] == b"t" else value)


_LETTERS = {How.RETURNED: b"d", How.RAISED: b"r", How.LOST: b"l", How.LATE: b"t"}
_HOWS = {letter: how for how, letter in _LETTERS.items()}


def ending_of(task: Task, answer: Answer) -> Ending:
    """Return what ``answer`` means for ``task``."""
    if answer.how is How.LATE:
        return TimedOut(task)
    if isinstance(answer.value, str):
        cause, _, detail = answer.value.partition(" ")
        return Lost(task, cause, detail)
    try:
        value = value_of(answer.value)
    except Exception as error:  # whatever a class does when it is put together again
        return Lost(task, "worker_answer", type(error).__name__)
    if answer.how is How.RETURNED:
        return Done(task, value)
    return Failed(task, value) if isinstance(value, ArchiveError) else Lost(task, "worker_answer")


def place_of(error: Exception) -> str:
    """Return file and line where an error of ours arose: where to look, and nothing of what it was about."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"
