"""The scan behind a PDF page: which of its images decide on dpi and colour, and whether they are a scan at all.

The definitions are those of ADR 19, written a second time on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence

import pikepdf

from archive.model.pages import Colour
from archive.recount.pdf.ink import mask_ink, picture_ink, share_within
from archive.recount.pdf.places import Placement
from archive.recount.pdf.sheet import Sheet, coverage, effective, share

NEARLY_ALL = 0.95  # of the page; scanners leave narrow white margins
FINER = 1.05  # a layer is finer than another by more than rounding
LEAST_LAYER = 0.25  # of the page: a fine logo is no layer
LEAST_LAYER_INK = 0.002  # of the page's area; a page of text has twenty times as much
PALE = 0.0002  # of a picture's area: fewer dark dots are no letters
MATTERS = 0.05  # of the page: smaller pictures are seals and logos
MOSTLY = 0.5  # of the page's ink
MOST_LAYERS = 64  # that are drawn to see their ink

_RICHEST_FIRST = (Colour.COLOUR, Colour.GREY, Colour.BILEVEL)


def main_image(images: Sequence[Placement], sheet: Sheet) -> Placement:
    """Return the image that decides: of layers over the whole page the finest, of tiles the largest on paper.

    A painted mask decides only where there is nothing else: what it shows is seen by its ink alone.
    """
    layers = [placed for placed in images if share(placed, sheet) >= NEARLY_ALL]
    pictures = [placed for placed in layers if not _is_stencil(placed)] or layers
    if pictures:
        return max(pictures, key=lambda placed: placed.raster.width * placed.raster.height)
    return max(images, key=lambda placed: share(placed, sheet))


def finest_layer(images: Sequence[Placement], main: Placement, sheet: Sheet) -> Placement:
    """Return the finest of images, stencils and masks that takes a good part of the ink; ``main`` if none is finer."""
    least = min(effective(main, sheet)) * FINER
    finer = [layer for layer in _layers(images) if min(effective(layer, sheet)) > least]
    finer.sort(key=lambda layer: -min(effective(layer, sheet)))
    for number in range(1, min(len(finer), MOST_LAYERS) + 1):
        layers = finer[:number]
        if coverage(layers, sheet) < LEAST_LAYER:
            continue
        if sum(_layer_ink(layer) * min(1.0, share(layer, sheet)) for layer in layers) >= LEAST_LAYER_INK:
            return layers[-1]
    return main


def colour_of(images: Sequence[Placement], sheet: Sheet) -> Colour | None:
    """Return the richest colour that covers the page: a small coloured picture on a grey scan makes no colour scan."""
    covering: list[Placement] = []
    for colour in _RICHEST_FIRST:
        alike = [placed for placed in images if placed.raster.colour is colour]
        covering += alike
        if alike and coverage(covering, sheet) >= NEARLY_ALL:
            return colour
    return None


def is_background(images: Sequence[Placement], sheet: Sheet) -> bool:
    """True when no image holds ink: then whatever is written over them is the page."""
    return all(share(placed, sheet) < MATTERS or _ink(placed) < PALE for placed in images)


def holds_the_page(pdf: pikepdf.Pdf, page: pikepdf.Page, pictures: Sequence[Placement], sheet: Sheet) -> bool:
    """True when most of what stands on the page stands in its pictures, whatever is written or drawn beside them.

    Pictures without ink are the ground that others stand on.
    """
    if coverage(pictures, sheet) < MATTERS:
        return False
    pictures = [placed for placed in pictures if _ink(placed) >= PALE]
    if coverage(pictures, sheet) < MATTERS:
        return False
    return share_within(pdf, page, sheet.box, [placed.bounds for placed in pictures]) >= MOSTLY


def _is_stencil(placed: Placement) -> bool:
    return placed.image is not None and bool(placed.image.get("/ImageMask", False))


def _layers(images: Sequence[Placement]) -> list[Placement]:
    """Return images and masks, a mask as an image of its own pixels."""
    found = []
    for placed in images:
        found.append(placed)
        for name in ("/SMask", "/Mask"):
            mask = placed.image.get(name) if placed.image is not None else None
            if isinstance(mask, pikepdf.Stream):
                size = placed.raster._replace(width=int(mask["/Width"]), height=int(mask["/Height"]))
                found.append(placed._replace(raster=size, image=mask, is_mask=True))
    return found


def _layer_ink(layer: Placement) -> float:
    """Return the share of a layer that its letters take; 1 when it cannot be drawn, for then no page comes of it."""
    if layer.image is None:
        return 1.0
    try:
        return mask_ink(layer.image) if layer.is_mask or _is_stencil(layer) else picture_ink(layer.image)
    except Exception:  # whatever ails poppler, the data are for the import to judge
        return 1.0


def _ink(placed: Placement) -> float:
    """Return the share of a picture that is dark; 1 when it cannot be drawn: then it is taken for a scan."""
    if placed.image is None:
        return 1.0
    try:
        return picture_ink(placed.image)
    except Exception:  # as above
        return 1.0
