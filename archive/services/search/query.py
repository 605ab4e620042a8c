"""Parsing of a typed search into clauses and filters.

Words must all occur, with or without marks; ``"a phrase"`` must occur as it stands; ``-word`` and ``-"a phrase"`` must
not occur; an official number (``123/QĐ-UBND``, ``số 0123 /QĐ - UBND``) finds the result that bears it, and mentions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from archive.errors import BadQuery
from archive.index.ranking import MAX_TOKENS
from archive.messages.catalogue import tr
from archive.model.search import Clause, Query, Sort
from archive.rules.fields.dates import span
from archive.rules.fields.numbers import FoundNumber, find_numbers
from archive.text.vietnamese import nfc, tokens

_QUOTES: Final = '"“”„«»'
_QUOTED: Final = re.compile(rf"(?P<minus>(?<!\S)-)?[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)[{_QUOTES}]")
_MINUS: Final = re.compile(r"(?<!\S)-(?=\S)")  # a dash before a word excludes it; within or between words it joins


def parse_query(
    words: str,
    *,
    kind: str | None = None,
    agency: str | None = None,
    issued_from: str | None = None,
    issued_to: str | None = None,
    holder: str | None = None,
    holder_id: str | None = None,
    batch: str | None = None,
    sort: Sort = Sort.RELEVANCE,
    limit: int = 10,
    cursor: str | None = None,
) -> Query:
    """Return the query for ``words`` and filters; blank words match everything that passes the filters.

    Dates are ISO and may be partial: from 2021 means its first day, to 2021-03 means 31 March. Raises BadQuery for
    quotation marks without a partner, words without a letter or digit, too many words, an empty filter, a wrong date.
    """
    first, last = _day("from", issued_from, 0), _day("to", issued_to, 1)
    if first and last and first > last:
        raise BadQuery(tr("search.no_day_lies_between_and_exchange", first=first, last=last))
    return Query(
        clauses=_clauses(nfc(words)),
        kind=_filled("kind", kind),
        agency=_worded("agency", agency),
        issued_from=first,
        issued_to=last,
        holder=_worded("holder", holder),
        holder_id=_filled("holder id", "".join(holder_id.split()) if holder_id is not None else None),
        batch=_filled("batch", batch),
        sort=sort,
        limit=limit,
        cursor=cursor,
    )


def _clauses(text: str) -> tuple[Clause, ...]:
    if sum(text.count(mark) for mark in _QUOTES) % 2:
        raise BadQuery(tr("search.a_quotation_mark_has_no_partner"))
    clauses = tuple(dict.fromkeys(_parsed(text)))
    if text.strip() and not clauses:
        raise BadQuery(tr("search.there_is_no_letter_or_digit"))
    if sum(len(clause.folded) for clause in clauses) > MAX_TOKENS:
        raise BadQuery(tr("search.a_search_takes_at_most_words", max_tokens=MAX_TOKENS))
    return clauses


def _parsed(text: str) -> Iterator[Clause]:
    start = 0
    for quoted in _QUOTED.finditer(text):
        yield from _unquoted(text[start : quoted.start()])
        yield from _phrase(quoted["phrase"], excluded=quoted["minus"] is not None)
        start = quoted.end()
    yield from _unquoted(text[start:])


def _unquoted(text: str) -> Iterator[Clause]:
    start = 0
    for number in _numbers(text):
        before = text[start : number.start]
        excluded = _MINUS.search(text, max(0, number.start - 1), number.start + 1) is not None
        yield from _words(before[:-1] if excluded else before)
        yield _number(number.key, excluded=excluded)
        start = number.end
    yield from _words(text[start:])


def _numbers(text: str) -> list[FoundNumber]:
    """Return the official numbers of ``text``, also those after an excluding dash."""
    found = find_numbers(text)
    inside = {at for number in found for at in range(number.start, number.end)}
    without = _MINUS.sub(lambda dash: "-" if dash.start() in inside else " ", text)
    return find_numbers(without)


def _words(text: str) -> Iterator[Clause]:
    for word in text.split():
        excluded = _MINUS.match(word) is not None
        yield from _phrase(word, excluded=excluded)  # words joined by a hyphen (hoà-bình) must be adjacent


def _phrase(text: str, *, excluded: bool) -> Iterator[Clause]:
    numbers = find_numbers(text)
    found = tokens(text)
    if len(numbers) == 1 and not tokens(text[: numbers[0].start] + " " + text[numbers[0].end :]):
        yield _number(numbers[0].key, excluded=excluded)
    elif found:
        exact, folded = tuple(token.exact for token in found), tuple(token.folded for token in found)
        yield Clause(exact, folded, phrase=len(found) > 1, excluded=excluded)


def _number(key: str, *, excluded: bool) -> Clause:
    parts = tuple(key.split())
    return Clause(parts, parts, phrase=True, excluded=excluded, number_key=key)


def _day(which: str, value: str | None, end: int) -> str | None:
    if value is None:
        return None
    try:
        return span(value.strip())[end]
    except ValueError as error:
        raise BadQuery(tr("search.is_no_date", which=which, value=value)) from error


def _filled(name: str, value: str | None) -> str | None:
    """Return a filter's value. An empty one is an error: without the filter everything would match."""
    if value is None:
        return None
    text = nfc(value).strip()
    if not text:
        raise BadQuery(tr("search.the_filter_is_empty_give_a", name=name))
    if any("\ud800" <= letter <= "\udfff" for letter in text):  # bytes of the command line that were not UTF-8
        raise BadQuery(tr("search.the_filter_holds_characters_that_are", name=name))
    return text


def _worded(name: str, value: str | None) -> str | None:
    text = _filled(name, value)
    if text is not None and not tokens(text):
        raise BadQuery(tr("search.the_filter_holds_no_letter_or", name=name))
    return text
