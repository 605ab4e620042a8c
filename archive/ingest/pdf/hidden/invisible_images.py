"""Images that a PDF page paints invisibly: covered, clipped, shrunk, masked out, or on a hidden layer.

Each is screened separately, because it may bear a secret mark. In doubt, the rules screen twice.
"""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Iterator, Mapping

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as c

from archive.ingest.pdf.analysis import PageAnalysis
from archive.ingest.pdf.content.interpreter import PageContents
from archive.ingest.pdf.content.survey import MIN_COVER, PlacedImage, annotation_areas, coverage_share, image_objects
from archive.ingest.pdf.coordinates import Rectangle
from archive.ingest.pdf.embedded_image import cuts
from archive.ingest.pdf.images.facts import ImageFacts
from archive.ingest.pdf.single_image import render_image
from archive.ingest.raster.hidden.pictures import MIN_PICTURE
from archive.model.limits import Limits

_MAX_DPI = 1_200.0  # an image shown finer than that was shrunk: its letters cannot be read on the page
_MIN_NOTE = 0.03  # of the page: smaller annotations are signatures and stamps on top of the scan
_MAX_COMPARED = 200_000  # pairs of an image and an object that may cover it
_SLACK = 0.02  # of an image's shorter side
_OVERHANG = 8.0  # units (3 mm): too narrow for a mark
_LIGHT = 200
_OPAQUE = 0.98
_HALF = 128
_UNIT = Rectangle(0.0, 0.0, 1.0, 1.0)
_GLANCE = 64  # pixels of the longer side: enough to detect ink


class InlineImageHiddenError(Exception):
    """An inline image, which is no object of its own, is not visible."""


class TooManyImagesError(Exception):
    """More images than can be compared with each other."""


def invisible_images(
    opened: pdfium.PdfPage, found: PageAnalysis, contents: PageContents, limits: Limits
) -> dict[tuple[int, int], pikepdf.Object]:
    """Return the images of a page that are not certainly visible on it, by object number.

    Raises TooManyImagesError, and InlineImageHiddenError for an inline image that is not visible.
    """
    if _is_plain(found, contents):
        return {}
    _check_inline(found, contents)
    seen, masks = _seen(opened, found, limits)
    waiting: dict[tuple[int, int], pikepdf.Object] = {}
    for picture in contents.pictures:
        image = picture.image
        if image is None or (picture.in_note and not picture.hidden):
            continue  # painted on top of all
        waiting.update({mask.objgen: mask for mask in _masks(image) if mask.objgen not in masks})
        if picture.pixels.area >= MIN_PICTURE and image.objgen not in seen:
            waiting[image.objgen] = image
    return _without_copies(waiting, seen)


