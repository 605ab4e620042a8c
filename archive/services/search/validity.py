"""Validity of a record in words, with how far the date was read and whether a person confirmed it."""

from __future__ import annotations

from dataclasses import dataclass

from archive.messages.catalogue import tr
from archive.model.results import Field, FieldState, ResultRecord
from archive.rules.fields.dates import as_written, not_read


@dataclass(frozen=True, slots=True)
class Validity:
    """The end of validity that a paper states (ISO, maybe partial). ``confirmed``: a person confirmed it.

    It is no verdict: another paper may have revoked or prolonged it.
    """

    until: str
    confirmed: bool

    @property
    def in_words(self) -> str:
        """``valid until 16/08/2025 (as read, not confirmed)``."""
        how = tr("search.confirmed") if self.confirmed else tr("search.as_read")
        return tr("search.valid_until", day=as_written(self.until), how=how)


def validity_of(record: ResultRecord) -> Validity | None:
    """Return the validity that a record states, None without an accepted or confirmed value."""
    until = record.value("valid_until")
    if until is None:
        return None
    return Validity(until, record.fields["valid_until"].state is FieldState.CONFIRMED)


def day_in_words(name: str, field: Field | None) -> str | None:
    """Return a day field for people: ``05/03/2021``, or ``day not read (03/2021 is sure)``; None without a value.

    A partial day that a person settled is what the paper says.
    """
    if field is None or field.value is None:
        return None
    lacking = not_read(field.value) if name == "issue_date" and not field.state.settled else None
    return lacking or as_written(field.value)
