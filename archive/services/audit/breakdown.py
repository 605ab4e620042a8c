"""Breakdown: what a count is broken down by and restricted to; values of pages, of their batch, and of the judgement.

The page table groups pages by what stands in lines and records. What is said about a batch, paper sizes and outcomes
follow from the groups and facts of its answer, so that every engine counts alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from archive.errors import RequestRefused
from archive.messages.catalogue import tr
from archive.model.batch_metadata import ABOUT_KEYS, OWN_KEY
from archive.model.counting import CountQuery, GroupBy, Groups, PageFacts, TableBatch
from archive.rules.counting.judge import SIZE, Judgement
from archive.rules.kinds import name_of
from archive.rules.words import word
from archive.text.vietnamese import fold, nfc

MOST_DIMENSIONS: Final = 2
OUTCOME: Final = "outcome"
COLUMN: Final = "column"  # of the rule set
OPERATOR: Final = "operator"  # as the batch says; else the account
OF_A_PAGE: Final = frozenset({SIZE, OUTCOME, COLUMN})  # differ within one scan
_OF_THE_TABLE: Final = frozenset(GroupBy)
ALWAYS_KNOWN: Final = frozenset({*OF_A_PAGE, GroupBy.BATCH, GroupBy.MONTH, GroupBy.ACCOUNT, OPERATOR})  # of every page
# In the order in which help texts name them.
DIMENSIONS: Final = tuple(
    dict.fromkeys((*GroupBy, SIZE, OUTCOME, COLUMN, *(key for key in ABOUT_KEYS if key not in ("sides", "note"))))
)
_NAMED_VALUES: Final = 8  # values that an error names


@dataclass(frozen=True, slots=True)
class CountRequest:
    """What a person wants counted. Days as in CountQuery.

    ``by``: at most two dimensions. ``where``: dimensions with the one value that pages must have; ``""`` stands for
    those that have none.
    """

    by: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()
    from_day: str | None = None
    to_day: str | None = None
    as_of: str | None = None


class Breakdown:
    """Gives each page its groups, or says that it is not wanted. ``query``: the question to the page table."""

    def __init__(self, request: CountRequest, batches: Iterable[TableBatch]) -> None:
        """``where`` holds values as they are stored. Raises RequestRefused for a dimension that does not exist."""
        self._about = {batch.name: batch.about for batch in batches}
        self._by = tuple(self._value_of(name) for name in request.by)
        narrowed = {name: value for name, value in request.where if _is_of_batch(name)}
        self._where = [(self._value_of(name), value or None) for name, value in request.where if name not in narrowed]
        self._groups = _groups_for([*request.by, *(name for name, _ in request.where if name not in narrowed)])
        self.query = CountQuery(
            self._groups, request.from_day, request.to_day, request.as_of, self._batches(narrowed) if narrowed else None
        )

    def groups(self, found: Groups, facts: PageFacts | None, judgement: Judgement | None) -> Groups | None:
        """Return the groups of pages that the table gave in its groups ``found``; None when they are not wanted.

        ``facts`` and ``judgement`` are None where no dimension of a page is asked for.
        """
        page = _Page(dict(zip(self._groups, found, strict=True)), facts, judgement)
        if any(value(page) != wanted for value, wanted in self._where):
            return None
        return tuple(value(page) for value in self._by)

    def _batches(self, narrowed: dict[str, str]) -> frozenset[str]:
        pages = ((name, _Page({GroupBy.BATCH: name}, None, None)) for name in self._about)
        wanted = [(self._value_of(name), value or None) for name, value in narrowed.items()]
        return frozenset(name for name, page in pages if all(value(page) == one for value, one in wanted))

    def _value_of(self, name: str) -> Callable[[_Page], str | None]:
        check_dimension(name)
        if name in _OF_THE_TABLE:
            return lambda page: page.groups[GroupBy(name)]
        if name == SIZE:
            return lambda page: page.judgement.size if page.judgement else None
        if name == OUTCOME:
            return lambda page: page.facts.outcome if page.facts else None
        if name == COLUMN:
            return lambda page: page.judgement.column if page.judgement else None
        if name == OPERATOR:
            return lambda page: self._said(page, OPERATOR) or page.groups[GroupBy.ACCOUNT]
        return lambda page: self._said(page, name)

    def _said(self, page: _Page, key: str) -> str | None:
        return self._about.get(page.groups[GroupBy.BATCH] or "", {}).get(key)


@dataclass(frozen=True, slots=True)
class _Page:
    """All that a dimension may look at."""

    groups: dict[GroupBy, str | None]
    facts: PageFacts | None
    judgement: Judgement | None


def check_dimension(name: str) -> None:
    """Raise RequestRefused when nothing can be counted by ``name``."""
    if name not in DIMENSIONS and name not in ABOUT_KEYS and not re.fullmatch(OWN_KEY, name):
        raise RequestRefused(tr("count.no_dimension", name=name, known=", ".join(DIMENSIONS)))


def meant_value(name: str, value: str, known: Sequence[str]) -> str:
    """Return the one of the ``known`` values that a person meant: it itself, or the only one with the same letters.

    Raises RequestRefused when there is none or more than one: a wrong filter that counted nothing would look like a
    number.
    """
    said = nfc(value).strip()
    if said in known:
        return said
    alike = [one for one in known if fold(said) in (fold(one), fold(shown_value(name, one)))]
    if len(alike) == 1:
        return alike[0]
    some = ", ".join(shown_value(name, one) for one in (alike or sorted(known))[:_NAMED_VALUES])
    if alike:
        raise RequestRefused(tr("count.value_is_not_one", name=name, value=said, known=some))
    if not known:
        raise RequestRefused(tr("count.value_of_nothing", name=name))
    raise RequestRefused(tr("count.value_not_there", name=name, value=said, known=some))


def shown_value(name: str, value: str) -> str:
    """Return a value as people read it."""
    if name == GroupBy.KIND:
        return name_of(value)
    return word(value) if name in (OUTCOME, COLUMN) else value


def _is_of_batch(name: str) -> bool:
    """Return True for what is the same for all pages of a batch."""
    return name == GroupBy.BATCH or (name not in _OF_THE_TABLE and name != OPERATOR and name not in OF_A_PAGE)


def _groups_for(names: Iterable[str]) -> tuple[GroupBy, ...]:
    """Return what the table must group by so that the values of these dimensions are known."""
    wanted: dict[GroupBy, None] = {}
    for name in names:
        if name in _OF_THE_TABLE:
            wanted[GroupBy(name)] = None
        elif name not in OF_A_PAGE:
            wanted[GroupBy.BATCH] = None
            wanted |= {GroupBy.ACCOUNT: None} if name == OPERATOR else {}
    return tuple(wanted)