def _masks(image: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """Yield the masks of an image that are large enough for letters: of a white image only the mask is visible."""
    for name in ("/SMask", "/Mask"):
        mask = image.get(name)
        if isinstance(mask, pikepdf.Stream) and int(mask.get("/Width", 0)) * int(mask.get("/Height", 0)) >= MIN_PICTURE:
            yield mask


def _without_copies(
    waiting: dict[tuple[int, int], pikepdf.Object], seen: dict[tuple[int, int], pikepdf.Object]
) -> dict[tuple[int, int], pikepdf.Object]:
    """Return ``waiting`` without images of which another copy is visible: only one of equal copies is found."""
    if not waiting:
        return waiting
    known = {_content(image) for image in seen.values()}
    return {number: image for number, image in waiting.items() if _content(image) not in known}


def _content(image: pikepdf.Object) -> tuple[bytes, bytes]:
    return image.stream_dict.unparse(), hashlib.sha256(image.read_raw_bytes()).digest()


def _is_plain(found: PageAnalysis, contents: PageContents) -> bool:
    """True for the usual page: one image that fills it, and nothing over it."""
    if len(contents.pictures) != 1 or not found.survey.is_one_image:
        return False
    (image,) = found.survey.images
    is_readable = max(image.resolution(found.survey.frame)) <= _MAX_DPI  # otherwise the page itself is tiny
    return is_readable and image in found.facts and found.facts[image].plain and not found.survey.covers


def _seen(
    opened: pdfium.PdfPage, found: PageAnalysis, limits: Limits
) -> tuple[dict[tuple[int, int], pikepdf.Object], set[tuple[int, int]]]:
    """Return the visible images by object number, and the masks whose shape is visible."""
    page = found.survey
    placed = [image for image in page.images if image in found.facts]
    opaque = {image for image in placed if _is_opaque(found.facts[image], limits)}
    covers = [*page.covers, *((image.order, image.area) for image in opaque)]
    notes = [area for area in annotation_areas(opened) if coverage_share(area, page.frame.visible) >= _MIN_NOTE]
    if len(placed) * (len(covers) + len(notes)) > _MAX_COMPARED:
        raise TooManyImagesError
    items = image_objects(opened, page)
    seen: dict[tuple[int, int], pikepdf.Object] = {}
    masks: set[tuple[int, int]] = set()
    for image in placed:
        dictionary = found.facts[image].dictionary
        if dictionary is not None and dictionary.objgen in seen:
            continue
        over = [area for order, area in covers if order > image.order] + notes
        shown = not _is_covered(image.area, over, page.frame.visible) and _is_placed(image, items[image], found)
        if dictionary is None:
            if not shown and image.pixels.area >= MIN_PICTURE:
                raise InlineImageHiddenError
            continue
        if shown and _is_whole(image, items[image], found, image in opaque):
            seen[dictionary.objgen] = dictionary
        if shown and any(_masks(dictionary)) and _has_ink(dictionary, limits):
            masks.update(mask.objgen for mask in _masks(dictionary))
    return seen, masks


def _has_ink(image: pikepdf.Object, limits: Limits) -> bool:
    """Return True when an image without its masks has dark pixels: then the shape of its masks is visible on paper."""
    try:
        return bool(render_image(image, limits, side=_GLANCE).min() < _LIGHT)
    except Exception:  # an image that cannot be rendered shows nothing
        return False


def _check_inline(found: PageAnalysis, contents: PageContents) -> None:
    """Raise InlineImageHiddenError when an object may cover an inline image: pdfium gives inline images no identity."""
    drawn = [(picture, picture.matrix.around(_UNIT)) for picture in contents.pictures if picture.within is None]
    covers = [area for _, area in found.survey.covers]
    compared = 0
    for at, (picture, area) in enumerate(drawn):
        if picture.image is None and picture.pixels.area >= MIN_PICTURE:
            over = covers + [other for _, other in drawn[at + 1 :]]
            compared += len(over)
            if compared > _MAX_COMPARED or _is_covered(area, over, found.survey.frame.visible):
                raise InlineImageHiddenError


def _is_covered(area: Rectangle, over: list[Rectangle], visible: Rectangle) -> bool:
    for cover in over:
        common = Rectangle(
            max(area.left, cover.left),
            max(area.bottom, cover.bottom),
            min(area.right, cover.right),
            min(area.top, cover.top),
        )
        if common.left < common.right and common.bottom < common.top and coverage_share(common, visible) >= MIN_COVER:
            return True
    return False


def _is_placed(image: PlacedImage, item: pdfium.PdfImage, found: PageAnalysis) -> bool:
    """True when ``item`` is shown completely: not shrunk, not off the page, not clipped."""
    if max(image.resolution(found.survey.frame)) > _MAX_DPI:
        return False
    if not found.survey.frame.visible.covers(image.area, _OVERHANG):
        return False
    bounds = Rectangle(*item.get_bounds())
    slack = _SLACK * min(bounds.right - bounds.left, bounds.top - bounds.bottom)
    return all(cut.covers(bounds, slack) for cut in cuts(item))


def _is_whole(image: PlacedImage, item: pdfium.PdfImage, found: PageAnalysis, is_opaque: bool) -> bool:
    """True when ``item``, which is placed completely, is shown unchanged: not masked, faded or printed in white."""
    facts = found.facts[image]
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
    """True when an image is fully opaque."""
    if facts.stencil or facts.dictionary is None:
        return not facts.stencil
    masks: Mapping[str, pikepdf.Object] = {
        name: facts.dictionary[name] for name in ("/SMask", "/Mask") if name in facts.dictionary
    }
    try:
        return all(_lets_through(mask, name == "/SMask", limits) >= _OPAQUE for name, mask in masks.items())
    except Exception:  # with a mask that cannot be rendered, image and background both count as hidden
        return False


def _lets_through(mask: pikepdf.Object, soft: bool, limits: Limits) -> float:
    if not isinstance(mask, pikepdf.Stream):
        return 0.0  # a range of colours is transparent
    drawn = render_image(mask, limits, side=200, drop=("/Matte",))
    return float((drawn >= _HALF).mean() if soft else (drawn < _HALF).mean())
