"""Checks that content streams and inline images of a PDF page are complete."""

from __future__ import annotations

import re
import zlib

import pikepdf

from archive.ingest.pdf.images.palette import components_of

_MAX_UNPACKED = 64 * 2**20  # of contents
_RAW_DEFLATE = -15  # zlib's code for data without header and checksum
_ZLIB_HEAD = 2
_INLINE = re.compile(rb"(?:^|\s)BI\s[^\0]{0,1000}?\sID\s")  # the header of an inline image
_INLINE_END = re.compile(rb"\sEI(?:\s|$)")
_LOSSLESS = {"/FlateDecode", "/LZWDecode", "/RunLengthDecode", "/ASCII85Decode", "/ASCIIHexDecode"}


class ContentIncompleteError(Exception):
    """The file lacks an object that the page refers to."""


def check_whole(stream: pikepdf.Object) -> None:
    """Raise ContentIncompleteError when the data of a content stream end early or cannot be inflated."""
    filters = stream.get("/Filter")
    names = [str(name) for name in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
    try:
        data, ended = _unpacked(stream, names) if set(names) == {"/FlateDecode"} else (bytes(stream.read_bytes()), True)
    except Exception as error:
        raise ContentIncompleteError("contents") from error
    heads = list(_INLINE.finditer(data))
    if not ended or (heads and not _INLINE_END.search(data, heads[-1].end())):
        raise ContentIncompleteError("the end of its contents")


def _unpacked(stream: pikepdf.Object, names: list[str]) -> tuple[bytes, bool]:
    """Return the data of a deflated stream, and whether they are complete; each filter has a size limit."""
    packed = bytes(stream.read_raw_bytes())
    for _ in names[1:]:
        packed = zlib.decompressobj().decompress(packed, _MAX_UNPACKED)
    unpacking = zlib.decompressobj(_RAW_DEFLATE)
    data = unpacking.decompress(packed[_ZLIB_HEAD:], _MAX_UNPACKED)
    return data, unpacking.eof or not packed


def check_inline(image: pikepdf.PdfInlineImage, space: pikepdf.Object | None) -> None:
    """Raise ContentIncompleteError when an inline image has no pixels, or too few data for them.

    ``space``: its colour space. Coded data are checked by their decoder.
    """
    width, height = int(image.width), int(image.height)
    if min(width, height) < 1:
        raise ContentIncompleteError("a picture")
    filters = image.obj.get("/Filter")
    named = list(filters) if isinstance(filters, pikepdf.Array) else [] if filters is None else [filters]
    if any(str(name) not in _LOSSLESS for name in named):
        return
    try:
        samples = 1 if space is None else components_of(space)
        bits = 1 if image.obj.get("/ImageMask") else int(image.obj["/BitsPerComponent"]) * samples
        present = len(image.read_bytes()) if named else len(image.read_raw_bytes())
    except Exception as error:
        raise ContentIncompleteError("a picture") from error
    if present < (width * bits + 7) // 8 * height:
        raise ContentIncompleteError("the end of a picture")
