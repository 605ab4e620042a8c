"""InlineWorkers: each task runs in this process, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from archive.errors import ArchiveError
from archive.run_log.error_locations import place_of
from archive.work.api import Done, Ending, Failed, Lost, Task


class InlineWorkers:
    """Workers without processes. They limit neither time nor memory, and their answers are not pickled."""

    count = 1

    def run(self, tasks: Iterator[Task | None], limit: int) -> Iterator[Ending]:
        """See Workers; ``limit`` has no meaning with one task at a time."""
        for task in tasks:
            if task is None:
                return
            try:
                yield Done(task, task.call(*task.arguments))
            except ArchiveError as error:
                yield Failed(task, error, place_of(error))
            except Exception as error:  # whatever a task raised, the run goes on
                yield Lost(task, "worker_error", f"{type(error).__name__} ({place_of(error)})")

    def wake(self) -> None:
        """See Workers; a run never waits here."""

    def close(self) -> None:
        """See Workers."""
