"""Originals for the recount: small files whose headers say what a test needs."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pikepdf
import tifffile
from pikepdf import Array, Dictionary, Name
from PIL import Image

A4_POINTS = (595.28, 841.89)
A4_AT_200 = (1654, 2339)


def jpeg(size: tuple[int, int] = A4_AT_200, mode: str = "RGB", **options: object) -> bytes:
    """A JPEG as Pillow writes it; ``options`` are Pillow's, such as dpi and exif."""
    out = io.BytesIO()
    Image.new(mode, size, "white").save(out, "JPEG", **options)
    return out.getvalue()


def exif(orientation: int | None = None, dpi: float | None = None, unit: int = 2) -> Image.Exif:
    """Exif tags for Pillow to write."""
    tags = Image.Exif()
    if orientation:
        tags[274] = orientation
    if dpi:
        tags[282], tags[283], tags[296] = dpi, dpi, unit
    return tags


def png(size: tuple[int, int], depth: int, colour_type: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of headers alone: nobody decodes it."""
    header = struct.pack(">IIBBBBB", *size, depth, colour_type, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def phys(dpi: float) -> tuple[bytes, bytes]:
    """The chunk in which a PNG states its density."""
    per_metre = round(dpi / 0.0254)
    return (b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1))


def tiff(path: Path, *pages: dict[str, object], size: tuple[int, int] = (165, 234)) -> Path:
    """A TIFF with one page for each dict of tifffile's options."""
    with tifffile.TiffWriter(path) as writer:
        for options in pages:
            rgb = options.get("photometric") == "rgb"
            shape = (size[1], size[0], 3) if rgb else (size[1], size[0])
            writer.write(np.zeros(shape, options.pop("dtype", np.uint8)), **options)  # type: ignore[arg-type]  # tifffile's own options
    return path


class Paper:
    """A PDF of one page, built piece by piece."""

    def __init__(self, size: tuple[float, float] = A4_POINTS) -> None:
        self.pdf = pikepdf.new()
        self.page = self.pdf.add_blank_page(page_size=size)
        self.size = size
        self._content = b""

    def image(
        self,
        pixels: tuple[int, int] = A4_AT_200,
        data: bytes | None = None,
        space: pikepdf.Object | None = None,
        bits: int = 8,
        **entries: object,
    ) -> pikepdf.Object:
        """An image; ``data`` are a JPEG's, without them nothing stands behind the dictionary."""
        image = pikepdf.Stream(self.pdf, b"\0" if data is None else data)
        image.Type, image.Subtype = Name.XObject, Name.Image
        image.Width, image.Height = pixels
        image.BitsPerComponent = bits
        image.ColorSpace = Name.DeviceRGB if space is None else space
        if data is not None:
            image.Filter = Name.DCTDecode
        for key, value in entries.items():
            image[f"/{key}"] = value
        return self.pdf.make_indirect(image)

    def paint(self, thing: pikepdf.Object, matrix: Sequence[float] | None = None) -> Paper:
        """Paint an image or a form; without ``matrix`` over the whole page."""
        name = self.page.add_resource(thing, Name.XObject)
        numbers = matrix or (self.size[0], 0, 0, self.size[1], 0, 0)
        return self.draw(b"q %s cm %s Do Q" % (" ".join(map(str, numbers)).encode(), str(name).encode()))

    def form(self, inside: pikepdf.Object, content: bytes, matrix: Sequence[float] | None = None) -> pikepdf.Object:
        """A form whose content calls ``inside`` by the name /In."""
        form = pikepdf.Stream(self.pdf, content)
        form.Type, form.Subtype = Name.XObject, Name.Form
        form.BBox = Array([0, 0, 1000, 1000])
        form.Resources = Dictionary(XObject=Dictionary(In=inside))
        if matrix is not None:
            form.Matrix = Array(matrix)
        return self.pdf.make_indirect(form)

    def draw(self, content: bytes) -> Paper:
        """Add operators to the page's content."""
        self._content += content + b"\n"
        return self

    def bytes(self, **options: object) -> bytes:
        """The PDF; ``options`` are pikepdf's, such as encryption."""
        self.page.Contents = self.pdf.make_stream(self._content)
        out = io.BytesIO()
        self.pdf.save(out, **options)  # type: ignore[arg-type]  # pikepdf's own options
        return out.getvalue()
