"""A record: one immutable version of what we know of one result."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from archive.model.pages import Box, Origin
from archive.model.sign_off import SignOff as SignOff  # in a module of its own, because pages use it too

FIELD_NAMES = (
    "kind",
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
    """State of a result; only ``kept`` results are found by search and have content for everybody."""

    KEPT = "kept"
    REPLACED = "replaced"  # by another record: ``ResultRecord.replaced_by``
    WITHDRAWN = "withdrawn"  # imported by mistake
    WITHHELD = "withheld"  # out of sight at once, until two people lift that
    TOMBSTONE = "tombstone"  # destroyed by law: a decision, no content

    @property
    def findable(self) -> bool:
        """True when search may show the record."""
        return self is RecordState.KEPT

    @property
    def open(self) -> bool:
        """True when text, pictures and values may leave the archive."""
        return self in (RecordState.KEPT, RecordState.REPLACED)


class FieldState(StrEnum):
    """Reliability of a value. The machine sets the first two states, people the others."""

    ACCEPTED = "accepted"  # read above its threshold, every check passed
    PROPOSED = "proposed"  # something stands there, read below the threshold
    CONFIRMED = "confirmed"  # a person confirmed the value
    ILLEGIBLE = "illegible"  # a person looked: it cannot be read
    NONE = "none"  # a person looked: the paper has none

    @property
    def settled(self) -> bool:
        """True when a person decided: no new reading changes that."""
        return self not in (FieldState.ACCEPTED, FieldState.PROPOSED)


@dataclass(frozen=True, slots=True)
class Reading:
    """The value that one engine read for a field, kept so that disagreement stays visible."""

    engine: str
    value: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible value of a field. Without a value: something stands in the box that no reader could read.

    ``failed_checks``: slugs of the checks that the value failed.
    """

    value: str | None
    printed: str | None
    page: int | None
    box: Box | None
    confidence: float | None
    readers: tuple[Reading, ...] = ()
    failed_checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One extracted value. ``value`` is normalised, ``printed`` is as on the page; both NFC, None for an absent value.

    ``confidence`` is 0 to 1, None if it was not measured. ``page`` counts from 1 within the scan; ``box`` in mm on
    that page, None when unknown. ``candidates``: the values that were read, the best one first.
    """

    value: str | None
    printed: str | None
    confidence: float | None
    page: int | None
    box: Box | None
    origin: Origin
    state: FieldState = FieldState.ACCEPTED
    candidates: tuple[Candidate, ...] = ()
    settled_by: tuple[SignOff, ...] = ()
    readings: tuple[Reading, ...] = ()

    @property
    def counts(self) -> str | None:
        """The value that searches, verdicts and registers may rely on; None while it is only proposed."""
        return self.value if self.state in (FieldState.ACCEPTED, FieldState.CONFIRMED) else None


@dataclass(frozen=True, slots=True)
class Problem:
    """A doubt that a person must settle. ``code`` is stable.

    ``params`` holds details: slugs, numbers, days and ids, never sentences and never words of the page. The
    sentence is made when it is shown (``rules.problem_texts``). A sentence of format 1 is the param
    ``text``. ``record``: id of another record that is concerned.
    """

    code: str
    params: Mapping[str, str] = dataclasses.field(default_factory=dict, hash=False)
    field: str | None = None
    page: int | None = None
    record: str | None = None


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
    """A person who acts, and the proof of identity: ``os:login`` today, a web login later."""

    identity: str
    note: str | None = None  # a name option only annotates


@dataclass(frozen=True, slots=True)
class Provenance:
    """Provenance of a version: actor, time (UTC, ISO), ledger line, software."""

    actor: Actor
    at: str
    action: str  # imported, read_again, …
    line: str  # id of the ledger line that brought the result in
    software: str
    reason: str | None = None  # as the person wrote it: may be personal, lies in the body


@dataclass(frozen=True, slots=True)
class ResultRecord:
    """One immutable version of one result.

    ``digest`` is the SHA-256 of its stored head, None before it is stored.
    """

    id: str
    version: int
    state: RecordState
    batch: str  # batch id; names stand in the batch itself
    batch_name: str
    parts: tuple[Part, ...]
    fields: dict[str, Field]
    problems: tuple[Problem, ...]
    provenance: Provenance
    previous: str | None = None  # SHA-256 of the version before, as stored
    replaced_by: str | None = None  # id of the record that replaced this one
    digest: str | None = dataclasses.field(default=None, compare=False)

    @property
    def kind(self) -> str | None:
        """The kind as an unmarked slug, when its field counts; else None."""
        return self.value("kind")

    def value(self, name: str) -> str | None:
        """Return the value of a field if it is accepted or confirmed, else None."""
        return self.fields[name].counts if name in self.fields else None


@dataclass(frozen=True, slots=True)
class Extraction:
    """Fields and problems that extraction found on a scan's pages."""

    fields: dict[str, Field] = dataclasses.field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def kind(self) -> str | None:
        """The kind as a slug, or None."""
        return self.fields["kind"].counts if "kind" in self.fields else None
