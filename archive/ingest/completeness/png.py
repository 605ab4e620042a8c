"""Check that a PNG holds all rows of its image. Pillow leaves missing rows black without an error.

Source: W3C PNG (Third Edition), 7 to 10.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import IO

from PIL.PngImagePlugin import PngImageFile

_SIGNATURE_BYTES = 8
_PORTION = 1 << 20
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of each colour type
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def check_png_data(image: PngImageFile, file: IO[bytes]) -> None:
    """Raise EOFError when the loaded ``image`` lacks rows of the PNG in ``file``.

    Only an image whose last row is all zeros is inflated again: a missing row looks like that.
    """
    last = image.crop((0, image.height - 1, image.width, image.height))
    if any(last.tobytes()):
        return
    file.seek(_SIGNATURE_BYTES)
    expected = 0
    inflate, unpacked = zlib.decompressobj(), 0
    for kind, body in _chunks(file):
        if kind == b"IHDR":
            expected = _bytes_of(body)
        waiting = body if kind == b"IDAT" else b""
        while waiting and not inflate.eof:  # the output is discarded
            unpacked += len(inflate.decompress(waiting, _PORTION))
            waiting = inflate.unconsumed_tail
    if unpacked < expected:
        raise EOFError("PNG data end early")


def _chunks(file: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield header and data chunks up to the end."""
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            return
        if kind not in (b"IHDR", b"IDAT"):
            file.seek(length + 4, 1)
            continue
        yield kind, file.read(length)
        file.seek(4, 1)


def _bytes_of(header: bytes) -> int:
    """Return the size of all rows in bytes, each with its filter byte."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    bits = depth * _CHANNELS[colour]
    if not interlaced:
        return int((1 + (width * bits + 7) // 8) * height)
    total = 0
    for left, top, across, down in _ADAM7:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        total += (1 + (columns * bits + 7) // 8) * rows if columns > 0 and rows > 0 else 0
    return total
