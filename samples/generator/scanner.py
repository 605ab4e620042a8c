"""What office scanners do to paper: tone, light, skew, streaks, folds, holes, noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter, ImageOps

Pixels = npt.NDArray[np.floating]
Rng = np.random.Generator


@dataclass(frozen=True)
class Damage:
    """One pass through one scanner; the defaults are a decent machine on a good day."""

    skew: float = 0.3  # degrees counter-clockwise
    tone: tuple[int, int, int] = (252, 251, 248)  # of blank paper
    light: float = 0.02  # how much darker one side is, 0..1
    blur: float = 0.55  # radius in pixels
    noise: float = 1.1  # standard deviation in levels
    clip: float = 1.02  # gain: above 1 the paper saturates to white
    streaks: int = 0  # vertical lines of dirt on the glass
    specks: int = 12
    holes: int = 0  # punch holes on the left
    folds: tuple[float, ...] = ()  # heights of horizontal folds, fractions of the page
    edge: float = 0.0  # mm of the lid's shadow along the right and bottom edge
    faint: float = 0.0  # how much print fades, 0..1
    bleed: Image.Image | None = None  # the other side of the sheet, showing through
    crumple: float = 0.0  # strength of soft shadows over the sheet


def scan_page(page: Image.Image, damage: Damage, dpi: float, rng: Rng) -> Image.Image:
    """Return the RGB page as the scanner saw it: same size in pixels."""
    sheet = page if damage.bleed is None else _bleed(page, damage.bleed)
    pixels: Pixels = np.asarray(sheet, dtype=np.float32) / 255
    if damage.faint:
        pixels = pixels + (1 - pixels) * _mottle(pixels.shape, rng, damage.faint)
    pixels *= np.asarray(damage.tone, dtype=np.float32) / 255
    steps: tuple[Callable[[Pixels, Damage, float, Rng], Pixels], ...] = (_crumple, _fold, _punch, _speckle)
    for step in steps:
        pixels = step(pixels, damage, dpi, rng)
    pixels = _feed(pixels, damage, rng)
    for step in (_lid, _light, _streak, _sensor):
        pixels = step(pixels, damage, dpi, rng)
    return Image.fromarray(np.clip(np.rint(pixels * 255), 0, 255).astype(np.uint8))


def bilevel(page: Image.Image, threshold: int = 168) -> Image.Image:
    """Return the page as a 1-bit image, as fax-like scanning makes it."""
    grey = ImageOps.grayscale(page)
    return grey.point([255 if value >= threshold else 0 for value in range(256)]).convert("1", dither=Image.Dither.NONE)


def _bleed(page: Image.Image, other: Image.Image) -> Image.Image:
    ghost = ImageOps.mirror(other.convert("L")).filter(ImageFilter.GaussianBlur(2.2)).resize(page.size)
    # 10 % of the other side's ink comes through ordinary 70 g paper.
    through = ghost.point([255 - (255 - value) // 10 for value in range(256)]).convert("RGB")
    ours = np.asarray(page, dtype=np.uint16)
    return Image.fromarray((ours * np.asarray(through, dtype=np.uint16) // 255).astype(np.uint8))


def _cloud(shape: tuple[int, ...], rng: Rng, cells: int) -> Pixels:
    """Return smooth noise 0..1 of the page's shape with one channel."""
    grid = rng.integers(0, 256, (cells, cells), dtype=np.uint8)
    cloud = Image.fromarray(grid).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    values: Pixels = np.asarray(cloud, dtype=np.float32) / 255
    return values[:, :, None]


def _mottle(shape: tuple[int, ...], rng: Rng, faint: float) -> Pixels:
    bands: Pixels = np.clip(faint * (0.75 + 0.5 * _cloud(shape, rng, 23)), 0, 0.9)
    return bands


def _crumple(pixels: Pixels, damage: Damage, dpi: float, rng: Rng) -> Pixels:
    if damage.crumple:
        pixels = pixels * (1 - damage.crumple * _cloud(pixels.shape, rng, 7) * _cloud(pixels.shape, rng, 16))
    return pixels


def _fold(pixels: Pixels, damage: Damage, dpi: float, rng: Rng) -> Pixels:
    height = pixels.shape[0]
    for place in damage.folds:
        rows = np.arange(height, dtype=np.float32)[:, None] - place * height
        rows = rows - np.cumsum(rng.normal(0, 0.05, pixels.shape[1])).astype(np.float32)[None, :]
        reach = 1.3 * dpi / 25.4
        shadow = 0.1 * np.exp(-np.abs(rows) / reach) * (rows > 0) + 0.03 * np.exp(-np.abs(rows) / reach) * (rows <= 0)
        crack = 0.16 * (np.abs(rows) < 0.07 * dpi / 25.4 + 0.5)
        pixels = pixels * (1 - shadow - crack).astype(np.float32)[:, :, None]
    return pixels


