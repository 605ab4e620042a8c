"""Draws crowded pages for training: many stamps and seals a page, each place known."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from archive.model.image import PageImage, Pixels
from archive.ocr.stamps.proposals import Proposal
from bench.stamp_marks import box_stamp, lettering, round_seal, turned, worn
from bench.stamp_pages import BLACK, BLUE, OTHERS, RED, SECRET
from bench.stamp_sheet import A4_MM, Place, Sheet, StampHow, bilevel

_WORDS = tomllib.loads((Path(__file__).parent / "words.toml").read_text("utf-8"))
_LETTERS = "AĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXYẬẤẦẶẮỆẾỘỐỢỚỨỰẠÁÀỊÍ"
_LABELS = (*SECRET, "")  # what a label counts


@dataclass(frozen=True, slots=True)
class TrainingPage:
    """A page, and of each stamp its last word and its label: number of the degree in ``SECRET``, 3 none, -1 unknown."""

    image: PageImage
    words: tuple[tuple[Proposal, int], ...]


def crowded_page(rng: np.random.Generator, more_fonts: Path | None = None, secret: bool = True) -> TrainingPage:
    """Return a page in colour, grey or 1-bit, full of other stamps and of seals, of stamps of secrecy if ``secret``."""
    sheet = Sheet(rng, float(rng.choice((150, 200, 200, 300))), more_fonts)
    sheet.write(rng.uniform(25, 60), rng.uniform(8, 14), "ỦY BAN NHÂN DÂN XÃ MẪU", 4.4, bold=True)
    sheet.body(rng.uniform(20, 150), rng.uniform(160, 285), rng.uniform(3, 5.2))
    for _ in range(rng.integers(0, 9)):
        words = [_syllable(rng) for _ in range(rng.integers(1, 7))]
        sheet.write(rng.uniform(15, 150), rng.uniform(5, 290), " ".join(words), rng.uniform(3, 6.5), rng.random() < 0.8)
    skew = rng.choice((0.0, rng.uniform(-3, 3), rng.choice((90, 180, 270))), p=(0.4, 0.45, 0.15))
    askew = sheet.page.rotate(float(skew), Image.Resampling.BILINEAR, expand=True, fillcolor=255)
    sheet.page.paste(255, (0, 0, *sheet.page.size))
    sheet.page.paste(askew, (0, 0))
    mode = int(rng.choice(3, p=(0.4, 0.25, 0.35)))
    slots = [(x, y) for x in (38.0, 105.0, 172.0) for y in np.arange(25.0, 285, 41)]
    for slot in rng.permutation(len(slots))[: rng.integers(8, 15)]:
        x, y = slots[slot]
        _fill(sheet, x + rng.uniform(-9, 9), y + rng.uniform(-7, 7), mode, secret)
    if rng.random() < 0.6 or not secret:
        _clutter(sheet)
    seen = sheet.scanned(mode == 0, int(rng.integers(40, 96)))
    if mode == 2:
        seen = bilevel(rng, seen)
    return TrainingPage(PageImage(seen, *A4_MM), tuple(_labelled(sheet, seen)))


def _clutter(sheet: Sheet) -> None:
    """Press what else lies on office pages: signatures, pen marks, a photo, a code of black and white fields."""
    rng, scale = sheet.rng, sheet.scale
    for _ in range(rng.integers(1, 9)):
        side = round(rng.uniform(10, 45) * scale)
        mask = np.zeros((side, side), np.uint8)
        kind = rng.integers(5)
        if kind == 0:
            cells = rng.random((rng.integers(8, 30),) * 2) < 0.5
            mask = np.asarray(cv2.resize(cells.astype(np.uint8) * 255, (side, side), interpolation=cv2.INTER_NEAREST))
        elif kind == 1:
            coarse = rng.integers(0, 256, (rng.integers(3, 20),) * 2, dtype=np.uint8)
            mask = np.asarray(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
        elif kind == 2:  # a smudge
            spot = (round(rng.uniform(0, side)), round(rng.uniform(0, side)))
            cv2.circle(mask, spot, max(1, round(rng.uniform(0.3, 4) * scale)), round(rng.uniform(40, 255)), -1)
            mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.2, 2) * scale), dtype=np.uint8)
        else:
            steps = rng.normal(0, side / 12, (rng.integers(20, 60), 2)).cumsum(axis=0)
            steps = cv2.GaussianBlur(steps, (1, 7), 0, None, 1.5) * (1, rng.uniform(0.2, 1)) * rng.uniform(0.3, 1)
            steps += side / 2
            cv2.polylines(mask, [np.rint(steps).astype(np.int32)], False, 255, max(1, round(0.4 * scale)), cv2.LINE_AA)
        ink = (BLUE, BLACK, RED)[rng.choice(3, p=(0.5, 0.4, 0.1))]
        sheet.press(mask, rng.uniform(20, 190), rng.uniform(20, 280), ink, rng.uniform(0.5, 0.95))


def _fill(sheet: Sheet, x: float, y: float, mode: int, secret: bool) -> None:
    rng = sheet.rng
    ink = (RED, RED, BLUE, BLACK, (190, 20, 120))[rng.integers(5)]
    if rng.random() < 0.5:
        state = rng.random() < (0.25 if secret else 0.7)
        seal = round_seal(rng, sheet.scale, sheet.bold, state) if rng.random() < 0.75 else _square(sheet)
        away, turn = rng.choice((0, rng.uniform(0, 7), rng.uniform(7, 22))), rng.uniform(0, 2 * math.pi)
        place = (x + away * math.cos(turn), y + away * math.sin(turn))
        mask = turned(worn(rng, seal, sheet.scale, rng.uniform(0, 0.6)), rng.uniform(-180, 180))
        sheet.press(mask, *place, ink if rng.random() < 0.8 else RED, rng.uniform(0.5, 0.95))
        if rng.random() < (0.25 if secret else 0.6):
            return
    strength = rng.uniform(0.3, 0.95) if mode == 0 else rng.uniform(0.55, 0.95)
    frame = int(rng.choice(3, p=(0.25, 0.55, 0.2)))
    em = rng.uniform(4.2, 8.0) if rng.random() < 0.65 else rng.uniform(3.2, 4.5)
    how = StampHow(em, frame, ink, strength, rng.uniform(0, 0.7))
    angle = rng.uniform(-22, 22) if rng.random() < 0.75 else rng.uniform(-180, 180)
    if rng.random() < 0.25:
        angle = float(rng.choice((0, 0, 0, 90, 180, 270)))
    sheet.stamp(_text(rng, secret), x, y, angle, how)


def _text(rng: np.random.Generator, secret: bool) -> str:
    kind = rng.random() if secret else rng.uniform(0.6, 1)
    if kind < 0.6:
        return str(rng.choice(SECRET))
    if kind < 0.75:
        return str(rng.choice(OTHERS))
    if kind < 0.92:
        return str(rng.choice(_WORDS["near"]))
    if kind < 0.96:
        return " ".join("".join(rng.choice(list(_LETTERS), rng.integers(2, 6))) for _ in range(rng.integers(1, 3)))
    return " ".join(_syllable(rng) for _ in range(rng.integers(1, 4)))


def _syllable(rng: np.random.Generator) -> str:
    return str(rng.choice(_WORDS["onsets"])) + str(rng.choice(_WORDS["rhymes"]))


def _square(sheet: Sheet) -> Pixels:
    em = sheet.rng.uniform(2.4, 3.6) * sheet.scale
    rows = [
        str(row) for row in sheet.rng.choice(("CÔNG VĂN ĐẾN", "Số: 123", "Ngày: 12/6", "UBND XÃ MẪU", "Chuyển:"), 4)
    ]
    row_inks = [lettering(row, sheet.bold, em, 0.0, 1.0) for row in rows[: sheet.rng.integers(2, 5)]]
    return box_stamp(sheet.rng, row_inks, em, int(sheet.rng.integers(1, 3)))


def _labelled(sheet: Sheet, seen: Pixels) -> Iterator[tuple[Proposal, int]]:
    """Yield the last word of every stamp; one whose ink did not come through is unknown."""
    masks = {place: (mask, corner) for place, mask, corner in sheet.stamps}
    for place in sheet.places:
        word = last_word(place)
        if not (2 < word.x < A4_MM[0] - 2 and 2 < word.y < A4_MM[1] - 2):
            continue
        label = _LABELS.index(place.text) if place.text in SECRET else 3
        yield word, label if _came_through(seen, *masks[place]) else -1


def last_word(place: Place) -> Proposal:
    """Return where the last word of a stamp stands."""
    away = (place.length - place.last) / 2
    angle = -math.radians(place.angle)
    height = place.height if place.text in SECRET else min(place.height, 0.6 * place.last)
    x, y = place.x + away * math.cos(angle), place.y + away * math.sin(angle)
    return Proposal(x, y, max(3.0, height), -place.angle, 1.0)


def _came_through(seen: Pixels, mask: Pixels, corner: tuple[int, int]) -> bool:
    x, y = max(0, corner[0]), max(0, corner[1])
    part = seen[y : corner[1] + mask.shape[0], x : corner[0] + mask.shape[1]]
    cover = mask[y - corner[1] : y - corner[1] + part.shape[0], x - corner[0] : x - corner[0] + part.shape[1]]
    dark = 255 - (part.min(axis=2) if part.ndim == 3 else part)
    return bool(np.any(cover > 128)) and float(dark[cover > 128].mean()) > 45


def shifted(rng: np.random.Generator, word: Proposal, much: float = 1.0) -> Proposal:
    """Return ``word`` as the search may find it: a little beside, larger or smaller, turned."""
    far = 0.22 * much * word.height
    x, y = word.x + rng.normal(0, far), word.y + rng.normal(0, 0.6 * far)
    height = word.height * math.exp(rng.normal(0, 0.1 * much))
    return replace(word, x=x, y=y, height=height, angle=word.angle + rng.normal(0, 4 * much))


def elsewhere(rng: np.random.Generator, words: Sequence[tuple[Proposal, int]]) -> Proposal:
    """Return a place away from the marks among ``words``, or one upside down."""
    marks = [word for word, label in words if label != 3]
    if marks and rng.random() < 0.2:
        word = marks[rng.integers(len(marks))]
        return replace(word, angle=word.angle + rng.uniform(100, 260))
    while True:
        word = Proposal(rng.uniform(10, 200), rng.uniform(10, 287), rng.uniform(3.5, 11), rng.uniform(-25, 25), 0.0)
        if all(math.hypot(word.x - mark.x, word.y - mark.y) > 20 for mark in marks):
            return word
