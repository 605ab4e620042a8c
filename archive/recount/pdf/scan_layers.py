"""The layers of a scanned PDF page: which images decide on dpi and colour, and whether they are a scan.

The definitions are those of ADR 19, written a second time on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence

import pikepdf

from archive.model.pages import Colour
from archive.recount.pdf.ink import mask_ink, picture_ink, share_within
from archive.recount.pdf.page_box import PageBox, coverage, effective_density, share
from archive.recount.pdf.placement import Placement

NEARLY_ALL = 0.95  # of the page; scanners leave narrow white margins
FINER = 1.05  # a layer is finer than another by more than rounding
MIN_LAYER = 0.25  # of the page: a fine logo is no layer
MIN_LAYER_INK = 0.002  # of the page's area; a page of text has twenty times as much
PALE = 0.0002  # of an image's area: fewer dark dots are no letters
MATTERS = 0.05  # of the page: smaller images are stamps and logos
MOSTLY = 0.5  # of the page's ink
MAX_LAYERS = 64  # layers that are rendered to measure their ink

_RICHEST_FIRST = (Colour.COLOUR, Colour.GREY, Colour.BILEVEL)


def main_image(images: Sequence[Placement], page_box: PageBox) -> Placement:
    """Return the image that decides dpi: of layers over the whole page the finest, of tiles the largest on paper.

    A painted mask decides only when there is no image; only its ink shows what it paints.
    """
    layers = [placed for placed in images if share(placed, page_box) >= NEARLY_ALL]
    pictures = [placed for placed in layers if not _is_stencil(placed)] or layers
    if pictures:
        return max(pictures, key=lambda placed: placed.raster.width * placed.raster.height)
    return max(images, key=lambda placed: share(placed, page_box))


def finest_layer(images: Sequence[Placement], main: Placement, page_box: PageBox) -> Placement:
    """Return the finest of images, stencils and masks with enough ink; ``main`` if none is finer."""
    least = min(effective_density(main, page_box)) * FINER
    finer = [layer for layer in _layers(images) if min(effective_density(layer, page_box)) > least]
    finer.sort(key=lambda layer: -min(effective_density(layer, page_box)))
    for number in range(1, min(len(finer), MAX_LAYERS) + 1):
        layers = finer[:number]
        if coverage(layers, page_box) < MIN_LAYER:
            continue
        if sum(_layer_ink(layer) * min(1.0, share(layer, page_box)) for layer in layers) >= MIN_LAYER_INK:
            return layers[-1]
    return main


def colour_of(images: Sequence[Placement], page_box: PageBox) -> Colour | None:
    """Return the richest colour that covers the page: a small coloured image on a grey scan makes no colour scan."""
    covering: list[Placement] = []
    for colour in _RICHEST_FIRST:
        alike = [placed for placed in images if placed.raster.colour is colour]
        covering += alike
        if alike and coverage(covering, page_box) >= NEARLY_ALL:
            return colour
    return None


def is_background(images: Sequence[Placement], page_box: PageBox) -> bool:
    """True when no image holds ink: then the text over them is the page."""
    return all(share(placed, page_box) < MATTERS or _ink(placed) < PALE for placed in images)


def contains_page_ink(pdf: pikepdf.Pdf, page: pikepdf.Page, pictures: Sequence[Placement], page_box: PageBox) -> bool:
    """True when most ink of the page is in its images, despite text or drawing beside them.

    Images without ink are background.
    """
    if coverage(pictures, page_box) < MATTERS:
        return False
    pictures = [placed for placed in pictures if _ink(placed) >= PALE]
    if coverage(pictures, page_box) < MATTERS:
        return False
    return share_within(pdf, page, page_box.box, [placed.bounds for placed in pictures]) >= MOSTLY


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
    """Return the share (0 to 1) of a layer that is ink; 1 when it cannot be rendered, as the page cannot either."""
    if layer.image is None:
        return 1.0
    try:
        return mask_ink(layer.image) if layer.is_mask or _is_stencil(layer) else picture_ink(layer.image)
    except Exception:  # any error of poppler: the import judges the data
        return 1.0


def _ink(placed: Placement) -> float:
    """Return the share (0 to 1) of an image that is dark; 1 when it cannot be rendered: then it counts as a scan."""
    if placed.image is None:
        return 1.0
    try:
        return picture_ink(placed.image)
    except Exception:  # as above
        return 1.0
