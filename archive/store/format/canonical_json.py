"""Canonical JSON: one value, one sequence of bytes."""

from __future__ import annotations

import json
from typing import Any, cast

from archive.errors import ObjectCorrupt, ObjectNewer

# Each type has a format number of its own, raised only when an older reader could misread a newer object. A new member
# alone does not raise it: older readers ignore unknown members. Lower numbers stay readable for ever.
FORMATS = {
    "record": 2,
    "record-body": 2,
    "line": 2,
    "line-body": 2,
    "batch": 2,
    "reading": 2,
    "given": 1,
    "seal": 1,
    "seal-list": 1,
}


def encode(value: dict[str, Any]) -> bytes:
    """Return ``value`` as UTF-8 JSON, keys sorted, no spaces, one line feed at the end."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode() + b"\n"


def encode_typed(type_: str, value: dict[str, Any]) -> bytes:
    """Return ``value`` as an object of ``type_`` in the format that this release writes."""
    return encode({"format": FORMATS[type_], "type": type_, **value})


def decode(data: bytes, expected: str) -> dict[str, Any]:
    """Return the object in ``data`` after checking ``format`` and ``type``. Raises ObjectCorrupt."""
    try:
        value = json.loads(data)
    except ValueError as error:
        raise ObjectCorrupt(f"a stored {expected} is not JSON; restore it from a backup") from error
    if not isinstance(value, dict) or value.get("type") != expected:
        raise ObjectCorrupt(f"a stored object that should be a {expected} is something else; restore it from a backup")
    number = value.get("format")
    if type(number) is not int or number < 1:
        raise ObjectCorrupt(f"a stored {expected} does not say its format; restore it from a backup")
    if number > FORMATS[expected]:
        raise ObjectNewer(
            f"a stored {expected} has format {number}, this release reads up to {FORMATS[expected]}; update the archive"
        )
    return cast(dict[str, Any], value)
