"""PNG headers: size, colour and density, without decoding.

Source: W3C PNG (Third Edition), 5 and 11.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from archive.errors import Unreadable
from archive.messages.catalogue import tr
from archive.model.pages import MM_PER_INCH, Colour
from archive.recount.exif import Exif, parse_exif
from archive.recount.measured_page import Density, Raster
from archive.recount.palette import palette_colour

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_GREY, _TRUE_COLOUR, _PALETTE, _GREY_ALPHA, _TRUE_COLOUR_ALPHA = 0, 2, 3, 4, 6
_WANTED = frozenset({b"IHDR", b"PLTE", b"pHYs", b"eXIf"})
_MAX_BYTES = 1 << 20  # of a chunk; Exif blocks have at most 64 KiB in other formats
_METRE = 1


def read_png(file: BinaryIO) -> Raster:
    """Read the header of the PNG at the start of ``file``. Raises Unreadable."""
    chunks: dict[bytes, bytes] = {}
    for kind, body in _chunks(file):
        chunks.setdefault(kind, body)
    header = chunks.get(b"IHDR", b"")
    if len(header) != 13:
        raise Unreadable(tr("recount.a_png_image_has_no_sound"))
    width, height, depth, colour_type = struct.unpack_from(">IIBB", header)
    if not width or not height:
        raise Unreadable(tr("recount.a_png_image_does_not_say"))
    exif = parse_exif(chunks[b"eXIf"]) if b"eXIf" in chunks else Exif()
    densities = tuple(density for density in (_density(chunks.get(b"pHYs", b"")), exif.density) if density)
    colour = _colour(colour_type, depth, chunks.get(b"PLTE", b""))
    return Raster(width, height, colour, densities, exif.on_its_side)


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield the wanted chunks with a valid checksum; skip the pixels."""
    file.seek(len(SIGNATURE))
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            return
        if kind not in _WANTED or length > _MAX_BYTES:
            file.seek(length + 4, 1)
            continue
        body, check = file.read(length), file.read(4)
        if check == zlib.crc32(kind + body).to_bytes(4, "big"):
            yield kind, body


def _density(body: bytes) -> Density | None:
    if len(body) != 9:
        return None
    x, y, unit = struct.unpack(">IIB", body)
    if unit != _METRE or not x or not y:
        return None
    return Density(x * MM_PER_INCH / 1000, y * MM_PER_INCH / 1000)


def _colour(colour_type: int, depth: int, palette: bytes) -> Colour | None:
    if colour_type in (_GREY, _GREY_ALPHA):
        return Colour.BILEVEL if depth == 1 else Colour.GREY
    if colour_type == _PALETTE:
        return palette_colour([tuple(palette[at : at + 3]) for at in range(0, len(palette) - 2, 3)])
    return Colour.COLOUR if colour_type in (_TRUE_COLOUR, _TRUE_COLOUR_ALPHA) else None
