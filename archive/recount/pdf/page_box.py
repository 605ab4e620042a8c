"""The visible box of a PDF page, and the share of it that images cover.

Source: ISO 32000-1, 7.7.3.3 (page attributes) and 14.11.2 (boxes).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pikepdf

from archive.model.pages import MM_PER_INCH
from archive.recount.measured_page import Density
from archive.recount.pdf.placement import Bounds, Placement

POINTS_PER_INCH = 72
MIN_SIDE = 1.0  # units; a box without area is no box
INVENTED = (0.0, 0.0, 612.0, 792.0)  # Letter: the default of viewers for a page without a box

_CELLS = 250  # cells on each side of the grid that sums up tiles: steps of 0.4 %


class PageBox(NamedTuple):
    """The visible box of a page in its own units, and their size in mm. ``known``: the file states the box."""

    left: float
    bottom: float
    right: float
    top: float
    mm_per_unit: float
    on_its_side: bool
    known: bool

    @property
    def box(self) -> Bounds:
        """The box alone."""
        return self[:4]

    @property
    def sides(self) -> tuple[float, float]:
        """Width and height as displayed, in mm."""
        width, height = (self.right - self.left) * self.mm_per_unit, (self.top - self.bottom) * self.mm_per_unit
        return (height, width) if self.on_its_side else (width, height)


def page_box_of(page: pikepdf.Page) -> PageBox:
    """Return the visible box: the crop box within the media box. Boxes may be written from any two corners."""
    media, crop = _box(page.obj.get("/MediaBox")), _box(page.obj.get("/CropBox"))
    known = media is not None
    media = media or INVENTED
    box = media
    if crop is not None:
        both = (max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]))
        box = both if both[0] < both[2] and both[1] < both[3] else media
    unit = float(page.obj.get("/UserUnit", 1))
    turn = int(page.obj.get("/Rotate", 0))
    return PageBox(*box, unit * MM_PER_INCH / POINTS_PER_INCH, turn % 180 == 90, known)


def _box(written: pikepdf.Object | None) -> Bounds | None:
    """Return a box as written, None when it is no box or has no area."""
    try:
        left, bottom, right, top = (float(side) for side in written or ())
    except (TypeError, ValueError):
        return None
    box = min(left, right), min(bottom, top), max(left, right), max(bottom, top)
    return box if box[2] - box[0] >= MIN_SIDE and box[3] - box[1] >= MIN_SIDE else None


def is_shown(placed: Placement, page_box: PageBox) -> bool:
    """True when an image is at least partly on the page."""
    return placed.width > 0 and placed.height > 0 and share(placed, page_box) > 0


def effective_density(placed: Placement, page_box: PageBox) -> Density:
    """Return pixels per inch of paper along the image's own axes."""
    inches = page_box.mm_per_unit / MM_PER_INCH
    return Density(placed.raster.width / (placed.width * inches), placed.raster.height / (placed.height * inches))


def share(placed: Placement, page_box: PageBox) -> float:
    """Return the share of the page that one image covers."""
    left, bottom, right, top = placed.bounds
    across = min(right, page_box.right) - max(left, page_box.left)
    up = min(top, page_box.top) - max(bottom, page_box.bottom)
    return max(0.0, across) * max(0.0, up) / ((page_box.right - page_box.left) * (page_box.top - page_box.bottom))


def coverage(images: Sequence[Placement], page_box: PageBox) -> float:
    """Return the share of the page that images cover together, by the centres of grid cells."""
    covered = np.zeros((_CELLS, _CELLS), dtype=bool)
    centres = (np.arange(_CELLS) + 0.5) / _CELLS
    across = page_box.left + centres * (page_box.right - page_box.left)
    up = page_box.bottom + centres * (page_box.top - page_box.bottom)
    for left, bottom, right, top in (placed.bounds for placed in images):
        covered |= np.outer((bottom <= up) & (up <= top), (left <= across) & (across <= right))
    return float(covered.mean())
