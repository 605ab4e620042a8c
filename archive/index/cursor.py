"""Cursor: where the next page of hits begins, bound to the query that it belongs to."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import asdict, replace

from archive.errors import BadQuery
from archive.model.search import Query

_DAMAGED = "the cursor is damaged; repeat the search without a cursor"


def write_cursor(query: Query, offset: int) -> str:
    """Return an opaque cursor for the hits of ``query`` from ``offset`` on. It quotes nothing of the query."""
    return base64.urlsafe_b64encode(f"{_binding(query)}:{offset}".encode("ascii")).decode("ascii")


def read_cursor(query: Query) -> int:
    """Return the offset at which ``query`` goes on, 0 without a cursor.

    Raises BadQuery for a cursor that is damaged or belongs to another query.
    """
    if query.cursor is None:
        return 0
    try:
        binding, _, offset = base64.b64decode(query.cursor, b"-_", validate=True).decode("ascii").partition(":")
        start = int(offset) if offset.isdecimal() else -1
    except (binascii.Error, ValueError) as error:
        raise BadQuery(_DAMAGED) from error
    if start < 0:
        raise BadQuery(_DAMAGED)
    if binding != _binding(query):
        raise BadQuery("the cursor belongs to another search; repeat this search without a cursor")
    return start


def _binding(query: Query) -> str:
    """Return a digest of all that decides which hits come in which order; the page size does not."""
    meaning = json.dumps(asdict(replace(query, cursor=None, limit=0)), sort_keys=True)
    return hashlib.sha256(meaning.encode("utf-8")).hexdigest()[:16]
