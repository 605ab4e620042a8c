"""Puts a sheet's marks on paper: one mask of ink for each colour, multiplied over white."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from samples.generator.fonts import MM_PER_POINT, Fonts
from samples.generator.marks import BoxStamp, Ink, PenText, Scribble, Seal, Sheet, Stroke, Text
from samples.generator.pen import pen_strokes, scribble_strokes
from samples.generator.stamps import box_stamp_mask, seal_mask, soak

# Letters are drawn larger, then reduced: hinting to the grid of the screen would move and widen them.
_OVERSAMPLE = 4
_LARGE = 1_000_000  # pixels


def pixels(mm: float, dpi: float) -> int:
    """Return a length in whole pixels."""
    return round(mm * dpi / 25.4)


def paint(sheet: Sheet, dpi: float, fonts: Fonts, rng: np.random.Generator, *, toner: float = 0.96) -> Image.Image:
    """Return the sheet as an RGB image on white paper. ``toner`` 0..1 is how black the print is."""
    size = (pixels(sheet.width, dpi), pixels(sheet.height, dpi))
    masks: dict[Ink, Image.Image] = {}
    for mark in sheet.marks:
        ink = Ink.SEAL if isinstance(mark, Seal) else mark.ink
        mask = masks.setdefault(ink, Image.new("L", size, 0))
        _draw(mask, mark, dpi, fonts, rng)
    page = Image.new("RGB", size, "white")
    # Print lies under pen, pen under the seal; multiplication makes the order invisible, the enum keeps it fixed.
    for ink in Ink:
        if ink in masks:
            strength = toner if ink is Ink.TONER else 1.0
            page = soak(page, _uneven(masks[ink], strength, rng), ink)
    return page


def _draw(
    mask: Image.Image,
    mark: Text | PenText | Stroke | Scribble | Seal | BoxStamp,
    dpi: float,
    fonts: Fonts,
    rng: np.random.Generator,
) -> None:
    scale = dpi / 25.4
    match mark:
        case Text():
            _text(mask, mark, scale, fonts)
        case Stroke():
            _stroke(mask, mark, scale)
        case PenText():
            for stroke in pen_strokes(mark, rng):
                _stroke(mask, stroke, scale)
        case Scribble():
            for stroke in scribble_strokes(mark):
                _stroke(mask, stroke, scale)
        case Seal():
            _press(mask, seal_mask(mark, dpi, fonts, rng), mark.x * scale, mark.y * scale)
        case BoxStamp():
            _press(mask, box_stamp_mask(mark, dpi, fonts, rng), mark.x * scale, mark.y * scale)


def _text(mask: Image.Image, mark: Text, scale: float, fonts: Fonts) -> None:
    font = fonts.sized(mark.face, mark.points * MM_PER_POINT * scale * _OVERSAMPLE)
    x, y = mark.x * scale, mark.y * scale
    left, top, right, bottom = (side / _OVERSAMPLE for side in font.getbbox(mark.text, anchor="ls"))
    with _tile(mask, (x + left, y + top, x + right, y + bottom)) as tile:
        ImageDraw.Draw(tile.image).text(tile.at((x, y)), mark.text, fill=255, font=font, anchor="ls")


def _stroke(mask: Image.Image, mark: Stroke, scale: float) -> None:
    points = [(x * scale, y * scale) for x, y in mark.points]
    columns, rows = [x for x, _ in points], [y for _, y in points]
    reach = mark.width * scale
    box = (min(columns) - reach, min(rows) - reach, max(columns) + reach, max(rows) + reach)
    with _tile(mask, box) as tile:
        path = [tile.at(point) for point in points]
        if mark.closed:
            ImageDraw.Draw(tile.image).polygon(path, fill=255)
        else:
            width = max(1, round(mark.width * scale * tile.factor))
            ImageDraw.Draw(tile.image).line(path, fill=255, width=width, joint="curve")


@dataclass(frozen=True)
class _Tile:
    """A piece of a mask, enlarged; ``at`` turns the mask's pixels into the tile's."""

    image: Image.Image
    corner: tuple[int, int]
    factor: int

    def at(self, point: tuple[float, float]) -> tuple[float, float]:
        return (point[0] - self.corner[0]) * self.factor, (point[1] - self.corner[1]) * self.factor


@contextmanager
def _tile(mask: Image.Image, box: tuple[float, float, float, float]) -> Iterator[_Tile]:
    """Lend an enlarged tile over ``box``; afterwards it is reduced and its ink goes onto the mask."""
    corner = (int(box[0]) - 1, int(box[1]) - 1)
    width, height = int(box[2]) + 3 - corner[0], int(box[3]) + 3 - corner[1]
    # A frame around the page would enlarge the page whole; straight lines do without.
    factor = _OVERSAMPLE if width * height < _LARGE else 1
    image = Image.new("L", (width * factor, height * factor), 0)
    yield _Tile(image, corner, factor)
    small = image.reduce(factor)
    mask.paste(255, corner, small)


def _press(mask: Image.Image, tile: Image.Image, x: float, y: float) -> None:
    mask.paste(255, (round(x - tile.width / 2), round(y - tile.height / 2)), tile)


def _uneven(mask: Image.Image, strength: float, rng: np.random.Generator) -> Image.Image:
    """Return ink that varies a little over the page, as drums and cartridges do."""
    low = round(255 * strength * 0.9)
    cloud = rng.integers(low, round(255 * strength) + 1, (9, 7), dtype=np.uint8)
    spread = np.asarray(Image.fromarray(cloud).resize(mask.size, Image.Resampling.BICUBIC), dtype=np.uint16)
    return Image.fromarray((np.asarray(mask, dtype=np.uint16) * spread // 255).astype(np.uint8))
