"""Preparation of a page image for OCR.

A change of the resulting pixels must raise the number of ``prepare`` in archive/pipeline/reading_fingerprint.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from archive.errors import PageUnreadable
from archive.ingest.enhance import blank, borders, ink, skew
from archive.ingest.enhance.affine import Affine
from archive.messages.catalogue import tr
from archive.model.image import PageImage, Pixels
from archive.model.pages import MM_PER_INCH

_READING_DPI = 150.0  # cheaper than 300 dpi, and Tesseract reads it better (ADR 8.2)
_MAX_ENLARGEMENT = 2.0  # a larger enlargement adds no information
_MAX_PIXELS = 16_000_000  # no enlargement beyond about an A2 at 150 dpi, because of memory
_MAX_SIDE = 30_000  # Tesseract's limit is 32,767
_SHORT_SHEET = 1_200  # px: cards and slips carry small print, they are not reduced below this
_NEARLY_WHOLE = 0.04  # a scanner's 300 dpi may be 290 to 310; 4 % do not affect reading
_LEVEL = 0.2  # degrees of skew that do not affect reading


@dataclass(frozen=True, slots=True)
class Prepared:
    """An even, level, grey page for the engine, and where it came from.

    ``to_stored`` maps mm on ``image`` to mm on the page as stored; ``rotation``: degrees clockwise
    (0, 90, 180, 270) by which the stored page was turned.
    """

    image: PageImage
    to_stored: Affine
    rotation: int

    def upside_down(self) -> Prepared:
        """Return the same page turned by 180 degrees."""
        image = self.image
        turn = Affine.undo_turn(180, image.canvas_width_mm, image.canvas_height_mm)
        turned = PageImage(_turned(image, 180), image.canvas_width_mm, image.canvas_height_mm)
        return Prepared(turned, self.to_stored.after(turn), (self.rotation + 180) % 360)


def at_reading_scale(image: PageImage) -> PageImage:
    """Return ``image`` at about 150 dpi, pixels square, colours kept. Raises PageUnreadable when it has no pixels."""
    width, height = image.width, image.height
    if not (width and height and image.canvas_width_mm > 0 and image.canvas_height_mm > 0):
        raise PageUnreadable(tr("rejected.the_image_of_this_page_has"), "picture_empty")
    px_per_mm = _reading_px_per_mm(image)
    size = tuple(max(1, round(mm * px_per_mm)) for mm in (image.canvas_width_mm, image.canvas_height_mm))
    if size == (width, height):
        return image
    if (step := _whole_step(width / size[0], height / size[1])) is not None:
        return _by_step(image, step)
    shrinking = size[0] * size[1] < width * height
    pixels = cv2.resize(image.pixels, size, interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC)
    return PageImage(np.asarray(pixels, dtype=np.uint8), image.canvas_width_mm, image.canvas_height_mm)


def is_blank(page: PageImage) -> bool:
    """Return True when a page at reading scale is blank paper; show-through does not count."""
    return blank.is_blank(page.pixels, _px_per_mm(page))


def extract_ink(page: PageImage) -> PageImage:
    """Return a page at reading scale as dark ink on even white, grey; red stamps and yellowed paper fade."""
    grey = ink.even_ground(ink.grey_ink(page.pixels), _px_per_mm(page))
    return PageImage(grey, page.canvas_width_mm, page.canvas_height_mm)


def prepare(page: PageImage, sideways: bool | None = None) -> Prepared:
    """Return ``page`` (of ``extract_ink``) deskewed, without frame and long rules; turned by 90 degrees if sideways.

    ``sideways``: whether the lines run up or down, if known; otherwise their sharpness decides. Only reading shows
    whether the page is upside down.
    """
    sideways, angle = skew.measure_skew(page.pixels, sideways)
    width, height = page.canvas_width_mm, page.canvas_height_mm
    # Wide tables are bound with their heads at the spine, so 90 degrees is likelier than 270.
    rotation = 90 if sideways else 0
    turned = PageImage(_turned(page, 90), height, width) if sideways else page
    level, back = (turned, Affine.scaling(1, 1)) if abs(angle) < _LEVEL else _levelled(turned, angle)
    clean = borders.erase_frame(level.pixels, _px_per_mm(level))
    clean = ink.erase_rules(clean, _px_per_mm(level))
    image = PageImage(clean, level.canvas_width_mm, level.canvas_height_mm)
    return Prepared(image, Affine.undo_turn(rotation, width, height).after(back), rotation)


def _reading_px_per_mm(image: PageImage) -> float:
    """Return the scale for reading, pixels a mm: only this function decides how many pixels the engine gets."""
    longer = max(image.width, image.height)
    own = max(image.width / image.canvas_width_mm, image.height / image.canvas_height_mm)
    factor = _READING_DPI / MM_PER_INCH / own
    if factor < 1:
        return own * max(factor, min(1.0, _SHORT_SHEET / longer))
    room = min(math.sqrt(_MAX_PIXELS / (image.width * image.height)), _MAX_SIDE / longer)
    return own * min(factor, _MAX_ENLARGEMENT, max(1.0, room))


def _whole_step(across: float, down: float) -> int | None:
    """Return the reduction factor if it is nearly whole, else None: whole factors cost a quarter at 300 dpi."""
    step = round(across)
    near = step >= 2 and max(abs(across - step), abs(down - step)) <= _NEARLY_WHOLE * step
    return step if near else None


def _by_step(image: PageImage, step: int) -> PageImage:
    """Return ``image`` reduced ``step`` times; odd pixels (< ``step``) at its right and lower edge are left out."""
    width, height = image.width // step, image.height // step
    whole = image.pixels[: height * step, : width * step]
    pixels = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
    across_mm, down_mm = image.canvas_width_mm / image.width, image.canvas_height_mm / image.height
    return PageImage(np.asarray(pixels, dtype=np.uint8), width * step * across_mm, height * step * down_mm)


def _levelled(page: PageImage, angle: float) -> tuple[PageImage, Affine]:
    """Return ``page`` turned by ``angle`` degrees counter-clockwise on a larger sheet, so that no corner is lost.

    The map leads from mm on the new sheet to mm on ``page``.
    """
    slant = math.radians(abs(angle))
    width = math.ceil(page.width * math.cos(slant) + page.height * math.sin(slant))
    height = math.ceil(page.width * math.sin(slant) + page.height * math.cos(slant))
    turn = cv2.getRotationMatrix2D((page.width / 2, page.height / 2), angle, 1)
    turn = turn + np.array([[0, 0, (width - page.width) / 2], [0, 0, (height - page.height) / 2]])  # centre to centre
    pixels = cv2.warpAffine(
        page.pixels, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255
    )
    mm_x, mm_y = page.canvas_width_mm / page.width, page.canvas_height_mm / page.height
    back = Affine(*cv2.invertAffineTransform(turn).ravel().tolist())
    in_mm = Affine.scaling(mm_x, mm_y).after(back).after(Affine.scaling(1 / mm_x, 1 / mm_y))
    return PageImage(np.asarray(pixels, dtype=np.uint8), width * mm_x, height * mm_y), in_mm


def _turned(page: PageImage, clockwise: int) -> Pixels:
    return np.ascontiguousarray(np.rot90(page.pixels, -clockwise // 90))


def _px_per_mm(page: PageImage) -> float:
    return page.width / page.canvas_width_mm