def _punch(pixels: Pixels, damage: Damage, dpi: float, rng: Rng) -> Pixels:
    """Punch holes 80 mm apart (ISO 838), 12 mm from the left edge; the dark lid shows through."""
    scale = dpi / 25.4
    for hole in range(damage.holes):
        y = pixels.shape[0] / 2 + (hole - (damage.holes - 1) / 2) * 80 * scale + rng.normal(0, scale)
        x = 12 * scale
        rows, columns = np.ogrid[: pixels.shape[0], : pixels.shape[1]]
        distance = np.sqrt((rows - y) ** 2 + (columns - x) ** 2).astype(np.float32) / scale
        inside = np.clip((3.0 - distance) * 6, 0, 1)[:, :, None]
        rim = np.exp(-(((distance - 3.05) / 0.25) ** 2))[:, :, None] * 0.25
        pixels = pixels * (1 - inside) * (1 - rim) + inside * np.float32(0.32)
    return pixels


def _speckle(pixels: Pixels, damage: Damage, dpi: float, rng: Rng) -> Pixels:
    if not damage.specks:
        return pixels
    pixels = pixels.copy()
    height, width = pixels.shape[:2]
    for _ in range(damage.specks):
        y, x = int(rng.integers(height - 4)), int(rng.integers(width - 4))
        tall, wide = (int(side) for side in rng.integers(1, 4, 2))
        pixels[y : y + tall, x : x + wide] *= np.float32(rng.uniform(0.25, 0.8))
    return pixels


def _feed(pixels: Pixels, damage: Damage, rng: Rng) -> Pixels:
    """Turn the sheet a little, as feeders do; what shows beside it is the white roller."""
    image = Image.fromarray(np.clip(pixels * 255, 0, 255).astype(np.uint8))
    shift = (int(rng.integers(-5, 6)), int(rng.integers(-5, 6)))
    fill = tuple(min(255, value + 3) for value in damage.tone)
    # Every sheet goes through a little differently.
    skew = damage.skew + float(rng.normal(0, 0.15))
    turned = image.rotate(skew, Image.Resampling.BICUBIC, translate=shift, fillcolor=fill)
    if damage.blur:
        turned = turned.filter(ImageFilter.GaussianBlur(damage.blur))
    return np.asarray(turned, dtype=np.float32) / 255


def _lid(pixels: Pixels, damage: Damage, dpi: float, rng: Rng) -> Pixels:
    if not damage.edge:
        return pixels
    pixels = pixels.copy()
    reach = damage.edge * dpi / 25.4
    columns = np.arange(pixels.shape[1], 0, -1, dtype=np.float32)
    rows = np.arange(pixels.shape[0], 0, -1, dtype=np.float32)
    pixels *= (1 - 0.5 * np.exp(-((columns / reach) ** 2)))[None, :, None].astype(np.float32)
    pixels *= (1 - 0.3 * np.exp(-((rows / reach) ** 2)))[:, None, None].astype(np.float32)
    return pixels


def _light(pixels: Pixels, damage: Damage, dpi: float, rng: Rng) -> Pixels:
    across = np.linspace(0, 1, pixels.shape[1], dtype=np.float32)[None, :, None]
    down = np.linspace(0, 1, pixels.shape[0], dtype=np.float32)[:, None, None]
    slope = np.float32(rng.uniform(0.3, 0.9))
    return pixels * (1 - np.float32(damage.light) * (slope * across + (1 - slope) * down))


def _streak(pixels: Pixels, damage: Damage, dpi: float, rng: Rng) -> Pixels:
    if not damage.streaks:
        return pixels
    pixels = pixels.copy()
    for _ in range(damage.streaks):
        x = int(rng.integers(pixels.shape[1] // 20, pixels.shape[1] * 19 // 20))
        colour = rng.uniform(0.72, 0.93, 3).astype(np.float32)
        pixels[:, x : x + int(rng.integers(1, 3))] *= colour
    return pixels


def _sensor(pixels: Pixels, damage: Damage, dpi: float, rng: Rng) -> Pixels:
    noise = rng.normal(0, damage.noise / 255, pixels.shape[:2]).astype(np.float32)[:, :, None]
    return (pixels + noise) * np.float32(damage.clip)
