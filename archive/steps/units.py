"""Units: a scan's pages cut into tasks, and tried again page by page when a worker is lost."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from archive.errors import EngineUnavailable, Unreadable
from archive.model.pages import PageOutcome
from archive.steps.accept import Accepted
from archive.steps.desk import Desk
from archive.steps.read import UNIT_PAGES, SeenPage, Unit, count_pages, failed_page, measure_page, read_unit
from archive.work.workers import Done, Ending, Failed, Lost, Task, TimedOut

Tasks = Generator[list[Task], list[Ending], Any]

_OPENING_SECONDS = 30.0  # opening and measuring, beside the time for the pages


def read_scan(accepted: Accepted, desk: Desk) -> Generator[list[Task], list[Ending], list[SeenPage]]:
    """Yield tasks and receive their endings; return every page of the scan, in order.

    Raises InputRejected when the scan as a whole cannot be taken in.
    """
    pages: dict[int, SeenPage] = {}
    large: list[int] = []
    count = yield from _read_first_unit(accepted, desk, pages, large)
    starts = range(UNIT_PAGES + 1, count + 1, UNIT_PAGES)
    endings = yield [_unit(accepted, desk, start) for start in starts]
    again: list[int] = []
    for ending in endings:
        again += _take(ending, count, pages, large)
    yield from _read_singly(accepted, desk, sorted(again), pages)
    for number in sorted(large):  # one at a time: a large page may take the memory of many
        yield from _read_singly(accepted, desk, [number], pages)
    return [pages[number] for number in range(1, count + 1)]


def _read_first_unit(
    accepted: Accepted, desk: Desk, pages: dict[int, SeenPage], large: list[int]
) -> Generator[list[Task], list[Ending], int]:
    """Read the first unit, which also tells how many pages there are; return that number."""
    (ending,) = yield [_unit(accepted, desk, 1)]
    if isinstance(ending, Done):
        _take(ending, ending.value.page_count, pages, large)
        return int(ending.value.page_count)
    if isinstance(ending, Failed):
        raise ending.error
    # The unit was lost. Is it the file or one of its pages? Opening it alone tells.
    (ending,) = yield [_task(desk, count_pages, (desk.tools, accepted.scan.file))]
    if isinstance(ending, Failed):
        raise ending.error
    if not isinstance(ending, Done):
        raise Unreadable("the reader broke down when it opened the file; open it with a viewer and save it anew")
    count = int(ending.value)
    yield from _read_singly(accepted, desk, list(range(1, min(UNIT_PAGES, count) + 1)), pages)
    return count


def _read_singly(
    accepted: Accepted, desk: Desk, numbers: list[int], pages: dict[int, SeenPage]
) -> Generator[list[Task], list[Ending], None]:
    """Read each page as a task of its own, so that only the guilty one pays."""
    if not numbers:
        return
    endings = yield [_single(accepted, desk, number) for number in numbers]
    guilty: dict[int, Ending] = {}
    for number, ending in zip(numbers, endings, strict=True):
        if isinstance(ending, Done) and ending.value.pages:
            pages[number] = ending.value.pages[0]
        else:
            guilty[number] = ending
    measured = yield [_task(desk, measure_page, (desk.tools, accepted.scan.file, number)) for number in guilty]
    for (number, ending), size in zip(guilty.items(), measured, strict=True):
        shape = size.value if isinstance(size, Done) else None
        pages[number] = failed_page(number, *_reason(ending, desk), shape)


def _reason(ending: Ending, desk: Desk) -> tuple[PageOutcome, str]:
    """Return what became of a page that was tried alone, and why."""
    _raise_if_no_page_can_be_read(ending)
    if isinstance(ending, TimedOut):
        return PageOutcome.TIMED_OUT, f"reading took more than {desk.tools.limits.page_seconds:.0f} s"
    if isinstance(ending, Lost):
        return PageOutcome.ENGINE_FAILED, ending.why
    if isinstance(ending, Failed):
        return PageOutcome.UNREADABLE, str(ending.error)
    return PageOutcome.UNREADABLE, "the page was gone when the scan was opened again"


def _take(ending: Ending, count: int, pages: dict[int, SeenPage], large: list[int]) -> list[int]:
    """Take what a unit brought; return the numbers of pages that must be tried again."""
    if isinstance(ending, Done):
        unit: Unit = ending.value
        large += unit.large
        pages.update({page.read.entry.number: page for page in unit.pages})
        return []
    _raise_if_no_page_can_be_read(ending)
    first = ending.task.arguments[2]
    return list(range(first, min(first + UNIT_PAGES, count + 1)))


def _raise_if_no_page_can_be_read(ending: Ending) -> None:
    """Raise EngineUnavailable when the worker's reader is at fault: no page pays for that."""
    if isinstance(ending, Failed) and isinstance(ending.error, EngineUnavailable):
        raise ending.error


def _unit(accepted: Accepted, desk: Desk, first: int) -> Task:
    return _task(desk, read_unit, (desk.tools, accepted.scan.file, first, False), laps=UNIT_PAGES)


def _single(accepted: Accepted, desk: Desk, number: int) -> Task:
    limits = desk.tools.limits
    return _task(desk, read_unit, (desk.tools, accepted.scan.file, number, True), mib=limits.large_worker_mib)


def _task(
    desk: Desk, call: Callable[..., Any], arguments: tuple[Any, ...], laps: int = 1, mib: int | None = None
) -> Task:
    limits = desk.tools.limits
    seconds = limits.page_seconds if call is read_unit else _OPENING_SECONDS
    return Task(call, arguments, seconds, mib or limits.worker_mib, laps=laps + 1)
