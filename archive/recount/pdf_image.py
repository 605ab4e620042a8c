"""Images in PDF files: their true pixels, colour and stated density, without decoding.

Source: ISO 32000-1, 8.6 (colour spaces) and 8.9 (images).
"""

from __future__ import annotations

import io
import struct
import zlib

import pikepdf

from archive.errors import Unreadable
from archive.model.pages import Colour
from archive.recount.jpeg import read_jpeg
from archive.recount.measured import Raster
from archive.recount.palette import palette_colour

_BLACKS = frozenset({"/Black", "/All", "/None"})  # colourants that leave no colour
_BY_COMPONENTS = {1: Colour.GREY, 3: Colour.COLOUR, 4: Colour.COLOUR}
_GREYS = frozenset({"/DeviceGray", "/CalGray"})
_ONE_BIT = frozenset({"/CCITTFaxDecode", "/JBIG2Decode"})
_SIZ = b"\xff\x4f\xff\x51"  # JPEG 2000 codestream: start, then the size segment (ISO 15444-1, A.5.1)
_MOST_UNPACKED = 256 * 1024**2  # of a JPEG that is deflated once more


def read_image(image: pikepdf.Object) -> Raster:
    """Return what dictionary and data of an image say; where they differ on size, the data are right.

    Raises Unreadable when the data have no sound header, KeyError or ValueError when the dictionary is not sound.
    """
    filters = _filters(image.get("/Filter"))
    width, height = int(image["/Width"]), int(image["/Height"])
    colour = _dictionary_colour(image, filters)
    if filters[-1:] == ["/DCTDecode"]:
        inside = read_jpeg(io.BytesIO(_coded(image, filters)))
        return inside._replace(colour=colour or inside.colour, on_its_side=False)  # PDF ignores Exif orientation
    if filters[-1:] == ["/JPXDecode"]:
        return _jpeg_2000(_coded(image, filters), colour)
    return Raster(width, height, colour)


def read_inline_image(image: pikepdf.PdfInlineImage, resources: pikepdf.Object | None) -> Raster:
    """Return what the header of an inline image says; its colour space may be named in ``resources``."""
    space = image.obj.get("/ColorSpace")
    spaces = resources.get("/ColorSpace") if resources is not None else None
    if isinstance(space, pikepdf.Name) and spaces is not None and str(space) in spaces:
        image.obj["/ColorSpace"] = spaces[str(space)]
    return Raster(image.width, image.height, _dictionary_colour(image.obj, _filters(image.obj.get("/Filter"))))


def _dictionary_colour(image: pikepdf.Object, filters: list[str]) -> Colour | None:
    if bool(image.get("/ImageMask", False)):
        return Colour.BILEVEL
    space = image.get("/ColorSpace")
    if space is None:  # JPEG 2000 carries its own; fax images have one bit
        return Colour.BILEVEL if filters and filters[-1] in _ONE_BIT else None
    colour = space_colour(space)
    bits = 1 if filters and filters[-1] in _ONE_BIT else int(image.get("/BitsPerComponent", 8))
    return Colour.BILEVEL if colour is Colour.GREY and bits == 1 else colour


def space_colour(space: pikepdf.Object) -> Colour | None:
    """Return what samples in a colour space can show; None when only the data know."""
    family = str(space) if isinstance(space, pikepdf.Name) else str(space[0])
    if family in _GREYS:
        return Colour.GREY
    if family == "/ICCBased":
        return _BY_COMPONENTS.get(int(space[1]["/N"]))
    if family == "/Indexed":
        return _indexed_colour(space)
    if family == "/Separation":
        return Colour.GREY if str(space[1]) in _BLACKS else Colour.COLOUR
    if family == "/DeviceN":
        return Colour.GREY if all(str(name) in _BLACKS for name in space[1]) else Colour.COLOUR
    return Colour.COLOUR


def _indexed_colour(space: pikepdf.Object) -> Colour | None:
    base, last, table = space[1], int(space[2]), space[3]
    data = table.read_bytes() if isinstance(table, pikepdf.Stream) else bytes(table)
    components = _components(base)
    entries = [data[at : at + components] for at in range(0, components * (last + 1), components)]
    whole = [entry for entry in entries if len(entry) == components]
    if components == 1:
        if space_colour(base) is Colour.COLOUR:
            return Colour.COLOUR
        return palette_colour([(entry[0],) * 3 for entry in whole])
    if components == 3:
        return palette_colour([tuple(entry) for entry in whole])
    return palette_colour([tuple(max(0, 255 - ink - entry[3]) for ink in entry[:3]) for entry in whole])


def _components(base: pikepdf.Object) -> int:
    family = str(base) if isinstance(base, pikepdf.Name) else str(base[0])
    if family == "/ICCBased":
        return int(base[1]["/N"])
    if family == "/DeviceN":
        return len(base[1])
    if family in _GREYS or family == "/Separation":
        return 1
    return 4 if family == "/DeviceCMYK" else 3


def _filters(value: pikepdf.Object | None) -> list[str]:
    if value is None:
        return []
    return [str(value)] if isinstance(value, pikepdf.Name) else [str(name) for name in value]


def _coded(image: pikepdf.Object, filters: list[str]) -> bytes:
    """Return the JPEG or JPEG 2000 file within an image. Raises Unreadable."""
    data = bytes(image.read_raw_bytes())
    for name in filters[:-1]:
        if name != "/FlateDecode":
            raise Unreadable(f"An image is wrapped in {name}, which cannot be measured.")
        try:
            data = zlib.decompressobj().decompress(data, _MOST_UNPACKED)
        except zlib.error as error:
            raise Unreadable("An image is damaged.") from error
    return data


def _jpeg_2000(data: bytes, colour: Colour | None) -> Raster:
    at = data.find(_SIZ)
    if at < 0 or len(data) < at + 42:
        raise Unreadable("A JPEG 2000 image has no sound header.")
    right, bottom, left, top = struct.unpack_from(">4I", data, at + 8)
    (components,) = struct.unpack_from(">H", data, at + 40)
    if right <= left or bottom <= top:
        raise Unreadable("A JPEG 2000 image does not say how large it is.")
    return Raster(right - left, bottom - top, colour or _BY_COMPONENTS.get(components, Colour.GREY))
