"""Fields: all that a line of the run log may hold, each with its form; a name, a path or a sentence has none."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Final

Value = object  # of JSON, when its form admitted it
Form = Callable[[object], bool]


def _number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _matching(pattern: str) -> Form:
    compiled = re.compile(pattern, re.ASCII)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _counts_of(form: Form) -> Form:
    return lambda value: (
        isinstance(value, Mapping) and all(form(name) and _number(count) for name, count in value.items())
    )


def _list_of(form: Form) -> Form:
    return lambda value: isinstance(value, list | tuple) and all(form(one) for one in value)


_CODE = _matching(r"[a-z][a-z0-9_]{0,63}")  # a slug of ours: outcome, reason, cause, state
_ID = _matching(r"[0-9a-f]{6,64}")  # of a batch, a ledger line, a record; a fingerprint; a root
_CLASS = _matching(r"[A-Za-z_]\w{0,63}")  # of an exception
# Module and line: of our package with its folders, which are fixed; of any other code without one.
_LOCATION = r"(archive(/[a-z_][a-z0-9_]{0,39}){1,6}\.py|[\w<>.-]{1,64}):\d{1,6}"
_PLACE = _matching(_LOCATION)
_CAUSE = _matching(rf"[A-Za-z_]\w{{0,63}}@{_LOCATION}")
_VERSION = _matching(r"[\w.,+:/ -]{1,160}")  # of programs and language data, as the pipeline's identity has them
# Of an object in the vault (docs/format.md). Whoever writes into the vault's folder chooses names: in spaces of no
# release, or too short for an id, they may be a person's name and number, and are not written.
_FAN, _VERSIONED = r"(/[0-9a-f]{2}){2}", r"[0-9a-f]{32}/\d{6}\.json"
_KEY = _matching(
    rf"content{_FAN}/[0-9a-f]{{64}}"
    rf"|readings{_FAN}/[0-9a-f]{{64}}/[0-9a-f]{{16}}/\d{{3}}"
    rf"|(records|batches|seals){_FAN}/{_VERSIONED}"
    rf"|ledger/[0-9a-f]{{32}}{_FAN}/{_VERSIONED}"
    r"|feed/\d{8}/[0-9a-f]{40,72}(\.[0-9a-f]{64})?"
    # Reserved for later releases, whose keys have ids like ours.
    rf"|(events|trail|decisions|keyings|authorities|grants)(/[0-9a-f]{{32}})?{_FAN}/[0-9a-f]{{32,64}}(/\d{{3,6}})?(\.json)?"
)
_DAY = _matching(r"\d{4}-\d\d-\d\d")
_COUNTS = _counts_of(_CODE)

FIELDS: Final[Mapping[str, Form]] = {
    # The run
    "command": _matching(r"[a-z]{1,16}( [a-z]{1,16})?"),
    "options": _list_of(_matching(r"--[a-z-]{1,32}")),  # their names; never their values
    "version": _VERSION,
    "python": _VERSION,
    "pid": _number,
    "part": _number,
    "exit": _number,
    "seconds": _number,
    "cpu_seconds": _number,
    "worker_cpu_seconds": _number,
    "peak_mib": _number,
    "worker_peak_mib": _number,
    "events": _COUNTS,
    # What it works with
    "workers": _CODE,
    "count": _number,
    "fingerprint": _ID,
    "engine": _VERSION,
    "screen": _VERSION,
    # Scans and records
    "batch": _ID,
    "line": _ID,
    "record": _ID,
    "about": _ID,
    "record_version": _number,
    "given": _number,
    "retry": _number,
    "fresh": _number,
    "new": _COUNTS,
    "settled": _COUNTS,
    "outcome": _CODE,
    "reason": _CODE,
    "state": _CODE,
    "action": _CODE,
    "verdict": _CODE,
    "causes": _list_of(_CODE),
    "bytes": _number,
    "pages": _number,
    "page_outcomes": _COUNTS,
    "stages": _COUNTS,
    "problems": _number,
    "left_behind": _number,
    "counts": _COUNTS,
    "ok": _number,
    "day": _DAY,
    "root": _ID,
    # What failed
    "code": _CODE,
    "key": _KEY,
    "stage": _CODE,
    "class": _CLASS,
    "place": _PLACE,
    "caused_by": _list_of(_CAUSE),
    "stack": _list_of(_PLACE),
    "status": _number,
    "logger": _matching(r"[a-z0-9_.]{1,64}"),
}


def admitted(values: Mapping[str, object]) -> dict[str, Value]:
    """Return the values of known fields; None in place of a value that has not its field's form, nothing for None."""
    given = {name: value for name, value in values.items() if name in FIELDS and value is not None}
    return {name: _as_json(value) if FIELDS[name](value) else None for name, value in given.items()}


def _as_json(value: object) -> Value:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, Mapping):
        return {name: _as_json(inner) for name, inner in value.items()}
    return list(value) if isinstance(value, tuple) else value
