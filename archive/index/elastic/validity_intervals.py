"""Validity intervals: a ledger line cut into periods of time, so that a count as of any moment is one range filter.

Elasticsearch cannot join, so each line is joined with its record when it is written. A slice is the pages of one
version of a line that have the same facts, under one version of its record; it is valid for the moments
``since < T <= until``. Before the first version of its record a line version has a slice without kind and agency. At
any moment at most one slice of these pages is valid, and exactly one while their line version is.

All functions are pure, over the known versions of one line and of its records. A writer that knows more versions
yields every slice of a writer that knows fewer, under the same key, and perhaps more of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from archive.index.page_query import EVER, facts_of, facts_values, microseconds
from archive.model.counting import TableLine, TableRecord

Values = tuple[str | float | None, ...]  # of a page, as facts_values gives them


@dataclass(frozen=True, slots=True)
class LineVersion:
    """One version of a ledger line, as far as counts need it. ``groups``: facts, and the numbers of pages with them."""

    line: str
    version: int
    at: int
    batch: str
    account: str
    record: str | None
    sha256: str | None
    groups: tuple[tuple[Values, tuple[int, ...]], ...]

    @property
    def scanned(self) -> int:
        """How many of its pages are kept and were scanned."""
        return sum(len(numbers) for facts, numbers in self.groups if facts_of(facts).scanned)


@dataclass(frozen=True, slots=True)
class RecordVersion:
    """One version of a record: what counts are broken down by."""

    id: str
    version: int
    at: int
    kind: str | None
    agency: str | None


@dataclass(frozen=True, slots=True)
class Slice:
    """Equal pages of one line version under one version of its record. ``given``: the record's version."""

    origin: LineVersion
    group: int  # which of the line version's groups
    given: int | None  # None: before the record's first version
    since: int
    until: int
    first_at: int  # of the line's first version: the day on which it is counted
    account: str  # of the line's first version: who imported the scan
    kind: str | None = None
    agency: str | None = None


def line_version(entry: TableLine) -> LineVersion:
    """Return the values of a line version that the table needs."""
    line = entry.line
    numbers: dict[Values, list[int]] = {}
    for page in line.pages:
        numbers.setdefault(facts_values(entry, page), []).append(page.number)
    groups = tuple((facts, tuple(sorted(numbers[facts]))) for facts in sorted(numbers, key=repr))
    return LineVersion(
        line.id,
        line.version,
        microseconds(line.at),
        entry.batch_name,
        line.actor.identity,
        line.record,
        line.sha256,
        groups,
    )


def record_version(entry: TableRecord) -> RecordVersion:
    """Return the values of a record version that the table needs."""
    return RecordVersion(entry.id, entry.version, microseconds(entry.at), entry.kind, entry.agency)


def slices_of(
    versions: Collection[LineVersion], records: Mapping[str, Collection[RecordVersion]]
) -> tuple[int, list[Slice]]:
    """Return the slices of one line, of which all known ``versions`` are given, and the count of what was known.

    ``records`` holds the known versions of at least those records that the line refers to. Slices that know more have
    a higher count; a line version without pages gives none.
    """
    referred = {version.record for version in versions if version.record is not None}
    known = len(versions) + sum(len(records.get(record, ())) for record in referred)
    first = min(versions, key=lambda version: version.version)
    slices = [
        piece
        for version, superseded in _with_ends(versions)
        for piece in _joined(version, superseded, first, records.get(version.record or "", ()))
    ]
    return known, slices


def _joined(
    version: LineVersion, superseded: int, first: LineVersion, records: Collection[RecordVersion]
) -> Iterator[Slice]:
    """Yield the slices of one line version. Where clocks ran backwards some are empty; they are yielded too."""
    begun = min((record.at for record in records), default=EVER)
    for group in range(len(version.groups)):
        yield Slice(version, group, None, version.at, min(superseded, begun), first.at, first.account)
        for record, record_superseded in _with_ends(records):
            since, until = max(version.at, record.at), min(superseded, record_superseded)
            made = (first.at, first.account, record.kind, record.agency)
            yield Slice(version, group, record.version, since, until, *made)


Version = TypeVar("Version", LineVersion, RecordVersion)


def _with_ends(versions: Collection[Version]) -> Iterator[tuple[Version, int]]:
    """Yield each version with the moment at which it ends: the earliest of any later version."""
    end = EVER
    for version in sorted(versions, key=lambda version: version.version, reverse=True):
        yield version, end
        end = min(end, version.at)


def records_of(versions: Iterable[LineVersion]) -> set[str]:
    """Return the records that line versions refer to."""
    return {version.record for version in versions if version.record is not None}


def by_line(versions: Iterable[LineVersion]) -> dict[str, list[LineVersion]]:
    """Return versions by their line."""
    return _grouped((version.line, version) for version in versions)


def by_record(versions: Iterable[RecordVersion]) -> dict[str, list[RecordVersion]]:
    """Return versions by their record."""
    return _grouped((version.id, version) for version in versions)


def _grouped(pairs: Iterable[tuple[str, Version]]) -> dict[str, list[Version]]:
    groups: dict[str, list[Version]] = {}
    for key, version in pairs:
        groups.setdefault(key, []).append(version)
    return groups
