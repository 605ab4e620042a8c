"""Picture data with parts missing, made on the spot: files of each coding, and what transfers do to them."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

END = b"\xff\xd9"
SIZE = (620, 877)  # an A4 at 75 dpi


def printed(seed: int, size: tuple[int, int] = SIZE, noise: float = 3.0) -> Image.Image:
    """Return a grey page of print-like blots from top to bottom, as scanners see it."""
    chance = np.random.default_rng(seed)
    across, down = size
    pixels = np.full((down, across), 245.0)
    for top in range(20, down - 30, 26):
        for left in range(30, across - 30, 14):
            if chance.random() < 0.8:
                pixels[top : top + 12, left : left + 9] = np.where(chance.random((12, 9)) < 0.6, 30, 235)
    return Image.fromarray((pixels + chance.normal(0, noise, pixels.shape)).clip(0, 255).astype(np.uint8))


def scan_data(jpeg: bytes) -> tuple[int, int]:
    """Return where the coded data of a JPEG begin and end."""
    at = jpeg.index(b"\xff\xda")
    return at + 2 + struct.unpack_from(">H", jpeg, at + 2)[0], jpeg.rindex(END)


def coded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return ``image`` as a file of ``kind``."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


Damage = Callable[[bytes, int, int], bytes]

CUT: dict[str, Damage] = {
    "cut and closed": lambda data, at, end: data[:at] + END,
    "cut": lambda data, at, end: data[:at],
    "zeros to the end": lambda data, at, end: data[:at] + bytes(end - at) + data[end:],
    "zeros and no end": lambda data, at, end: data[:at] + bytes(end - at),
    "cut, padded and closed": lambda data, at, end: data[:at] + bytes(300) + END,
    "ones to the end": lambda data, at, end: data[:at] + b"\xff" * (end - at) + data[end:],
}


def strips(image: Image.Image, compression: str, rows: int, **tags: int) -> list[bytes]:
    """Return the strips into which libtiff codes ``image``, each of ``rows``; ``tags`` are called t292 and so on."""
    file = io.BytesIO()
    image.save(file, "TIFF", compression=compression, tiffinfo={278: rows, **{int(k[1:]): v for k, v in tags.items()}})
    data = file.getvalue()
    entries = TiffImageFile(io.BytesIO(data)).tag_v2
    return [data[at : at + size] for at, size in zip(entries[273], entries[279], strict=True)]


def one_strip(image: Image.Image, compression: str, change: Callable[[bytes], bytes], **tags: int) -> bytes:
    """Return a TIFF of one strip with ``change`` done to its data; their length is stated as it then is."""
    file = io.BytesIO()
    tagged = {278: image.height, **{int(k[1:]): v for k, v in tags.items()}}
    image.save(file, "TIFF", compression=compression, dpi=(75, 75), tiffinfo=tagged)
    data = bytearray(file.getvalue())
    entries = TiffImageFile(io.BytesIO(bytes(data))).tag_v2
    (at,), (size,) = entries[273], entries[279]
    changed = change(bytes(data[at : at + size]))
    data[at : at + size] = bytes(size)  # the whole strip hides nowhere in the file
    place = len(data) + len(data) % 2
    data += bytes(place - len(data)) + changed
    (directory,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, directory)
    for entry in range(directory + 2, directory + 2 + 12 * count, 12):
        tag = struct.unpack_from("<H", data, entry)[0]
        if tag in (273, 279):
            struct.pack_into("<HII", data, entry + 2, 4, 1, place if tag == 273 else len(changed))
    return bytes(data)
