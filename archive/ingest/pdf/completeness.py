"""Check that the data of a PDF image and its masks are complete. The renderer paints missing data white.

Source: ISO 32000-1, 7.4 (filters) and 8.9.5 (image dictionaries).
"""

from __future__ import annotations

import zlib

import pikepdf
import pypdfium2 as pdfium

from archive.ingest.common.jpeg_layout import with_true_lines
from archive.ingest.completeness.deflate import check_deflated
from archive.ingest.completeness.fax import (
    GROUP_3,
    GROUP_4,
    RUN_LENGTHS,
    TWO_DIMENSIONS,
    FaxCoding,
    check_fax_data,
    has_line_marks,
)
from archive.ingest.completeness.jbig2 import check_jbig2_data
from archive.ingest.completeness.jpeg import check_jpeg_data
from archive.ingest.completeness.jpx import check_jpeg_2000_data
from archive.ingest.pdf.images.dictionaries import ImageDictionaries
from archive.ingest.pdf.render import check_complete

_JPEG = ("DCTDecode", "DCT")
_FAX, _JBIG2, _JPEG_2000, _DEFLATE = "CCITTFaxDecode", "JBIG2Decode", "JPXDecode", "FlateDecode"
_MAX_UNPACKED = 256 * 2**20  # of coded data that are also deflated
_FAX_COLUMNS = 1728  # ISO 32000-1, table 11


def is_complete(image: pdfium.PdfImage, bits: int, dictionaries: ImageDictionaries) -> bool:
    """False when the data of ``image``, of ``bits`` a pixel, or of its masks end early or are damaged.

    Its pixels must be within the limits: it is decoded.
    """
    try:
        check_complete(image, bits)
        check_picture(image, dictionaries.dictionary(image))
    except Exception:  # damaged headers raise various exceptions
        return False
    return True


def check_picture(image: pdfium.PdfImage, dictionary: pikepdf.Object | None) -> None:
    """Raise EOFError when the data of ``image`` or of its masks end early; other damage raises any Exception.

    Without its ``dictionary`` few checks are possible.
    """
    filters = image.get_filters()
    if filters[-1:] and filters[-1] in _JPEG:
        _check_jpeg(bytes(image.get_data(decode_simple=True)))
    elif filters == [_DEFLATE]:
        check_deflated(bytes(image.get_data()))
    elif filters[-1:] == [_JPEG_2000]:
        check_jpeg_2000_data(bytes(image.get_data(decode_simple=True)))
    elif dictionary is not None and filters:
        _check_coded(bytes(image.get_data(decode_simple=True)), filters[-1], dictionary)
    if dictionary is not None:
        for name in ("/SMask", "/Mask"):
            if isinstance(dictionary.get(name), pikepdf.Stream):
                _check_stream(dictionary[name])


def _check_stream(picture: pikepdf.Object) -> None:
    filters = _listed(picture.get("/Filter"))
    data = bytes(picture.read_raw_bytes())
    for name in filters[:-1]:
        if name != f"/{_DEFLATE}":
            return  # in filters that scanners do not write
        data = zlib.decompressobj().decompress(data, _MAX_UNPACKED)
    if filters == [f"/{_DEFLATE}"]:
        check_deflated(data)
    elif filters:
        _check_coded(data, str(filters[-1])[1:], picture)


def _check_coded(data: bytes, coding: str, picture: pikepdf.Object) -> None:
    listed = _listed(picture.get("/DecodeParms"))
    parameters = listed[-1] if listed and isinstance(listed[-1], pikepdf.Dictionary) else pikepdf.Dictionary()
    height = int(picture["/Height"])
    if coding in _JPEG:
        _check_jpeg(data)
    elif coding == _JPEG_2000:
        check_jpeg_2000_data(data)
    elif coding == _JBIG2:
        shared = parameters.get("/JBIG2Globals")
        check_jbig2_data(data, height, shared.read_bytes() if isinstance(shared, pikepdf.Stream) else b"")
    elif coding == _FAX:
        _check_fax(data, parameters, height)


def _check_jpeg(data: bytes) -> None:
    check_jpeg_data(with_true_lines(data) or data)


def _check_fax(data: bytes, parameters: pikepdf.Object, height: int) -> None:
    kind, aligned = int(parameters.get("/K", 0)), bool(parameters.get("/EncodedByteAlign", False))
    columns = int(parameters.get("/Columns", _FAX_COLUMNS))
    if kind < 0:
        coding = FaxCoding(columns, GROUP_4, aligned=aligned)
    elif kind == 0 and not parameters.get("/EndOfLine", False) and not has_line_marks(data, aligned):
        coding = FaxCoding(columns, RUN_LENGTHS) if aligned else FaxCoding(columns, GROUP_3, unmarked=True)
    else:
        coding = FaxCoding(columns, GROUP_3, TWO_DIMENSIONS if kind else 0)
    check_fax_data([data], [height], coding)


def _listed(value: pikepdf.Object | None) -> list[pikepdf.Object]:
    if value is None:
        return []
    return list(value) if isinstance(value, pikepdf.Array) else [value]
