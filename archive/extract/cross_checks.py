"""Checks of fields against each other: contradictions become problems for a person."""

from __future__ import annotations

from archive.model.results import Field, Problem
from archive.rules.fields.dates import span
from archive.rules.fields.personal_numbers import birth_of


def cross_check(fields: dict[str, Field], checks: dict[str, str]) -> tuple[dict[str, Field], tuple[Problem, ...]]:
    """Return the fields that pass the checks, and a ``contradiction`` problem for each one that fails.

    ``checks``: birth_date (ISO, partial) and sex (``nam``, ``nữ``) of the holder, where the page states them.
    """
    problems: list[Problem] = []
    kept = dict(fields)
    number = fields.get("holder_id")
    if number is not None and not _fits(number.counts, checks):
        del kept["holder_id"]
        problems.append(_problem("holder_id", "birth_or_sex", number))
    until, issued = fields.get("valid_until"), fields.get("issue_date")
    if until and issued and until.counts and issued.counts and span(until.counts)[1] < span(issued.counts)[0]:
        del kept["valid_until"]
        problems.append(_problem("valid_until", "before_issue", until))
    return kept, tuple(problems)


def _fits(number: str | None, checks: dict[str, str]) -> bool:
    born = birth_of(number) if number is not None else None
    if born is None:
        return True
    year, sex = born
    if "birth_date" in checks and int(checks["birth_date"][:4]) != year:
        return False
    return "sex" not in checks or checks["sex"] == sex


def _problem(name: str, check: str, field: Field) -> Problem:
    return Problem("contradiction", {"check": check}, field=name, page=field.page)
