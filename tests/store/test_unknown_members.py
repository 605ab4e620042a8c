"""A member that a newer release adds, anywhere in a stored object, changes nothing for who does not know it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.model.merkle_seals import Seal
from archive.store.format import codec
from archive.store.format.canonical_json import encode
from archive.store.format.readings import decode_reading
from archive.store.seals.chain import decode_seal, encode_seal
from tests import makers

GOLDEN = Path(__file__).parents[1] / "golden"
DATA = {"fields", "about", "params", "fingerprint"}  # objects whose names are data and not members
FIXED = {"box"}  # lists whose places have meanings …
LISTS_OF_FIXED = {"words", "alternatives"}  # … and lists of such

# Names that nobody knows, and names that are known elsewhere: of other objects, of format 1, of what is kept in memory.
NAMES = st.text("abcdefghijklmnopqrstuvwxyz_0", min_size=1, max_size=8) | st.sampled_from(
    ["digest", "name", "path", "message", "confirmed_by", "kind", "text", "counts", "state", "value", "sel"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=3,
)
SEAL = Seal(1, "2026-03-05", 2, 0, "e" * 64, "f" * 64, makers.ACTOR, makers.AT)


@st.composite
def grown(draw: st.DrawFn, value: Any, name: str = "") -> Any:
    """Draw ``value`` with members that were not in it, at every level."""
    if isinstance(value, list):
        inner = [draw(grown(one, "box" if name in LISTS_OF_FIXED else "")) for one in value]
        return inner + draw(st.lists(VALUES, max_size=2)) if name in FIXED else inner
    if not isinstance(value, dict):
        return value
    more = {} if name in DATA else draw(st.dictionaries(NAMES, VALUES, max_size=2))
    return {**more, **{key: draw(grown(one, key)) for key, one in value.items()}}


def record(head: bytes, body: bytes) -> Any:
    return codec.decode_record(codec.decode_record_head(head), body)


def line(head: bytes, body: bytes) -> Any:
    return codec.decode_line(codec.decode_line_head(head), body)


def reading(head: bytes, *pages: bytes) -> Any:
    read = decode_reading(gzip.compress(b"".join((head, *pages)), mtime=0))
    return [(page.entry, page.problems, page.text) for page in read]


def pages_of() -> list[bytes]:
    return gzip.decompress((GOLDEN / "reading-2.gz").read_bytes()).splitlines(keepends=True)


def golden(*names: str) -> list[bytes]:
    return [(GOLDEN / name).read_bytes() for name in names]


STORED: dict[str, tuple[Callable[..., Any], list[bytes]]] = {
    "record": (record, golden("record-2.json", "record-body-2.json")),
    "line": (line, golden("line-2.json", "line-body-2.json")),
    "batch": (codec.decode_batch, golden("batch-2.json")),
    "reading": (reading, pages_of()),
    "seal": (decode_seal, [encode_seal(SEAL)]),
}


@pytest.mark.parametrize("name", STORED)
@given(data=st.data())
def test_unknown_members_are_passed_over_at_every_level(name: str, data: st.DataObject) -> None:
    decode, stored = STORED[name]
    more = [encode(data.draw(grown(json.loads(one)))) for one in stored]

    assert decode(*more) == decode(*stored)
