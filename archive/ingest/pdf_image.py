"""The image dictionaries of a PDF: colour, density, and whether an image may be taken as it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as c

from archive.ingest.pdf_coded import JPEG, JPEG_2000, Coded, coded_header
from archive.ingest.pdf_dictionaries import ImageDictionaries
from archive.ingest.sizes import Resolution
from archive.model.pages import Colour

_FAX = ("CCITTFaxDecode", "JBIG2Decode")  # filters of one bit a pixel
_GREY_SPACES = ("/DeviceGray", "/CalGray")
_COLOUR_SPACES = ("/DeviceRGB", "/CalRGB")
_BLACK_INKS = ("/Black", "/All")
_COMPONENTS = {1: Colour.GREY, 3: Colour.COLOUR, 4: Colour.COLOUR}
_RENDERED_SPACES = {
    c.FPDF_COLORSPACE_DEVICEGRAY: Colour.GREY,
    c.FPDF_COLORSPACE_CALGRAY: Colour.GREY,
    c.FPDF_COLORSPACE_DEVICERGB: Colour.COLOUR,
    c.FPDF_COLORSPACE_CALRGB: Colour.COLOUR,
    c.FPDF_COLORSPACE_DEVICECMYK: Colour.COLOUR,
    c.FPDF_COLORSPACE_LAB: Colour.COLOUR,
}


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What is known of one image without decoding it.

    ``plain``: its samples are the page, with no mask, decode array, odd colour space or alpha to apply.
    ``bits``: of one pixel before filters, 0 where only the data tell.
    """

    filters: tuple[str, ...]
    colour: Colour | None
    density: Resolution | None
    plain: bool
    bits: int = 0

    @property
    def is_jpeg_2000(self) -> bool:
        """True for a JPEG 2000, which cannot be decoded line by line."""
        return self.filters[-1:] == (JPEG_2000,)

    @property
    def is_jpeg(self) -> bool:
        """True for a JPEG, possibly wrapped in filters without loss."""
        return self.filters[-1:] == (JPEG,)


def image_facts(image: pdfium.PdfImage, dictionaries: ImageDictionaries) -> ImageFacts:
    """Return what is known of ``image``; ``dictionaries`` are those of its page."""
    filters = tuple(image.get_filters())
    try:
        return _facts(image, filters, dictionaries)
    except Exception:  # a damaged logo must not cost the text around it; whoever decodes the image will fail on it
        return ImageFacts(filters, None, None, plain=False)


def _facts(image: pdfium.PdfImage, filters: tuple[str, ...], dictionaries: ImageDictionaries) -> ImageFacts:
    # The same data under another mask would be another picture: doubtful ones are as good as none.
    verdicts = {_judged(candidate) for candidate in dictionaries.of(image)}
    known = len(verdicts) == 1
    colour, plain, bits = verdicts.pop() if known else (None, False, 0)
    coded = coded_header(image)
    if coded is not None:
        return _coded_facts(coded, filters, colour, plain)
    if colour is None and not known:
        colour = Colour.BILEVEL if filters[-1:] and filters[-1] in _FAX else _rendered_colour(image)
    return ImageFacts(filters, colour, None, plain, bits)


def _coded_facts(coded: Coded, filters: tuple[str, ...], colour: Colour | None, plain: bool) -> ImageFacts:
    # A JPEG 2000 may leave its colour space to its data; four channels and mismatches go to the renderer.
    agrees = colour is coded.colour or (colour is None and filters[-1] == JPEG_2000)
    return ImageFacts(filters, colour or coded.colour, coded.density, plain and coded.plain and agrees)


def _rendered_colour(image: pdfium.PdfImage) -> Colour | None:
    """Return the colour of an image without a dictionary of its own, as the renderer reads its header."""
    header = image.get_metadata()
    if header.bits_per_pixel == 1 and header.colorspace != c.FPDF_COLORSPACE_INDEXED:
        return Colour.BILEVEL
    return _RENDERED_SPACES.get(header.colorspace)


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
