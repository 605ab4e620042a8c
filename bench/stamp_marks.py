"""Draws the ink of stamps and seals as masks (0 is no ink, 255 is full ink), every draw from a seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from archive.model.image import Pixels

_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
_RIM = (
    "ỦY BAN NHÂN DÂN XÃ ĐÔNG MẪU ★ TỈNH MẪU ★",
    "SỞ XÂY DỰNG ★ TỈNH THỬ NGHIỆM ★",
    "PHÒNG TÀI NGUYÊN VÀ MÔI TRƯỜNG ★ HUYỆN MẪU ★",
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM ★ VĂN PHÒNG ★",
)


@cache
def faces(bold: bool, more: Path | None = None) -> tuple[str, ...]:
    """Return the upright fonts with Vietnamese letters on this machine and in ``more``, symbol and mono fonts too."""
    folders = (*_FOLDERS, more) if more else _FOLDERS
    files = sorted(file for folder in folders if folder.is_dir() for file in folder.rglob("*.[to]tf"))
    found = []
    for file in files:
        name = file.stem.lower()
        heavy = "bold" in name or name.endswith(("-b", "black"))
        slanted = any(part in name for part in ("italic", "oblique", "extralight", "math", "thin", "libertine_k"))
        if heavy == bold and not slanted and _writes_vietnamese(file):
            found.append(str(file))
    return tuple(found)


def _writes_vietnamese(file: Path) -> bool:
    try:
        face = ImageFont.truetype(str(file), 40)
        drawn = [bytes(face.getmask(letter)) for letter in "ẬỰỆ"]
    except (OSError, ValueError):
        return False
    return len(set(drawn)) == 3


@cache
def font(file: str, pixels: int) -> ImageFont.FreeTypeFont:
    """Return a font whose em measures ``pixels``."""
    return ImageFont.truetype(file, max(4, pixels))


def lettering(text: str, file: str, em: float, spacing: float, stretch: float) -> Pixels:
    """Return one line of ``text``, cut to its ink; ``spacing`` is added between letters, in em, ``stretch`` widens."""
    face = font(file, round(em))
    steps = [face.getlength(letter) + spacing * em for letter in text]
    tile = Image.new("L", (math.ceil(sum(steps) + em), math.ceil(2 * em)), 0)
    draw, x = ImageDraw.Draw(tile), em / 2
    for letter, step in zip(text, steps, strict=True):
        draw.text((x, 1.5 * em), letter, fill=255, font=face, anchor="ls")
        x += step
    ink = tile.crop(tile.getbbox() or (0, 0, 1, 1))
    return np.asarray(ink.resize((max(1, round(ink.width * stretch)), ink.height), Image.Resampling.BILINEAR))


def box_stamp(rng: np.random.Generator, rows: Sequence[Pixels], em: float, frame: int, rounded: bool = False) -> Pixels:
    """Return the mask of rows of letters set in the middle of ``frame`` lines (0 to 2), with a margin of paper."""
    gap = 0.22 * em
    aside, above = em * rng.uniform(0.22, 0.9), em * rng.uniform(0.12, 0.5)
    width = max(row.shape[1] for row in rows) + 2 * aside
    height = sum(row.shape[0] for row in rows) + gap * (len(rows) - 1) + 2 * above
    line = max(1, round(em * rng.uniform(0.05, 0.14)))
    pad = 4 * line + 4
    mask = np.zeros((round(height) + 2 * pad, round(width) + 2 * pad), np.uint8)
    for step in range(frame):
        out = step * round(2.2 * line)
        one, other = (pad - out, pad - out), (mask.shape[1] - pad + out, mask.shape[0] - pad + out)
        if rounded and step == 0:
            tile = Image.new("L", (mask.shape[1], mask.shape[0]), 0)
            ImageDraw.Draw(tile).rounded_rectangle((*one, *other), radius=0.4 * em, outline=255, width=line)
            mask = np.maximum(mask, np.asarray(tile))
        else:
            cv2.rectangle(mask, one, other, 255, line if step == 0 else max(1, line // 2))
    top = pad + above
    for row in rows:
        left = round((mask.shape[1] - row.shape[1]) / 2)
        y = round(top)
        part = mask[y : y + row.shape[0], left : left + row.shape[1]]
        np.maximum(part, row[: part.shape[0], : part.shape[1]], out=part)
        top += row.shape[0] + gap
    return mask


def round_seal(rng: np.random.Generator, scale: float, file: str, state: bool = False) -> Pixels:
    """Return the mask of an agency's round seal, 28 to 40 mm across: rings, text along the rim, a star or an emblem.

    ``state``: the emblem is that of the state, dense with grain, wheel and ribbon, as seals of people's committees are.
    """
    radius = rng.uniform(14, 20) * scale
    side = round(2 * radius + 4 * scale)
    mask = np.zeros((side, side), np.uint8)
    middle = (side // 2, side // 2)
    inner = radius * rng.uniform(0.58, 0.7)
    cv2.circle(mask, middle, round(radius), 255, max(1, round(rng.uniform(0.4, 0.9) * scale)), cv2.LINE_AA)
    if rng.random() < 0.7:
        cv2.circle(mask, middle, round(radius - 1.3 * scale), 255, max(1, round(0.25 * scale)), cv2.LINE_AA)
    if rng.random() < 0.8:
        cv2.circle(mask, middle, round(inner), 255, max(1, round(0.3 * scale)), cv2.LINE_AA)
    if state:
        _state_emblem(rng, mask, inner)
    else:
        _emblem(rng, mask, inner)
    tall = (radius - inner) * rng.uniform(0.4, 0.6)
    text = str(rng.choice(_RIM))
    step, start = min(2 * math.pi / len(text), 1.15 * tall / inner), rng.uniform(0, 2 * math.pi)
    place = (radius - 1.3 * scale + inner) / 2
    for number, letter in enumerate(text):
        _turned_letter(mask, letter, file, tall, place, start + number * step)
    return mask


def _state_emblem(rng: np.random.Generator, mask: Pixels, inner: float) -> None:
    """Draw a star over a dense wreath of grain, a toothed wheel and a ribbon; every seal another cut."""
    middle, size = mask.shape[0] / 2, inner * rng.uniform(0.75, 0.97)
    dark = rng.random() < 0.6  # ground of the wreath: inked with bare grains, or bare with inked ones
    wreath, grain = (255, 0) if dark else (0, 255)
    outline = max(1, round(inner / 40))
    if dark:
        cv2.circle(mask, (round(middle), round(middle)), round(0.97 * size), wreath, -1, cv2.LINE_AA)
        cv2.circle(mask, (round(middle), round(middle)), round(rng.uniform(0.5, 0.68) * size), 0, -1, cv2.LINE_AA)
    for _ in range(rng.integers(60, 260)):
        turn, away = rng.uniform(0, 2 * math.pi), size * rng.uniform(0.55, 0.98)
        place = (round(middle + away * math.cos(turn)), round(middle + away * math.sin(turn)))
        axes = (max(1, round(size * rng.uniform(0.02, 0.08))), max(1, round(size * rng.uniform(0.01, 0.04))))
        cv2.ellipse(mask, place, axes, rng.uniform(0, 180), 0, 360, grain if rng.random() < 0.8 else 255 - grain, -1)
    points = [math.pi * k / 5 for k in range(10)]
    sides = [size * rng.uniform(0.2, 0.34) * (1 if k % 2 == 0 else 0.4) for k in range(10)]
    up = middle - size * rng.uniform(0.15, 0.4)
    star = [(middle + r * math.sin(a), up - r * math.cos(a)) for r, a in zip(sides, points, strict=True)]
    filled = rng.random() < 0.6
    if filled:
        cv2.fillPoly(mask, [np.rint(star).astype(np.int32)], 255, cv2.LINE_AA)
    else:
        cv2.polylines(mask, [np.rint(star).astype(np.int32)], True, 255, outline, cv2.LINE_AA)
    wheel = (round(middle), round(middle + size * rng.uniform(0.35, 0.6)))
    for part in np.sort(rng.uniform(0.06, 0.36, rng.integers(2, 6))):
        cv2.circle(mask, wheel, max(1, round(size * part)), 255, outline, cv2.LINE_AA)
    for turn in np.arange(0, 2 * math.pi, rng.uniform(0.25, 0.6)):
        away = size * 0.36
        tooth = (round(wheel[0] + away * math.cos(turn)), round(wheel[1] + away * math.sin(turn)))
        cv2.circle(mask, tooth, max(1, round(size * 0.05)), 255, -1)
    for row in range(rng.integers(0, 5)):
        across = size * rng.uniform(0.3, 0.8)
        y = round(middle + size * (0.45 + 0.12 * row))
        ends = (round(middle - across), y), (round(middle + across), y + round(size * rng.uniform(-0.05, 0.12)))
        cv2.line(mask, *ends, 255 if rng.random() < 0.7 else 0, max(1, round(size * rng.uniform(0.02, 0.09))))


def _emblem(rng: np.random.Generator, mask: Pixels, inner: float) -> None:
    """Draw what stands in a seal's middle: a star, an emblem of circles, a name, or nothing."""
    middle, what = mask.shape[0] / 2, rng.integers(4)
    if what == 0:
        size = inner * rng.uniform(0.35, 0.65)
        turns = [math.pi * k / 5 for k in range(10)]
        sides = [size if k % 2 == 0 else 0.4 * size for k in range(10)]
        star = [(middle + r * math.sin(a), middle - r * math.cos(a)) for r, a in zip(sides, turns, strict=True)]
        cv2.fillPoly(mask, [np.rint(star).astype(np.int32)], 255, cv2.LINE_AA)
    elif what == 1:
        for part in (0.75, 0.6, 0.2):
            cv2.circle(mask, (round(middle), round(middle)), round(inner * part), 255, max(1, round(inner / 20)))
        for turn in np.arange(0, 2 * math.pi, 0.4):
            end = (round(middle + 0.7 * inner * math.cos(turn)), round(middle + 0.7 * inner * math.sin(turn)))
            cv2.circle(mask, end, max(1, round(inner / 12)), 255, -1)
    elif what == 2:
        em = 0.32 * inner
        for row, name in enumerate(("VĂN", "PHÒNG") if rng.random() < 0.5 else ("CÔNG", "CHỨNG")):
            ink = lettering(name, faces(True)[0], em, 0.0, 1.0)
            top, left = round(middle + (row - 0.9) * 1.3 * em), round(middle - ink.shape[1] / 2)
            part = mask[top : top + ink.shape[0], left : left + ink.shape[1]]
            np.maximum(part, ink[: part.shape[0], : part.shape[1]], out=part)


