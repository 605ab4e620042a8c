"""JPEG headers: size, components, density; and whether the data hold all lines that the header states.

Sources: ITU-T T.81, annex B (segments); JFIF 1.02 (density); Exif 2.32.
"""

from __future__ import annotations

import re
import struct
from typing import BinaryIO, NamedTuple

import simplejpeg

from archive.errors import Unreadable
from archive.messages.catalogue import tr
from archive.model.pages import Colour
from archive.recount.exif import CM_PER_INCH, Exif, parse_exif
from archive.recount.measured_page import Density, Raster

SIGNATURE = b"\xff\xd8\xff"

_MARK = 0xFF
_TEM, _RST0, _SOI, _EOI, _SOS, _APP0, _APP1 = 0x01, 0xD0, 0xD8, 0xD9, 0xDA, 0xE0, 0xE1
_NO_LENGTH = frozenset({_TEM, *range(_RST0, _EOI + 1)})  # markers that stand alone
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0…15 but DHT, JPG and DAC
_JFIF, _EXIF = b"JFIF\x00", b"Exif\x00\x00"
_PER_INCH, _PER_CM = 1, 2
_DNL = b"\xff\xdc\x00\x04"  # marker and length; coded data contain neither it nor the other markers
_SCAN, _TABLES, _END = b"\xff\xda", b"\xff\xc4", b"\xff\xd9"
_PROGRESSIVE = 0xC2
_MAX_PIXELS = 200_000_000  # decoded to find the end of the data; line by line …
_MAX_PIXELS_WHOLE = 20_000_000  # … and for JPEGs that must be decoded whole (progressive)
_LOST = re.compile(r"premature|huffman|RST", re.IGNORECASE)  # warnings of libjpeg about missing data
_UNCLAIMED = re.compile(r"(\d+) extraneous bytes before marker 0xd9")
_PADDING = 4096  # bytes that a device may leave before the end


def read_jpeg(file: BinaryIO) -> Raster:
    """Read the header of the JPEG in ``file``, and a DNL segment after it. Raises Unreadable."""
    return _read(file).raster


def proven_raster(file: BinaryIO) -> Raster:
    """Read as ``read_jpeg``, but without density when the data hold fewer lines than they should."""
    frame = _read(file)
    return frame.raster if _holds_its_lines(frame) else frame.raster._replace(densities=())


class _Frame(NamedTuple):
    """A JPEG up to its frame header, and the rest."""

    raster: Raster
    before: bytes
    header: bytes  # with its marker and length
    rest: bytes
    by_line: bool  # one scan holds all of it


def _read(file: BinaryIO) -> _Frame:
    file.seek(len(SIGNATURE) - 1)
    jfif: Density | None = None
    exif = Exif()
    while True:
        marker = _next_marker(file)
        if marker in _NO_LENGTH and marker != _EOI:
            continue
        if marker in (_SOS, _EOI):
            raise Unreadable(tr("recount.a_jpeg_image_has_no_frame"))
        body = _segment(file)
        if marker == _APP0 and jfif is None and body.startswith(_JFIF):
            jfif = _jfif_density(body)
        elif marker == _APP1 and body.startswith(_EXIF):
            exif = parse_exif(body[len(_EXIF) :])
        elif marker in _FRAMES:
            break
    behind = file.tell()
    rest = file.read()
    stated = int.from_bytes(body[1:3], "big")
    raster = _raster(body, jfif, exif, _lines_behind(rest, stated) or stated)
    file.seek(0)
    before = file.read(behind - len(body) - 4)
    header = bytes((_MARK, marker)) + (len(body) + 2).to_bytes(2, "big") + body
    return _Frame(raster, before, header, rest, rest.count(_SCAN) == 1 and marker != _PROGRESSIVE)


def _lines_behind(rest: bytes, stated: int) -> int | None:
    """Return the lines of a DNL segment after the first scan, None without a plausible one."""
    scan = rest.find(_SCAN)
    at = rest.find(_DNL, scan + 2)
    if scan < 0 or at < 0 or any(0 <= rest.find(other, scan + 2) < at for other in (_SCAN, _TABLES, _END)):
        return None
    lines = int.from_bytes(rest[at + 4 : at + 6], "big")
    return lines if lines and (lines < stated or not stated) else None


def _holds_its_lines(frame: _Frame) -> bool:
    pixels = frame.raster.width * frame.raster.height
    if pixels > (_MAX_PIXELS if frame.by_line else _MAX_PIXELS_WHOLE):
        return True  # too large to check: the import does not read such a page either
    header = frame.header[:5] + frame.raster.height.to_bytes(2, "big") + frame.header[7:]
    space = "CMYK" if frame.header[9] == 4 else "GRAY"
    try:
        simplejpeg.decode_jpeg(frame.before + header + frame.rest, space, min_height=1, min_width=1, min_factor=8)
    except ValueError as error:
        left = _UNCLAIMED.search(str(error))
        return not _LOST.search(str(error)) and (left is None or int(left[1]) <= _PADDING)
    return True


def _next_marker(file: BinaryIO) -> int:
    """Return the next marker; other bytes are skipped, as decoders do after a segment of wrong length."""
    last = 0
    while byte := file.read(1):
        if last == _MARK and byte[0] not in (0, _MARK):
            return byte[0]
        last = byte[0]
    raise Unreadable(tr("recount.a_jpeg_image_ends_within_its"))


def _segment(file: BinaryIO) -> bytes:
    head = file.read(2)
    length = int.from_bytes(head, "big") - 2
    body = file.read(max(0, length))
    if len(head) < 2 or len(body) < length:
        raise Unreadable(tr("recount.a_jpeg_image_ends_within_its"))
    return body


def _jfif_density(body: bytes) -> Density | None:
    if len(body) < 12:
        return None
    unit, x, y = struct.unpack_from(">BHH", body, 7)
    if unit not in (_PER_INCH, _PER_CM) or not x or not y:
        return None  # unit 0 gives the shape of a dot, not its size
    factor = CM_PER_INCH if unit == _PER_CM else 1.0
    return Density(x * factor, y * factor)


def _raster(frame: bytes, jfif: Density | None, exif: Exif, height: int) -> Raster:
    if len(frame) < 6:
        raise Unreadable(tr("recount.a_jpeg_image_has_a_damaged"))
    _bits, _stated, width, components = struct.unpack_from(">BHHB", frame)
    if not width or not height or not components:
        raise Unreadable(tr("recount.a_jpeg_image_does_not_say"))
    colour = Colour.GREY if components == 1 else Colour.COLOUR
    densities = tuple(density for density in (jfif, exif.density) if density)
    return Raster(width, height, colour, densities, exif.on_its_side)
