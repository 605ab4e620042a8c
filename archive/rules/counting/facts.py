"""Facts of a page for counting: what the import found, with what people decided about it (model/pages.py)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from archive.model.counting import PageFacts
from archive.model.ledger import ScanOutcome
from archive.model.pages import MM_PER_INCH, ExclusionState, Measure, PageEntry, PageShape

MEASURED: Final = "measured"  # the size origin of a page that a person measured on the paper
_A3_MM2, _A0_MM2 = 297 * 420, 841 * 1189
_PERCENT: Final = 110  # as in the rule sets: a sheet that is cut badly is no larger size


def page_facts(scan_outcome: ScanOutcome, page: PageEntry) -> PageFacts:
    """Return the facts of a page in the ledger: millimetres rounded to 0.1, dpi to 1."""
    shape = page.shape
    if shape is None:
        facts = PageFacts(scan_outcome, page.outcome.value, None, None, None, None, None)
    else:
        facts = PageFacts(
            scan_outcome=scan_outcome,
            outcome=page.outcome.value,
            size_origin=shape.size_origin.value,
            width_mm=_tenths(shape.width_mm),
            height_mm=_tenths(shape.height_mm),
            dpi=None if shape.dpi is None else float(round(shape.dpi)),
            colour=None if shape.colour is None else shape.colour.value,
        )
    return with_decisions(facts, page)


def with_decisions(facts: PageFacts, page: PageEntry) -> PageFacts:
    """Return facts with a person's measure in place of the import's, and with a pending or upheld exclusion."""
    measure, exclusion = page.measure, page.exclusion
    if measure is not None and is_settled(measure):
        facts = replace(
            facts,
            size_origin=MEASURED,
            width_mm=_tenths(measure.width_mm),
            height_mm=_tenths(measure.height_mm),
            dpi=_dpi(page.shape, measure),
        )
    if exclusion is not None and exclusion.state is not ExclusionState.DROPPED:
        facts = replace(facts, exclusion=exclusion.state.value)
    return facts


def is_settled(measure: Measure) -> bool:
    """Return True when as many people gave this size as it needs."""
    signed = len({sign_off.actor for sign_off in measure.settled_by})
    return signed > needs_second_person(measure.width_mm, measure.height_mm)


def needs_second_person(width_mm: float, height_mm: float) -> bool:
    """Return True for a sheet above A3: it is paid fourfold or more, so that a second person must measure the same."""
    return _is_above(width_mm, height_mm, _A3_MM2)


def is_above_a0(width_mm: float, height_mm: float) -> bool:
    """Return True for a sheet above A0: no rule set counts it by its size."""
    return _is_above(width_mm, height_mm, _A0_MM2)


def _is_above(width_mm: float, height_mm: float, area_mm2: int) -> bool:
    """Return True for an area above another with the tolerance, in whole numbers, as judge.py compares them."""
    return round(width_mm * 10) * round(height_mm * 10) > area_mm2 * _PERCENT


def _dpi(shape: PageShape | None, measure: Measure) -> float | None:
    """Return the dpi of the poorer axis that follows from a measure, the page lying as its image does."""
    if shape is None or not shape.pixel_width or not shape.pixel_height:
        return None
    sides = sorted((measure.width_mm, measure.height_mm))
    pixels = sorted((shape.pixel_width, shape.pixel_height))
    return float(round(min(pixel / side for pixel, side in zip(pixels, sides, strict=True)) * MM_PER_INCH))


def _tenths(value: float | None) -> float | None:
    return None if value is None else float(round(value, 1))
