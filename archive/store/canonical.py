"""Canonical JSON: one value, one sequence of bytes."""

from __future__ import annotations

import json
from typing import Any, cast

from archive.errors import ObjectCorrupt

FORMAT = 1  # raised only when an old reader could misread; old formats stay readable for ever


def encode(value: dict[str, Any]) -> bytes:
    """Return ``value`` as UTF-8 JSON, keys sorted, no spaces, one line feed at the end."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode() + b"\n"


def decode(data: bytes, expected: str) -> dict[str, Any]:
    """Return the object in ``data`` after checking ``format`` and ``type``. Raises ObjectCorrupt."""
    try:
        value = json.loads(data)
    except ValueError as error:
        raise ObjectCorrupt(f"a stored {expected} is not JSON; restore it from a backup") from error
    if not isinstance(value, dict) or value.get("type") != expected:
        raise ObjectCorrupt(f"a stored object that should be a {expected} is something else; restore it from a backup")
    if value.get("format") != FORMAT:
        raise ObjectCorrupt(
            f"a stored {expected} has format {value.get('format')}, this release reads {FORMAT}; update the archive"
        )
    return cast(dict[str, Any], value)
