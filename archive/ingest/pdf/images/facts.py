"""Facts about one image on a PDF page: colour, density, and whether it can be extracted unchanged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as c

from archive.ingest.common.sizes import Resolution
from archive.ingest.pdf.images.coded_size import JPEG, JPEG_2000, CodedHeader, coded_header
from archive.ingest.pdf.images.dictionaries import DescribedImage, ImageDictionaries, describe
from archive.ingest.pdf.images.dictionary_facts import DictionaryFacts, Mask
from archive.model.pages import Colour

_UNKNOWN = DictionaryFacts(None, False, 0, 0)
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
    """The facts of one image that are known without decoding it.

    ``plain``: its samples can be used unchanged: no mask, decode array, special colour space or alpha.
    ``bits``: of one pixel before filters, 0 where only the data tell. ``stencil`` and ``mask``: see DictionaryFacts.
    ``dictionary``: None for an inline image, and when it is ambiguous.
    """

    filters: tuple[str, ...]
    colour: Colour | None
    density: Resolution | None
    plain: bool
    bits: int = 0
    stencil: bool = False
    mask: Mask | None = None
    dictionary: pikepdf.Object | None = field(default=None, compare=False)

    @property
    def is_jpeg_2000(self) -> bool:
        """True for a JPEG 2000, which cannot be decoded line by line."""
        return self.filters[-1:] == (JPEG_2000,)

    @property
    def is_jpeg(self) -> bool:
        """True for a JPEG, possibly wrapped in filters without loss."""
        return self.filters[-1:] == (JPEG,)


def image_facts(
    image: pdfium.PdfImage, dictionaries: ImageDictionaries, painted: Callable[[], pikepdf.Object | None]
) -> ImageFacts:
    """Return the facts of ``image``; ``dictionaries`` are those of its page.

    ``painted`` returns the image painted at the place of ``image``; called when several have the same data.
    """
    filters = tuple(image.get_filters())
    try:
        return _facts(image, filters, dictionaries.found(image) or describe(painted()))
    except Exception:  # a damaged logo must not make the page unreadable; decoding the image will fail
        return ImageFacts(filters, None, None, plain=False)


def _facts(image: pdfium.PdfImage, filters: tuple[str, ...], described: DescribedImage | None) -> ImageFacts:
    coded = coded_header(image)
    if coded is not None:
        return _coded_facts(coded, filters, described)
    if described is None:
        colour = Colour.BILEVEL if filters[-1:] and filters[-1] in _FAX else _rendered_colour(image)
        return ImageFacts(filters, colour, None, plain=False)
    facts = described.facts
    said = (facts.bits, facts.stencil, facts.mask, described.image)
    return ImageFacts(filters, facts.colour, None, facts.plain, *said)


def _coded_facts(coded: CodedHeader, filters: tuple[str, ...], described: DescribedImage | None) -> ImageFacts:
    """Return the facts of a JPEG or JPEG 2000: its own channels outrank those of its dictionary."""
    facts = described.facts if described is not None else _UNKNOWN
    # A JPEG 2000 may leave its colour space to its data; four channels and mismatches go to the renderer.
    agrees = facts.colour is coded.colour or (facts.colour is None and filters[-1] == JPEG_2000)
    colour = facts.colour if facts.components == coded.components else coded.colour
    plain = facts.plain and coded.plain and agrees
    said = (0, facts.stencil, facts.mask, described.image if described is not None else None)
    return ImageFacts(filters, colour or coded.colour, coded.density, plain, *said)


def _rendered_colour(image: pdfium.PdfImage) -> Colour | None:
    """Return the colour of an image without a dictionary of its own, as the renderer reads its header."""
    header = image.get_metadata()
    if header.bits_per_pixel == 1 and header.colorspace != c.FPDF_COLORSPACE_INDEXED:
        return Colour.BILEVEL
    return _RENDERED_SPACES.get(header.colorspace)
