"""Recognise: the words of one page image, upright or not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2

from archive.ingest.enhance.prepare import (
    Prepared,
    at_reading_scale,
    extract_ink,
    is_blank,
    prepare,
)
from archive.model.image import PageImage
from archive.model.pages import Box, Line, PageText
from archive.ocr.engine import OcrEngine

_POOR = 0.62  # mean confidence below which a page may be upside down (ADR 8.4)
_LONG_WORD = 3  # letters; shorter words may be taller than wide
_LEAD = 0.04  # by how much the confidence upside down must be higher: a bad copy reads badly both ways


@dataclass(frozen=True, slots=True)
class Recognition:
    """The result of reading a page: boxes in mm on the page as stored, ``rotation`` in degrees clockwise to upright.

    ``blank``: blank paper. A page that is not blank may still have no words (a lone stamp, a drawing).
    """

    text: PageText
    blank: bool
    rotation: int


def recognise(image: PageImage, engine: OcrEngine) -> Recognition:
    """Return the words of ``image``, which is a page as stored.

    Raises PageUnreadable (no usable pixels, or the engine gave up) or EngineUnavailable.
    """
    cv2.setNumThreads(1)  # one process a core (ADR 8.7): more threads would only compete
    page = at_reading_scale(image)
    if is_blank(page):
        return Recognition(PageText((), engine.identity), blank=True, rotation=0)
    ink = extract_ink(page)
    prepared = prepare(ink)
    text = engine.read(prepared.image)
    if _runs_upright(text):
        prepared = prepare(ink, sideways=prepared.rotation == 0)
        text = engine.read(prepared.image)
    if text.confidence is not None and text.confidence < _POOR:
        prepared, text = _surer_way_up(prepared, text, engine)
    return Recognition(_on_stored_page(text, prepared, image), blank=False, rotation=prepared.rotation)


def _runs_upright(text: PageText) -> bool:
    """Return True when most words are taller than wide: the engine reads such lines, but the page lies on its side."""
    long = [word.box for word in text.words if len(word.text) >= _LONG_WORD]
    return 2 * sum(box.height > box.width for box in long) > len(long)


def _surer_way_up(prepared: Prepared, text: PageText, engine: OcrEngine) -> tuple[Prepared, PageText]:
    """Return the page as it is or upside down, whichever the engine reads with clearly higher confidence."""
    other = prepared.upside_down()
    other_text = engine.read(other.image)
    if (other_text.confidence or 0.0) > (text.confidence or 0.0) + _LEAD:
        return other, other_text
    return prepared, text


def _on_stored_page(text: PageText, prepared: Prepared, stored: PageImage) -> PageText:
    """Return ``text`` with its boxes traced back to the page as stored, kept within its edges."""

    def trace(box: Box) -> Box:
        left, top, right, bottom = prepared.to_stored.box(box)
        width, height = stored.canvas_width_mm, stored.canvas_height_mm
        return Box(
            min(max(left, 0.0), width),
            min(max(top, 0.0), height),
            min(max(right, 0.0), width),
            min(max(bottom, 0.0), height),
        )

    lines = tuple(Line(tuple(replace(word, box=trace(word.box)) for word in line.words)) for line in text.lines)
    return PageText(lines, text.engine)
