"""Images in PDF files: their true pixels, colour and stated density, without decoding.

Source: ISO 32000-1, 8.6 (colour spaces) and 8.9 (images).
"""

from __future__ import annotations

import io
import struct
import zlib

import pikepdf

from archive.errors import Unreadable
from archive.messages.catalogue import tr
from archive.model.pages import Colour
from archive.recount.jpeg import read_jpeg
from archive.recount.measured_page import Raster
from archive.recount.palette import palette_colour

_BLACKS = frozenset({"/Black", "/All", "/None"})  # colourants without colour
_BY_COMPONENTS = {1: Colour.GREY, 2: Colour.GREY, 3: Colour.COLOUR, 4: Colour.COLOUR}
_GREYS = frozenset({"/DeviceGray", "/CalGray", "/G"})
_INDEXED = frozenset({"/Indexed", "/I"})
_INKS = ("/Cyan", "/Magenta", "/Yellow", "/Black")
_ONE_BIT = frozenset({"/CCITTFaxDecode", "/JBIG2Decode"})
_SIZ = b"\xff\x4f\xff\x51"  # JPEG 2000 codestream: start, then the size segment (ISO 15444-1, A.5.1)
_LOSSLESS = frozenset({"/FlateDecode", "/LZWDecode", "/RunLengthDecode", "/ASCII85Decode", "/ASCIIHexDecode"})
_MAX_UNPACKED = 256 * 1024**2  # of a JPEG that is also deflated


def read_image(image: pikepdf.Object) -> Raster:
    """Read dictionary and data of an image; where they differ on size or channels, the data count.

    Raises Unreadable when the header of the data is invalid, KeyError or ValueError when the dictionary is invalid.
    """
    filters = _filters(image.get("/Filter"))
    width, height = int(image["/Width"]), int(image["/Height"])
    if filters[-1:] == ["/DCTDecode"]:
        inside = read_jpeg(io.BytesIO(_coded(image, filters)))
        colour = _coded_colour(image, filters, 1 if inside.colour is Colour.GREY else 0) or inside.colour
        return inside._replace(colour=colour, on_its_side=False)  # PDF ignores Exif orientation
    if filters[-1:] == ["/JPXDecode"]:
        return _jpeg_2000(image, filters)
    return Raster(width, height, _dictionary_colour(image, filters))


def read_inline_image(image: pikepdf.PdfInlineImage, resources: pikepdf.Object | None) -> Raster:
    """Read the header of an inline image; its colour space may be named in ``resources``."""
    space = image.obj.get("/ColorSpace")
    spaces = resources.get("/ColorSpace") if resources is not None else None
    if isinstance(space, pikepdf.Name) and spaces is not None and str(space) in spaces:
        image.obj["/ColorSpace"] = spaces[str(space)]
    return Raster(image.width, image.height, _dictionary_colour(image.obj, _filters(image.obj.get("/Filter"))))


def has_all_data(image: pikepdf.Object) -> bool:
    """True unless a losslessly packed image has fewer bytes than its pixels need. Raises anything on damage."""
    if set(_filters(image.get("/Filter"))) - _LOSSLESS:
        return True  # coded images mark their own end
    mask, space = bool(image.get("/ImageMask", False)), image.get("/ColorSpace")
    bits = 1 if mask or space is None else int(image["/BitsPerComponent"]) * _components(space)
    return len(image.read_bytes()) >= (int(image["/Width"]) * bits + 7) // 8 * int(image["/Height"])


def has_all_inline_data(image: pikepdf.PdfInlineImage) -> bool:
    """Return the same for an inline image, whose colour space was put into its header."""
    filters = _filters(image.obj.get("/Filter"))
    if set(filters) - _LOSSLESS:
        return True
    mask = bool(image.obj.get("/ImageMask", False))
    bits = 1 if mask else int(image.obj["/BitsPerComponent"]) * _components(image.obj["/ColorSpace"])
    present = image.read_bytes() if filters else image.read_raw_bytes()
    return len(present) >= (image.width * bits + 7) // 8 * image.height


def _dictionary_colour(image: pikepdf.Object, filters: list[str]) -> Colour | None:
    if bool(image.get("/ImageMask", False)):
        return Colour.BILEVEL
    space = image.get("/ColorSpace")
    if space is None:  # JPEG 2000 carries its own; fax images have one bit
        return Colour.BILEVEL if filters and filters[-1] in _ONE_BIT else None
    bits = 1 if filters and filters[-1] in _ONE_BIT else int(image.get("/BitsPerComponent", 8))
    colour = _indexed_colour(space, bits) if _family(space) in _INDEXED else space_colour(space)
    return Colour.BILEVEL if colour is Colour.GREY and bits == 1 else colour


