"""Elasticsearch's mapping of the search index, and plans as Elasticsearch queries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from archive.index.elastic.generations import Shape
from archive.index.fields import FACETS, FILLER, NUMBER_FIELDS, TEXT_FIELDS, VALUE_FIELDS
from archive.index.ranking import Choice, Match, Plan, Span
from archive.model.search import Query, Sort

# Raise it whenever fields, tokens or their meaning change: an index of another schema must be rebuilt.
SCHEMA_VERSION: Final = 1

_SORTED: Final = frozenset({"id", "by_date", *FACETS})
_NAMES: Final = ("agency_", "holder_")  # matched word by word and never scored
_MAX_VALUE: Final = 8_000  # characters; Lucene refuses a document whose value has more than 32,766 bytes
_FACET_VALUES: Final = 50
_FACET_VALUES_OF_A_SHARD: Final = 500  # each shard returns its own most frequent values: enough for a correct sum

# A token that no text has. A shard without any token of a phrase does not contribute its document count to the global
# statistics (dfs_query_then_fetch); a query that also names this token makes every shard contribute.
_UNMATCHABLE_TOKEN: Final = f"{FILLER}{FILLER}"

_EVERYTHING: Final[dict[str, Any]] = {"match_all": {}}


def shape() -> Shape:
    """Return the shape of the search index: tokens split at spaces, values whole; page text is indexed, not stored."""
    fields = {
        **{name: _text(name) for name in TEXT_FIELDS},
        **{name: _value(name) for name in VALUE_FIELDS},
        **{name: {"type": "long"} for name in NUMBER_FIELDS},
    }
    mappings = {"dynamic": "strict", "_source": {"excludes": list(TEXT_FIELDS)}, "properties": fields}
    return Shape("records", SCHEMA_VERSION, mappings)


def build_query(plan: Plan) -> dict[str, Any]:
    """Return ``plan`` as one query whose score is the plan's ranking."""
    scored = [choice for choice in plan.must if any(match.weight for match in choice)]
    unscored = [choice for choice in plan.must if choice not in scored]
    return {
        "bool": {
            "must": [_choice(choice) for choice in scored],
            # exclusions and bonuses need a set of records to apply to
            "filter": [_EVERYTHING, *map(_choice, unscored), *map(_span, plan.spans)],
            "must_not": [_choice(choice) for choice in plan.must_not],
            "should": [
                *(_points(_choice(bonus.choice), bonus.points) for bonus in plan.bonuses),
                *({"term": {field: _UNMATCHABLE_TOKEN}} for field in _phrase_fields(scored)),
            ],
            "minimum_should_match": 0,
        }
    }


def order(plan: Plan, query: Query) -> list[dict[str, str]]:
    """Return the sort order of the hits; it is total: no two hits share all keys."""
    if plan.ranked and query.sort is Sort.RELEVANCE:
        return [{"_score": "desc"}, {"id": "asc"}]
    return [{"by_date" if query.sort is Sort.DATE else "id": "asc"}]


def facets() -> dict[str, Any]:
    """Return the aggregation of the values of all hits, most frequent first, ties in alphabetical order."""
    asked = {
        "size": _FACET_VALUES,
        "shard_size": _FACET_VALUES_OF_A_SHARD,
        "order": [{"_count": "desc"}, {"_key": "asc"}],
    }
    return {name: {"terms": {"field": name, **asked}} for name in FACETS}


def _text(name: str) -> dict[str, Any]:
    kind = {"type": "text", "analyzer": "whitespace"}
    return {**kind, "norms": False, "index_options": "docs"} if name.startswith(_NAMES) else kind


def _value(name: str) -> dict[str, Any]:
    kind = {"type": "keyword", "ignore_above": _MAX_VALUE}
    return kind if name in _SORTED else {**kind, "doc_values": False}


def _phrase_fields(choices: Iterable[Choice]) -> list[str]:
    phrases = {match.field for choice in choices for match in choice if match.weight and len(match.tokens) > 1}
    return sorted(phrases)


def _choice(choice: Choice) -> dict[str, Any]:
    return {"bool": {"should": [_match(match) for match in choice], "minimum_should_match": 1}}


def _match(match: Match) -> dict[str, Any]:
    boost = {"boost": match.weight} if match.weight else {}
    if len(match.tokens) == 1:
        found = {"term": {match.field: {"value": match.tokens[0], **boost}}}
    else:
        found = {"match_phrase": {match.field: {"query": " ".join(match.tokens), **boost}}}
    return found if match.weight else _points(found, 0.0)


def _points(asked: dict[str, Any], points: float) -> dict[str, Any]:
    return {"constant_score": {"filter": asked, "boost": points}}


def _span(span: Span) -> dict[str, Any]:
    bounds = {"gte": span.low, "lte": span.high}
    return {"range": {span.field: {name: bound for name, bound in bounds.items() if bound is not None}}}
