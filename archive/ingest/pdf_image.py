"""What is known of one image on a PDF page: colour, density, and whether it may be taken as it is."""

from __future__ import annotations

from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as c

from archive.ingest.pdf_coded import JPEG, JPEG_2000, Coded, coded_header
from archive.ingest.pdf_dictionaries import ImageDictionaries
from archive.ingest.sizes import Resolution
from archive.model.pages import Colour

_FAX = ("CCITTFaxDecode", "JBIG2Decode")  # filters of one bit a pixel
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
    verdict = dictionaries.verdict(image)
    colour, plain, bits = verdict or (None, False, 0)
    coded = coded_header(image)
    if coded is not None:
        return _coded_facts(coded, filters, colour, plain)
    if verdict is None:
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
