"""TIFF directories: size, colour and density of every page, without decoding.

Source: TIFF 6.0, sections 2 to 8.
"""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
import tifffile

from archive.errors import Unreadable
from archive.messages.catalogue import tr
from archive.model.pages import Colour
from archive.recount.exif import (
    ON_THEIR_SIDE,
    ORIENTATION,
    RESOLUTION_UNIT,
    X_RESOLUTION,
    Y_RESOLUTION,
    density_of,
)
from archive.recount.measured_page import MeasuredPage, Raster, image_page
from archive.recount.palette import palette_colour

SIGNATURES = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")

_SUBFILE_TYPE, _BITS, _PHOTOMETRIC, _COLOUR_MAP = 254, 258, 262, 320
_FRACTIONS = (5, 10)  # types RATIONAL and SRATIONAL
_NO_PAGE = 0b101  # NewSubfileType: a reduced copy of another page, or a transparency mask
_GREYS = (0, 1)  # PhotometricInterpretation: white or black is zero
_PALETTE = 3
_WHITE = 65535  # colour maps have 16 bits
_INCH = 2  # ResolutionUnit when the tag is absent


def measure_tiff(file: BinaryIO) -> tuple[MeasuredPage, ...]:
    """Return the pages of a TIFF, thumbnails and masks left out. Raises Unreadable."""
    file.seek(0)
    try:
        with tifffile.TiffFile(file, name="original") as tiff:  # otherwise it fails on the name of a temporary file
            directories = _directories(tiff)
            pages = [each for each in directories if not _number(each, _SUBFILE_TYPE, 0) & _NO_PAGE]
            measured = tuple(_page(number, page) for number, page in enumerate(pages or directories, start=1))
    except Exception as error:  # tifffile raises various exceptions on a damaged directory
        raise Unreadable(tr("recount.its_directories_cannot_be_read_the")) from error
    if not measured:
        raise Unreadable(tr("recount.it_is_a_tiff_without_pages"))
    return measured


def _directories(tiff: tifffile.TiffFile) -> list[tifffile.TiffPage]:
    # By index, not by iteration: only the length handles a cyclic chain.
    found = (tiff.pages[index] for index in range(len(tiff.pages)))
    return [page for page in found if isinstance(page, tifffile.TiffPage)]


def _page(number: int, page: tifffile.TiffPage) -> MeasuredPage:
    try:
        return image_page(number, _raster(page))
    except Exception as error:  # as above; the other pages can still be measured
        return MeasuredPage(number, None, reason=tr("recount.its_directory_is_damaged", error=type(error).__name__))


def _raster(page: tifffile.TiffPage) -> Raster:
    width, height = int(page.imagewidth), int(page.imagelength)
    if width <= 0 or height <= 0:
        raise ValueError("no size")
    unit = _number(page, RESOLUTION_UNIT, _INCH)
    density = density_of(_ratio(page, X_RESOLUTION), _ratio(page, Y_RESOLUTION), unit)
    on_its_side = _number(page, ORIENTATION, 1) in ON_THEIR_SIDE
    return Raster(width, height, _colour(page), (density,) if density else (), on_its_side)


def _colour(page: tifffile.TiffPage) -> Colour | None:
    photometric = _number(page, _PHOTOMETRIC, 0)
    if photometric in _GREYS:
        return Colour.BILEVEL if _number(page, _BITS, 1) == 1 else Colour.GREY
    if photometric != _PALETTE:
        return Colour.COLOUR
    tag = page.tags.get(_COLOUR_MAP)
    if tag is None:
        return None
    entries = np.asarray(tag.value).reshape(3, -1).T  # all reds stand first, then all greens, then all blues
    return palette_colour(entries.tolist(), white=_WHITE)


def _number(page: tifffile.TiffPage, code: int, absent: int) -> int:
    tag = page.tags.get(code)
    if tag is None:
        return absent
    value = tag.value[0] if isinstance(tag.value, tuple) else tag.value
    return int(value)


def _ratio(page: tifffile.TiffPage, code: int) -> float | None:
    """Return a resolution: a fraction as the standard wants it, or another number; the first one of several."""
    tag = page.tags.get(code)
    if tag is None or isinstance(tag.value, bytes | str):
        return None
    numbers = tag.value if isinstance(tag.value, tuple) else (tag.value,)
    if int(tag.dtype) not in _FRACTIONS:
        return float(numbers[0])
    return float(numbers[0]) / float(numbers[1]) if numbers[1] else None
