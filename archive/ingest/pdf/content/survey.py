"""Survey of the objects on a PDF page, without decoding: images, text, drawing, stamps."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as c

from archive.ingest.common.sizes import PixelSize, Resolution
from archive.ingest.pdf.content.interpreter import HIDDEN_FLAGS, PageContents, PaintedImage
from archive.ingest.pdf.coordinates import IDENTITY, UNIT_SQUARE, Frame, Matrix, Rectangle
from archive.ingest.pdf.images.coded_size import coded_size

FULL_PAGE = 0.95
_OVERHANG = 0.005  # of the shorter side
_GRID = 200  # cells a side; half a percent is finer than the 95 % that it decides
_MIN_SCAN_DPI = 36.0  # coarser images over the page are its background, not its scan
_MAX_OBJECTS = 50_000  # a page with more is a drawing; examining each would take longer than rendering it
_MAX_DEPTH = 10  # forms within forms
_MAX_COVERS = 1_000
MIN_COVER = 0.003  # of the page: a stamp of 30 by 6 mm on an A4
_HIDDEN_MODES = (3, 7)  # text rendering modes that leave no mark (ISO 32000-1, table 106)
_WHITE = 250
_MIN_LOOSE = 250_000  # pixels: smaller images in patterns, annotations and glyphs are ornaments and signatures
_UNSEEN_KINDS = (c.FPDF_ANNOT_LINK, c.FPDF_ANNOT_POPUP)


@dataclass(frozen=True, slots=True)
class PlacedImage:
    """One image where it stands. ``order`` is its position among the page's objects.

    ``pixels``: size in its data; ``declared``: size in its dictionary, which may be wrong for a JPEG.
    """

    order: int
    pixels: PixelSize
    declared: PixelSize
    matrix: Matrix
    nested: bool

    @property
    def area(self) -> Rectangle:
        """The rectangle around it, in page units."""
        return self.matrix.around(UNIT_SQUARE)

    @property
    def is_upright(self) -> bool:
        """True without rotation, mirroring or skew."""
        a, b, c_, d = self.matrix[:4]
        return a > 0 and d > 0 and math.hypot(b, c_) < 0.001 * min(a, d)

    @property
    def is_turned(self) -> bool:
        """True when its rows run up or down the page."""
        return abs(self.matrix.b) > abs(self.matrix.a)

    def share(self, frame: Frame) -> float:
        """Share of the visible page that it covers."""
        return coverage_share(self.area, frame.visible)

    def overhangs(self, frame: Frame) -> bool:
        """True when more of it than a rounding error lies outside the visible page."""
        left, bottom, right, top = frame.visible
        return not frame.visible.covers(self.area, _OVERHANG * min(right - left, top - bottom))

    def resolution(self, frame: Frame) -> Resolution:
        """Pixels per inch along the image's own axes."""
        inch = frame.mm_per_unit / 25.4
        across = math.hypot(self.matrix.a, self.matrix.b) * inch
        up = math.hypot(self.matrix.c, self.matrix.d) * inch
        return Resolution(self.pixels.width / max(across, 1e-9), self.pixels.height / max(up, 1e-9))


@dataclass(frozen=True, slots=True)
class Survey:
    """The objects on one page."""

    frame: Frame
    images: tuple[PlacedImage, ...] = ()
    has_text: bool = False  # visible text
    has_drawing: bool = False  # visible paths or shadings
    has_stamp: bool = False  # visible annotations: signatures, stamps, notes
    rules: tuple[Rectangle, ...] = ()  # paths, for telling lines of tables from other ink
    loose: tuple[PaintedImage, ...] = ()  # large images in patterns, annotations and glyphs
    covers: tuple[tuple[int, Rectangle], ...] = ()  # filled paths of any colour, with their order: they may cover

    @property
    def shown_images(self) -> tuple[PlacedImage, ...]:
        """The images that are at least partly on the visible page."""
        return tuple(image for image in self.images if image.share(self.frame) > 0)

    @property
    def scan_images(self) -> tuple[PlacedImage, ...]:
        """The images that may be (a piece of) a scan."""
        return tuple(image for image in self.shown_images if min(image.resolution(self.frame)) >= _MIN_SCAN_DPI)

    @property
    def is_covered(self) -> bool:
        """True when the images together cover at least 95 % of the page."""
        return coverage(self.frame.visible, self.scan_images) >= FULL_PAGE

    @property
    def is_composed(self) -> bool:
        """True when text or drawing stands on the page, over a scan or alone."""
        return self.has_text or self.has_drawing

    @property
    def is_one_image(self) -> bool:
        """True when the page shows one full-page image and nothing else."""
        return self.is_covered and len(self.images) == 1 and not (self.is_composed or self.has_stamp)


