"""Values of the search index: entries, queries and hits."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One record as the search index holds it. All text NFC; tokens are made by ``text/vietnamese.py`` alone.

    ``issued_from``/``issued_to`` bound the issue date (``2021-03`` spans 2021-03-01..2021-03-31); both None
    when there is no date. ``number_key`` is the normalised official number (``123 qd ubnd``), see rules/fields/numbers.
    """

    id: str
    version: int
    batch: str  # batch name
    kind: str | None
    number_key: str | None
    issued_from: str | None
    issued_to: str | None
    agency: str | None
    holder_name: str | None
    holder_id: str | None
    title: str  # kind's name and subject: weighs more than the body
    body: str  # all pages' text and field values
    hidden: bool = False  # known in this version, but found by no search

    @staticmethod
    def hidden_entry(record_id: str, version: int) -> IndexEntry:
        """Return the entry of a hidden record: it holds no text, and older versions never replace it."""
        return IndexEntry(record_id, version, "", None, None, None, None, None, None, None, "", "", hidden=True)


class Sort(StrEnum):
    """Order of hits."""

    RELEVANCE = "relevance"
    DATE = "date"  # newest first; records without a date last


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition of a query: tokens that must (or must not) occur.

    ``exact`` and ``folded`` run in parallel (see ``vietnamese.Token``). In a phrase they stand side by side. With
    ``number_key`` the clause is an official number: it matches records whose own number is that, ranked first,
    and records that mention it in their text.
    """

    exact: tuple[str, ...]
    folded: tuple[str, ...]
    phrase: bool = False
    excluded: bool = False
    number_key: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A search: all clauses and all filters must hold. No clause means everything that passes the filters."""

    clauses: tuple[Clause, ...] = ()
    kind: str | None = None
    agency: str | None = None  # words of the agency's name, marks optional
    issued_from: str | None = None  # ISO day
    issued_to: str | None = None
    holder: str | None = None  # words of the holder's name, marks optional
    holder_id: str | None = None  # exact
    batch: str | None = None  # exact name
    sort: Sort = Sort.RELEVANCE
    limit: int = 10
    hidden: bool = False  # includes hidden entries: for comparing an index with the vault, never for people
    cursor: str | None = None  # opaque, from the Hits before; refused with BadQuery for another query


@dataclass(frozen=True, slots=True)
class Hit:
    """One record found.

    ``score``: relevance, without a unit and comparable within one search only: the mean BM25 score of the query's
    tokens plus fixed points (``index/ranking.py``); higher is better. 0 when hits are not ordered by relevance.
    """

    id: str
    version: int
    score: float


@dataclass(frozen=True, slots=True)
class Hits:
    """One page of hits. ``facets``: kind, agency, year, batch -> (value, count), most frequent first."""

    total: int
    hits: tuple[Hit, ...]
    cursor: str | None = None
    facets: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
