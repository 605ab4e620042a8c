"""Images of a PDF page that no viewer shows; used only for screening."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import pikepdf
import pypdfium2 as pdfium

from archive.errors import ArchiveError
from archive.ingest.common.jpeg_layout import jpeg_layout
from archive.ingest.common.limits import reduction
from archive.ingest.common.sizes import PaperSize, PixelSize, assumed_paper
from archive.ingest.pdf import render
from archive.ingest.pdf.analysis import PageAnalysis
from archive.ingest.pdf.content.interpreter import PageContents
from archive.ingest.pdf.coordinates import Frame, Rectangle
from archive.ingest.pdf.hidden.invisible_images import InlineImageHiddenError, TooManyImagesError, invisible_images
from archive.ingest.pdf.hidden.outside_box import windows
from archive.ingest.pdf.single_image import render_image
from archive.ingest.raster.hidden.pictures import HIDDEN_PICTURE, FoundPictures, search_after_end
from archive.model.image import PageImage
from archive.model.limits import Limits
from archive.model.pages import MM_PER_INCH

HIDDEN_LAYER = "hidden_layer"
OUTSIDE = "outside_the_page"
_DARK, _LIGHT = 128, 200
_DPI = 200.0
_MIN_DPI = 100.0  # the lowest dpi at which a mark is readable
_SIDE = 3_508  # pixels of the longer side: an A4 at 300 dpi
_MAX_PICTURES = 40  # of one page; screening each takes as long as the page itself


class PdfCopies(Protocol):
    """The opened PDF, and copies in memory that show more of it."""

    def opened(self, number: int) -> AbstractContextManager[pdfium.PdfPage]:
        """Open pdfium's page ``number``. Every error inside is raised as PageUnreadable."""

    def with_box(self, number: int, box: Rectangle) -> AbstractContextManager[pdfium.PdfPage]:
        """Open a copy of page ``number`` that shows ``box``."""

    def with_all_layers(self, number: int) -> AbstractContextManager[pdfium.PdfPage]:
        """Open a copy of page ``number`` that shows all optional content."""

    def unpainted_images(self, number: int) -> list[pikepdf.Object] | None:
        """Return the images that no page paints, for the first page; None when there are too many to search."""


@dataclass
class HiddenImages:
    """Images, and slugs of the content that could not be rendered."""

    pictures: list[PageImage] = field(default_factory=list)
    unscreened: set[str] = field(default_factory=set)


def hidden_images_of(source: PdfCopies, number: int, found: PageAnalysis, limits: Limits) -> HiddenImages:
    """Return the hidden images of page ``number``; none when qpdf cannot read the file.

    Raises PageUnreadable when the page cannot be opened.
    """
    hidden, contents = HiddenImages(), found.contents
    if contents is None:
        return hidden  # ``PdfDocument.unscreened`` reports it
    frame, unpainted_images = found.survey.frame, source.unpainted_images(number)
    alone = unpainted_images or []
    with source.opened(number) as opened:
        outside = windows(opened, frame.visible)
        try:
            alone += invisible_images(opened, found, contents, limits).values()
        except (TooManyImagesError, InlineImageHiddenError):
            hidden.unscreened.add(HIDDEN_PICTURE)
    if any(picture.image is None and picture.hidden and picture.in_note for picture in contents.pictures):
        hidden.unscreened.add(HIDDEN_PICTURE)
    _add_trailing(hidden, contents, limits)
    if unpainted_images is None or len(alone) > _MAX_PICTURES:
        hidden.unscreened.add(HIDDEN_PICTURE)
    for image in alone[:_MAX_PICTURES]:
        _add_alone(hidden, image, limits)
    if outside is None:
        hidden.unscreened.add(OUTSIDE)
    for window in outside or ():
        give = partial(source.with_box, number, window)
        _add_page(hidden, give, frame._replace(visible=window), OUTSIDE, limits)
    if contents.hides:
        _add_page(hidden, partial(source.with_all_layers, number), frame, HIDDEN_LAYER, limits)
    return hidden


def _add_trailing(hidden: HiddenImages, contents: PageContents, limits: Limits) -> None:
    """Add images after the end of JPEG data: a camera's second image may be stored after the first."""
    found_pictures, done = FoundPictures(), set[tuple[int, int]]()
    for picture in contents.pictures:
        image = picture.image
        if image is None or image.objgen in done or image.get("/Filter") != "/DCTDecode":
            continue
        done.add(image.objgen)
        data = bytes(image.read_raw_bytes())
        search_after_end(found_pictures, data, jpeg_layout(data).end + 2, limits)
    hidden.pictures += found_pictures.pictures
    hidden.unscreened |= found_pictures.unscreened


def _add_alone(hidden: HiddenImages, image: pikepdf.Object, limits: Limits) -> None:
    try:
        pixels = PixelSize(int(image.Width), int(image.Height))
        drawn = render_image(image, limits, side=min(max(pixels), _SIDE), grey=False)
    except Exception:  # any damage: the image is in the file but was not screened
        hidden.unscreened.add(HIDDEN_PICTURE)
        return
    paper = assumed_paper(PixelSize(drawn.shape[1], drawn.shape[0]))
    hidden.pictures.append(PageImage(drawn, *paper))
    if drawn.mean() < _DARK and drawn.max() > _LIGHT:  # letters in a mask are white on black
        hidden.pictures.append(PageImage(255 - drawn, *paper))


def _add_page(
    hidden: HiddenImages,
    give: Callable[[], AbstractContextManager[pdfium.PdfPage]],
    frame: Frame,
    slug: str,
    limits: Limits,
) -> None:
    paper = frame.paper
    size = _pixels(paper, _DPI)
    size = _pixels(paper, _DPI / reduction(size, limits))
    if size.width / paper.width * MM_PER_INCH < _MIN_DPI:
        hidden.unscreened.add(slug)
        return
    try:
        with give() as page:
            hidden.pictures.append(PageImage(render.rendered(page, size, grey=False), *paper))
    except (ArchiveError, ValueError):  # the copy cannot be made: it is too large, or qpdf cannot write it
        hidden.unscreened.add(slug)


def _pixels(paper: PaperSize, dpi: float) -> PixelSize:
    scale = dpi / MM_PER_INCH
    return PixelSize(max(1, round(paper.width * scale)), max(1, round(paper.height * scale)))
