"""The layers of a scanned PDF page: which images decide on dpi and colour, and whether they are one scan (ADR 19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pikepdf

from archive.ingest.common.sizes import PixelSize
from archive.ingest.pdf.content.survey import FULL_PAGE, PlacedImage, coverage, coverage_of
from archive.ingest.pdf.coordinates import Frame, Rectangle
from archive.ingest.pdf.images.facts import ImageFacts
from archive.ingest.pdf.single_image import image_ink, mask_ink
from archive.model.image import Pixels
from archive.model.limits import Limits
from archive.model.pages import Colour

_RICHNESS = (Colour.COLOUR, Colour.GREY, Colour.BILEVEL)
_FINER = 1.05  # a layer is finer than another by more than rounding
_MIN_LAYER = 0.25  # of the page: a fine logo is no layer
_MIN_LAYER_INK = 0.002  # of the page's area; a page of text has twenty times as much
_PALE = 0.0002  # of an image's area: fewer dark dots are no letters
_MATTERS = 0.05  # of the page: smaller images are stamps and logos
_MOSTLY = 0.5  # of the page's ink
_MAX_LAYERS = 64  # layers that are rendered to measure their ink
_DARK = 160

Facts = Mapping[PlacedImage, ImageFacts]


def main_image(images: Sequence[PlacedImage], facts: Facts, frame: Frame) -> PlacedImage | None:
    """Return the image that decides dpi: of layers over the whole page the finest, of tiles the largest on paper.

    A painted mask decides only when there is no image; only its ink shows what it paints. None for no images.
    """
    layers = [image for image in images if image.share(frame) >= FULL_PAGE]
    pictures = [image for image in layers if not (image in facts and facts[image].stencil)] or layers
    if pictures:
        return max(pictures, key=lambda image: image.pixels.area)
    return max(images, key=lambda image: image.share(frame), default=None)


def finest_layer(
    images: Sequence[PlacedImage], main: PlacedImage, facts: Facts, frame: Frame, limits: Limits
) -> PlacedImage:
    """Return the finest of images, stencils and masks with enough ink; ``main`` if none is finer.

    A mask counts as an image with its own pixels at the place of its image. Only layers finer than ``main`` are
    rendered, and only when they cover enough of the page.
    """
    least = min(main.resolution(frame)) * _FINER
    finer = [layer for layer in _layers(images, facts) if min(layer[0].resolution(frame)) > least]
    finer.sort(key=lambda layer: -min(layer[0].resolution(frame)))
    inks: list[float] = []
    for number in range(1, min(len(finer), _MAX_LAYERS) + 1):
        layers = [layer for layer, _, _ in finer[:number]]
        if coverage(frame.visible, layers) < _MIN_LAYER:
            continue
        inks += [_layer_ink(source, is_mask, limits) for _, source, is_mask in finer[len(inks) : number]]
        if sum(ink * layer.share(frame) for ink, layer in zip(inks, layers, strict=True)) >= _MIN_LAYER_INK:
            return layers[-1]
    return main


def colour_of(images: Sequence[PlacedImage], facts: Facts, frame: Frame) -> Colour | None:
    """Return the richest colour that covers the page: a small image in colours makes no colour scan."""
    covering: list[PlacedImage] = []
    for colour in _RICHNESS:
        alike = [image for image in images if image in facts and facts[image].colour is colour]
        covering += alike
        if alike and coverage(frame.visible, covering) >= FULL_PAGE:
            return colour
    return None


def is_background(images: Sequence[PlacedImage], facts: Facts, frame: Frame, limits: Limits) -> bool:
    """True when no image holds ink: then the text over them is the page."""
    matter = [image for image in images if image.share(frame) >= _MATTERS]
    return all(is_pale(facts[image].dictionary if image in facts else None, limits) for image in matter)


def is_pale(image: pikepdf.Object | None, limits: Limits) -> bool:
    """True when an image holds no ink; False when it cannot be rendered: then it counts as a scan."""
    if image is None:
        return False
    try:
        return image_ink(image, limits) < _PALE
    except Exception:  # any damage is reported when the page is rendered
        return False


def may_contain_page_ink(areas: Sequence[Rectangle], frame: Frame) -> bool:
    """True when images are large enough to be the page, despite text beside them."""
    return coverage_of(frame.visible, areas) >= _MATTERS


def contain_page_ink(areas: Sequence[Rectangle], frame: Frame, rendered: Pixels) -> bool:
    """True when most ink of the page (``rendered``: grey pixels) lies in ``areas``; False without ink."""
    ink = rendered < _DARK
    if not ink.any():
        return False
    height, width = ink.shape
    paper = frame.paper
    inside = np.zeros_like(ink)
    for box in map(frame.box, areas):
        top, bottom = (max(0, round(side / paper.height * height)) for side in (box.top, box.bottom))
        left, right = (max(0, round(side / paper.width * width)) for side in (box.left, box.right))
        inside[top:bottom, left:right] = True
    return bool((ink & inside).sum() / ink.sum() >= _MOSTLY)


def _layers(images: Sequence[PlacedImage], facts: Facts) -> list[tuple[PlacedImage, pikepdf.Object | None, bool]]:
    """Return images and masks with their places, dictionaries, and whether only their shape is painted."""
    found: list[tuple[PlacedImage, pikepdf.Object | None, bool]] = []
    for image in images:
        fact = facts.get(image)
        dictionary = fact.dictionary if fact is not None else None
        found.append((image, dictionary, fact is not None and fact.stencil))
        for name in ("/SMask", "/Mask"):
            mask = dictionary.get(name) if dictionary is not None else None
            if isinstance(mask, pikepdf.Stream):
                found.append((replace(image, pixels=PixelSize(int(mask.Width), int(mask.Height))), mask, True))
    return found


def _layer_ink(source: pikepdf.Object | None, is_mask: bool, limits: Limits) -> float:
    """Return the share (0 to 1) of a layer that is ink; 1 when it cannot be rendered, as the page cannot either."""
    if source is None:
        return 1.0
    try:
        return mask_ink(source, limits) if is_mask else image_ink(source, limits)
    except Exception:  # as above
        return 1.0
