"""The image dictionaries of a PDF: colour, density, and whether an image may be taken as it is."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pikepdf
import pypdfium2 as pdfium
from PIL.JpegImagePlugin import JpegImageFile

from archive.ingest.sizes import PixelSize, Resolution
from archive.model.pages import Colour

_JPEG = "DCTDecode"
_JPEG_2000 = "JPXDecode"
_MOST_STREAMS = 2_000  # images and forms of one page that are looked at
_CODESTREAM = b"\xff\x4f\xff\x51"  # SOC and SIZ of JPEG 2000 (ISO 15444-1, A.4 and A.5)
_GREY_SPACES = ("/DeviceGray", "/CalGray")
_COLOUR_SPACES = ("/DeviceRGB", "/CalRGB")
_BLACK_INKS = ("/Black", "/All")
_COMPONENTS = {1: Colour.GREY, 3: Colour.COLOUR, 4: Colour.COLOUR}


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What is known of one image without decoding it.

    ``plain``: its samples are the page, with no mask, decode array, odd colour space or alpha to apply.
    ``bits``: of one pixel before filters, 0 where only the data tell.
    """

    filters: tuple[str, ...]
    coded: PixelSize | None  # what the coded data say, which a hostile dictionary may hide
    colour: Colour | None
    density: Resolution | None
    plain: bool
    bits: int = 0

    @property
    def is_jpeg_2000(self) -> bool:
        """True for a JPEG 2000, which cannot be decoded line by line."""
        return self.filters[-1:] == (_JPEG_2000,)

    @property
    def is_jpeg(self) -> bool:
        """True for a JPEG, possibly wrapped in filters without loss."""
        return self.filters[-1:] == (_JPEG,)


def image_facts(image: pdfium.PdfImage, page: pikepdf.Page | None) -> ImageFacts:
    """Return what is known of ``image``; ``page`` is the same page as qpdf sees it, None when it does not."""
    filters = tuple(image.get_filters())
    try:
        return _facts(image, filters, page)
    except Exception:  # a damaged logo must not cost the text around it; whoever decodes the image will fail on it
        return ImageFacts(filters, None, None, None, plain=False)


def _facts(image: pdfium.PdfImage, filters: tuple[str, ...], page: pikepdf.Page | None) -> ImageFacts:
    dictionary = _dictionary(image, page) if page is not None else None
    colour, plain, bits = _judged(dictionary) if dictionary is not None else (None, False, 0)
    if filters[-1:] == (_JPEG,):
        return _jpeg_facts(image_file(image), filters, colour, plain)
    if filters[-1:] == (_JPEG_2000,):
        return _jpeg_2000_facts(image_file(image), filters, colour, plain)
    return ImageFacts(filters, None, colour, None, plain, bits)


def is_jpeg_2000(image: pdfium.PdfImage) -> bool:
    """True for a JPEG 2000, whose data alone say how large it is."""
    return bool(image.get_filters()[-1:] == [_JPEG_2000])


def image_file(image: pdfium.PdfImage) -> bytes:
    """Return the JPEG or JPEG 2000 file within ``image``."""
    return bytes(image.get_data(decode_simple=True))


def _jpeg_facts(data: bytes, filters: tuple[str, ...], colour: Colour | None, plain: bool) -> ImageFacts:
    jpeg = JpegImageFile(io.BytesIO(data))
    own = {"L": Colour.GREY, "RGB": Colour.COLOUR}.get(jpeg.mode)
    dpi = jpeg.info.get("dpi")
    density = Resolution(float(dpi[0]), float(dpi[1])) if dpi else None
    # Four channels and mismatches go to the renderer, which knows the PDF rules for them.
    return ImageFacts(filters, PixelSize(*jpeg.size), colour or own or Colour.COLOUR, density, plain and own == colour)


def _jpeg_2000_facts(data: bytes, filters: tuple[str, ...], colour: Colour | None, plain: bool) -> ImageFacts:
    at = data.find(_CODESTREAM)
    if at < 0:
        raise ValueError("no JPEG 2000 codestream")
    right, bottom, left, top = struct.unpack_from(">4I", data, at + 8)
    (components,) = struct.unpack_from(">H", data, at + 40)
    own = _COMPONENTS.get(components)
    size = PixelSize(right - left, bottom - top)
    return ImageFacts(filters, size, colour or own, None, plain and colour in (None, own) and components in (1, 3))


