"""Dates as Vietnamese papers write them, as ISO, partial where the paper is."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple

from archive.messages.catalogue import tr
from archive.text.vietnamese import fold

# No valid result is older than the state that issued it; no validity extends beyond the century.
FIRST_YEAR, LAST_YEAR = 1945, 2100

_VIETNAM = timezone(timedelta(hours=7))  # no summer time since 1975

_DOTS = r"[\s.…_,:-]*"  # what forms print in the space for handwriting
_LONG = re.compile(
    rf"\bngai{_DOTS}(?P<day>[0-9]{{0,2}}){_DOTS}thang{_DOTS}(?P<month>[0-9]{{0,2}}){_DOTS}nam{_DOTS}(?P<year>[0-9]{{4}})\b"
)
_MONTH = re.compile(
    rf"(?<!\w)thang{_DOTS}(?P<month>[0-9]{{1,2}})(?:\s*[-/]\s*|{_DOTS}nam{_DOTS})(?P<year>[0-9]{{4}})\b"
)
_SHORT = re.compile(
    r"(?<![\w/.-])(?P<day>[0-9]{1,2})\s?(?P<mark>[/.-])\s?(?P<month>[0-9]{1,2})\s?(?P=mark)\s?(?P<year>[0-9]{4})(?![\w/-])"
)
_PARTIAL = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?")


class FoundDate(NamedTuple):
    """A date in free text: ``text[start:end]`` and its ISO value (``2021-03-05``, ``2021-03``, ``2021``)."""

    start: int
    end: int
    value: str


def parse_dates(text: str) -> list[FoundDate]:
    """Return the dates of NFC ``text`` in order. Impossible dates (31 February) are no dates.

    Forms: ``ngày 05 tháng 3 năm 2021``, the same with blanks for the pen (a blank day gives ``2021-03``),
    ``tháng 3 năm 2021``, ``05/3/2021``, ``5.3.2021``, ``05-03-2021``. Day comes before month, always.
    """
    folded = fold(text)
    found: list[FoundDate] = []
    for form in (_LONG, _SHORT, _MONTH):
        for match in form.finditer(folded):
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            parts = match.groupdict()
            value = partial(parts["year"], parts["month"], parts.get("day"))
            if value is not None:
                found.append(FoundDate(match.start(), match.end(), value))
    return sorted(found)


def partial(year: str, month: str | None = None, day: str | None = None) -> str | None:
    """Return the ISO date of these digits; what is missing makes it partial. None when there is no such date.

    A day without its month is dropped: only the year is kept.
    """
    if not year.isdecimal() or not FIRST_YEAR <= int(year) <= LAST_YEAR:
        return None
    if not month:
        return f"{int(year):04d}"
    if not 1 <= int(month) <= 12:
        return None
    if not day:
        return f"{int(year):04d}-{int(month):02d}"
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def span(value: str) -> tuple[str, str]:
    """Return first and last ISO day of a partial date: ``2021-02`` is 2021-02-01 to 2021-02-28.

    Raises ValueError when ``value`` is no ISO date, whole or partial.
    """
    match = _PARTIAL.fullmatch(value)
    if match is None:
        raise ValueError(f"not an ISO date, whole or partial: {value!r}")
    year = int(match["year"])
    first_month, last_month = (int(match["month"]),) * 2 if match["month"] else (1, 12)
    if match["day"]:
        day = date(year, first_month, int(match["day"])).isoformat()
        return day, day
    last = calendar.monthrange(year, last_month)[1]
    return date(year, first_month, 1).isoformat(), date(year, last_month, last).isoformat()


def as_written(value: str) -> str:
    """Return an ISO date, whole or partial, as people here write it: ``16/08/2025``, ``08/2025``, ``2025``."""
    return "/".join(reversed(value.split("-")))


def not_read(value: str) -> str | None:
    """Return in words what a partial ISO date lacks, None when it is whole: ``day not read (01/2025 is sure)``."""
    match value.count("-"):
        case 0:
            return tr("dates.day_and_month_not_read", sure=as_written(value))
        case 1:
            return tr("dates.day_not_read", sure=as_written(value))
        case _:
            return None


def time_as_written(at: str) -> str:
    """Return a UTC time (ISO) as people here write it, at +07:00: ``28/11/2026 02:17``. Raises ValueError."""
    return datetime.fromisoformat(at).astimezone(_VIETNAM).strftime("%d/%m/%Y %H:%M")
