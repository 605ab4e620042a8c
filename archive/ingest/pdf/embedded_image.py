"""Conditions under which the image of a PDF page is extracted instead of rendered, with no loss."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import pypdfium2 as pdfium
import pypdfium2.raw as c

from archive.ingest.pdf.content.survey import Survey
from archive.ingest.pdf.coordinates import Rectangle
from archive.ingest.pdf.images.facts import ImageFacts

_SLACK = 0.005  # share of the page by which image and page may differ: half a millimetre in ten centimetres
_SQUARE = 0.01
_MAX_SEGMENTS = 6  # a rectangle has four or five; others clip another shape


def is_extractable(item: pdfium.PdfImage, facts: ImageFacts, page: Survey) -> bool:
    """True when ``item``, the only image of ``page``, is the page: upright, unclipped, unmasked, with square pixels."""
    (image,) = page.images
    visible = page.frame.visible
    slack = _SLACK * min(visible.right - visible.left, visible.top - visible.bottom)
    dpi = image.resolution(page.frame)
    return (
        facts.plain
        and (facts.is_jpeg or image.pixels == image.declared)
        and image.is_upright
        and not image.nested  # a form may clip or blend its content
        and image.area.covers(visible, slack)
        and visible.covers(image.area, slack)
        and abs(dpi.x / dpi.y - 1) <= _SQUARE
        and not c.FPDFPageObj_HasTransparency(item)
        and all(cut.covers(visible, slack) for cut in cuts(item))
    )


def cuts(item: pdfium.PdfImage) -> Iterator[Rectangle]:
    """Yield the rectangles that clip ``item``; an empty one for any other shape."""
    clip = c.FPDFPageObj_GetClipPath(item)
    for path in range(c.FPDFClipPath_CountPaths(clip) if clip else 0):
        segments = c.FPDFClipPath_CountPathSegments(clip, path)
        points = [_point(clip, path, segment) for segment in range(min(segments, _MAX_SEGMENTS + 1))]
        if not points or segments > _MAX_SEGMENTS:
            yield Rectangle(0, 0, 0, 0)
            continue
        across, up = [x for x, _ in points], [y for _, y in points]
        yield Rectangle(min(across), min(up), max(across), max(up))


def _point(clip: c.FPDF_CLIPPATH, path: int, segment: int) -> tuple[float, float]:
    x, y = ctypes.c_float(), ctypes.c_float()
    c.FPDFPathSegment_GetPoint(c.FPDFClipPath_GetPathSegment(clip, path, segment), x, y)
    return x.value, y.value
