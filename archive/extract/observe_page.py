"""Observe one page: from its words to all findings about its result."""

from __future__ import annotations

from dataclasses import replace

from archive.extract.date_line import date_line
from archive.extract.findings import Finding, PageObservations, ResultStart
from archive.extract.header import Header, read_header
from archive.extract.heading import Heading, read_heading
from archive.extract.holder import read_labels
from archive.extract.layout import UprightPage, upright
from archive.extract.number_line import number_line
from archive.extract.phrases import opens_with
from archive.extract.signature import read_signature
from archive.model.pages import Origin, PageShape, PageText

# Business certificates print their dates under the title; the last change is the issue of this paper.
_REGISTERED = ("dang ki lan", "dang ki thai doi", "cap lan", "cap thai doi", "cap lai")


def observe_page(page_number: int, text: PageText, shape: PageShape, origin: Origin) -> PageObservations:
    """Return the observations of page ``page_number`` (from 1); small and picklable, however long the text is.

    ``text`` has its boxes in mm on the page as stored; the page may lie on its side or upside down.
    """
    page = upright(text, shape)
    head = read_header(page)
    heading = read_heading(page, head)
    signature = read_signature(page)
    labelled, checks = read_labels([line for line in page.lines if line.middle > head.bottom])
    return PageObservations(
        number=page_number,
        origin=origin,
        start=_start(page, head, heading),
        signature=signature.findings,
        closing_date=signature.closing_date,
        closing_place=signature.closing_place,
        labelled=_first_of_each(labelled),
        checks=_first_of_each(checks),
    )


def _start(page: UprightPage, head: Header, heading: Heading) -> ResultStart:
    """Return the page's head and title as one; a number that stands under the title counts where the head has none."""
    findings = [*head.findings, *heading.findings]
    if not any(found.name in ("number", "symbol") for found in findings):
        findings.extend(next((found for line in heading.below if (found := number_line(line))), ()))
    if not any(found.name == "issue_date" for found in findings):
        registered = [line for line in heading.below if opens_with(line, _REGISTERED)]
        findings.extend(found for line in registered[-1:] for found in date_line(line) if found.name == "issue_date")
    return ResultStart(tuple(findings), heading.kind, head.emblem, heading.letter, heading.enclosed, heading.title)


def _first_of_each(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the first finding of each name: forms name the paper's own holder before parents, spouses, officers.

    The first one wins even when it is doubtful and a later one is sure.
    """
    kept: dict[str, Finding] = {}
    for found in findings:
        kept.setdefault(found.name, found)
    return tuple(replace(found, printed=found.printed[:500]) for found in kept.values())
