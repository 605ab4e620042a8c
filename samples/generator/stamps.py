"""Draws rubber stamps: round seals of agencies, rectangular stamps with one frame."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from samples.generator.fonts import MM_PER_POINT, Face, Fonts
from samples.generator.marks import BoxStamp, Ink, Seal

# Seals are drawn larger, then reduced: turned letters come out smooth.
_OVERSAMPLE = 2


def stamp(
    image: Image.Image,
    text: str,
    angle: float = 0.0,
    strength: float = 0.85,
    where: tuple[float, float] = (0.8, 0.08),
    *,
    dpi: float = 200,
    points: float = 16.0,
    ink: Ink = Ink.SEAL,
    framed: bool = True,
    fonts: Fonts | None = None,
    seed: int = 1,
) -> Image.Image:
    """Return a copy of ``image`` with a rectangular rubber stamp on it.

    ``text`` in bold capitals, lines split at line feeds; ``angle`` in degrees counter-clockwise; ``strength`` 0 (no
    ink) to 1; ``where`` is the stamp's centre as fractions of width and height. With 16 points a secrecy mark measures
    about 20-45 x 9 mm. RGB, grey and 1-bit images keep their mode; 1-bit keeps only ink darker than half.
    Raises FontMissing.
    """
    page = image.convert("RGB") if image.mode not in ("RGB", "L") else image.copy()
    mark = BoxStamp(0, 0, tuple(text.split("\n")), points, angle, strength, ink, framed)
    mask = box_stamp_mask(mark, dpi, fonts or Fonts.find(), np.random.default_rng(seed))
    layer = Image.new("L", page.size, 0)
    layer.paste(mask, (round(where[0] * page.width - mask.width / 2), round(where[1] * page.height - mask.height / 2)))
    stamped = soak(page, layer, ink)
    return stamped.convert("1", dither=Image.Dither.NONE) if image.mode == "1" else stamped


def soak(page: Image.Image, mask: Image.Image, ink: Ink) -> Image.Image:
    """Return ``page`` seen through ink: multiplied, so that what lies below stays visible."""
    red, green, blue = ink.value
    if page.mode == "L":
        grey = round(0.299 * red + 0.587 * green + 0.114 * blue)
        return ImageChops.multiply(page, mask.point([255 - a * (255 - grey) // 255 for a in range(256)]))
    bands = [mask.point([255 - a * (255 - value) // 255 for a in range(256)]) for value in (red, green, blue)]
    return ImageChops.multiply(page, Image.merge("RGB", bands))


def box_stamp_mask(mark: BoxStamp, dpi: float, fonts: Fonts, rng: np.random.Generator) -> Image.Image:
    """Return the ink of a rectangular stamp as a grey mask, turned, just large enough."""
    scale = dpi / 25.4
    em = mark.points * MM_PER_POINT
    width = max(fonts.width(line, Face.BOLD, mark.points) for line in mark.lines) + em * 1.3
    height = len(mark.lines) * em * 1.15 + em * 0.5
    mask = Image.new("L", (round((width + 4) * scale), round((height + 4) * scale)), 0)
    draw = ImageDraw.Draw(mask)
    if mark.framed:
        box = (2 * scale, 2 * scale, (width + 2) * scale, (height + 2) * scale)
        draw.rectangle(box, outline=255, width=max(2, round(0.55 * scale)))
    font = fonts.sized(Face.BOLD, em * scale)
    for row, line in enumerate(mark.lines):
        y = 2 + em * (0.25 + 1.15 * row + 0.93)
        draw.text(((width / 2 + 2) * scale, y * scale), line, fill=255, font=font, anchor="ms")
    return _worn(mask.rotate(mark.angle, Image.Resampling.BICUBIC, expand=True), mark.strength, rng)


def seal_mask(mark: Seal, dpi: float, fonts: Fonts, rng: np.random.Generator) -> Image.Image:
    """Return the ink of a round seal as a grey mask, turned, just large enough."""
    scale = dpi / 25.4 * _OVERSAMPLE
    side = round((mark.radius * 2 + 3) * scale)
    mask = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(mask)
    for radius, width in ((mark.radius, 0.75), (mark.radius - 1.3, 0.25), (mark.radius * 0.66, 0.3)):
        _ring(draw, side / 2, radius * scale, width * scale)
    rim = mark.radius * 0.83
    _arc(mask, fonts, mark.rim, (rim * scale, side / 2), True)
    _arc(mask, fonts, mark.foot, (rim * scale, side / 2), False)
    for turn in (math.pi * 0.97, math.pi * 0.03):
        _star(draw, side / 2 + rim * scale * math.cos(turn), side / 2 + rim * scale * math.sin(turn), scale * 1.1)
    if mark.core:
        font = fonts.sized(Face.BOLD, mark.radius * 0.2 * scale)
        for row, line in enumerate(mark.core):
            y = side / 2 + (row - (len(mark.core) - 1) / 2) * mark.radius * 0.27 * scale
            draw.text((side / 2, y), line, fill=255, font=font, anchor="mm")
    else:
        _emblem(draw, side / 2, mark.radius * scale)
    turned = mask.rotate(mark.angle, Image.Resampling.BICUBIC)
    small = turned.resize((side // _OVERSAMPLE, side // _OVERSAMPLE), Image.Resampling.LANCZOS)
    return _worn(small, mark.strength, rng)


def _ring(draw: ImageDraw.ImageDraw, middle: float, radius: float, width: float) -> None:
    box = (middle - radius, middle - radius, middle + radius, middle + radius)
    draw.ellipse(box, outline=255, width=max(1, round(width)))


def _arc(mask: Image.Image, fonts: Fonts, text: str, place: tuple[float, float], above: bool) -> None:
    """Set ``text`` along the rim; letters stand upright above and below, as on real seals."""
    radius, middle = place
    size = radius * 0.19
    # A long name is set tighter and smaller so that it stays in its half.
    length = fonts.sized(Face.SANS_BOLD, size).getlength(text)
    size *= min(1.0, radius * math.pi * 0.86 / length)
    font = fonts.sized(Face.SANS_BOLD, size)
    angle = -font.getlength(text) / radius / 2
    for letter in text:
        step = font.getlength(letter) / radius
        turn = angle + step / 2
        x = middle + radius * math.sin(turn)
        y = middle - radius * math.cos(turn) if above else middle + radius * math.cos(turn)
        tile = Image.new("L", (round(size * 2.4), round(size * 2.4)), 0)
        ImageDraw.Draw(tile).text((tile.width / 2, tile.height / 2), letter, fill=255, font=font, anchor="mm")
        tile = tile.rotate(math.degrees(-turn if above else turn), Image.Resampling.BICUBIC)
        mask.paste(255, (round(x - tile.width / 2), round(y - tile.height / 2)), tile)
        angle += step


def _star(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float) -> None:
    corners = []
    for corner in range(10):
        reach = radius if corner % 2 == 0 else radius * 0.4
        turn = math.pi * corner / 5
        corners.append((x + reach * math.sin(turn), y - reach * math.cos(turn)))
    draw.polygon(corners, fill=255)


def _emblem(draw: ImageDraw.ImageDraw, middle: float, radius: float) -> None:
    """An emblem of our own making: a star over a wheel between two ears of rice."""
    _star(draw, middle, middle - radius * 0.12, radius * 0.26)
    for side in (-1, 1):
        for grain in range(9):
            turn = math.pi * (0.5 + side * (0.12 + 0.085 * grain))
            x = middle + radius * 0.5 * math.cos(turn)
            y = middle + radius * 0.5 * math.sin(turn)
            size = radius * 0.045
            draw.ellipse((x - size, y - size, x + size, y + size), fill=255)
    width = max(1, round(radius * 0.03))
    draw.arc(
        (middle - radius * 0.2, middle + radius * 0.12, middle + radius * 0.2, middle + radius * 0.46),
        180,
        360,
        255,
        width,
    )
    draw.rectangle(
        (middle - radius * 0.22, middle + radius * 0.3, middle + radius * 0.22, middle + radius * 0.38),
        outline=255,
        width=width,
    )


def _worn(mask: Image.Image, strength: float, rng: np.random.Generator) -> Image.Image:
    """Return the mask as rubber prints it: blotched, thinner towards one side, edges soaked."""
    soft = mask.filter(ImageFilter.GaussianBlur(0.7))
    coarse = Image.fromarray(rng.integers(110, 256, (14, 14), dtype=np.uint8)).resize(
        mask.size, Image.Resampling.BICUBIC
    )
    grain = Image.fromarray(rng.integers(150, 256, mask.size[::-1], dtype=np.uint8)).filter(
        ImageFilter.GaussianBlur(0.8)
    )
    worn = ImageChops.multiply(ImageChops.multiply(soft, coarse), grain)
    return worn.point([min(255, round(value * strength * 1.5)) for value in range(256)])
