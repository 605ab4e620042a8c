"""What is true of a drawn result: layout and truth both read it from here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from samples.generator.marks import Seal, Sheet


@dataclass(frozen=True)
class Office:
    """An agency: its own lines in bold, the parent's above, and what its seal says (no core: an emblem)."""

    name: tuple[str, ...]
    parent: tuple[str, ...]
    place: str
    rim: str
    foot: str
    core: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """The name on one line."""
        return " ".join(self.name)


@dataclass(frozen=True)
class Signer:
    """Who signs: title lines in capitals, then the name."""

    titles: tuple[str, ...]
    name: str
    seed: int  # of the signature's shape
    stamped: bool = False  # the name is a rubber stamp too


@dataclass(frozen=True)
class Value:
    """One field's truth: normalised, as printed, the page of the result on which it stands."""

    value: str
    printed: str
    page: int = 1
    pen: bool = False


@dataclass(frozen=True)
class Result:
    """One result. ``pen`` names the fields filled in by hand: ``number``, ``day``."""

    kind: str
    title: str
    office: Office
    signer: Signer
    issued: date
    number: str
    symbol: str
    subject: tuple[str, ...] = ()  # lines as broken under the title
    subtitle: tuple[str, ...] = ()  # lines under the title that say which form it is, not what it is about
    pen: frozenset[str] = frozenset()
    more: dict[str, Value] = field(default_factory=dict)
    dated_above: bool = True  # place and date stand in the header; else the form dates itself in its text

    @property
    def official(self) -> str:
        """Number and symbol as written: ``15/QĐ-UBND``; some forms have a number alone."""
        return f"{self.number}/{self.symbol}" if self.symbol else self.number

    @property
    def printed_date(self) -> str:
        """The date as decree 30/2020 wants it: a leading zero for days below 10, months 1 and 2."""
        return f"ngày {self.day} tháng {self.month} năm {self.issued.year}"

    @property
    def day(self) -> str:
        """The day with its leading zero."""
        return f"{self.issued.day:02d}"

    @property
    def month(self) -> str:
        """The month; only 1 and 2 take a leading zero."""
        return f"{self.issued.month:02d}" if self.issued.month < 3 else str(self.issued.month)


@dataclass(frozen=True)
class Drawn:
    """A result with the sheets it stands on."""

    result: Result
    sheets: tuple[Sheet, ...]

    @property
    def signed_on(self) -> int:
        """The page of the seal, from 1."""
        return next(
            number for number, sheet in enumerate(self.sheets, 1) if any(isinstance(m, Seal) for m in sheet.marks)
        )

    def fields(self) -> dict[str, Value]:
        """Return every field that the pages say, under the fixed names of the design."""
        result = self.result
        found = {
            "number": Value(result.number, result.number, pen="number" in result.pen),
            "issue_date": Value(result.issued.isoformat(), result.printed_date, pen="day" in result.pen),
            "issuing_agency": Value(result.office.full_name, result.office.full_name),
            "signer_name": Value(result.signer.name, result.signer.name, self.signed_on),
            "signer_title": Value(" / ".join(result.signer.titles), " ".join(result.signer.titles), self.signed_on),
        }
        if result.symbol:
            found["symbol"] = Value(result.symbol, result.symbol)
        if result.dated_above:
            found["place"] = Value(result.office.place, result.office.place)
        if result.office.parent:
            parent = " ".join(result.office.parent)
            found["parent_agency"] = Value(parent, parent)
        if result.subject:
            subject = " ".join(result.subject)
            found["subject"] = Value(subject, subject)
        return found | result.more


def holder(name: str, number: str | None = None, page: int = 1) -> dict[str, Value]:
    """Return the fields of a holder."""
    found = {"holder_name": Value(name, name, page)}
    return found | ({"holder_id": Value(number, number, page)} if number else {})


def same(name: str, text: str, page: int = 1) -> dict[str, Value]:
    """Return one field whose value is what is printed."""
    return {name: Value(text, text, page)}


def on_day(name: str, day: date, printed: str, page: int = 1) -> dict[str, Value]:
    """Return one date field."""
    return {name: Value(day.isoformat(), printed, page)}
