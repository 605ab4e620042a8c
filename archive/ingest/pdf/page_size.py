"""The shape of a PDF page: its size from the page box, compared with the images on it."""

from __future__ import annotations

from archive.ingest.common.sizes import (
    PixelSize,
    Resolution,
    born_digital_shape,
    partly_scanned_shape,
    scanned_shape,
)
from archive.ingest.pdf.analysis import PageAnalysis, PageKind
from archive.ingest.pdf.content.survey import PlacedImage
from archive.ingest.pdf.coordinates import Frame
from archive.model.pages import MM_PER_INCH, PageShape

BORN_DIGITAL_DPI = 200.0  # the norm's minimum (ADR 9); letters from outlines need no more
_WHOLE_IMAGE = 0.99  # from this share on the image's pixels are the page's


def shape_of(found: PageAnalysis) -> PageShape:
    """Return the shape of a page. Without a known UserUnit, or without a box, the page box proves nothing."""
    frame, layer = found.survey.frame, found.layer
    if found.kind is PageKind.DIGITAL:
        return born_digital_shape(frame.paper)
    if layer is None:
        return partly_scanned_shape(frame.paper, _of_page(frame, Resolution(BORN_DIGITAL_DPI, BORN_DIGITAL_DPI)), None)
    pixels = _pixels(layer, frame)
    if found.kind is PageKind.PARTLY or not (found.unit_known and found.box_known):
        return partly_scanned_shape(frame.paper, pixels, found.colour)
    return scanned_shape(frame.paper, pixels, layer.resolution(frame), found.density, found.colour)


def _pixels(image: PlacedImage, frame: Frame) -> PixelSize:
    """Return the pixels of the whole page at the resolution of ``image``, as displayed."""
    sideways = image.is_turned != frame.is_sideways
    if image.share(frame) >= _WHOLE_IMAGE and not image.overhangs(frame):
        width, height = image.pixels
        return PixelSize(height, width) if sideways else image.pixels
    dpi = image.resolution(frame)
    return _of_page(frame, dpi.turned() if sideways else dpi)


def _of_page(frame: Frame, dpi: Resolution) -> PixelSize:
    return PixelSize(
        max(1, round(frame.paper.width / MM_PER_INCH * dpi.x)), max(1, round(frame.paper.height / MM_PER_INCH * dpi.y))
    )
