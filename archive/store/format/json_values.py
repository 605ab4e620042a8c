"""JSON values: pages, fields, problems and actors inside stored versions, to JSON and back.

Reading uses the members that this release knows and ignores others; a member that format 1 lacks gets its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any

from archive.model.pages import (
    Box,
    Colour,
    Exclusion,
    ExclusionState,
    Measure,
    Origin,
    PageEntry,
    PageOutcome,
    PageShape,
    ScreenAnswer,
    Screening,
    SizeOrigin,
)
from archive.model.results import Actor, Candidate, Field, FieldState, Problem, Reading, SignOff

Json = dict[str, Any]


def known_members(kind: type, value: Mapping[str, Any]) -> Json:
    """Return those members of ``value`` that the dataclass ``kind`` has, by name."""
    return {name: value[name] for name in _names(kind) if name in value}


def as_json(value: Any) -> Json:
    """Return a dataclass of plain values as JSON values."""
    return {name: getattr(value, name) for name in _names(type(value))}  # type: ignore[arg-type]  # classes can be hashed


def read_actor(value: Json) -> Actor:
    """Return the actor that ``as_json`` wrote."""
    return Actor(**known_members(Actor, value))


def sign_off(value: SignOff | None) -> Json | None:
    """Return who decided something, and when, as JSON values."""
    return as_json(value) if value is not None else None


def read_sign_off(value: Json | None) -> SignOff | None:
    """Return the sign-off that ``sign_off`` wrote."""
    return SignOff(**known_members(SignOff, value)) if value is not None else None


def page(entry: PageEntry) -> Json:
    """Return a page of the ledger or of a reading as JSON values."""
    shape, screening, measure, exclusion = entry.shape, entry.screening, entry.measure, entry.exclusion
    return {
        **as_json(entry),
        "shape": as_json(shape) if shape is not None else None,
        "screening": as_json(screening) if screening is not None else None,
        "measure": _measure(measure) if measure is not None else None,
        "exclusion": _exclusion(exclusion) if exclusion is not None else None,
    }


def read_page(value: Json) -> PageEntry:
    """Return the page that ``page`` wrote. Raises KeyError, TypeError, ValueError."""
    members = known_members(PageEntry, value)
    members["outcome"] = PageOutcome(members["outcome"])
    for name, read in _PARTS_OF_A_PAGE.items():
        if members.get(name) is not None:
            members[name] = read(members[name])
    return PageEntry(**members)


def field(value: Field) -> Json:
    """Return a field as JSON values."""
    return {
        **as_json(value),
        "box": _box(value.box),
        "candidates": [_candidate(one) for one in value.candidates],
        "settled_by": [as_json(one) for one in value.settled_by],
        "readings": [as_json(one) for one in value.readings],
    }


def read_field(value: Json, at: str) -> Field:
    """Return the field that ``field`` wrote; ``at``: when its version was made. Raises KeyError, TypeError, ValueError.

    Format 1 stored who confirmed a value but not when: the time of the version is the best approximation.
    """
    members = known_members(Field, value)
    members["origin"] = Origin(members["origin"])
    members["box"] = _read_box(members["box"])
    members["readings"] = _read_readings(members["readings"])
    members["state"] = FieldState(members.get("state", FieldState.ACCEPTED))
    members["candidates"] = tuple(_read_candidate(one) for one in members.get("candidates", ()))
    members["settled_by"] = _read_sign_offs(members.get("settled_by", ()))
    if value.get("confirmed_by") is not None and "settled_by" not in value:
        members.update(state=FieldState.CONFIRMED, settled_by=(SignOff(value["confirmed_by"], at),))
    return Field(**members)


def kind_of_format_1(slug: str) -> Field:
    """Return the kind of format 1, which has no place, as a field."""
    return Field(slug, None, None, None, None, Origin.OCR)


def problem(value: Problem) -> Json:
    """Return a problem as JSON values."""
    return {**as_json(value), "params": dict(value.params)}


def read_problem(value: Json) -> Problem:
    """Return the problem that ``problem`` wrote; a sentence of format 1 is shown unchanged."""
    members = known_members(Problem, value)
    params = members["params"] if "params" in members else {"text": value["message"]}
    members["params"] = {name: one if isinstance(one, str) else str(one) for name, one in params.items()}
    return Problem(**members)


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


def _measure(value: Measure) -> Json:
    """Return a measure; the member ``proposed`` is there only while a size waits."""
    members = {"width_mm": value.width_mm, "height_mm": value.height_mm, **_settled_by(value)}
    return members | ({"proposed": _measure(value.proposed)} if value.proposed is not None else {})


def _exclusion(value: Exclusion) -> Json:
    return {**as_json(value), **_settled_by(value)}


def _settled_by(value: Measure | Exclusion) -> Json:
    return {"settled_by": [as_json(one) for one in value.settled_by]}


def _candidate(value: Candidate) -> Json:
    return {**as_json(value), "box": _box(value.box), "readers": [as_json(one) for one in value.readers]}


def _read_candidate(value: Json) -> Candidate:
    members = known_members(Candidate, value)
    members["box"] = _read_box(members["box"])
    members["readers"] = _read_readings(members["readers"])
    members["failed_checks"] = tuple(members["failed_checks"])
    return Candidate(**members)


def _read_readings(values: list[Json]) -> tuple[Reading, ...]:
    return tuple(Reading(**known_members(Reading, one)) for one in values)


def _read_sign_offs(values: list[Json] | tuple[()]) -> tuple[SignOff, ...]:
    return tuple(SignOff(**known_members(SignOff, one)) for one in values)


def _box(box: Box | None) -> list[float] | None:
    return list(box) if box is not None else None


def _read_box(value: list[float] | None) -> Box | None:
    return Box(*value[: len(Box._fields)]) if value is not None else None


def _read_shape(value: Json) -> PageShape:
    members = known_members(PageShape, value)
    members["size_origin"] = SizeOrigin(members["size_origin"])
    members["colour"] = Colour(members["colour"]) if members["colour"] is not None else None
    return PageShape(**members)


def _read_screening(value: Json) -> Screening:
    return Screening(ScreenAnswer(value["answer"]), tuple(value["by"]), tuple(value["causes"]))


def _read_measure(value: Json) -> Measure:
    proposed = value.get("proposed")
    settled_by = _read_sign_offs(value["settled_by"])
    return Measure(value["width_mm"], value["height_mm"], settled_by, _read_measure(proposed) if proposed else None)


def _read_exclusion(value: Json) -> Exclusion:
    return Exclusion(value["reason"], ExclusionState(value["state"]), _read_sign_offs(value["settled_by"]))


_PARTS_OF_A_PAGE = {
    "shape": _read_shape,
    "screening": _read_screening,
    "measure": _read_measure,
    "exclusion": _read_exclusion,
}
