"""Analysis of a PDF page before it is rendered: its images, its text, and whether it was scanned."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial

import pikepdf
import pypdfium2 as pdfium

from archive.errors import TooLarge
from archive.ingest.common.limits import check_jpeg_2000, check_pixels
from archive.ingest.common.sizes import PixelSize, Resolution
from archive.ingest.pdf.content.interpreter import PageContents, PaintedImage
from archive.ingest.pdf.content.survey import PlacedImage, Survey, coverage_of, image_objects, is_same, survey
from archive.ingest.pdf.coordinates import Frame, Rectangle
from archive.ingest.pdf.images.coded_size import is_jpeg_2000
from archive.ingest.pdf.images.dictionaries import ImageDictionaries
from archive.ingest.pdf.images.facts import ImageFacts, image_facts
from archive.ingest.pdf.page_box import has_box
from archive.ingest.pdf.render import rendered
from archive.ingest.pdf.scan_layers import (
    colour_of,
    contain_page_ink,
    finest_layer,
    is_background,
    is_pale,
    main_image,
    may_contain_page_ink,
)
from archive.ingest.pdf.text.coverage import INK_DPI
from archive.model.limits import Limits
from archive.model.pages import MM_PER_INCH, Colour

_MAX_FACTS = 10_000  # examined images of one page; an A4 in one-line strips has up to 7,000


class PageKind(Enum):
    """The origin of a page."""

    SCANNED = auto()  # images fill it
    PARTLY = auto()  # images are most of it, and the size of the paper is unknown
    DIGITAL = auto()  # it was never scanned


@dataclass(frozen=True)
class PageAnalysis:
    """The analysis of one page. ``box_known``, ``unit_known``: whether the file states them plausibly.

    ``kind``: see Kind. ``layer``: the image, or the mask in its place, whose dpi is the scan's; None on digital pages.
    """

    survey: Survey
    facts: dict[PlacedImage, ImageFacts]
    unit_known: bool
    box_known: bool
    kind: PageKind
    main: PlacedImage | None
    layer: PlacedImage | None
    dictionaries: ImageDictionaries
    contents: PageContents | None

    @property
    def is_scan(self) -> bool:
        """True when images fill the page and hold its content."""
        return self.kind is PageKind.SCANNED

    @property
    def density(self) -> Resolution | None:
        """The resolution that the deciding image states."""
        return self.facts[self.layer].density if self.layer is not None and self.layer in self.facts else None

    @property
    def colour(self) -> Colour | None:
        """Colour of the images; of a scan the richest colour that covers the page."""
        if self.is_scan and self.box_known:
            return colour_of(self.survey.scan_images, self.facts, self.survey.frame)
        return self.facts[self.main].colour if self.main in self.facts else None


def analyse_page(
    opened: pdfium.PdfPage, page: pikepdf.Page | None, contents: PageContents | None, number: int, limits: Limits
) -> PageAnalysis:
    """Analyse page ``number``, ``opened`` by pdfium; ``page`` and ``contents``: the same page as qpdf reads it.

    Damage raises any Exception.
    """
    unit, box_known = _user_unit(page), page is None or has_box(page)
    frame = Frame(Rectangle(*opened.get_bbox()), opened.get_rotation(), unit or 1.0)
    found = survey(opened, frame, contents)
    by_area = sorted(found.images, key=lambda image: image.pixels.area, reverse=True)
    largest = frozenset(by_area[:_MAX_FACTS])
    dictionaries = ImageDictionaries(page)
    painted = _by_size(contents)
    facts = {
        image: image_facts(item, dictionaries, partial(_painted_at, image, painted))
        for image, item in image_objects(opened, found).items()
        if image in largest or is_jpeg_2000(item)
    }
    classifier = _PageClassifier(opened, found, facts, number, limits)
    kind, main, layer = classifier.classified_without_box() if not box_known else classifier.classified()
    return PageAnalysis(found, facts, unit is not None, box_known, kind, main, layer, dictionaries, contents)


def _by_size(contents: PageContents | None) -> dict[PixelSize, list[PaintedImage]]:
    found: dict[PixelSize, list[PaintedImage]] = defaultdict(list)
    for picture in contents.pictures if contents is not None else ():
        if picture.image is not None and picture.within is None:
            found[picture.pixels].append(picture)
    return found


def _painted_at(image: PlacedImage, painted: dict[PixelSize, list[PaintedImage]]) -> pikepdf.Object | None:
    """Return the only image that is painted where ``image`` stands."""
    there = {
        picture.image.objgen: picture.image
        for picture in painted.get(image.declared, ())
        if picture.image is not None and is_same(image, picture)
    }
    return next(iter(there.values())) if len(there) == 1 else None


def check_allowed(survey: Survey, facts: dict[PlacedImage, ImageFacts], number: int, limits: Limits) -> None:
    """Raise TooLarge for any image on a page, by its dictionary and by its data: rendering decodes them all."""
    for image in survey.images:
        check_pixels(image.declared, number, limits)
        check_pixels(image.pixels, number, limits)
    for image, fact in facts.items():
        if fact.is_jpeg_2000:
            check_jpeg_2000(image.pixels, number, limits)
        if fact.mask is not None:
            check_pixels(fact.mask.pixels, number, limits)


def ink_size(frame: Frame, limits: Limits) -> PixelSize | None:
    """Return the pixel size at which ink is searched; None when that is over the limits."""
    scale = INK_DPI / MM_PER_INCH
    size = PixelSize(max(1, round(frame.paper.width * scale)), max(1, round(frame.paper.height * scale)))
    return size if size.area <= limits.whole_pixels and max(size) <= limits.page_side else None


_Classification = tuple[PageKind, PlacedImage | None, PlacedImage | None]


@dataclass(frozen=True)
class _PageClassifier:
    """Decides whether one page was scanned."""

    opened: pdfium.PdfPage
    page: Survey
    facts: dict[PlacedImage, ImageFacts]
    number: int
    limits: Limits

    def classified(self) -> _Classification:
        """Return kind, main image and finest layer."""
        page, frame = self.page, self.page.frame
        images = page.scan_images
        if page.is_covered:
            if page.has_text and is_background(images, self.facts, frame, self.limits):
                return PageKind.DIGITAL, None, None
            main = main_image(images, self.facts, frame)
            if main is None:
                return PageKind.DIGITAL, None, None
            # In layered scans the colours of ink are coarse; the fine layer is the mask that cuts letters out of them.
            return PageKind.SCANNED, main, finest_layer(page.shown_images, main, self.facts, frame, self.limits)
        if not (images or page.is_composed):
            images = page.shown_images  # the page has nothing else, so even coarse ones count
        pictures = [(image.area, self.facts[image].dictionary if image in self.facts else None) for image in images]
        pictures += [(loose.within, loose.image) for loose in page.loose if loose.within is not None]
        pictures = [picture for picture in pictures if coverage_of(frame.visible, [picture[0]]) > 0]
        if not pictures or (page.is_composed and not self._contain_page_ink(pictures)):
            return PageKind.DIGITAL, None, None
        main = main_image(images, self.facts, frame)
        return PageKind.PARTLY, main, main

    def classified_without_box(self) -> _Classification:
        """Return the same for a page without a box, whose images prove no size."""
        if not self.page.images and not self.page.loose and self.page.is_composed:
            return PageKind.DIGITAL, None, None
        main = max(self.page.images, key=lambda image: image.pixels.area, default=None)
        return PageKind.PARTLY, main, main

    def _contain_page_ink(self, pictures: list[tuple[Rectangle, pikepdf.Object | None]]) -> bool:
        """True when most of the ink lies in images with ink, given as their areas and dictionaries."""
        frame = self.page.frame
        if not may_contain_page_ink([area for area, _ in pictures], frame):
            return False
        size = ink_size(frame, self.limits)
        try:
            check_allowed(self.page, self.facts, self.number, self.limits)
        except TooLarge:
            return True  # too large to be read: a person has to measure it
        areas = [area for area, image in pictures if not is_pale(image, self.limits)]
        if not may_contain_page_ink(areas, frame):
            return False
        return size is None or contain_page_ink(areas, frame, rendered(self.opened, size, grey=True))


def _user_unit(page: pikepdf.Page | None) -> float | None:
    """Return UserUnit (ISO 32000-1, table 30), which pdfium does not know; None when qpdf cannot tell either."""
    if page is None:
        return None
    try:
        unit = float(page.obj.get("/UserUnit", 1))
    except (TypeError, ValueError):
        return None
    return unit if unit > 0 else None
