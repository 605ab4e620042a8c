"""Tasks: a scan's pages in units, and page by page when a worker was lost."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from archive.errors import EngineUnavailable, InputRejected, OcrError, Unreadable
from archive.messages.catalogue import tr
from archive.model.pages import PageOutcome, Screening
from archive.pipeline.accept import Accepted
from archive.pipeline.context import ImportContext
from archive.pipeline.read_pages import (
    UNIT_PAGES,
    ProcessedPage,
    Unit,
    failed_page,
    measure_page,
    read_unit,
    screen_page,
    survey_file,
)
from archive.pipeline.screen import TIMED_OUT, UNREADABLE, WORKER_LOST, not_screened
from archive.sources.source import worker_error
from archive.work.api import Done, Ending, Failed, Lost, RunAll, Task, TimedOut

OPENING_SECONDS = 30.0  # for opening and measuring, in addition to the time for the pages
_FETCHING_SECONDS = 120.0  # for fetching the scan to the worker's disk, retries included …
_FETCHING_SECONDS_A_MIB = 2.0  # … over the slowest usable network


def read_scan(accepted: Accepted, context: ImportContext, run_all: RunAll) -> list[ProcessedPage]:
    """Screen and read every page of the scan in workers; return the pages in order.

    Content of the file that was not screened and belongs to no page is added to the causes of the first page. Raises
    InputRejected when the scan as a whole cannot be imported.
    """
    pages: dict[int, ProcessedPage] = {}
    large: list[int] = []
    count, unread = _read_first_unit(accepted, context, run_all, pages, large)
    starts = range(UNIT_PAGES + 1, count + 1, UNIT_PAGES)
    endings = run_all([_unit(accepted, context, start) for start in starts])
    again: list[int] = []
    for first, ending in zip(starts, endings, strict=True):
        _raise_if_blameless(ending, accepted)
        again += _take(ending, first, count, pages, large)
    _read_singly(accepted, context, run_all, sorted(again), pages)
    for number in sorted(large):  # one at a time: a large page may need as much memory as many others
        _read_singly(accepted, context, run_all, [number], pages)
    if unread:
        pages[1] = pages[1].with_causes(unread)
    return [pages[number] for number in range(1, count + 1)]


def _read_first_unit(
    accepted: Accepted, context: ImportContext, run_all: RunAll, pages: dict[int, ProcessedPage], large: list[int]
) -> tuple[int, tuple[str, ...]]:
    """Read the first unit; return the number of pages, and the file's content beside them."""
    (ending,) = run_all([_unit(accepted, context, 1)])
    if isinstance(ending, Done):
        _take(ending, 1, ending.value.page_count, pages, large)
        return ending.value.page_count, ending.value.unread
    if isinstance(ending, Failed):
        raise worker_error(ending.error, accepted.scan.source)
    # The unit was lost. Was it the file or one of its pages? Opening it alone shows that.
    (ending,) = run_all([_task(accepted, context, survey_file, ())])
    if isinstance(ending, Failed):
        raise worker_error(ending.error, accepted.scan.source)
    if not isinstance(ending, Done):
        if isinstance(ending, Lost):
            raise Unreadable(tr("rejected.the_reader_broke_down_because", why=ending.why))
        raise Unreadable(tr("rejected.the_reader_broke_down"))
    count = ending.value.page_count
    _read_singly(accepted, context, run_all, list(range(1, min(UNIT_PAGES, count) + 1)), pages)
    return count, ending.value.unread


def _read_singly(
    accepted: Accepted, context: ImportContext, run_all: RunAll, numbers: list[int], pages: dict[int, ProcessedPage]
) -> None:
    """Read each page as a task of its own, so that only the page at fault fails; it is still measured and screened.

    Its screening is lost with the worker, so it is done again in a task of its own.
    """
    if not numbers:
        return
    endings = run_all([_single(accepted, context, number) for number in numbers])
    guilty: dict[int, Ending] = {}
    for number, ending in zip(numbers, endings, strict=True):
        if isinstance(ending, Done) and ending.value.pages:
            pages[number] = ending.value.pages[0]
        else:
            _raise_if_blameless(ending, accepted)
            guilty[number] = ending
    looks = [_task(accepted, context, measure_page, (number,)) for number in guilty]
    looks += [_screening(accepted, context, number) for number in guilty]
    looked = run_all(looks)
    for look in looked:
        _raise_if_blameless(look, accepted)
    measured, screened = looked[: len(guilty)], looked[len(guilty) :]
    for (number, ending), size, answer in zip(guilty.items(), measured, screened, strict=True):
        shape = size.value if isinstance(size, Done) else None
        pages[number] = failed_page(number, *_reason(ending, context), _answer(answer), shape)


