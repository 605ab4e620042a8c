"""Images in a JPEG or PNG file beside the one that viewers show."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from mmap import mmap

from archive.ingest.common.jpeg_layout import jpeg_layout, segments
from archive.ingest.raster.hidden.pictures import HIDDEN_DATA, HIDDEN_PICTURE, FoundPictures, search_after_end
from archive.model.limits import Limits

_PNG_SIGNATURE_BYTES = 8
_PICTURE_CHUNKS = (b"IHDR", b"PLTE", b"IDAT")
_FRAME_CHUNK = b"fdAT"
_LONG = 16 << 20  # of a chunk beside the image
_EOI_BYTES = 2


def search_jpeg(data: bytes | mmap, limits: Limits) -> FoundPictures:
    """Return the images in the header segments of a JPEG (previews), and what follows its end."""
    found_pictures = FoundPictures()
    for body in segments(data):
        found_pictures.search(body, limits)
    search_after_end(found_pictures, data, jpeg_layout(data).end + _EOI_BYTES, limits)
    return found_pictures


def search_png(data: bytes | mmap, limits: Limits) -> FoundPictures:
    """Return the images in the chunks of a PNG, and what follows its end; further frames are only named."""
    found_pictures = FoundPictures()
    end = len(data)
    for kind, start, length in _chunks(data):
        end = start + length + 4
        if kind == _FRAME_CHUNK:
            found_pictures.unscreened.add(HIDDEN_PICTURE)
        elif kind not in _PICTURE_CHUNKS and length:
            if length > _LONG:
                found_pictures.unscreened.add(HIDDEN_DATA)
            else:
                found_pictures.search(data[start : start + length], limits)
    search_after_end(found_pictures, data, end, limits)
    return found_pictures


def _chunks(data: bytes | mmap) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, offset and length of each chunk up to the end chunk."""
    at = _PNG_SIGNATURE_BYTES
    while at + 8 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        yield kind, at + 8, length
        if kind == b"IEND":
            return
        at += length + 12