def _coded_colour(image: pikepdf.Object, filters: list[str], channels: int) -> Colour | None:
    """Return the dictionary's colour when its number of channels agrees with the data, else None."""
    if bool(image.get("/ImageMask", False)):
        return Colour.BILEVEL
    space = image.get("/ColorSpace")
    if space is None or (_components(space) == 1) != (channels == 1):
        return None
    return _dictionary_colour(image, filters)


def space_colour(space: pikepdf.Object) -> Colour | None:
    """Return the colour of samples in a colour space; None when only the data state it."""
    family = _family(space)
    if family in _GREYS:
        return Colour.GREY
    if family == "/ICCBased":
        return _BY_COMPONENTS.get(int(space[1]["/N"]))
    if family == "/Separation":
        return Colour.GREY if str(space[1]) in _BLACKS else Colour.COLOUR
    if family == "/DeviceN":
        return Colour.GREY if all(str(name) in _BLACKS for name in space[1]) else Colour.COLOUR
    return Colour.COLOUR


def _indexed_colour(space: pikepdf.Object, bits: int) -> Colour | None:
    """Return the colour of those entries that samples of ``bits`` bits can choose."""
    base, last, table = space[1], int(space[2]), space[3]
    data = table.read_bytes() if isinstance(table, pikepdf.Stream) else bytes(table)
    size = _components(base)
    entries = [data[at : at + size] for at in range(0, len(data) - size + 1, size)][: min(last + 1, 2**bits)]
    lights = [_light(base, entry) for entry in entries]
    known = [light for light in lights if light is not None]
    return palette_colour(known) if len(known) == len(lights) else Colour.COLOUR


def _light(base: pikepdf.Object, entry: bytes) -> tuple[int, int, int] | None:
    """Return an entry as red, green and blue; None when it uses a colourant besides the four."""
    family = _family(base)
    if family in ("/Separation", "/DeviceN"):
        names = [str(base[1])] if family == "/Separation" else [str(name) for name in base[1]]
        inks = dict.fromkeys(_INKS, 0)
        for name, amount in zip(names, entry, strict=True):
            if name in _BLACKS:
                inks["/Black"] = amount if name != "/None" else inks["/Black"]
            elif name in inks:
                inks[name] = amount
            elif amount:
                return None
        entry = bytes(inks.values())
    if len(entry) == 4:
        red, green, blue = (max(0, 255 - ink - entry[3]) for ink in entry[:3])
        return red, green, blue
    if len(entry) == 1:
        return entry[0], entry[0], entry[0]
    if family == "/Lab":
        low_a, high_a, low_b, high_b = (float(bound) for bound in base[1].get("/Range", (-100, 100, -100, 100)))
        a, b = low_a + entry[1] / 255 * (high_a - low_a), low_b + entry[2] / 255 * (high_b - low_b)
        return entry[0], entry[0] + round(a), entry[0] + round(b)
    return entry[0], entry[1], entry[2]


def _family(space: pikepdf.Object) -> str:
    return str(space) if isinstance(space, pikepdf.Name) else str(space[0])


def _components(space: pikepdf.Object) -> int:
    family = _family(space)
    if family == "/ICCBased":
        return int(space[1]["/N"])
    if family == "/DeviceN":
        return len(space[1])
    if family in _GREYS or family in _INDEXED or family == "/Separation":
        return 1
    return 4 if family in ("/DeviceCMYK", "/CMYK") else 3


def _filters(value: pikepdf.Object | None) -> list[str]:
    if value is None:
        return []
    return [str(value)] if isinstance(value, pikepdf.Name) else [str(name) for name in value]


def _coded(image: pikepdf.Object, filters: list[str]) -> bytes:
    """Return the JPEG or JPEG 2000 file within an image. Raises Unreadable."""
    data = bytes(image.read_raw_bytes())
    for name in filters[:-1]:
        if name != "/FlateDecode":
            raise Unreadable(tr("recount.an_image_is_wrapped_in_which", name=name))
        try:
            data = zlib.decompressobj().decompress(data, _MAX_UNPACKED)
        except zlib.error as error:
            raise Unreadable(tr("recount.an_image_is_damaged")) from error
    return data


def _jpeg_2000(image: pikepdf.Object, filters: list[str]) -> Raster:
    data = _coded(image, filters)
    at = data.find(_SIZ)
    if at < 0 or len(data) < at + 42:
        raise Unreadable(tr("recount.a_jpeg_2000_image_has_no"))
    right, bottom, left, top = struct.unpack_from(">4I", data, at + 8)
    (components,) = struct.unpack_from(">H", data, at + 40)
    if right <= left or bottom <= top:
        raise Unreadable(tr("recount.a_jpeg_2000_image_does_not"))
    colour = _coded_colour(image, filters, components) or _BY_COMPONENTS.get(components)
    return Raster(right - left, bottom - top, colour)
