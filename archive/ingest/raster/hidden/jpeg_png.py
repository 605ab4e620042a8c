"""What a JPEG or PNG file holds beside the picture that everybody shows."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from mmap import mmap

from archive.ingest.common.jpeg_layout import jpeg_layout, segments
from archive.ingest.raster.hidden.pictures import HIDDEN_DATA, HIDDEN_PICTURE, Within, after_the_end
from archive.model.limits import Limits

_PNG_SIGNATURE_BYTES = 8
_PICTURE_CHUNKS = (b"IHDR", b"PLTE", b"IDAT")
_FRAME_CHUNK = b"fdAT"
_LONG = 16 << 20  # of a chunk beside the picture
_EOI_BYTES = 2


def within_jpeg(data: bytes | mmap, limits: Limits) -> Within:
    """Return the pictures in the header segments of a JPEG (previews), and what follows its end."""
    within = Within()
    for body in segments(data):
        within.search(body, limits)
    after_the_end(within, data, jpeg_layout(data).end + _EOI_BYTES, limits)
    return within


def within_png(data: bytes | mmap, limits: Limits) -> Within:
    """Return the pictures in the chunks of a PNG, and what follows its end; further frames are named alone."""
    within = Within()
    end = len(data)
    for kind, start, length in _chunks(data):
        end = start + length + 4
        if kind == _FRAME_CHUNK:
            within.unread.add(HIDDEN_PICTURE)
        elif kind not in _PICTURE_CHUNKS and length:
            if length > _LONG:
                within.unread.add(HIDDEN_DATA)
            else:
                within.search(data[start : start + length], limits)
    after_the_end(within, data, end, limits)
    return within


def _chunks(data: bytes | mmap) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, place and length of each chunk up to the end chunk."""
    at = _PNG_SIGNATURE_BYTES
    while at + 8 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        yield kind, at + 8, length
        if kind == b"IEND":
            return
        at += length + 12
