"""Ranking: a query as matches, filters and points, executed in the same way by every search engine.

Ranking, the same on every engine: what must match is scored by BM25 (k1 1.2, b 0.75) on folded tokens, the title
weighing more than the body. Fixed points on top make two promises that no statistics can break: a record whose own
number is asked for comes first, and words found with the marks that were typed come before words found without.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from archive.index.fields import HIDDEN_KEY, day_number
from archive.model.search import Clause, Query
from archive.text.vietnamese import nfc, tokens, unmark

# A title says what a result is about; a page also holds everything else.
TITLE_WEIGHT: Final = 3.0
# BM25 of one token stays below 2.2 * ln(1 + records): 33 for two million, and 100 in the title. The scores of a query's
# tokens are averaged, not summed, so that they stay below 133 together and the points of a single word outweigh them.
EXACT_POINTS: Final = 200.0
# Above the exact points of all words that a query may have; float32 scores keep a thousandth of precision.
OWN_NUMBER_POINTS: Final = 10_000.0
MAX_TOKENS: Final = 40


@dataclass(frozen=True, slots=True)
class Match:
    """A field holds these tokens side by side (one token: anywhere). Weight 0 matches without scoring."""

    field: str
    tokens: tuple[str, ...]
    weight: float = 1.0


Choice = tuple[Match, ...]  # at least one of them


_HIDDEN: Final[Choice] = (Match("number_key", (HIDDEN_KEY,), 0.0),)


@dataclass(frozen=True, slots=True)
class Bonus:
    """Points for a record that has at least one of these matches."""

    choice: Choice
    points: float


@dataclass(frozen=True, slots=True)
class Span:
    """A number field lies within these bounds, both inclusive; None is open."""

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Conditions on a record, and the matches that give it points."""

    must: tuple[Choice, ...]
    must_not: tuple[Choice, ...]
    bonuses: tuple[Bonus, ...]
    spans: tuple[Span, ...]

    @property
    def ranked(self) -> bool:
        """False when all matching records score alike."""
        return bool(self.bonuses) or any(match.weight for choice in self.must for match in choice)


def plan(query: Query) -> Plan:
    """Return the plan for ``query``."""
    wanted = [clause for clause in query.clauses if not clause.excluded]
    share = 1 / max(1, sum(len(clause.folded) for clause in wanted))
    return Plan(
        must=(
            *(choice for clause in wanted for choice in _wanted(clause, share)),
            *_names("agency", query.agency),
            *_names("holder", query.holder),
            *_values(query),
        ),
        must_not=(
            *(() if query.hidden else (_HIDDEN,)),
            *(choice for clause in query.clauses if clause.excluded for choice in _excluded(clause)),
        ),
        bonuses=(
            *(bonus for clause in wanted for bonus in _bonuses(clause)),
            *_name_bonuses("agency", query.agency),
            *_name_bonuses("holder", query.holder),
        ),
        spans=tuple(_spans(query)),
    )


def is_marked(token: str) -> bool:
    """Return True when a token was typed with Vietnamese diacritics, so that they are significant."""
    return unmark(token) != token


def _wanted(clause: Clause, share: float) -> Iterable[Choice]:
    if clause.number_key is not None:
        yield (Match("number_key", (clause.number_key,), 0.0), *_anywhere("folded", clause.folded, share))
    elif clause.phrase:
        yield _anywhere("folded", clause.folded, share)
    else:
        for token in clause.folded:
            yield _anywhere("folded", (token,), share)


def _excluded(clause: Clause) -> Iterable[Choice]:
    """Yield what must not occur. Typed diacritics are significant: ``-đất`` must not hide records with "đạt"."""
    if clause.number_key is not None:
        yield from _wanted(clause, 0.0)
        return
    marked = any(map(is_marked, clause.exact))
    form, found = ("exact", clause.exact) if marked else ("folded", clause.folded)
    if clause.phrase:
        yield _anywhere(form, found)
    else:
        for token in found:
            yield _anywhere(form, (token,))


def _bonuses(clause: Clause) -> Iterable[Bonus]:
    if clause.number_key is not None:
        yield Bonus((Match("number_key", (clause.number_key,), 0.0),), OWN_NUMBER_POINTS)
    elif clause.phrase:
        if any(map(is_marked, clause.exact)):
            yield Bonus(_anywhere("exact", clause.exact), EXACT_POINTS * len(clause.exact))
    else:
        for token in filter(is_marked, clause.exact):
            yield Bonus(_anywhere("exact", (token,)), EXACT_POINTS)


def _anywhere(form: str, found: tuple[str, ...], share: float = 0.0) -> Choice:
    return (Match(f"title_{form}", found, TITLE_WEIGHT * share), Match(f"body_{form}", found, share))


def _names(field: str, words: str | None) -> Iterable[Choice]:
    for token in tokens(words or ""):
        yield (Match(f"{field}_folded", (token.folded,), 0.0),)


def _name_bonuses(field: str, words: str | None) -> Iterable[Bonus]:
    for token in tokens(words or ""):
        if is_marked(token.exact):
            yield Bonus((Match(f"{field}_exact", (token.exact,), 0.0),), EXACT_POINTS)


def _values(query: Query) -> Iterable[Choice]:
    for field, value in (("kind", query.kind), ("batch", query.batch), ("holder_id", query.holder_id)):
        if value is not None:
            yield (Match(field, (nfc(value),), 0.0),)


def _spans(query: Query) -> Iterable[Span]:
    """Yield the overlap of the days of the filter with the days that a record's date may mean."""
    if query.issued_from:
        yield Span("issued_to", day_number(query.issued_from), None)
    if query.issued_to:
        yield Span("issued_from", None, day_number(query.issued_to))
