"""The shape of a PDF page: page box against the image on it."""

from __future__ import annotations

from archive.ingest.pdf_survey import PlacedImage, Survey
from archive.ingest.sizes import (
    PixelSize,
    Resolution,
    born_digital_shape,
    partly_scanned_shape,
    scanned_shape,
)
from archive.model.pages import MM_PER_INCH, Colour, PageShape

BORN_DIGITAL_DPI = 200.0  # the norm's least (ADR 9); letters drawn from outlines need no more
_WHOLE_IMAGE = 0.99  # from here on the page shows the image, and its pixels are the page's


def shape_of(page: Survey, density: Resolution | None, colour: Colour | None, unit_known: bool) -> PageShape:
    """Return the shape of a surveyed page; ``density`` is what its main image says of itself.

    Without a known UserUnit the page box proves nothing.
    """
    paper, main = page.frame.paper, page.main_image
    if main is None or (page.is_composed and not page.is_scan):
        return born_digital_shape(paper)
    if not page.is_scan or not unit_known:
        return partly_scanned_shape(paper, _pixels(page, main), colour)
    return scanned_shape(paper, _pixels(page, main), main.resolution(page.frame), density, colour)


def _pixels(page: Survey, main: PlacedImage) -> PixelSize:
    """Return the pixels of the whole page at the main image's resolution, as displayed."""
    sideways = main.is_turned != page.frame.is_sideways
    if main.share(page.frame) >= _WHOLE_IMAGE and not main.overhangs(page.frame):
        width, height = main.pixels
        return PixelSize(height, width) if sideways else main.pixels
    dpi = main.resolution(page.frame)
    across, down = (dpi.y, dpi.x) if sideways else (dpi.x, dpi.y)
    paper = page.frame.paper
    return PixelSize(
        max(1, round(paper.width / MM_PER_INCH * across)), max(1, round(paper.height / MM_PER_INCH * down))
    )
