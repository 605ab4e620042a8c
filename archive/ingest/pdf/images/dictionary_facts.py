"""Facts from a PDF image dictionary: colour, and whether its samples can be used unchanged.

Source: ISO 32000-1, 8.6 (colour spaces) and 8.9 (images).
"""

from __future__ import annotations

from typing import NamedTuple

import pikepdf

from archive.ingest.common.sizes import PixelSize
from archive.ingest.pdf.images.palette import components_of, palette_colour
from archive.model.pages import Colour

_GREY_SPACES = ("/DeviceGray", "/CalGray", "/G")
_COLOUR_SPACES = ("/DeviceRGB", "/CalRGB", "/RGB")
_BLACK_INKS = ("/Black", "/All", "/None")
_COMPONENTS = {1: Colour.GREY, 3: Colour.COLOUR, 4: Colour.COLOUR}
_ONE_BIT = ("/CCITTFaxDecode", "/JBIG2Decode")


class DictionaryFacts(NamedTuple):
    """Facts that the dictionary of an image states.

    ``colour``: None when only the data state it. ``plain``: see ImageFacts. ``bits`` of a pixel and ``components`` of
    a sample are 0 when unknown. ``stencil``: a mask that is painted. ``mask``: the mask of the image.
    """

    colour: Colour | None
    plain: bool
    bits: int
    components: int
    stencil: bool = False
    mask: Mask | None = None


class Mask(NamedTuple):
    """An image's soft or explicit mask: its size in pixels, and its object in the file."""

    pixels: PixelSize
    number: int
    generation: int


def dictionary_facts(image: pikepdf.Object) -> DictionaryFacts:
    """Return the facts of the image dictionary ``image``.

    A damaged dictionary raises whatever pikepdf and Python raise on it (PdfError, TypeError, ValueError, KeyError,
    IndexError); callers catch Exception or run within ``damaged_page``.
    """
    fax = _last_filter(image) in _ONE_BIT
    bits = 1 if fax else int(image.get("/BitsPerComponent", 0))
    if image.get("/ImageMask"):
        return DictionaryFacts(Colour.BILEVEL, False, 1, 1, stencil=True)
    mask = _mask(image)
    masked = "/SMask" in image or "/Mask" in image or bool(image.get("/SMaskInData")) or not _reads_straight(image)
    space = image.get("/ColorSpace")
    if space is None:  # allowed in JPEG 2000 alone, which carries its own
        return DictionaryFacts(Colour.BILEVEL if fax else None, not (masked or fax), int(fax), int(fax), mask=mask)
    colour, straight = _space(space, bits)
    if colour is Colour.GREY and bits == 1:
        colour = Colour.BILEVEL
    plain = straight and not masked and not _has_colour_transform(image)
    components = components_of(space)
    return DictionaryFacts(colour, plain, bits * components, components, mask=mask)


def _last_filter(image: pikepdf.Object) -> str:
    filters = image.get("/Filter")
    if isinstance(filters, pikepdf.Array):
        return str(filters[-1]) if len(filters) else ""
    return str(filters)


def _mask(image: pikepdf.Object) -> Mask | None:
    """Return the finer of the two masks that an image may have."""
    found = []
    for name in ("/SMask", "/Mask"):
        mask = image.get(name)
        if isinstance(mask, pikepdf.Stream):
            pixels = PixelSize(int(mask.get("/Width", 0)), int(mask.get("/Height", 0)))
            found.append(Mask(pixels, *mask.objgen))
    return max(found, key=lambda mask: mask.pixels.area, default=None)


def _space(space: pikepdf.Object, bits: int) -> tuple[Colour | None, bool]:
    """Return the colour of a colour space, and whether its samples are grey, RGB or a palette unchanged."""
    family = space if isinstance(space, pikepdf.Name) else space[0]
    if family in _GREY_SPACES:
        return Colour.GREY, True
    if family in _COLOUR_SPACES:
        return Colour.COLOUR, True
    if family == "/ICCBased":
        components = int(space[1].get("/N", 0))
        return _COMPONENTS.get(components), components in (1, 3)
    if family in ("/Indexed", "/I"):
        table = space[3].read_bytes() if isinstance(space[3], pikepdf.Stream) else bytes(space[3])
        entries = min(int(space[2]) + 1, 1 << (bits or 8))
        return palette_colour(space[1], table, entries), True
    if family in ("/Separation", "/DeviceN"):
        inks = list(space[1]) if isinstance(space[1], pikepdf.Array) else [space[1]]
        return (Colour.GREY if all(ink in _BLACK_INKS for ink in inks) else Colour.COLOUR), False
    return Colour.COLOUR, False


def _reads_straight(image: pikepdf.Object) -> bool:
    """True without a /Decode array, or with the default one (not for palettes)."""
    decode = image.get("/Decode")
    return decode is None or [float(bound) for bound in decode] == [0.0, 1.0] * (len(decode) // 2)


def _has_colour_transform(image: pikepdf.Object) -> bool:
    parameters = image.get("/DecodeParms")
    items = list(parameters) if isinstance(parameters, pikepdf.Array) else [parameters]
    return any(isinstance(item, pikepdf.Dictionary) and "/ColorTransform" in item for item in items)
