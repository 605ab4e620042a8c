"""Publisher: puts single versions into index and page table just after they were appended to the vault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from archive.errors import IndexUnavailable, SettingsError
from archive.services.derived.catch_up import CatchUp
from archive.services.derived.run_locks import Runs
from archive.store.keys import ChainKey

Publish = Callable[[ChainKey], IndexUnavailable | SettingsError | None]


class Publisher:
    """Publishes versions that are not part of an import."""

    def __init__(self, catch_up: CatchUp, runs: Runs) -> None:
        self._catch_up = catch_up
        self._runs = runs

    @contextmanager
    def publishing(self) -> Iterator[Publish]:
        """Give a function that publishes a version that was appended meanwhile, or returns why it cannot.

        Where it cannot, or the process is killed before, the next search or count catches up.
        """
        with self._runs.register() as run:

            def publish(entry: ChainKey) -> IndexUnavailable | SettingsError | None:
                try:
                    self._catch_up.publish_now(entry)
                except (IndexUnavailable, SettingsError) as error:
                    run.unpublished = True
                    return error
                return None

            yield publish