def _dictionary(image: pdfium.PdfImage, page: pikepdf.Page) -> pikepdf.Object | None:
    """Return the dictionary of ``image``: the one of equal size and equal data; None for inline or doubtful ones."""
    width, height = image.get_px_size()
    data = bytes(image.get_data())
    same: list[pikepdf.Object] = []
    for candidate in _image_dictionaries(page.resources):
        if (candidate.get("/Width"), candidate.get("/Height")) != (width, height):
            continue
        if candidate.read_raw_bytes() == data:
            same.append(candidate)
    verdicts = {_judged(candidate) for candidate in same}
    return same[0] if len(verdicts) == 1 else None  # the same data under another mask would be another picture


def _image_dictionaries(resources: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """Yield the images that ``resources`` and the forms in them name; each once, for forms may name each other."""
    waiting = [resources]
    seen: set[tuple[int, int]] = set()
    while waiting and len(seen) < _MOST_STREAMS:
        found = waiting.pop().get("/XObject")
        for item in found.values() if isinstance(found, pikepdf.Dictionary) else ():
            if not isinstance(item, pikepdf.Stream) or item.objgen in seen:
                continue
            seen.add(item.objgen)
            if item.get("/Subtype") == "/Image":
                yield item
            elif isinstance(item.get("/Resources"), pikepdf.Dictionary):
                waiting.append(item["/Resources"])


def _judged(image: pikepdf.Object) -> tuple[Colour | None, bool, int]:
    """Return colour (None where only the data tell), whether it is plain, and bits of a pixel (0: unknown)."""
    bits = int(image.get("/BitsPerComponent", 0))
    if image.get("/ImageMask"):
        return Colour.BILEVEL, False, 1
    masked = "/SMask" in image or "/Mask" in image or bool(image.get("/SMaskInData")) or not _reads_straight(image)
    space = image.get("/ColorSpace")
    if space is None:  # allowed in JPEG 2000 alone, which carries its own
        return None, not masked, 0
    colour, components = _space(space)
    if colour is Colour.GREY and bits == 1:
        colour = Colour.BILEVEL
    return colour, bool(components) and not masked and not _has_colour_transform(image), bits * components


def _space(space: pikepdf.Object) -> tuple[Colour | None, int]:
    """Return what a colour space holds, and its components when its samples are grey, RGB or a palette; else 0."""
    family = space if isinstance(space, pikepdf.Name) else space[0]
    if family in _GREY_SPACES:
        return Colour.GREY, 1
    if family in _COLOUR_SPACES:
        return Colour.COLOUR, 3
    if family == "/ICCBased":
        components = int(space[1].get("/N", 0))
        return _COMPONENTS.get(components), components if components in (1, 3) else 0
    if family == "/Indexed":
        return _palette_colour(space), 1
    if family in ("/Separation", "/DeviceN"):
        inks = list(space[1]) if isinstance(space[1], pikepdf.Array) else [space[1]]
        return (Colour.GREY if all(ink in _BLACK_INKS for ink in inks) else Colour.COLOUR), 0
    return Colour.COLOUR, 0


def _palette_colour(space: pikepdf.Object) -> Colour | None:
    base, _ = _space(space[1])
    table = space[3].read_bytes() if isinstance(space[3], pikepdf.Stream) else bytes(space[3])
    if base is Colour.COLOUR and space[1] in _COLOUR_SPACES:
        entries = np.frombuffer(table[: len(table) // 3 * 3], np.uint8).reshape(-1, 3).astype(np.int16)
        base = Colour.COLOUR if np.ptp(entries, axis=1).max(initial=0) > 0 else Colour.GREY
    if base is Colour.GREY and int(space[2]) <= 1:
        return Colour.BILEVEL
    return base


def _reads_straight(image: pikepdf.Object) -> bool:
    """True without a /Decode array, or with one that says what is true without it (not for palettes)."""
    decode = image.get("/Decode")
    return decode is None or [float(bound) for bound in decode] == [0.0, 1.0] * (len(decode) // 2)


def _has_colour_transform(image: pikepdf.Object) -> bool:
    parameters = image.get("/DecodeParms")
    items = list(parameters) if isinstance(parameters, pikepdf.Array) else [parameters]
    return any(isinstance(item, pikepdf.Dictionary) and "/ColorTransform" in item for item in items)
