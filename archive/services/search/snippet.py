"""Snippet: the passage on a result's pages that best shows why it was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from archive.index.ranking import is_marked
from archive.model.search import Clause, Query
from archive.text.vietnamese import Token, fold, tokens

_LENGTH: Final = 200  # characters: two lines of a terminal
_MORE: Final = "…"


@dataclass(frozen=True, slots=True)
class Snippet:
    """Text of one page around its matches, in one line, as printed. ``highlights``: (start, end) in ``text``."""

    page: int
    text: str
    highlights: tuple[tuple[int, int], ...]


class _Wanted(NamedTuple):
    """Tokens that must be adjacent on the page; ``exact`` is None when no diacritics were typed."""

    exact: tuple[str, ...] | None
    folded: tuple[str, ...]


class _Found(NamedTuple):
    """The place of a wanted part on a page: ``text[start:end]``."""

    start: int
    end: int
    part: int
    exact: bool


class _Window(NamedTuple):
    """Matches that fit into one snippet."""

    page: int
    text: str
    found: tuple[_Found, ...]

    @property
    def merit(self) -> tuple[int, int, int]:
        """The sort key: most different parts, then most with the typed diacritics, then the closest together."""
        exact = {match.part for match in self.found if match.exact}
        seen: set[int] = set()
        reach = 0
        for match in self.found:
            if match.part not in seen:
                seen.add(match.part)
                reach = match.end - self.found[0].start
        return len(seen), len(exact), -reach


def best_snippet(pages: Sequence[tuple[int, str]], query: Query) -> Snippet | None:
    """Return about 200 characters of the page that answers ``query`` best, None when no page does.

    ``pages`` are (page number, text). The first of equally good passages wins. If a part of the query occurs with
    the typed diacritics, only that is highlighted; otherwise its matches without them.
    """
    wanted = list(dict.fromkeys(part for clause in query.clauses for part in _parts(clause)))
    best: _Window | None = None
    for number, text in pages:
        if best is not None and best.merit[:2] == (len(wanted), len(wanted)):
            break  # no page can match more
        folded = fold(text)
        possible = sum(all(token in folded for token in part.folded) for part in wanted)
        if not possible or (best is not None and possible < best.merit[0]):
            continue  # this page cannot be better: do not tokenise it
        for window in _windows(number, text, wanted):
            if best is None or window.merit > best.merit:
                best = window
    return _cut(best, wanted) if best is not None else None


def _parts(clause: Clause) -> Iterator[_Wanted]:
    if clause.excluded:
        return
    pairs = list(zip(clause.exact, clause.folded, strict=True))
    for side_by_side in [pairs] if clause.phrase else [[pair] for pair in pairs]:
        exact, folded = tuple(e for e, _ in side_by_side), tuple(f for _, f in side_by_side)
        yield _Wanted(exact if any(map(is_marked, exact)) else None, folded)


def _windows(page: int, text: str, wanted: Sequence[_Wanted]) -> Iterator[_Window]:
    """Yield, for every match, the window with all matches after it that fit."""
    found = _matches(tokens(text), wanted)
    last = 0
    for first, match in enumerate(found):
        last = max(last, first + 1)
        while last < len(found) and found[last].end - match.start <= _LENGTH:
            last += 1
        yield _Window(page, text, tuple(found[first:last]))


def _matches(on_page: Sequence[Token], wanted: Sequence[_Wanted]) -> list[_Found]:
    found = []
    begins: dict[str, list[int]] = {}
    for part, want in enumerate(wanted):
        begins.setdefault(want.folded[0], []).append(part)
    for at, token in enumerate(on_page):
        for part in begins.get(token.folded, ()):
            want = wanted[part]
            here = on_page[at : at + len(want.folded)]
            if tuple(other.folded for other in here) == want.folded:
                exact = want.exact is None or tuple(other.exact for other in here) == want.exact
                found.append(_Found(token.start, here[-1].end, part, exact))
    return found


def _cut(window: _Window, wanted: Sequence[_Wanted]) -> Snippet:
    """Return the window's text, widened to whole words on both sides, in one line."""
    on_page = tokens(window.text)
    start, end = _widened(window, on_page)
    found = [match for match in _matches(on_page, wanted) if start <= match.start and match.end <= end]
    exact = {match.part for match in found if match.exact}
    text, offsets = _one_line(window.text[start:end])
    before = _MORE if window.text[:start].strip() else ""
    after = _MORE if window.text[end:].strip() else ""
    highlights: list[tuple[int, int]] = []
    for match in sorted(found):
        if not match.exact and match.part in exact:
            continue
        left, right = (len(before) + offsets[at - start] for at in (match.start, match.end))
        if highlights and left <= highlights[-1][1]:
            highlights[-1] = (highlights[-1][0], max(right, highlights[-1][1]))
        else:
            highlights.append((left, right))
    return Snippet(window.page, before + text + after, tuple(highlights))


def _widened(window: _Window, on_page: Sequence[Token]) -> tuple[int, int]:
    """Return the window's bounds in its page: words before and after the matches while they fit, more of them after."""
    text = window.text
    first, last = len(text) - len(text.lstrip()), len(text.rstrip())
    start, end = window.found[0].start, max(match.end for match in window.found)
    room = max(0, _LENGTH - (end - start))
    left, right = start - room // 3, end + room - room // 3
    if left < first:
        left, right = first, min(last, right + first - left)
    elif right > last:
        left, right = max(first, left + last - right), last
    starts = [token.start for token in on_page if left <= token.start <= start]
    ends = [token.end for token in on_page if end <= token.end <= right]
    return (
        first if left == first else min(starts, default=start),
        last if right == last else max(ends, default=end),
    )


def _one_line(text: str) -> tuple[str, list[int]]:
    """Return ``text`` with runs of white space as single spaces, and the new position of each character."""
    kept: list[str] = []
    offsets = []
    for letter in text:
        offsets.append(len(kept))
        if not letter.isspace():
            kept.append(letter)
        elif kept and kept[-1] != " ":
            kept.append(" ")
    return "".join(kept), [*offsets, len(kept)]
