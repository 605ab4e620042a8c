"""JPEG headers: size, components and density, without decoding.

Sources: ITU-T T.81, annex B (segments); JFIF 1.02 (density); Exif 2.32.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from archive.errors import Unreadable
from archive.model.pages import Colour
from archive.recount.exif import CM_PER_INCH, Exif, parse_exif
from archive.recount.measured import Density, Raster

SIGNATURE = b"\xff\xd8\xff"

_MARK = 0xFF
_TEM, _RST0, _SOI, _EOI, _SOS, _APP0, _APP1 = 0x01, 0xD0, 0xD8, 0xD9, 0xDA, 0xE0, 0xE1
_NO_LENGTH = frozenset({_TEM, *range(_RST0, _EOI + 1)})  # markers that stand alone
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0…15 but DHT, JPG and DAC
_JFIF, _EXIF = b"JFIF\x00", b"Exif\x00\x00"
_PER_INCH, _PER_CM = 1, 2


def read_jpeg(file: BinaryIO) -> Raster:
    """Return what the header of the JPEG at the start of ``file`` says. Raises Unreadable."""
    file.seek(len(SIGNATURE) - 1)
    jfif: Density | None = None
    exif = Exif()
    while True:
        marker = _next_marker(file)
        if marker in _NO_LENGTH and marker != _EOI:
            continue
        if marker in (_SOS, _EOI):
            raise Unreadable("A JPEG image has no frame header.")
        body = _segment(file)
        if marker == _APP0 and jfif is None and body.startswith(_JFIF):
            jfif = _jfif_density(body)
        elif marker == _APP1 and body.startswith(_EXIF):
            exif = parse_exif(body[len(_EXIF) :])
        elif marker in _FRAMES:
            return _raster(body, jfif, exif)


def _next_marker(file: BinaryIO) -> int:
    """Return the next marker; bytes that are none are skipped, as decoders do after a segment of wrong length."""
    last = 0
    while byte := file.read(1):
        if last == _MARK and byte[0] not in (0, _MARK):
            return byte[0]
        last = byte[0]
    raise Unreadable("A JPEG image ends within its header.")


def _segment(file: BinaryIO) -> bytes:
    head = file.read(2)
    length = int.from_bytes(head, "big") - 2
    body = file.read(max(0, length))
    if len(head) < 2 or len(body) < length:
        raise Unreadable("A JPEG image ends within its header.")
    return body


def _jfif_density(body: bytes) -> Density | None:
    if len(body) < 12:
        return None
    unit, x, y = struct.unpack_from(">BHH", body, 7)
    if unit not in (_PER_INCH, _PER_CM) or not x or not y:
        return None  # unit 0 gives the shape of a dot, not its size
    factor = CM_PER_INCH if unit == _PER_CM else 1.0
    return Density(x * factor, y * factor)


def _raster(frame: bytes, jfif: Density | None, exif: Exif) -> Raster:
    if len(frame) < 6:
        raise Unreadable("A JPEG image has a damaged frame header.")
    _bits, height, width, components = struct.unpack_from(">BHHB", frame)
    if not width or not height or not components:
        raise Unreadable("A JPEG image does not say how large it is.")
    colour = Colour.GREY if components == 1 else Colour.COLOUR
    densities = tuple(density for density in (jfif, exif.density) if density)
    return Raster(width, height, colour, densities, exif.on_its_side)
