"""Withhold: one person hides a record at once; two people are needed to lift that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from archive.clock import Clock
from archive.errors import IndexUnavailable, RequestRefused, SettingsError, VersionConflict
from archive.messages.catalogue import tr
from archive.model.results import Actor, Problem, RecordState, ResultRecord
from archive.pipeline import append_record
from archive.services.derived.publisher import Publisher
from archive.services.reasons import checked_reason
from archive.services.record_ids import record_named
from archive.store.integrity import INTEGRITY_ERRORS
from archive.store.keys import ChainKey
from archive.store.vault import Vault

_TRIES: Final = 5  # after each lost race the other writer's version is read


class Action(StrEnum):
    """The action in a version's provenance."""

    WITHHELD = append_record.WITHHELD
    LIFT_ASKED = "lift_asked"
    LIFTED = append_record.LIFTED


@dataclass(frozen=True, slots=True)
class Withheld:
    """The new version of a record. ``unpublished``: why index and page table lack it; None when they have it.

    Even then search shows nothing of a withheld record, because hits are read from the vault.
    """

    record: ResultRecord
    unpublished: IndexUnavailable | SettingsError | None = None


class Withholding:
    """Withholds records and lifts that, for one actor."""

    def __init__(self, vault: Vault, publisher: Publisher, actor: Actor, now: Clock, software: str) -> None:
        self._vault = vault
        self._publisher = publisher
        self._actor = actor
        self._now = now
        self._software = software

    def withhold(self, record_id: str, reason: str, problem: Problem | None = None) -> Withheld:
        """Take a record out of search, text, images, export and copies; ``record_id`` may be abbreviated.

        ``problem`` is added to the record's problems. This also refuses a request to lift the withholding. Raises
        RequestRefused (no such record, destroyed or withheld already, an empty reason), StoreError.
        """
        return self._append(record_id, lambda record: self._withheld(record, checked_reason(reason), problem))

    def lift(self, record_id: str, reason: str) -> Withheld:
        """Request to lift the withholding; or, when another person requested it, lift it.

        Raises RequestRefused (not withheld, requested by the same person, content absent or damaged), StoreError.
        """
        return self._append(record_id, lambda record: self._lifted(record, checked_reason(reason)))

    def _withheld(self, record: ResultRecord, reason: str, problem: Problem | None) -> ResultRecord:
        if record.state is RecordState.TOMBSTONE:
            raise RequestRefused(tr("refused.withhold.record_is_destroyed_nothing_is", id=record.id[:12]))
        if record.state is RecordState.WITHHELD and record.provenance.action != Action.LIFT_ASKED:
            raise RequestRefused(tr("refused.withhold.record_is_withheld_already_archive", id=record.id[:12]))
        more = (problem,) if problem is not None and problem not in record.problems else ()
        withheld = replace(record, state=RecordState.WITHHELD, problems=(*more, *record.problems))
        return self._following(withheld, Action.WITHHELD, reason)

    def _lifted(self, record: ResultRecord, reason: str) -> ResultRecord:
        if record.state is not RecordState.WITHHELD:
            raise RequestRefused(tr("refused.withhold.record_is_not_withheld_there", id=record.id[:12]))
        asked = record.provenance
        if asked.action != Action.LIFT_ASKED:
            return self._following(record, Action.LIFT_ASKED, reason)
        if asked.actor.identity == self._actor.identity:
            raise RequestRefused(
                tr("refused.withhold.asked_already_that_record_be", identity=asked.actor.identity, id=record.id[:12])
            )
        self._check_content(record)
        return self._following(replace(record, state=self._before(record)), Action.LIFTED, reason)

    def _check_content(self, record: ResultRecord) -> None:
        """Raise RequestRefused unless originals and readings of a record are in this store, and whole."""
        if not all(self._vault.has(part.sha256) for part in record.parts):
            raise RequestRefused(tr("refused.withhold.the_original_of_record_is", id=record.id[:12]))
        try:
            for part in record.parts:
                self._vault.check(part.sha256)
                self._vault.fetch_reading(part)
        except INTEGRITY_ERRORS as error:
            raise RequestRefused(tr("refused.withhold.damaged", id=record.id[:12])) from error

    def _before(self, record: ResultRecord) -> RecordState:
        """Return the state that the record had before it was withheld."""
        states = [version.state for version in self._vault.history(record.id)]
        return next((state for state in reversed(states) if state is not RecordState.WITHHELD), RecordState.KEPT)

    def _following(self, record: ResultRecord, action: Action, reason: str) -> ResultRecord:
        """Return the version after ``record``: its line stays the one that brought the result in."""
        made = replace(
            record.provenance,
            actor=self._actor,
            at=self._now(),
            action=action.value,
            software=self._software,
            reason=reason,
        )
        return replace(record, version=record.version + 1, provenance=made)

    def _append(self, record_id: str, make: Callable[[ResultRecord], ResultRecord]) -> Withheld:
        """Append what ``make`` makes of the last version: truth first, then index and page table."""
        with self._publisher.publishing() as publish:
            made = self._appended(record_id, make)
            return Withheld(made, publish(ChainKey("records", "", made.id, made.version)))

    def _appended(self, record_id: str, make: Callable[[ResultRecord], ResultRecord]) -> ResultRecord:
        for left in reversed(range(_TRIES)):
            try:
                return self._vault.append_record(make(record_named(self._vault, record_id)))
            except VersionConflict:  # another version was appended: decide again
                if not left:
                    raise
        raise AssertionError  # the last try returns or raises
