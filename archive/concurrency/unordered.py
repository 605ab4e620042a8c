"""Apply a function to many items in threads; results come as they complete, so a slow item delays no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

THREADS = 16  # transfers at once: each mostly waits for a network or a disk


def map_unordered(work: Callable[[T], R], items: Iterable[T], threads: int = THREADS) -> Iterator[R]:
    """Yield the result of ``work`` for each item, in the order of completion.

    The next item is taken only when a thread is free, so that neither items nor results pile up. An exception of
    ``work`` is raised here; calls that have not begun by then never begin.
    """
    with ThreadPoolExecutor(threads) as pool:
        waiting: set[Future[R]] = set()
        try:
            for item in items:
                waiting.add(pool.submit(work, item))
                if len(waiting) >= 2 * threads:  # one running and one ready for each thread
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield future.result()
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            for future in waiting:
                future.cancel()
