"""Counting: what the page table keeps of the ledger, what it is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from archive.model.ledger import LedgerLine, ScanOutcome

Groups = tuple[str | None, ...]  # one value for each thing that a count is broken down by; None: the record has none


class GroupBy(StrEnum):
    """The values by which the page table groups pages; all others follow from these, from the facts and the batch."""

    AGENCY = "agency"
    KIND = "kind"
    MONTH = "month"
    BATCH = "batch"
    ACCOUNT = "account"  # the account of the operating system that imported the scan


@dataclass(frozen=True, slots=True)
class TableLine:
    """One version of a ledger line as the page table keeps it."""

    line: LedgerLine
    batch_name: str


@dataclass(frozen=True, slots=True)
class TableRecord:
    """One version of a record as the page table keeps it: the values by which counts are grouped."""

    id: str
    version: int
    at: str  # UTC, ISO
    kind: str | None
    agency: str | None


@dataclass(frozen=True, slots=True)
class TableBatch:
    """One version of a batch as the page table keeps it: what is said about it for payment."""

    id: str
    version: int
    at: str  # UTC, ISO
    name: str
    about: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CountQuery:
    """Which pages to count. Days are +07:00, inclusive, the day on which the line's first version was made.

    ``as_of``: count as the ledger stood at the end of that day: later versions of lines, records and batches do not
    exist. ``batches``: names of the only batches to count, None for all.
    """

    by: tuple[GroupBy, ...] = ()
    from_day: str | None = None  # YYYY-MM-DD
    to_day: str | None = None
    as_of: str | None = None
    batches: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class PageFacts:
    """All that a counting rule may look at; equal pages are tallied together. Sizes in mm, rounded to 0.1."""

    scan_outcome: ScanOutcome
    outcome: str
    size_origin: str | None
    width_mm: float | None
    height_mm: float | None
    dpi: float | None  # rounded to 1
    colour: str | None
    exclusion: str | None = None  # disputed, upheld; None: nobody wants the page left out

    @property
    def scanned(self) -> bool:
        """True for a page that is kept and was scanned: paper stands behind it."""
        return self.scan_outcome is ScanOutcome.STORED and self.colour is not None


@dataclass(frozen=True, slots=True)
class Tally:
    """So many pages with these facts in this group."""

    groups: Groups
    facts: PageFacts
    pages: int


@dataclass(frozen=True, slots=True)
class SheetTally:
    """The scanned pages of a group; and the sheets behind them if both sides of each sheet were scanned.

    A scan begins with a new sheet: of its pages half, rounded up.
    """

    groups: Groups
    pages: int
    two_sided: int


@dataclass(frozen=True, slots=True)
class PageRow:
    """One page behind a number. ``path`` is not in the table: it stays in the vault."""

    batch_name: str
    line: str
    record: str | None
    sha256: str | None
    page: int
    facts: PageFacts
    groups: Groups
