"""Tantivy's schema, and plans as tantivy queries."""

from __future__ import annotations

from typing import Final

import tantivy

from archive.index.fields import FACETS, NUMBER_FIELDS, TEXT_FIELDS, VALUE_FIELDS
from archive.index.ranking import Choice, Match, Plan, Span

# Raise it whenever fields, tokens or their meaning change: an index of another schema must be rebuilt.
SCHEMA_VERSION: Final = 2

_SORTABLE: Final = frozenset({"id", "by_date", *FACETS})
_STORED: Final = frozenset({"id", "version"})


def make_schema() -> tantivy.Schema:
    """Return the schema of ``fields.document``: tokens split at spaces, values whole, numbers as columns."""
    builder = tantivy.SchemaBuilder()
    for name in TEXT_FIELDS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in VALUE_FIELDS:
        builder.add_text_field(
            name, stored=name in _STORED, fast=name in _SORTABLE, tokenizer_name="raw", index_option="basic"
        )
    for name in NUMBER_FIELDS:
        builder.add_integer_field(name, stored=name in _STORED, indexed=True, fast=True)
    return builder.build()


def build_query(schema: tantivy.Schema, plan: Plan) -> tantivy.Query:
    """Return ``plan`` as one tantivy query whose score is the plan's ranking."""
    occur, query = tantivy.Occur, tantivy.Query
    parts = [(occur.Must, _choice(schema, choice)) for choice in plan.must]
    parts += [(occur.Must, query.const_score_query(_span(schema, span), 0.0)) for span in plan.spans]
    if not parts:  # exclusions and bonuses need a set of records to apply to
        parts.append((occur.Must, query.const_score_query(query.all_query(), 0.0)))
    parts += [(occur.MustNot, _choice(schema, choice)) for choice in plan.must_not]
    parts += [
        (occur.Should, query.const_score_query(_choice(schema, bonus.choice), bonus.points)) for bonus in plan.bonuses
    ]
    return query.boolean_query(parts)


def _choice(schema: tantivy.Schema, choice: Choice) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, _match(schema, match)) for match in choice])


def _match(schema: tantivy.Schema, match: Match) -> tantivy.Query:
    query = tantivy.Query
    if len(match.tokens) == 1:
        found = query.term_query(schema, match.field, match.tokens[0], "freq" if match.weight else "basic")
    else:
        found = query.phrase_query(schema, match.field, list(match.tokens))
    return query.boost_query(found, match.weight) if match.weight else query.const_score_query(found, 0.0)


def _span(schema: tantivy.Schema, span: Span) -> tantivy.Query:
    return tantivy.Query.range_query(schema, span.field, tantivy.FieldType.Integer, span.low, span.high)