def survey(page: pdfium.PdfPage, frame: Frame, contents: PageContents | None) -> Survey:
    """Survey ``page``; ``contents``: its content as qpdf reads it, None when qpdf cannot read the file."""
    found = replace(_content(page, frame), has_stamp=_has_stamp(page))
    if contents is None:
        return found
    loose = tuple(
        picture
        for picture in contents.pictures
        if picture.within is not None and not picture.hidden and picture.pixels.area >= _MIN_LOOSE
    )
    return replace(found, images=_not_hidden(found.images, contents), loose=loose)


def _not_hidden(images: tuple[PlacedImage, ...], contents: PageContents) -> tuple[PlacedImage, ...]:
    """Return ``images`` without those that belong to optional content that is off: pdfium lists them all."""
    placed = [picture for picture in contents.pictures if picture.within is None]
    hidden = [picture for picture in placed if picture.hidden]
    return tuple(image for image in images if not (hidden and _is_hidden(image, images, placed)))


def _is_hidden(image: PlacedImage, images: tuple[PlacedImage, ...], placed: list[PaintedImage]) -> bool:
    """True when ``image`` is hidden; images at one place are painted in the order in which they are listed."""
    there = [picture for picture in placed if is_same(image, picture)]
    if not any(picture.hidden for picture in there):
        return False
    listed = [other for other in images if is_same(other, there[0])]
    if len(listed) != len(there):
        return all(picture.hidden for picture in there)
    return there[listed.index(image)].hidden


def is_same(image: PlacedImage, picture: PaintedImage) -> bool:
    """True when both stand in the same place with the same pixels."""
    return image.declared == picture.pixels and np.allclose(image.matrix, picture.matrix, rtol=0.001, atol=0.1)


def image_objects(page: pdfium.PdfPage, found: Survey) -> dict[PlacedImage, pdfium.PdfImage]:
    """Return pdfium's object for each image that was found on ``page``; they live as long as the page is open."""
    placed = {image.order: image for image in found.images}
    last = max(placed, default=-1)
    objects = islice(page.get_objects(max_depth=_MAX_DEPTH), last + 1)
    return {placed[order]: item for order, item in enumerate(objects) if order in placed}


def _content(page: pdfium.PdfPage, frame: Frame) -> Survey:
    images: list[PlacedImage] = []
    rules: list[Rectangle] = []
    covers: list[tuple[int, Rectangle]] = []
    text = drawing = False
    textpage = page.get_textpage()
    try:
        for order, item in enumerate(page.get_objects(max_depth=_MAX_DEPTH, textpage=textpage)):
            if order >= _MAX_OBJECTS:
                drawing = True
                break
            if item.type == c.FPDF_PAGEOBJ_IMAGE:
                images.append(_placed(item, order))
            elif item.type == c.FPDF_PAGEOBJ_TEXT:
                text = text or _leaves_text(item)
            elif item.type == c.FPDF_PAGEOBJ_SHADING:
                drawing = True
            elif item.type == c.FPDF_PAGEOBJ_PATH:
                area = _outer(item).around(Rectangle(*item.get_bounds()))
                if _leaves_ink(item):
                    drawing = True
                    rules.append(area)
                if images and len(covers) < _MAX_COVERS and _is_large(area, frame) and _is_filled(item):
                    covers.append((order, area))
    finally:
        textpage.close()
    return Survey(frame, tuple(images), text, drawing, rules=tuple(rules), covers=tuple(covers))


def _is_large(area: Rectangle, frame: Frame) -> bool:
    """True when a secret mark would fit under ``area``."""
    return coverage_share(area, frame.visible) >= MIN_COVER


def _placed(item: pdfium.PdfImage, order: int) -> PlacedImage:
    matrix = Matrix(*item.get_matrix().get()).then(_outer(item))
    declared = PixelSize(*item.get_px_size())
    return PlacedImage(order, coded_size(item) or declared, declared, matrix, nested=item.level > 0)


