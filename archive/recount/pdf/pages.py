"""PDF pages: their boxes, and whether the images on them prove those."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pikepdf

from archive.errors import Encrypted, Unreadable
from archive.messages.catalogue import tr
from archive.model.pages import SizeOrigin
from archive.recount.measured_page import MeasuredPage, is_above_a0
from archive.recount.pdf.interpreter import Content, ContentError, read_content
from archive.recount.pdf.optional_content import Layers
from archive.recount.pdf.page_box import PageBox, coverage, effective_density, is_shown, page_box_of, share
from archive.recount.pdf.placement import Placement
from archive.recount.pdf.scan_layers import (
    NEARLY_ALL,
    colour_of,
    contains_page_ink,
    finest_layer,
    is_background,
    main_image,
)
from archive.recount.pdf.tree import leaves

MIN_SCAN_DPI = 36.0  # coarser images under text are the page's background, not its scan
MIN_LOOSE = 250_000  # pixels: smaller images in patterns, notes and glyphs are ornaments and signatures

_CONTENTS = re.compile(rb"/Contents\s*\[?((?:\s*\d{1,10}\s+\d{1,5}\s+R)+)")
_CHUNK, _OVERLAP = 1 << 22, 1 << 12


def measure_pdf(file: BinaryIO) -> tuple[MeasuredPage, ...]:
    """Return the pages of a PDF. Raises Encrypted when it asks for a password, else Unreadable."""
    file.seek(0)
    try:
        with _quiet(), pikepdf.open(file, inherit_page_attributes=False) as pdf:
            measuring = _PageMeasurer(pdf, file)
            pages = tuple(measuring.page(number, page) for number, page in enumerate(leaves(pdf), start=1))
    except pikepdf.PasswordError as error:
        raise Encrypted(tr("recount.it_asks_for_a_password_ask")) from error
    except Exception as error:  # qpdf raises many kinds of errors for damage
        raise Unreadable(tr("recount.its_pages_cannot_be_found_the")) from error
    if not pages:
        raise Unreadable(tr("recount.it_is_a_pdf_without_pages"))
    return pages


class _PageMeasurer:
    """One PDF being measured."""

    def __init__(self, pdf: pikepdf.Pdf, file: BinaryIO) -> None:
        self._pdf = pdf
        self._file = file
        self._layers = Layers(pdf)
        self._lost: bool | None = None

    def page(self, number: int, page: pikepdf.Page) -> MeasuredPage:
        """Return the page's size and the evidence from its box and images together."""
        try:
            if "/Contents" not in page.obj and self._has_lost_contents():
                raise ContentError("contents are not in the file")
            page_box = page_box_of(page)
            content = read_content(page, page_box.box, self._layers)
            if not page_box.known:
                return _boxless(number, content)
            return self._measured(number, page_box, page, content)
        except Exception as error:  # as above; the other pages can still be measured
            return MeasuredPage(number, None, reason=tr("recount.its_page_is_damaged", error=type(error).__name__))

    def _measured(self, number: int, page_box: PageBox, page: pikepdf.Page, content: Content) -> MeasuredPage:
        shown = [placed for placed in content.images if is_shown(placed, page_box)]
        fine = [placed for placed in shown if min(effective_density(placed, page_box)) >= MIN_SCAN_DPI]
        if coverage(fine, page_box) >= NEARLY_ALL:
            if content.text and is_background(fine, page_box):
                return MeasuredPage(number, SizeOrigin.BORN_DIGITAL, *page_box.sides)
            return _scanned(number, page_box, fine, shown)
        if content.images_alone:
            fine = fine or shown
        loose = [placed for placed in content.loose if _is_large(placed) and share(placed, page_box) > 0]
        pictures = [*fine, *loose]
        if not pictures or not (content.images_alone or self._is_mostly(pictures, page, page_box)):
            return MeasuredPage(number, SizeOrigin.BORN_DIGITAL, *page_box.sides)
        # Images that do not fill the page are a scan of unknown paper size.
        colour = main_image(fine, page_box).raster.colour if fine else None
        return MeasuredPage(number, SizeOrigin.ASSUMED, colour=colour)

    def _is_mostly(self, pictures: list[Placement], page: pikepdf.Page, page_box: PageBox) -> bool:
        try:
            return contains_page_ink(self._pdf, page, pictures, page_box)
        except Exception:  # a page that poppler cannot render in time must be measured by a person
            return True

    def _has_lost_contents(self) -> bool:
        """True when the file refers to missing contents; qpdf does not report the page."""
        if self._lost is None:
            self._lost = any(
                self._pdf.get_object(number, generation) is None
                for text in self._texts()
                for number, generation in _asked(text)
            )
        return self._lost

    def _texts(self) -> Iterator[bytes]:
        self._file.seek(0)
        text = b""
        while chunk := self._file.read(_CHUNK):
            text = text[-_OVERLAP:] + chunk
            yield text
        for item in self._pdf.objects:
            if isinstance(item, pikepdf.Stream) and item.get("/Type") == "/ObjStm":
                yield item.read_bytes()


def _scanned(number: int, page_box: PageBox, images: list[Placement], shown: list[Placement]) -> MeasuredPage:
    """Return a page that ``images`` fill; ``shown`` also has images so coarse that only their masks matter."""
    main = main_image(images, page_box)
    layer = finest_layer(shown, main, page_box)
    density, colour = effective_density(layer, page_box), colour_of(images, page_box)
    stated = layer.raster.densities[:1] if layer is main else ()
    if any(each.is_measured() and each.contradicts(density) for each in stated):
        return MeasuredPage(number, SizeOrigin.CONFLICT, colour=colour)
    if density.is_default() or is_above_a0(*page_box.sides):
        return MeasuredPage(number, SizeOrigin.ASSUMED, colour=colour)
    return MeasuredPage(number, SizeOrigin.PAGE_BOX, *page_box.sides, min(density), colour)


def _boxless(number: int, content: Content) -> MeasuredPage:
    """Measure a page without a box: its size is not known, unless it was never scanned."""
    pictures = content.images
    if not pictures and not any(map(_is_large, content.loose)) and not content.images_alone:
        return MeasuredPage(number, SizeOrigin.BORN_DIGITAL)
    largest = max(pictures, key=lambda placed: placed.raster.width * placed.raster.height, default=None)
    return MeasuredPage(number, SizeOrigin.ASSUMED, colour=largest.raster.colour if largest else None)


def _is_large(placed: Placement) -> bool:
    return placed.raster.width * placed.raster.height >= MIN_LOOSE


def _asked(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield the objects that ``text`` names as contents."""
    for found in _CONTENTS.finditer(text):
        words = found[1].split()
        yield from ((int(number), int(generation)) for number, generation in zip(words[::3], words[1::3], strict=True))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep qpdf's warnings about damage off the terminal: the recount reports what it cannot measure."""
    handler, logger = logging.NullHandler(), logging.getLogger("pikepdf")
    logger.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.removeHandler(handler)
