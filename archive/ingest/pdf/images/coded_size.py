"""Headers of JPEG and JPEG 2000 data within a PDF, which the image dictionary may contradict."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

import pypdfium2 as pdfium
from PIL.JpegImagePlugin import JpegImageFile

from archive.ingest.common.densities import densities
from archive.ingest.common.jpeg_layout import with_true_lines
from archive.ingest.common.sizes import PixelSize, Resolution
from archive.model.pages import Colour

JPEG = "DCTDecode"
JPEG_2000 = "JPXDecode"
_CODESTREAM = b"\xff\x4f\xff\x51"  # SOC and SIZ of JPEG 2000 (ISO 15444-1, A.4 and A.5)
_COMPONENTS = {1: Colour.GREY, 2: Colour.GREY, 3: Colour.COLOUR, 4: Colour.COLOUR}


@dataclass(frozen=True, slots=True)
class CodedHeader:
    """The header of a coded image. ``colour``: None for an unusual number of components; ``plain``: grey or RGB."""

    size: PixelSize
    components: int
    colour: Colour | None
    plain: bool
    density: Resolution | None = None


def is_coded(image: pdfium.PdfImage) -> bool:
    """True for a JPEG or a JPEG 2000, possibly wrapped in filters without loss."""
    return image.get_filters()[-1:] in ([JPEG], [JPEG_2000])


def is_jpeg_2000(image: pdfium.PdfImage) -> bool:
    """True for a JPEG 2000, which cannot be decoded line by line."""
    return bool(image.get_filters()[-1:] == [JPEG_2000])


def image_file(image: pdfium.PdfImage) -> bytes:
    """Return the JPEG or JPEG 2000 file within ``image``; a JPEG with its true number of lines."""
    data = bytes(image.get_data(decode_simple=True))
    return data if is_jpeg_2000(image) else with_true_lines(data) or data


def coded_header(image: pdfium.PdfImage) -> CodedHeader | None:
    """Return the header of the file within ``image``; None for other images. Damage raises any Exception."""
    if not is_coded(image):
        return None
    data = image_file(image)
    return _jpeg_2000_header(data) if is_jpeg_2000(image) else _jpeg_header(data)


def coded_size(image: pdfium.PdfImage) -> PixelSize | None:
    """Return the pixel size of the file within ``image``; None without such a file, or without a valid header."""
    try:
        header = coded_header(image)
    except Exception:  # a damaged logo must not make the page unreadable; decoding the image will fail
        return None
    return header.size if header is not None else None


def _jpeg_header(data: bytes) -> CodedHeader:
    jpeg = JpegImageFile(io.BytesIO(data))
    stated = densities(jpeg)
    colour = Colour.GREY if jpeg.mode == "L" else Colour.COLOUR
    return CodedHeader(
        PixelSize(*jpeg.size), len(jpeg.layer), colour, jpeg.mode in ("L", "RGB"), stated[0] if stated else None
    )


def _jpeg_2000_header(data: bytes) -> CodedHeader:
    at = data.find(_CODESTREAM)
    if at < 0:
        raise ValueError("no JPEG 2000 codestream")
    right, bottom, left, top = struct.unpack_from(">4I", data, at + 8)
    (components,) = struct.unpack_from(">H", data, at + 40)
    if right <= left or bottom <= top:
        raise ValueError("a JPEG 2000 codestream without area")
    return CodedHeader(
        PixelSize(right - left, bottom - top), components, _COMPONENTS.get(components), components in (1, 3)
    )