def _outer(item: pdfium.PdfObject) -> Matrix:
    """Return the transform of the forms around ``item``, innermost first."""
    matrix, form = IDENTITY, item.container
    while form is not None:
        matrix = matrix.then(Matrix(*form.get_matrix().get()))
        form = form.container
    return matrix


def _leaves_text(item: pdfium.PdfTextObj) -> bool:
    if c.FPDFTextObj_GetTextRenderMode(item) in _HIDDEN_MODES:
        return False
    try:
        text = item.extract()
    except pdfium.PdfiumError:
        return True  # glyphs without Unicode are painted too
    return not text or bool(text.strip())


def _leaves_ink(item: pdfium.PdfObject) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not c.FPDFPath_GetDrawMode(item, fill, stroke):
        return False
    if stroke.value:
        return True
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not c.FPDFPageObj_GetFillColor(item, red, green, blue, alpha):
        return bool(fill.value)
    light = min(red.value, green.value, blue.value) >= _WHITE
    return bool(fill.value) and bool(alpha.value) and not light


def _is_filled(item: pdfium.PdfObject) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    return bool(c.FPDFPath_GetDrawMode(item, fill, stroke) and fill.value)


def _has_stamp(page: pdfium.PdfPage) -> bool:
    return any(_is_visible(note) for note in _annotations(page))


def annotation_areas(page: pdfium.PdfPage) -> list[Rectangle]:
    """Return the areas of the visible annotations of ``page``."""
    found = []
    for note in _annotations(page):
        area = c.FS_RECTF()
        if _is_visible(note) and c.FPDFAnnot_GetRect(note, area):
            found.append(Rectangle(area.left, area.bottom, area.right, area.top))
    return found


def _annotations(page: pdfium.PdfPage) -> Iterator[c.FPDF_ANNOTATION]:
    for index in range(min(c.FPDFPage_GetAnnotCount(page), _MAX_OBJECTS)):
        note = c.FPDFPage_GetAnnot(page, index)
        if note:
            try:
                yield note
            finally:
                c.FPDFPage_CloseAnnot(note)


def _is_visible(note: c.FPDF_ANNOTATION) -> bool:
    kind = c.FPDFAnnot_GetSubtype(note)
    if kind in _UNSEEN_KINDS or c.FPDFAnnot_GetFlags(note) & HIDDEN_FLAGS:
        return False
    area = c.FS_RECTF()
    if not c.FPDFAnnot_GetRect(note, area) or abs((area.right - area.left) * (area.top - area.bottom)) < 1:
        return False
    # The length counts the closing zero of UTF-16: an empty appearance has two bytes.
    drawn = c.FPDFAnnot_GetAP(note, c.FPDF_ANNOT_APPEARANCEMODE_NORMAL, None, 0) > 2
    return bool(drawn or kind != c.FPDF_ANNOT_WIDGET)


def coverage(visible: Rectangle, images: Sequence[PlacedImage]) -> float:
    """Return the share (0 to 1) of ``visible`` that the images cover together."""
    return coverage_of(visible, [image.area for image in images])


def coverage_share(area: Rectangle, visible: Rectangle) -> float:
    """Return the share (0 to 1) of ``visible`` that one rectangle covers."""
    left, bottom, right, top = visible
    across, up = min(right, area.right) - max(left, area.left), min(top, area.top) - max(bottom, area.bottom)
    return max(0.0, across) * max(0.0, up) / ((right - left) * (top - bottom))


def coverage_of(visible: Rectangle, areas: Sequence[Rectangle]) -> float:
    """Return the share (0 to 1) of ``visible`` that rectangles cover together, counted by centres of grid cells."""
    cells = np.zeros((_GRID, _GRID), bool)
    across = visible.left + (np.arange(_GRID) + 0.5) / _GRID * (visible.right - visible.left)
    up = visible.bottom + (np.arange(_GRID) + 0.5) / _GRID * (visible.top - visible.bottom)
    for area in areas:
        columns = (across >= area.left) & (across <= area.right)
        lines = (up >= area.bottom) & (up <= area.top)
        cells |= lines[:, None] & columns[None, :]
    return float(cells.mean())