def _turned_letter(mask: Pixels, letter: str, file: str, em: float, radius: float, turn: float) -> None:
    side = math.ceil(2.4 * em)
    tile = Image.new("L", (side, side), 0)
    ImageDraw.Draw(tile).text((side / 2, side / 2), letter, fill=255, font=font(file, round(em)), anchor="mm")
    tile = tile.rotate(-math.degrees(turn), Image.Resampling.BILINEAR)
    left = round(mask.shape[1] / 2 + radius * math.sin(turn) - side / 2)
    top = round(mask.shape[0] / 2 - radius * math.cos(turn) - side / 2)
    part = mask[max(0, top) : top + side, max(0, left) : left + side]
    np.maximum(part, np.asarray(tile)[: part.shape[0], : part.shape[1]], out=part)


def worn(rng: np.random.Generator, mask: Pixels, scale: float, wear: float) -> Pixels:
    """Return ``mask`` as rubber prints it: unevenly inked, speckled and with a few breaks; ``wear`` is 0 to 1."""
    height, width = mask.shape
    coarse = rng.uniform(1 - 0.6 * wear, 1, (max(2, round(height / scale / 3)), max(2, round(width / scale / 3))))
    field = cv2.resize(coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    specks = rng.random((max(2, height // 2), max(2, width // 2))).astype(np.float32)
    field *= np.where(cv2.resize(specks, (width, height)) < 0.12 * wear, 0.25, 1)
    for _ in range(rng.binomial(4, wear / 2)):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        size = (max(1, round(rng.uniform(0.2, 1.2) * scale)), max(1, round(rng.uniform(0.2, 2.2) * scale)))
        cv2.ellipse(field, (round(x), round(y)), size, rng.uniform(0, 180), 0, 360, 0.12, -1)
    return np.asarray(np.clip(mask * np.clip(field, 0, 1), 0, 255), dtype=np.uint8)


def turned(mask: Pixels, angle: float) -> Pixels:
    """Return ``mask`` turned ``angle`` degrees counter-clockwise, whole."""
    image = Image.fromarray(mask).rotate(angle, Image.Resampling.BICUBIC, expand=True)
    return np.asarray(image, dtype=np.uint8)
