"""Findings of extraction on one page: small, picklable values."""

from __future__ import annotations

from dataclasses import dataclass, replace

from archive.extract.layout import Piece
from archive.model.pages import Box, Origin
from archive.model.results import Field
from archive.text.vietnamese import nfc


@dataclass(frozen=True, slots=True)
class Finding:
    """One candidate for a field. ``doubtful``: it stands there, but its confidence is too low to accept it.

    A doubtful finding has a value only where a part of it is sure (a month and year without the day).
    """

    name: str
    value: str
    printed: str
    confidence: float
    box: Box
    doubtful: bool = False

    def field(self, page: int, origin: Origin) -> Field:
        """Return the finding as a record keeps it."""
        return Field(self.value, self.printed, round(self.confidence, 3), page, self.box, origin)


@dataclass(frozen=True, slots=True)
class ResultStart:
    """The head of a page that may begin a result.

    ``enclosed``: the page states that it belongs to another paper (appendix, draft, form).
    """

    findings: tuple[Finding, ...]
    kind: str | None
    emblem: bool  # the state's name and motto (Quốc hiệu, tiêu ngữ) stand there
    letter: bool  # "V/v" under the number, or "Kính gửi" and no title
    enclosed: bool
    title: Finding | None = None  # the place of the kind; its value is the kind's slug

    @property
    def begins_result(self) -> bool:
        """True when a result can be told from this head: two of emblem, title and number."""
        numbered = any(finding.name in ("number", "symbol") for finding in self.findings)
        return not self.enclosed and self.emblem + (self.kind is not None or self.letter) + numbered >= 2


@dataclass(frozen=True, slots=True)
class PageObservations:
    """Observations of one page. ``signature``: findings about the signer; ``labelled``: values behind labels."""

    number: int
    origin: Origin
    start: ResultStart
    signature: tuple[Finding, ...] = ()
    closing_date: Finding | None = None  # place and date above the signature: certificates, licences
    closing_place: Finding | None = None
    labelled: tuple[Finding, ...] = ()
    checks: tuple[Finding, ...] = ()  # values that no field keeps, for checks of fields: birth date, sex


def finding(name: str, piece: Piece, value: str | None = None, *, doubtful: bool = False) -> Finding:
    """Return ``piece`` as a candidate for field ``name``; confidence is the mean of its words."""
    printed = nfc(piece.text)
    return Finding(name, printed if value is None else nfc(value), printed, piece.confidence, piece.box, doubtful)


def joined(name: str, pieces: list[Piece]) -> Finding:
    """Return several lines as one candidate, joined by spaces."""
    first = finding(name, pieces[0])
    text, box, words = first.printed, first.box, list(pieces[0].words)
    for piece in pieces[1:]:
        text, box = f"{text} {nfc(piece.text)}", box.union(piece.box)
        words.extend(piece.words)
    return replace(first, value=text, printed=text, box=box, confidence=Piece(tuple(words)).confidence)
