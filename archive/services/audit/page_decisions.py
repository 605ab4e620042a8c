"""Page decisions: a person measures a page on the paper, or wants it left out of the count; another person confirms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from archive.clock import Clock
from archive.errors import IndexUnavailable, RequestRefused, SettingsError, VersionConflict
from archive.messages.catalogue import tr
from archive.model.ledger import LedgerLine, ScanOutcome
from archive.model.pages import Exclusion, ExclusionState, Measure, PageEntry
from archive.model.results import Actor
from archive.model.sign_off import SignOff
from archive.rules.counting.facts import is_above_a0, is_settled, needs_second_person
from archive.services.derived.publisher import Publisher
from archive.services.record_ids import record_named
from archive.store.keys import ChainKey
from archive.store.vault import Vault

# Why a page shall not be paid. The ledger's head keeps the slug, and a head never holds a person's own words (ADR 2).
EXCLUSION_REASONS: Final = ("no_result", "blank", "scanned_twice", "cut_off", "illegible_scan", "other_contract")
SHORTEST_MM: Final = 20.0
LONGEST_MM: Final = 1_310.0  # an A0 with the tolerance of the rule sets
_MAX_ATTEMPTS: Final = 5  # each lost race shows what the other one decided
_MEASURED, _EXCLUDED = "measured", "exclusion"  # actions of ledger lines


@dataclass(frozen=True, slots=True)
class Decided:
    """A page after a decision. ``waits``: another person must confirm it.

    ``unpublished``: why the page table does not have it yet; None when it has.
    """

    line: LedgerLine
    page: PageEntry
    waits: bool
    unpublished: IndexUnavailable | SettingsError | None = None


class PageDecisions:
    """Decisions about single pages of the ledger, for one actor."""

    def __init__(self, vault: Vault, publisher: Publisher, actor: Actor, now: Clock) -> None:
        self._vault = vault
        self._publisher = publisher
        self._actor = actor
        self._now = now

    def measure(self, record_id: str, page: int, width_mm: float, height_mm: float) -> Decided:
        """Set the size of a page whose size is not proven, as measured on the paper.

        A sheet above A3 needs a second person who measures the same, and so does a change of what two people settled;
        until then the page counts as before. ``record_id`` may be cut. Sides are rounded to 0.1 mm. Raises
        RequestRefused (no such page, a proven size, sides that no paper has), StoreError.
        """
        width_mm, height_mm = round(width_mm, 1), round(height_mm, 1)
        possible = all(SHORTEST_MM <= side <= LONGEST_MM for side in (width_mm, height_mm))
        if not possible or is_above_a0(width_mm, height_mm):
            raise RequestRefused(tr("refused.pages.no_paper_has_such_sides", shortest=SHORTEST_MM, longest=LONGEST_MM))
        return self._decide(record_id, page, _MEASURED, lambda entry: self._measured(entry, width_mm, height_mm))

    def exclude(self, record_id: str, page: int, reason: str) -> Decided:
        """Dispute that a page is paid, for one of EXCLUSION_REASONS. Raises RequestRefused, StoreError."""
        return self._decide(record_id, page, _EXCLUDED, lambda entry: self._disputed(entry, reason))

    def settle(self, record_id: str, page: int, state: ExclusionState) -> Decided:
        """Uphold or drop the exclusion of a page.

        Another person than the one who disputed it upholds it; anybody drops it. Raises RequestRefused, StoreError.
        """
        return self._decide(record_id, page, _EXCLUDED, lambda entry: self._settled(entry, state))

    def _measured(self, entry: PageEntry, width_mm: float, height_mm: float) -> PageEntry:
        if entry.shape is None:
            raise RequestRefused(tr("refused.pages.page_could_not_be_opened", page=entry.number))
        if entry.shape.size_origin.proven:
            raise RequestRefused(tr("refused.pages.size_of_page_is_proven", page=entry.number))
        return replace(entry, measure=self._after(entry.measure, entry.number, width_mm, height_mm))

    def _after(self, before: Measure | None, page: int, width_mm: float, height_mm: float) -> Measure:
        """Return the measure of a page after this actor gave a size. What was settled counts until another one is."""
        settled = before if before is not None and is_settled(before) else None
        waiting = settled.proposed if settled is not None else before
        if settled is not None and _same(settled, width_mm, height_mm) and waiting is None:
            raise RequestRefused(tr("refused.pages.page_has_this_size", page=page))
        mine = Measure(width_mm, height_mm, (self._sign_off(),))
        if waiting is not None and _same(waiting, width_mm, height_mm):
            if self._actor.identity in {sign_off.actor for sign_off in waiting.settled_by}:
                raise RequestRefused(tr("refused.pages.you_measured_this_page", page=page))
            mine = replace(waiting, settled_by=(*waiting.settled_by, *mine.settled_by))
        if settled is None:
            return mine
        # What two people settled, two people change.
        people = max(len(_people(settled)), 1 + needs_second_person(width_mm, height_mm))
        return mine if len(_people(mine)) >= min(people, 2) else replace(settled, proposed=mine)

    def _disputed(self, entry: PageEntry, reason: str) -> PageEntry:
        if reason not in EXCLUSION_REASONS:
            raise RequestRefused(tr("refused.pages.no_such_reason", reasons=", ".join(EXCLUSION_REASONS)))
        if entry.exclusion is not None and entry.exclusion.state is not ExclusionState.DROPPED:
            raise RequestRefused(tr("refused.pages.page_is_disputed_already", page=entry.number))
        return replace(entry, exclusion=Exclusion(reason, ExclusionState.DISPUTED, (self._sign_off(),)))

    def _settled(self, entry: PageEntry, state: ExclusionState) -> PageEntry:
        exclusion = entry.exclusion
        if exclusion is None or exclusion.state is ExclusionState.DROPPED:
            raise RequestRefused(tr("refused.pages.page_is_not_disputed", page=entry.number))
        if exclusion.state is state:
            raise RequestRefused(tr("refused.pages.that_was_decided", page=entry.number))
        disputed_by = exclusion.settled_by[0].actor
        if state is ExclusionState.UPHELD and disputed_by == self._actor.identity:
            raise RequestRefused(tr("refused.pages.another_person_upholds", page=entry.number, actor=disputed_by))
        return replace(
            entry, exclusion=replace(exclusion, state=state, settled_by=(*exclusion.settled_by, self._sign_off()))
        )

    def _decide(self, record_id: str, page: int, action: str, decide: Callable[[PageEntry], PageEntry]) -> Decided:
        """Append the version of the ledger line in which ``decide`` changed one page; then tell the page table."""
        with self._publisher.publishing() as publish:
            line, entry = self._appended(record_id, page, action, decide)
            unpublished = publish(ChainKey("ledger", line.batch, line.id, line.version))
        return Decided(line, entry, _waits(entry, action), unpublished)

    def _appended(
        self, record_id: str, page: int, action: str, decide: Callable[[PageEntry], PageEntry]
    ) -> tuple[LedgerLine, PageEntry]:
        record = record_named(self._vault, record_id)
        for left in reversed(range(_MAX_ATTEMPTS)):
            line = self._vault.line(record.batch, record.provenance.line)
            if line is None or line.outcome is not ScanOutcome.STORED:
                raise RequestRefused(tr("refused.pages.record_has_no_line", id=record.id[:12]))
            entries = {entry.number: entry for entry in line.pages}
            if page not in entries:
                raise RequestRefused(tr("refused.pages.no_such_page", id=record.id[:12], page=page, pages=len(entries)))
            entries[page] = decide(entries[page])
            following = replace(
                line,
                version=line.version + 1,
                pages=tuple(entries.values()),
                actor=self._actor,
                at=self._now(),
                action=action,
            )
            try:
                return self._vault.append_line(following), entries[page]
            except VersionConflict:  # somebody appended a version since: decide anew
                if not left:
                    raise
        raise AssertionError  # the last attempt returns or raises

    def _sign_off(self) -> SignOff:
        return SignOff(self._actor.identity, self._now())


def waiting_measure(measure: Measure | None) -> Measure | None:
    """Return the size that waits for a second person."""
    if measure is None:
        return None
    return measure.proposed if is_settled(measure) else measure


def _waits(entry: PageEntry, action: str) -> bool:
    if action == _MEASURED:
        return waiting_measure(entry.measure) is not None
    return entry.exclusion is not None and entry.exclusion.state is ExclusionState.DISPUTED


def _same(measure: Measure, width_mm: float, height_mm: float) -> bool:
    """Return True for the same sides, however the sheet was turned."""
    return sorted((measure.width_mm, measure.height_mm)) == sorted((width_mm, height_mm))


def _people(measure: Measure) -> set[str]:
    return {sign_off.actor for sign_off in measure.settled_by}
