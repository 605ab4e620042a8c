"""Pictures that a PDF page paints and nobody sees: covered, cut off, shrunk, masked away, or of a layer that is off.

They are looked at alone, for a secret mark may stand on them. The rules err on the side of looking twice.
"""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Mapping

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as c

from archive.ingest.pdf_alone import drawn_alone
from archive.ingest.pdf_findings import Findings
from archive.ingest.pdf_frame import Rectangle
from archive.ingest.pdf_image import ImageFacts
from archive.ingest.pdf_painted import Contents
from archive.ingest.pdf_survey import LEAST_COVER, PlacedImage, annotation_areas, coverage_share, image_objects
from archive.ingest.pdf_take import cuts
from archive.model.limits import Limits

LEAST_PICTURE = 10_000  # pixels: no mark can be read on a smaller picture
_MOST_DPI = 1_200.0  # a picture shown finer than that was shrunk: its letters cannot be read on the page
_LEAST_NOTE = 0.03  # of the page: smaller annotations are signatures and seals on top of what was scanned
_MOST_COMPARED = 200_000  # pairs of a picture and what may cover it
_SLACK = 0.02  # of a picture's shorter side
_OVERHANG = 8.0  # units: 3 mm, in which no mark can stand
_LIGHT = 200
_OPAQUE = 0.98
_HALF = 128


class TooMany(Exception):
    """More pictures than can be held against each other."""


def unseen(
    opened: pdfium.PdfPage, found: Findings, contents: Contents, limits: Limits
) -> dict[tuple[int, int], pikepdf.Object]:
    """Return the pictures of a page that are not, or not surely, seen on it, by their object. Raises TooMany."""
    if _is_plain(found, contents):
        return {}
    seen = _seen(opened, found, limits)
    waiting: dict[tuple[int, int], pikepdf.Object] = {}
    for picture in contents.pictures:
        image = picture.image
        if image is None or picture.pixels.area < LEAST_PICTURE or image.objgen in seen:
            continue
        if picture.in_note and not picture.hidden:
            continue  # drawn on top of all
        waiting[image.objgen] = image
    return _without_copies(waiting, seen)


def _without_copies(
    waiting: dict[tuple[int, int], pikepdf.Object], seen: dict[tuple[int, int], pikepdf.Object]
) -> dict[tuple[int, int], pikepdf.Object]:
    """Return ``waiting`` without pictures of which another copy was seen: of equal copies only one is found."""
    if not waiting:
        return waiting
    known = {_content(image) for image in seen.values()}
    return {number: image for number, image in waiting.items() if _content(image) not in known}


def _content(image: pikepdf.Object) -> tuple[bytes, bytes]:
    return image.stream_dict.unparse(), hashlib.sha256(image.read_raw_bytes()).digest()


def _is_plain(found: Findings, contents: Contents) -> bool:
    """True for the usual page of one picture that fills it, without anything over it."""
    if len(contents.pictures) != 1 or not found.survey.is_one_image:
        return False
    (image,) = found.survey.images
    return image in found.facts and found.facts[image].plain and not found.survey.covers


def _seen(opened: pdfium.PdfPage, found: Findings, limits: Limits) -> dict[tuple[int, int], pikepdf.Object]:
    page = found.survey
    placed = [image for image in page.images if image in found.facts]
    opaque = {image for image in placed if _is_opaque(found.facts[image], limits)}
    covers = [*page.covers, *((image.order, image.area) for image in opaque)]
    notes = [area for area in annotation_areas(opened) if coverage_share(area, page.frame.visible) >= _LEAST_NOTE]
    if len(placed) * (len(covers) + len(notes)) > _MOST_COMPARED:
        raise TooMany
    items = image_objects(opened, page)
    seen: dict[tuple[int, int], pikepdf.Object] = {}
    for image in placed:
        dictionary = found.facts[image].dictionary
        if dictionary is None or dictionary.objgen in seen:
            continue
        over = [area for order, area in covers if order > image.order] + notes
        if not _is_covered(image, over, page.frame.visible) and _is_whole(image, items[image], found, image in opaque):
            seen[dictionary.objgen] = dictionary
    return seen


def _is_covered(image: PlacedImage, over: list[Rectangle], visible: Rectangle) -> bool:
    area = image.area
    for cover in over:
        common = Rectangle(
            max(area.left, cover.left),
            max(area.bottom, cover.bottom),
            min(area.right, cover.right),
            min(area.top, cover.top),
        )
        if common.left < common.right and common.bottom < common.top and coverage_share(common, visible) >= LEAST_COVER:
            return True
    return False


def _is_whole(image: PlacedImage, item: pdfium.PdfImage, found: Findings, is_opaque: bool) -> bool:
    """True when ``item`` is shown as it is: not shrunk, off the page, cut, masked away, faded or printed in white."""
    facts = found.facts[image]
    if max(image.resolution(found.survey.frame)) > _MOST_DPI:
        return False
    if not found.survey.frame.visible.covers(image.area, _OVERHANG):
        return False
    bounds = Rectangle(*item.get_bounds())
    slack = _SLACK * min(bounds.right - bounds.left, bounds.top - bounds.bottom)
    if not all(cut.covers(bounds, slack) for cut in cuts(item)):
        return False
    if facts.stencil:
        return _is_dark(item)
    if facts.mask is not None or (facts.dictionary is not None and "/Mask" in facts.dictionary):
        return is_opaque
    return not c.FPDFPageObj_HasTransparency(item)


def _is_dark(item: pdfium.PdfImage) -> bool:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not c.FPDFPageObj_GetFillColor(item, red, green, blue, alpha):
        return False
    return min(red.value, green.value, blue.value) < _LIGHT and alpha.value >= _HALF


def _is_opaque(facts: ImageFacts, limits: Limits) -> bool:
    """True when a picture shows all of itself, and nothing of what lies under it."""
    if facts.stencil or facts.dictionary is None:
        return not facts.stencil
    masks: Mapping[str, pikepdf.Object] = {
        name: facts.dictionary[name] for name in ("/SMask", "/Mask") if name in facts.dictionary
    }
    try:
        return all(_lets_through(mask, name == "/SMask", limits) >= _OPAQUE for name, mask in masks.items())
    except Exception:  # a mask that cannot be drawn hides the picture, and the picture what lies under it
        return False


def _lets_through(mask: pikepdf.Object, soft: bool, limits: Limits) -> float:
    if not isinstance(mask, pikepdf.Stream):
        return 0.0  # a range of colours that is left out
    drawn = drawn_alone(mask, limits, side=200, drop=("/Matte",))
    return float((drawn >= _HALF).mean() if soft else (drawn < _HALF).mean())
