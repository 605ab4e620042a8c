"""Combine the observations of a scan's pages into the fields of one result, and its problems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archive.extract.cross_checks import cross_check
from archive.extract.findings import Finding, PageObservations
from archive.model.results import Extraction, Field, Problem
from archive.rules.kinds import LETTER, Kind, kind_by_slug, kind_of_symbol

_NEEDED = ("number", "issue_date")


def combine_pages(observations: Sequence[PageObservations]) -> Extraction:
    """Return fields and problems of the first result in ``observations`` (one scan's pages, in order).

    Problems: ``no_header`` (no page shows where a result begins), ``two_results`` (a later page begins another),
    ``doubtful_field`` (seen, but not sure), ``field_missing`` (a number or date that every result has), and those of
    ``checks.cross_check``.
    """
    starts = [page for page in observations if page.start.begins_result]
    first = starts[0] if starts else None
    if first is None:
        return _without_header(observations)
    second = next((page for page in starts[1:] if _begins_another(first, page)), None)
    own = [
        page for page in observations if first.number <= page.number and (second is None or page.number < second.number)
    ]
    kind = _kind(first)
    chosen = _chosen(first, own, kind)
    fields = {name: found.field(page.number, page.origin) for name, (found, page) in chosen.items() if found.value}
    fields = {**_kind_field(kind, first), **fields}
    problems = [*_doubtful_problems(chosen), *_missing(chosen, first.number)]
    if second is not None:
        problems.append(Problem("two_results", page=second.number))
    fields, contradictions = cross_check(fields, _checks(own))
    return Extraction(fields, (*problems, *contradictions))


def _without_header(observations: Sequence[PageObservations]) -> Extraction:
    """Return the fields of an unknown form: its kind and the labelled values; a person reads the rest."""
    if not observations:
        return Extraction()
    page = observations[0]
    kind = kind_by_slug(page.start.kind) if page.start.kind and not page.start.enclosed else None
    chosen = {found.name: (found, page) for found in _holder(page.labelled)} if kind and kind.holder else {}
    fields = {name: found.field(at.number, at.origin) for name, (found, at) in chosen.items() if found.value}
    fields, contradictions = cross_check(fields, _checks(observations[:1]))
    problem = Problem("no_header", page=page.number)
    return Extraction({**_kind_field(kind, page), **fields}, (problem, *_doubtful_problems(chosen), *contradictions))


def _begins_another(first: PageObservations, page: PageObservations) -> bool:
    """Return True when ``page`` begins another result: a complete head with a number or a month filled in.

    An enclosed draft has the same head, but all its blanks are empty.
    """
    seen = {found.name: found for found in page.start.findings}
    dated = "issue_date" in seen and len(seen["issue_date"].value) >= len("2021-03")
    return page.number != first.number and page.start.emblem and ("number" in seen or ("symbol" in seen and dated))


def _kind(first: PageObservations) -> Kind | None:
    """Return the kind: by the title, else "V/v" means a letter, else by the symbol's first part."""
    if first.start.kind is not None:
        return kind_by_slug(first.start.kind)
    symbol = next((found.value for found in first.start.findings if found.name == "symbol"), "")
    by_symbol = kind_of_symbol(symbol) if symbol else None
    about = any(found.name == "subject" for found in first.start.findings)
    if first.start.letter and (about or by_symbol is None):
        return kind_by_slug(LETTER)
    return by_symbol


def _kind_field(kind: Kind | None, page: PageObservations) -> dict[str, Field]:
    """Return the kind as a field, at the title or symbol if one of them shows it; empty without a kind."""
    if kind is None:
        return {}
    told = [found for found in (page.start.title, *page.start.findings) if found is not None and _tells(found, kind)]
    if not told:
        return {"kind": Field(kind.slug, None, None, page.number, None, page.origin)}
    return {"kind": replace(told[0].field(page.number, page.origin), value=kind.slug)}


def _tells(found: Finding, kind: Kind) -> bool:
    return found.value == kind.slug or (found.name == "symbol" and kind_of_symbol(found.value) == kind)


def _chosen(
    first: PageObservations, own: Sequence[PageObservations], kind: Kind | None
) -> dict[str, tuple[Finding, PageObservations]]:
    """Return each field's finding and its page: head from the first page, signature from the first that has one."""
    chosen = {found.name: (found, first) for found in first.start.findings}
    signed = next((page for page in own if any(found.name == "signer_title" for found in page.signature)), None)
    signed = signed or next((page for page in own if page.signature), None)
    if signed is not None:
        chosen.update({found.name: (found, signed) for found in signed.signature})
        closing = (("issue_date", signed.closing_date), ("place", signed.closing_place))
        chosen.update({name: (found, signed) for name, found in closing if found is not None and name not in chosen})
    for page in own:
        wanted = page.labelled if kind is not None and kind.holder else _codes(page.labelled)
        for found in _holder(wanted):
            chosen.setdefault(found.name, (found, page))
    return chosen


def _codes(labelled: Sequence[Finding]) -> list[Finding]:
    return [found for found in labelled if found.name in ("dossier_code", "procedure_code")]


def _holder(labelled: Sequence[Finding]) -> list[Finding]:
    """Return labelled findings under their fields' names.

    An organisation wins over a person, a person over an establishment; a number counts only with the name it belongs
    to: the personal number on an organisation's paper is its representative's.
    """
    names = [found.name for found in labelled]
    who = next((name for name in ("organisation", "person", "establishment") if name in names), None)
    renamed = {who: "holder_name", f"{who}_id": "holder_id"}
    told = {"organisation", "person", "establishment", "organisation_id", "person_id"}
    return [
        replace(found, name=renamed.get(found.name, found.name))
        for found in labelled
        if found.name in {*renamed} or found.name not in told
    ]


def _checks(own: Sequence[PageObservations]) -> dict[str, str]:
    checks: dict[str, str] = {}
    for page in own:
        for found in page.checks:
            if found.value:
                checks.setdefault(found.name, found.value)
    return checks


def _doubtful_problems(chosen: dict[str, tuple[Finding, PageObservations]]) -> list[Problem]:
    return [
        Problem("doubtful_field", {"sure": found.value} if found.value else {}, field=name, page=page.number)
        for name, (found, page) in chosen.items()
        if found.doubtful
    ]


def _missing(chosen: dict[str, tuple[Finding, PageObservations]], page: int) -> list[Problem]:
    """Return a problem for each of number and date that was not seen at all; an unreadable one is doubtful instead."""
    return [Problem("field_missing", field=name, page=page) for name in _NEEDED if name not in chosen]
