"""PDF pages: their boxes, and whether the images on them prove those.

Source: ISO 32000-1, 7.7.3.3 (page attributes) and 14.11.2 (boxes).
"""

from __future__ import annotations

from typing import BinaryIO, NamedTuple

import numpy as np
import pikepdf

from archive.errors import Encrypted, Unreadable
from archive.model.pages import MM_PER_INCH, Colour, SizeOrigin
from archive.recount.measured import Density, MeasuredPage, is_above_a0
from archive.recount.pdf_content import Placement, read_content

NEARLY_ALL = 0.95  # of the page; scanners leave narrow white margins
LEAST_SCAN_DPI = 36.0  # coarser images under text are the page's background, not its scan
POINTS_PER_INCH = 72

_CELLS = 250  # a side of the grid on which tiles are added up: 0.4 % steps
_RICHNESS = (None, Colour.BILEVEL, Colour.GREY, Colour.COLOUR)


class Sheet(NamedTuple):
    """The visible box of a page in its own units, and what turns those into mm."""

    left: float
    bottom: float
    right: float
    top: float
    mm_per_unit: float
    on_its_side: bool

    @property
    def sides(self) -> tuple[float, float]:
        """Width and height as displayed, in mm."""
        width, height = (self.right - self.left) * self.mm_per_unit, (self.top - self.bottom) * self.mm_per_unit
        return (height, width) if self.on_its_side else (width, height)


def measure_pdf(file: BinaryIO) -> tuple[MeasuredPage, ...]:
    """Return the pages of a PDF. Raises Encrypted when it asks for a password, else Unreadable."""
    file.seek(0)
    try:
        with pikepdf.open(file) as pdf:
            pages = tuple(_page(number, page) for number, page in enumerate(pdf.pages, start=1))
    except pikepdf.PasswordError as error:
        raise Encrypted("It asks for a password. Ask its owner for a copy without one.") from error
    except Exception as error:  # qpdf's complaints about damage arrive as many kinds of error
        raise Unreadable("Its pages cannot be found: the file is damaged.") from error
    if not pages:
        raise Unreadable("It is a PDF without pages.")
    return pages


def _page(number: int, page: pikepdf.Page) -> MeasuredPage:
    try:
        return measured_page(number, _sheet(page), page)
    except Exception as error:  # as above; the other pages can still be measured
        return MeasuredPage(number, None, trouble=f"its page is damaged ({type(error).__name__})")


def measured_page(number: int, sheet: Sheet, page: pikepdf.Page) -> MeasuredPage:
    """Return what the box and the images of a page prove together. Raises as read_content does."""
    content = read_content(page)
    shown = [placed for placed in content.images if _is_shown(placed, sheet)]
    fine = [placed for placed in shown if min(_effective(placed, sheet)) >= LEAST_SCAN_DPI]
    scan = _scan(fine or (shown if content.images_alone else []), sheet)
    if scan is None or not (scan.covers or content.images_alone):
        return MeasuredPage(number, SizeOrigin.BORN_DIGITAL, *sheet.sides)
    effective, stated = _effective(scan.main, sheet), scan.main.raster.densities[:1]
    if scan.covers and any(density.is_measured() and density.contradicts(effective) for density in stated):
        return MeasuredPage(number, SizeOrigin.CONFLICT, colour=scan.colour)
    # Images that leave much of the page white, with nothing else on it, are a scan whose paper nobody knows.
    if not (scan.covers and fine) or effective.is_default() or is_above_a0(*sheet.sides):
        return MeasuredPage(number, SizeOrigin.ASSUMED, colour=scan.colour)
    return MeasuredPage(number, SizeOrigin.PAGE_BOX, *sheet.sides, min(effective), scan.colour)


def _sheet(page: pikepdf.Page) -> Sheet:
    """Return the visible box: the crop box within the media box. Boxes may be written from any two corners."""
    media, crop = (_ordered([float(side) for side in box]) for box in (page.mediabox, page.cropbox))
    both = (max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]))
    box = both if both[0] < both[2] and both[1] < both[3] else media
    if box[0] >= box[2] or box[1] >= box[3]:
        raise ValueError("a page box without area")
    unit = float(page.obj.get("/UserUnit", 1))
    return Sheet(*box, unit * MM_PER_INCH / POINTS_PER_INCH, int(page.rotation) % 180 == 90)


def _ordered(box: list[float]) -> tuple[float, float, float, float]:
    left, bottom, right, top = box
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


class _Scan(NamedTuple):
    """The scan behind a page: the image that decides on dpi, whether nearly all is covered, and the colour."""

    main: Placement
    covers: bool
    colour: Colour | None


def _scan(images: list[Placement], sheet: Sheet) -> _Scan | None:
    """Return the scan that the images are, None for no images.

    Of layers over the whole page, the one with most pixels carries the letters and the richest one the colour
    (a small coloured picture on a grey scan makes no colour scan); of tiles, the largest decides.
    """
    layers = [placed for placed in images if _share(placed, sheet) >= NEARLY_ALL]
    if layers:
        main = max(layers, key=lambda placed: placed.raster.width * placed.raster.height)
        return _Scan(main, True, max((placed.raster.colour for placed in layers), key=_RICHNESS.index))
    if not images:
        return None
    main = max(images, key=lambda placed: _share(placed, sheet))
    return _Scan(main, _coverage(images, sheet) >= NEARLY_ALL, main.raster.colour)


def _is_shown(placed: Placement, sheet: Sheet) -> bool:
    return placed.width > 0 and placed.height > 0 and _share(placed, sheet) > 0


def _effective(placed: Placement, sheet: Sheet) -> Density:
    """Return pixels per inch of paper along the image's own axes."""
    inches = sheet.mm_per_unit / MM_PER_INCH
    return Density(placed.raster.width / (placed.width * inches), placed.raster.height / (placed.height * inches))


def _share(placed: Placement, sheet: Sheet) -> float:
    """Return the share of the page that one image covers."""
    left, bottom, right, top = placed.bounds
    across = min(right, sheet.right) - max(left, sheet.left)
    up = min(top, sheet.top) - max(bottom, sheet.bottom)
    return max(0.0, across) * max(0.0, up) / ((sheet.right - sheet.left) * (sheet.top - sheet.bottom))


def _coverage(images: list[Placement], sheet: Sheet) -> float:
    """Return the share of the page that images cover together, by the centres of grid cells."""
    covered = np.zeros((_CELLS, _CELLS), dtype=bool)
    centres = (np.arange(_CELLS) + 0.5) / _CELLS
    across = sheet.left + centres * (sheet.right - sheet.left)
    up = sheet.bottom + centres * (sheet.top - sheet.bottom)
    for left, bottom, right, top in (placed.bounds for placed in images):
        covered |= np.outer((bottom <= up) & (up <= top), (left <= across) & (across <= right))
    return float(covered.mean())
