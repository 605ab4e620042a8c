"""PdfPage: one page of a PDF, with its size, text and image."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import pikepdf
import pypdfium2 as pdfium

from archive.errors import TooLarge
from archive.ingest.common.limits import reduction
from archive.ingest.common.sizes import PaperSize, PixelSize, size_problems
from archive.ingest.common.truncation import ENDS_EARLY, TruncatedDataError
from archive.ingest.pdf import render
from archive.ingest.pdf.analysis import PageAnalysis, analyse_page, check_allowed, ink_size
from archive.ingest.pdf.completeness import is_complete
from archive.ingest.pdf.content.interpreter import PageContents
from archive.ingest.pdf.content.survey import PlacedImage, image_objects
from archive.ingest.pdf.embedded_image import is_extractable
from archive.ingest.pdf.hidden.hidden_images import HiddenImages, PdfCopies, hidden_images_of
from archive.ingest.pdf.page_size import BORN_DIGITAL_DPI, shape_of
from archive.ingest.pdf.text.coverage import text_accounts_for_ink
from archive.ingest.pdf.text.layer import stored_words, visible_text
from archive.model.image import PageImage, Pixels
from archive.model.limits import Limits
from archive.model.pages import MM_PER_INCH, Colour, PageShape, PageText
from archive.model.results import Problem
from archive.rules.secrecy.words import may_hold_degree

_BEST_DPI = 300.0  # more adds nothing to reading
_MAX_CHECKED = 500  # images of one page whose data are checked for completeness
_SLACK = 0.01  # a scan of 300 dpi may come out as 301
_LARGE_SHARE = 0.1  # of the page: an image whose damage would matter


class PageSource(PdfCopies, Protocol):
    """The opened PDF, as a page sees it."""

    def flattened(self, number: int) -> AbstractContextManager[pdfium.PdfPage | None]:
        """Open a copy of page ``number`` with annotations and form fields as content; None if that fails."""

    def dictionary(self, number: int) -> pikepdf.Page | None:
        """Return page ``number`` as qpdf sees it, None when it does not."""

    def contents(self, number: int) -> PageContents | None:
        """Return what page ``number`` paints as qpdf sees it, None when it does not. Raises PageUnreadable."""


class PdfPage:
    """One page of a PDF; a StoredPage."""

    def __init__(self, source: PageSource, number: int, path: Path, limits: Limits) -> None:
        self._source = source
        self._number = number
        self._path = path
        self._limits = limits
        self._incomplete: frozenset[PlacedImage] | None = None

    @property
    def number(self) -> int:
        """Position in the scan, from 1."""
        return self._number

    @cached_property
    def shape(self) -> PageShape:
        """Size, dpi and colour from page box and image headers. Raises PageUnreadable."""
        return shape_of(self._analysis)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """A size that the page's own image contradicts."""
        return size_problems(self.shape, self._number, "box_and_image")

    @property
    def unscreened(self) -> tuple[str, ...]:
        """Slugs of the content of this page that cannot be screened. Raises PageUnreadable."""
        if not self._is_allowed():
            return ()
        with self._source.opened(self._number) as opened:
            found = {ENDS_EARLY} if self._incomplete_in(opened) else set()
        return tuple(sorted(found | self._hidden_images.unscreened))

    def hidden_images(self) -> tuple[PageImage, ...]:
        """Return images of the page's invisible content. Raises TooLarge or PageUnreadable."""
        self._check_allowed()
        return tuple(self._hidden_images.pictures)

    @cached_property
    def _hidden_images(self) -> HiddenImages:
        return hidden_images_of(self._source, self._number, self._analysis, self._limits)

    def text_layer(self) -> PageText | None:
        """Return the page's own text when it accounts for the ink; else None. Raises PageUnreadable.

        None for a scan with text over or behind it, because its reader and quality are unknown. Otherwise stamps count
        as text, because number and date of a signed letter are often stamped on it.
        """
        page = self._analysis.survey
        size = ink_size(page.frame, self._limits)
        if self._analysis.is_scan or not page.has_text or size is None or not self._is_allowed():
            return None
        source = self._source.flattened if page.has_stamp else self._source.opened
        with source(self._number) as opened:
            text = visible_text(opened, page.frame) if opened is not None else None
            if text is None or not text_accounts_for_ink(text, render.rendered(opened, size, grey=True), page):
                return None
        return text

    def stored_words(self) -> PageText | None:
        """Return all words of the page, visible or not; None when none of them can be a mark. Raises PageUnreadable."""
        with self._source.opened(self._number) as opened:
            return stored_words(opened, self._analysis.survey.frame, may_hold_degree)

    def image(self) -> PageImage:
        """Return the page's pixels as displayed: the image on it, or a rendering. Raises TooLarge or PageUnreadable."""
        self._check_allowed()
        shape = self.shape
        with self._source.opened(self._number) as opened:
            self._check_complete(opened)
            pixels = self._extracted(opened)
            if pixels is None:
                pixels = self._rendered(opened, shape)
        return PageImage(pixels, shape.canvas_width_mm, shape.canvas_height_mm)

    @cached_property
    def _analysis(self) -> PageAnalysis:
        contents = self._source.contents(self._number)
        with self._source.opened(self._number) as opened:
            return analyse_page(opened, self._source.dictionary(self._number), contents, self._number, self._limits)

    def _check_allowed(self) -> None:
        check_allowed(self._analysis.survey, self._analysis.facts, self._number, self._limits)

    def _is_allowed(self) -> bool:
        try:
            self._check_allowed()
        except TooLarge:
            return False
        return True

    def _extracted(self, opened: pdfium.PdfPage) -> Pixels | None:
        """Return the pixels of the one image of the page; None when it has to be rendered."""
        page = self._analysis.survey
        if not page.is_one_image:
            return None
        (image,) = page.images
        item, facts = image_objects(opened, page)[image], self._analysis.facts[image]
        if not is_extractable(item, facts, page):
            return None
        if facts.is_jpeg:
            pixels = render.extracted_jpeg(item, self._limits)
        else:
            if reduction(image.pixels, self._limits) > 1:
                return None  # the renderer reduces while it decodes
            decoded = render.extracted_bitmap(item)
            if decoded is None:
                return None
            pixels = decoded
        return np.ascontiguousarray(np.rot90(pixels, -page.frame.rotation // 90))

    def _rendered(self, opened: pdfium.PdfPage, shape: PageShape) -> Pixels:
        page = self._analysis.survey
        grey = not (page.is_composed or page.has_stamp or page.loose) and shape.colour in (Colour.GREY, Colour.BILEVEL)
        size = self._render_size(shape)
        pixels = render.rendered(opened, size, grey)
        if render.has_ink(pixels) or not self._holds_undecodable(opened):
            return pixels
        return render.rendered_by_poppler(self._path, self._number, size, grey, self._limits.page_seconds)

    def _render_size(self, shape: PageShape) -> PixelSize:
        """Return the pixels to render: at the images' own dpi up to 300, fewer when the page is large."""
        page = self._analysis.survey
        canvas = PaperSize(shape.canvas_width_mm, shape.canvas_height_mm)
        if self._analysis.is_scan and shape.pixel_width and shape.pixel_height:
            own = PixelSize(shape.pixel_width, shape.pixel_height)
            if self._keeps_pixels(own, canvas):
                return own
            dpi = max(own.width / canvas.width, own.height / canvas.height) * MM_PER_INCH
        else:
            min_dpi = _BEST_DPI if page.loose else BORN_DIGITAL_DPI  # the resolution of images in patterns is unknown
            dpi = max([min_dpi, *(max(image.resolution(page.frame)) for image in page.scan_images)])
        dpi = min(dpi, _BEST_DPI)
        return _pixels(canvas, dpi / reduction(_pixels(canvas, dpi), self._limits))

    def _keeps_pixels(self, own: PixelSize, canvas: PaperSize) -> bool:
        """True when each pixel of the image becomes one pixel of the page: not too many, and square."""
        across, down = own.width / canvas.width * MM_PER_INCH, own.height / canvas.height * MM_PER_INCH
        is_square = abs(across / down - 1) <= _SLACK
        return is_square and across <= _BEST_DPI * (1 + _SLACK) and reduction(own, self._limits) == 1

    def _check_complete(self, opened: pdfium.PdfPage) -> None:
        """Raise TruncatedDataError when the data of an image on a large part of the page end early."""
        frame = self._analysis.survey.frame
        if any(image.share(frame) >= _LARGE_SHARE for image in self._incomplete_in(opened)):
            raise TruncatedDataError("picture data end early")

    def _incomplete_in(self, opened: pdfium.PdfPage) -> frozenset[PlacedImage]:
        if self._incomplete is None:
            found = self._analysis
            items = image_objects(opened, found.survey)
            self._incomplete = frozenset(
                image
                for image in sorted(found.facts, key=lambda image: image.pixels.area, reverse=True)[:_MAX_CHECKED]
                if not is_complete(items[image], found.facts[image].bits, found.dictionaries)
            )
        return self._incomplete

    def _holds_undecodable(self, opened: pdfium.PdfPage) -> bool:
        items = image_objects(opened, self._analysis.survey)
        return not all(render.is_decodable(items[image]) for image in self._analysis.facts)


def _pixels(paper: PaperSize, dpi: float) -> PixelSize:
    scale = dpi / MM_PER_INCH
    return PixelSize(max(1, round(paper.width * scale)), max(1, round(paper.height * scale)))
