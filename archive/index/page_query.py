"""Terms of page-table queries, the same for every engine: moments, days, months, and the facts of a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, Final

from archive.errors import BadQuery
from archive.messages.catalogue import tr
from archive.model.counting import CountQuery, PageFacts, TableLine
from archive.model.ledger import ScanOutcome
from archive.model.pages import PageEntry
from archive.rules.counting.facts import page_facts

# Moments are microseconds since 1970, UTC: integers, which every engine compares in the same way.
EVER: Final = 2**62  # later than any moment, and still a signed 64-bit number

FACTS: Final = 8  # values of the facts of a page

_REPORT_ZONE: Final = timezone(timedelta(hours=7))  # days in reports are +07:00, without summer time
_DAY: Final = timedelta(days=1) // timedelta(microseconds=1)
_MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The selection of a query: the table as it was just before ``until``, lines begun in [``start``, ``end``)."""

    until: int
    start: int
    end: int
    batches: frozenset[str] | None


def bounds_of(query: CountQuery) -> Bounds:
    """Return the bounds of a query. Raises BadQuery for a malformed day."""
    return Bounds(
        until=_midnight_after(query.as_of) if query.as_of is not None else EVER,
        start=_midnight_after(query.from_day) - _DAY if query.from_day is not None else -EVER,
        end=_midnight_after(query.to_day) if query.to_day is not None else EVER,
        batches=query.batches,
    )


def microseconds(at: str) -> int:
    """Return the moment that an ISO time says; without a zone it is UTC."""
    moment = datetime.fromisoformat(at)
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND


def written_time(moment: int) -> str:
    """Return a moment as an ISO time in UTC."""
    return (_EPOCH + moment * _MICROSECOND).isoformat().replace("+00:00", "Z")


def month_of(moment: int) -> str:
    """Return the month (2026-03) in which reports place a moment."""
    return (_EPOCH + moment * _MICROSECOND).astimezone(_REPORT_ZONE).date().isoformat()[:7]


def facts_values(entry: TableLine, page: PageEntry) -> tuple[Any, ...]:
    """Return the facts of a page as they are stored."""
    facts = page_facts(entry.line.outcome, page)
    size = (facts.size_origin, facts.width_mm, facts.height_mm, facts.dpi)
    return (facts.scan_outcome.value, facts.outcome, *size, facts.colour, facts.exclusion)


def facts_of(values: tuple[Any, ...]) -> PageFacts:
    """Return the facts that ``facts_values`` stored."""
    return PageFacts(ScanOutcome(values[0]), *values[1:])


def _midnight_after(day: str) -> int:
    try:
        start = datetime.combine(date.fromisoformat(day), time(), _REPORT_ZONE)
    except ValueError as error:
        raise BadQuery(tr("search.is_no_day_write_it_like", day=day)) from error
    return (start - _EPOCH) // _MICROSECOND + _DAY
