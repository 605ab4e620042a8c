"""Workers: the contract of everything that runs tasks for the parent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from archive.rules.problem_texts import cause_in_words


@dataclass(frozen=True, slots=True)
class Task:
    """One call to make in a worker: a module-level function and picklable arguments.

    ``seconds`` is the time that each of its ``steps`` may take (``watchdog.reset_deadline`` begins the next one);
    ``mib`` is the resident memory the worker may have meanwhile. The worker itself keeps both.
    ``tag`` comes back with the ending, so that the caller knows whose task it was; it need not be picklable. ``about``:
    the id of the ledger line or record that the task is for, as the run log names it. A task
    that ``waits`` (for a network, for a disk) and hardly computes runs beside those that compute: it takes none of
    their places.
    """

    call: Callable[..., Any]
    arguments: tuple[Any, ...]
    seconds: float
    mib: int
    steps: int = 1
    tag: Any = None
    waits: bool = False
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The task returned ``value``."""

    task: Task
    value: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """The task raised an ArchiveError: ``error``; ``place``: where in the code."""

    task: Task
    error: Exception
    place: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker died, exceeded its memory or met an unexpected error.

    ``cause``: the stable slug of the reason (``rules.problem_texts``); ``detail``: its number, or the class and
    place of an error, never text of a page.
    """

    task: Task
    cause: str
    detail: str = ""

    @property
    def why(self) -> str:
        """The cause in words."""
        return cause_in_words(self.cause, {"detail": self.detail})


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The task took longer than its ``seconds``."""

    task: Task


Ending = Done | Failed | Lost | TimedOut

# Lets workers run tasks, waits for all of them and returns their endings in the order of the tasks.
RunAll = Callable[[Sequence[Task]], list[Ending]]


class Workers(Protocol):
    """Runs tasks in other processes, on this machine or a cluster."""

    @property
    def count(self) -> int:
        """The number of computing tasks that run at the same time."""

    def run(self, tasks: Iterator[Task | None], limit: int) -> Iterator[Ending]:
        """Yield an ending for every task, in the order in which they end; at most ``limit`` are in flight.

        Takes the next task whenever fewer than ``limit`` are in flight. ``tasks`` may yield None for "nothing now,
        ask again after the next ending or ``wake``"; None with nothing in flight ends the run.
        Raises WorkersUnavailable when no worker is left to run them.
        """

    def wake(self) -> None:
        """Make a ``run`` that waits for an ending ask ``tasks`` again now. From any thread; harmless at any time."""

    def close(self) -> None:
        """End all workers; nothing is left running."""
