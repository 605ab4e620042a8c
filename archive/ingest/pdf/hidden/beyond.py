"""Pictures of what a PDF page holds and does not show, made to be screened for secret marks and for nothing else."""

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
from archive.ingest.pdf.alone import drawn_alone
from archive.ingest.pdf.content.painted import Contents
from archive.ingest.pdf.findings import Findings
from archive.ingest.pdf.frame import Frame, Rectangle
from archive.ingest.pdf.hidden.outside import windows
from archive.ingest.pdf.hidden.unseen import Bare, TooMany, unseen
from archive.ingest.raster.hidden.pictures import HIDDEN_PICTURE, Within, after_the_end
from archive.model.image import PageImage
from archive.model.limits import Limits
from archive.model.pages import MM_PER_INCH

HIDDEN_LAYER = "hidden_layer"
OUTSIDE = "outside_the_page"
_DARK, _LIGHT = 128, 200
_DPI = 200.0
_LEAST_DPI = 100.0  # a mark can be read from here on
_SIDE = 3_508  # pixels of the longer side: an A4 at 300 dpi
_MOST_PICTURES = 40  # of one page; each takes as long as the page itself


class Copies(Protocol):
    """The opened PDF, and copies of it in memory that show more."""

    def opened(self, number: int) -> AbstractContextManager[pdfium.PdfPage]:
        """Give pdfium's page ``number`` for a while. Raises PageUnreadable for whatever fails inside."""

    def widened(self, number: int, box: Rectangle) -> AbstractContextManager[pdfium.PdfPage]:
        """Give a copy of page ``number`` that shows ``box``."""

    def unlayered(self, number: int) -> AbstractContextManager[pdfium.PdfPage]:
        """Give a copy of page ``number`` that shows all optional content."""

    def orphans(self, number: int) -> list[pikepdf.Object] | None:
        """Return the pictures that no page paints, with the first page; None when they are too many to be found."""


@dataclass
class Beyond:
    """Pictures, and slugs of what could not be had."""

    pictures: list[PageImage] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)


def beyond_of(source: Copies, number: int, found: Findings, limits: Limits) -> Beyond:
    """Return what page ``number`` holds and does not show; nothing when qpdf cannot read the file.

    Raises PageUnreadable when the page cannot be opened.
    """
    beyond, contents = Beyond(), found.contents
    if contents is None:
        return beyond  # the file as a whole says so
    frame, orphans = found.survey.frame, source.orphans(number)
    alone = orphans or []
    with source.opened(number) as opened:
        outside = windows(opened, frame.visible)
        try:
            alone += unseen(opened, found, contents, limits).values()
        except (TooMany, Bare):
            beyond.unread.add(HIDDEN_PICTURE)
    if any(picture.image is None and picture.hidden and picture.in_note for picture in contents.pictures):
        beyond.unread.add(HIDDEN_PICTURE)
    _add_trailing(beyond, contents, limits)
    if orphans is None or len(alone) > _MOST_PICTURES:
        beyond.unread.add(HIDDEN_PICTURE)
    for image in alone[:_MOST_PICTURES]:
        _add_alone(beyond, image, limits)
    if outside is None:
        beyond.unread.add(OUTSIDE)
    for window in outside or ():
        give = partial(source.widened, number, window)
        _add_page(beyond, give, frame._replace(visible=window), OUTSIDE, limits)
    if contents.hides:
        _add_page(beyond, partial(source.unlayered, number), frame, HIDDEN_LAYER, limits)
    return beyond


def _add_trailing(beyond: Beyond, contents: Contents, limits: Limits) -> None:
    """Add what follows the end of JPEGs: a camera's second picture goes into the PDF with the first."""
    within, done = Within(), set[tuple[int, int]]()
    for picture in contents.pictures:
        image = picture.image
        if image is None or image.objgen in done or image.get("/Filter") != "/DCTDecode":
            continue
        done.add(image.objgen)
        data = bytes(image.read_raw_bytes())
        after_the_end(within, data, jpeg_layout(data).end + 2, limits)
    beyond.pictures += within.pictures
    beyond.unread |= within.unread


def _add_alone(beyond: Beyond, image: pikepdf.Object, limits: Limits) -> None:
    try:
        pixels = PixelSize(int(image.Width), int(image.Height))
        drawn = drawn_alone(image, limits, side=min(max(pixels), _SIDE), grey=False)
    except Exception:  # whatever ails the picture: it is in the file, and nobody has seen it
        beyond.unread.add(HIDDEN_PICTURE)
        return
    paper = assumed_paper(PixelSize(drawn.shape[1], drawn.shape[0]))
    beyond.pictures.append(PageImage(drawn, *paper))
    if drawn.mean() < _DARK and drawn.max() > _LIGHT:  # a mask keeps letters white on black
        beyond.pictures.append(PageImage(255 - drawn, *paper))


def _add_page(
    beyond: Beyond, give: Callable[[], AbstractContextManager[pdfium.PdfPage]], frame: Frame, slug: str, limits: Limits
) -> None:
    paper = frame.paper
    size = _pixels(paper, _DPI)
    size = _pixels(paper, _DPI / reduction(size, limits))
    if size.width / paper.width * MM_PER_INCH < _LEAST_DPI:
        beyond.unread.add(slug)
        return
    try:
        with give() as page:
            beyond.pictures.append(PageImage(render.rendered(page, size, grey=False), *paper))
    except (ArchiveError, ValueError):  # the copy cannot be made: it is too large, or qpdf cannot write it
        beyond.unread.add(slug)


def _pixels(paper: PaperSize, dpi: float) -> PixelSize:
    scale = dpi / MM_PER_INCH
    return PixelSize(max(1, round(paper.width * scale)), max(1, round(paper.height * scale)))