def _answer(ending: Ending) -> Screening:
    """Return the screening of a page that was tried alone."""
    if isinstance(ending, Done):
        screening: Screening = ending.value
        return screening
    if isinstance(ending, Failed):
        return not_screened(UNREADABLE)
    return not_screened(TIMED_OUT if isinstance(ending, TimedOut) else WORKER_LOST)


def _reason(ending: Ending, context: ImportContext) -> tuple[PageOutcome, str, dict[str, str]]:
    """Return the outcome of a page that was tried alone, and the reason: a slug and its numbers."""
    if isinstance(ending, TimedOut):
        return PageOutcome.TIMED_OUT, "took_too_long", {"seconds": f"{context.tools.limits.page_seconds:.0f}"}
    if isinstance(ending, Lost):
        return PageOutcome.ENGINE_FAILED, ending.cause, {"detail": ending.detail} if ending.detail else {}
    if isinstance(ending, Failed) and isinstance(ending.error, OcrError):
        return PageOutcome.UNREADABLE, ending.error.cause, ending.error.params
    if isinstance(ending, Failed) and isinstance(ending.error, InputRejected):
        return PageOutcome.UNREADABLE, ending.error.reason, ending.error.params
    return PageOutcome.UNREADABLE, "page_gone", {}


def _take(ending: Ending, first: int, count: int, pages: dict[int, ProcessedPage], large: list[int]) -> list[int]:
    """Store the result of the unit from page ``first`` on; return the numbers of pages that must be tried again."""
    if isinstance(ending, Done):
        unit: Unit = ending.value
        large += unit.large
        pages.update({page.read.entry.number: page for page in unit.pages})
        return []
    return list(range(first, min(first + UNIT_PAGES, count + 1)))


def _raise_if_blameless(ending: Ending, accepted: Accepted) -> None:
    """Raise an error that is neither the scan's nor a page's fault, so that it is not recorded for a page."""
    if not isinstance(ending, Failed):
        return
    error = worker_error(ending.error, accepted.scan.source)
    if isinstance(error, EngineUnavailable) or not isinstance(error, InputRejected | OcrError):
        raise error


def _unit(accepted: Accepted, context: ImportContext, first: int) -> Task:
    return _task(accepted, context, read_unit, (first, False), steps=UNIT_PAGES)


def _single(accepted: Accepted, context: ImportContext, number: int) -> Task:
    return _task(accepted, context, read_unit, (number, True), mib=context.tools.limits.large_worker_mib)


def _screening(accepted: Accepted, context: ImportContext, number: int) -> Task:
    return _task(accepted, context, screen_page, (number,), mib=context.tools.limits.large_worker_mib)


def _task(
    accepted: Accepted,
    context: ImportContext,
    call: Callable[..., Any],
    arguments: tuple[Any, ...],
    steps: int = 1,
    mib: int | None = None,
) -> Task:
    limits = context.tools.limits
    seconds = limits.page_seconds if call in (read_unit, screen_page) else OPENING_SECONDS
    steps += 1 + fetching_steps(accepted.bytes, seconds)
    arguments = (context.tools, accepted.scan.source, *arguments)
    return Task(call, arguments, seconds, mib or limits.worker_mib, steps=steps, about=accepted.line_id)


def fetching_steps(size: int, seconds: float) -> int:
    """Return the steps of ``seconds`` that a task needs to fetch a scan of ``size`` bytes to the worker's disk."""
    return math.ceil((_FETCHING_SECONDS + _FETCHING_SECONDS_A_MIB * size / 2**20) / seconds)
