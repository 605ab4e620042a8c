"""Hits of a tantivy searcher, in a stable order for pages of hits."""

from __future__ import annotations

from typing import Final

import tantivy

from archive.index.fields import FACETS

_FACET_VALUES: Final = 50

Ranked = tuple[float, str, int]  # score, id, version


def by_field(
    searcher: tantivy.Searcher, asked: tantivy.Query, field: str, start: int, end: int
) -> tuple[int, list[Ranked]]:
    """Return the number of matches, and hits ``start`` to ``end`` in ascending order of a unique field."""
    found = searcher.search(asked, limit=end - start, offset=start, order_by_field=field, order=tantivy.Order.Asc)
    return _total(found), [(0.0, id_, version) for _, id_, version in identified(searcher, found.hits)]


def by_score(searcher: tantivy.Searcher, asked: tantivy.Query, start: int, end: int) -> tuple[int, list[Ranked]]:
    """Return hits ``start`` to ``end``, best first, equal scores by id.

    Counting along makes tantivy score every match: without it scores may be summed in another order, and pages that
    are cut from two searches would not fit together. The window grows until no group of equals is cut by its edge.
    """
    window = end
    while True:
        found = searcher.search(asked, limit=window + 1)
        scores = [score for score, _ in found.hits]
        if len(scores) <= window or scores[window] < scores[end - 1]:
            break
        window *= 2
    if len(scores) <= start:
        return _total(found), []
    best, worst = scores[start], scores[min(end, len(scores)) - 1]
    before = sum(score > best for score in scores)
    alike = [hit for hit in found.hits if worst <= hit[0] <= best]
    ranked = sorted(identified(searcher, alike), key=lambda hit: (-hit[0], hit[1]))
    return _total(found), ranked[start - before : end - before]


def identified(searcher: tantivy.Searcher, hits: list[tuple[float, tantivy.DocAddress]]) -> list[Ranked]:
    """Return scores with the ids and versions of the records behind them."""
    found = []
    for score, address in hits:
        stored = searcher.doc(address)
        found.append((score, str(stored["id"][0]), int(stored["version"][0])))
    return found


def facets(searcher: tantivy.Searcher, asked: tantivy.Query) -> dict[str, tuple[tuple[str, int], ...]]:
    """Return the values of all hits, most frequent first, ties in alphabetical order."""
    counted = searcher.aggregate(asked, {name: {"terms": {"field": name, "size": _FACET_VALUES}} for name in FACETS})
    values = {}
    for name in FACETS:
        pairs = [(str(bucket["key"]), int(bucket["doc_count"])) for bucket in counted[name]["buckets"]]
        values[name] = tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))
    return values


def _total(found: tantivy.SearchResult) -> int:
    return int(found.count)  # type: ignore[attr-defined]  # missing in tantivy's type stubs
