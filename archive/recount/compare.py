"""Comparison of recount and ledger: every difference, in words for an auditor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from archive.messages.catalogue import quantity, tr
from archive.model.counting import PageFacts
from archive.model.ledger import ScanOutcome
from archive.model.pages import PageEntry, PageShape, SizeOrigin
from archive.recount.measured_page import MeasuredPage
from archive.rules.counting.facts import with_decisions

SIZE_SLACK_MM = 1.0  # page boxes are rounded to points (0.35 mm), raster dpi to whole numbers
DPI_SLACK = 0.01


class DifferenceKind(StrEnum):
    """Kinds of differences; stable slugs."""

    MISSING = "missing"  # in the ledger, not in the original
    EXTRA = "extra"  # in the original, not in the ledger
    NOT_MEASURED = "not_measured"  # one of the two could not measure the page
    PROOF = "proof"  # only one of the two has a proven size, or only one calls the page scanned
    SIZE = "size"
    DPI = "dpi"
    COLOUR = "colour"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference on one page: what the ledger says, what the recount says, and both as a sentence."""

    kind: DifferenceKind
    page: int
    ledger: str
    recount: str

    @property
    def message(self) -> str:
        """The difference as a sentence."""
        return tr("recount.difference", page=self.page, ledger=self.ledger, recount=self.recount)


def compare(measured: Sequence[MeasuredPage], entries: Sequence[PageEntry]) -> tuple[Difference, ...]:
    """Return the differences between a scan measured again and its pages in the ledger, by page."""
    found = {page.number: page for page in measured}
    known = {entry.number: entry for entry in entries}
    differences: list[Difference] = []
    for number in sorted(found.keys() | known.keys()):
        page, entry = found.get(number), known.get(number)
        if page is None:
            has = tr("recount.has_pages", pages=quantity("page", len(found)))
            differences.append(Difference(DifferenceKind.MISSING, number, tr("recount.that_there_is_such_a_page"), has))
        elif entry is None:
            only = tr("recount.pages_only", pages=quantity("page", len(known)))
            differences.append(Difference(DifferenceKind.EXTRA, number, only, tr("recount.has_this_page_too")))
        else:
            differences += _differences(page, entry)
    return tuple(differences)


def recounted_facts(
    measured: MeasuredPage | None, entry: PageEntry, scan_outcome: ScanOutcome = ScanOutcome.STORED
) -> PageFacts:
    """Return the facts of a page with the ledger's outcomes and people's decisions, and the recount's measures.

    ``measured`` is None when the original does not have the page; like a page that could not be measured,
    that proves no size.
    """
    if measured is None:
        return with_decisions(PageFacts(scan_outcome, entry.outcome.value, None, None, None, None, None), entry)
    facts = PageFacts(
        scan_outcome=scan_outcome,
        outcome=entry.outcome.value,
        size_origin=measured.size_origin.value if measured.size_origin else None,
        width_mm=None if measured.width_mm is None else round(measured.width_mm, 1),
        height_mm=None if measured.height_mm is None else round(measured.height_mm, 1),
        dpi=None if measured.dpi is None else float(round(measured.dpi)),
        colour=measured.colour.value if measured.colour else None,
    )
    return with_decisions(facts, entry)


def _differences(page: MeasuredPage, entry: PageEntry) -> list[Difference]:
    shape = entry.shape
    if page.size_origin is None or shape is None:
        if page.size_origin is None and shape is None:
            return []  # both failed on the same page: no contradiction
        ledger = tr("recount.that_it_could_not_be_measured") if shape is None else _sides(shape)
        recounted = (
            tr("recount.cannot_be_measured", reason=page.reason)
            if page.size_origin is None
            else tr("recount.is", what=_sides(page))
        )
        return [Difference(DifferenceKind.NOT_MEASURED, page.number, ledger, recounted)]
    mine, theirs = _standing(page.size_origin), _standing(shape.size_origin)
    if mine != theirs:
        return [
            Difference(
                DifferenceKind.PROOF,
                page.number,
                tr("recount.standing", standing=theirs, sides=_sides(shape)),
                tr("recount.is", what=tr("recount.standing", standing=mine, sides=_sides(page))),
            )
        ]
    found = []
    if _sizes_differ(page, shape):
        found.append(Difference(DifferenceKind.SIZE, page.number, _sides(shape), tr("recount.is", what=_sides(page))))
    if page.dpi is not None and shape.dpi is not None and abs(page.dpi - shape.dpi) > DPI_SLACK * shape.dpi:
        found.append(
            Difference(
                DifferenceKind.DPI, page.number, tr("recount.dpi", dpi=shape.dpi), tr("recount.has_dpi", dpi=page.dpi)
            )
        )
    if page.colour is not shape.colour:
        found.append(
            Difference(DifferenceKind.COLOUR, page.number, str(shape.colour), tr("recount.is", what=page.colour))
        )
    return found


def _standing(origin: SizeOrigin) -> str:
    if origin is SizeOrigin.BORN_DIGITAL:
        return tr("recount.born_digital")
    return tr("recount.of_proven_size") if origin.proven else tr("recount.of_unproven_size")


def _sides(page: MeasuredPage | PageShape) -> str:
    if page.width_mm is None or page.height_mm is None:
        return tr("recount.of_unknown_size")
    return tr("recount.sides", width=page.width_mm, height=page.height_mm)


def _sizes_differ(page: MeasuredPage, shape: PageShape) -> bool:
    pairs = ((page.width_mm, shape.width_mm), (page.height_mm, shape.height_mm))
    return any(mine is not None and theirs is not None and abs(mine - theirs) > SIZE_SLACK_MM for mine, theirs in pairs)
