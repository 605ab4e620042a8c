"""Canonical JSON: equal values have equal bytes."""

from __future__ import annotations

import json
from typing import Any, cast

from archive.errors import ObjectCorrupt, ObjectNewer
from archive.messages.catalogue import tr

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
        raise ObjectCorrupt(tr("store.format.a_stored_is_not_json_restore", expected=expected)) from error
    if not isinstance(value, dict) or value.get("type") != expected:
        raise ObjectCorrupt(tr("store.format.a_stored_object_that_should_be", expected=expected))
    number = value.get("format")
    if type(number) is not int or number < 1:
        raise ObjectCorrupt(tr("store.format.a_stored_does_not_say_its", expected=expected))
    if number > FORMATS[expected]:
        raise ObjectNewer(
            tr(
                "store.format.a_stored_has_format_this_release",
                expected=expected,
                number=number,
                formats=FORMATS[expected],
            )
        )
    return cast(dict[str, Any], value)
