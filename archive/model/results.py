"""A record: one immutable version of what we know of one result."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from archive.model.pages import Box, Origin

FIELD_NAMES = (
    "number",
    "symbol",
    "issue_date",
    "place",
    "parent_agency",
    "issuing_agency",
    "subject",
    "signer_name",
    "signer_title",
    "holder_name",
    "holder_id",
    "dossier_code",
    "procedure_code",
    "address",
    "valid_until",
    "effective_date",
)


class RecordState(StrEnum):
    """Whether a record has content; destruction by law leaves a tombstone."""

    LIVE = "live"
    TOMBSTONE = "tombstone"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader made of one field, kept so that disagreement can be seen."""

    engine: str
    value: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Field:
    """One extracted value. ``value`` is normalised, ``printed`` is as on the page; both NFC.

    ``page`` counts from 1 within the scan; ``box`` in mm on that page, None when unknown.
    """

    value: str
    printed: str
    confidence: float
    page: int | None
    box: Box | None
    origin: Origin
    readings: tuple[Reading, ...] = ()
    confirmed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A doubt that a person must settle. ``code`` is stable; ``message`` never quotes the page."""

    code: str
    message: str
    field: str | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Which pages of which scan a result consists of.

    ``reading`` is the SHA-256 of the reading object that holds these pages' text; ``attempt`` says
    which reading of this scan under that fingerprint it is.
    """

    sha256: str
    name: str  # file name as given, NFC
    bytes: int
    pages: tuple[int, ...]
    fingerprint: str
    attempt: int
    reading: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something and how we know: ``os:login`` today, a web login later."""

    identity: str
    note: str | None = None  # a name option only annotates


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a version came to be: who, when (UTC, ISO), from which ledger line, by which software."""

    actor: Actor
    at: str
    action: str  # imported, read_again, …
    line: str  # id of the ledger line that brought the result in
    software: str


@dataclass(frozen=True, slots=True)
class ResultRecord:
    """One immutable version of one result."""

    id: str
    version: int
    state: RecordState
    batch: str  # batch id; names stand in the batch itself
    batch_name: str
    kind: str | None
    parts: tuple[Part, ...]
    fields: dict[str, Field]
    problems: tuple[Problem, ...]
    provenance: Provenance
    previous: str | None = None  # SHA-256 of the version before, as stored
    digest: str | None = field(default=None, compare=False)  # SHA-256 of the head this was decoded from


@dataclass(frozen=True, slots=True)
class Extraction:
    """What extraction concludes from a scan's pages."""

    kind: str | None
    fields: dict[str, Field] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
