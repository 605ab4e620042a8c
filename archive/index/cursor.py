"""Cursor: where the next page of hits begins, bound to the query that it belongs to."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import asdict, replace
from typing import Any, Final

from archive.errors import BadQuery
from archive.messages.catalogue import tr
from archive.model.search import Query

MAX_HITS: Final = 1_000  # a page of hits; more is an export

_DAMAGED: Final = tr("search.the_cursor_is_damaged_repeat_the")


def write_cursor(query: Query, place: Any) -> str:
    """Return an opaque cursor for the hits of ``query`` from ``place`` on. It contains no text of the query.

    ``place``: the position as JSON values, in the form of the engine; an offset, say.
    """
    text = json.dumps(place, separators=(",", ":"))
    return base64.urlsafe_b64encode(f"{_binding(query)}:{text}".encode("ascii")).decode("ascii")


def read_position(query: Query) -> Any:
    """Return the place at which ``query`` continues, None without a cursor. Cursors are untrusted input.

    Raises BadQuery for a cursor that is damaged or belongs to another query.
    """
    if query.cursor is None:
        return None
    try:
        binding, _, text = base64.b64decode(query.cursor, b"-_", validate=True).decode("ascii").partition(":")
        place = json.loads(text)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise damaged() from error
    if binding != _binding(query):
        raise BadQuery(tr("search.the_cursor_belongs_to_another_search"))
    return place


def read_cursor(query: Query) -> int:
    """Return the offset at which ``query`` continues, 0 without a cursor. Raises BadQuery as ``read_position`` does."""
    start = read_position(query)
    if start is None and query.cursor is None:
        return 0
    if type(start) is not int or start < 0:
        raise damaged()
    return start


def damaged() -> BadQuery:
    """Return the error for a cursor with a malformed position."""
    return BadQuery(_DAMAGED)


def check_limit(query: Query) -> None:
    """Raise BadQuery for a page of hits that is empty or too large."""
    if not 1 <= query.limit <= MAX_HITS:
        raise BadQuery(tr("search.a_page_of_hits_holds_1", max_hits=MAX_HITS))


def _binding(query: Query) -> str:
    """Return a digest of everything that decides the hits and their order; the page size does not."""
    meaning = json.dumps(asdict(replace(query, cursor=None, limit=0)), sort_keys=True)
    return hashlib.sha256(meaning.encode("utf-8")).hexdigest()[:16]
