"""Crowded pages from which the nets of the stamp screen learn: many stamps and seals a page, each place known."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from archive.model.image import PageImage, Pixels
from bench.stamp_marks import box_stamp, lettering, round_seal, turned, worn
from bench.stamp_pages import BLACK, BLUE, OTHERS, RED, SECRET
from bench.stamp_sheet import A4_MM, Place, Sheet, StampHow, bilevel
from training.stamps.sight import Spot

_NEAR = (
    *("BẢO MẬT", "MẬT ĐỘ", "MẬT KHẨU", "MẬT MÃ", "GIẢI MẬT", "GIẢI MẬT", "LUẬT", "NHẬT KÝ", "KỸ THUẬT", "XUẤT", "NHẤT"),
    *("MẪU", "MẪU SỐ 2", "MÃ SỐ", "MÁY", "ĐẤT", "TỐT", "CHẤT", "TỐI ƯU", "TỐI ĐA", "DUYỆT", "ĐÃ DUYỆT", "TUYỆT VỜI"),
    *(
        "MỘT CỬA",
        "MỘT",
        "MIỄN PHÍ",
        "SỰ THẬT",
        "TẤT CẢ",
        "MUA",
        "MỞ",
        "MỸ",
        "MINH",
        "TỔ MÁY",
        "TRẬT TỰ",
        "PHẬT",
        "VẬT TƯ",
    ),
)
_LETTERS = "AĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXYẬẤẦẶẮỆẾỘỐỢỚỨỰẠÁÀỊÍ"
_ANSWERS = (*SECRET, "")  # what a lesson's answer counts


@dataclass(frozen=True, slots=True)
class Lesson:
    """A page, the spots on it, and of each its answer: number of the degree in ``SECRET``, 3 for none, -1 unknown."""

    image: PageImage
    spots: tuple[tuple[Spot, int], ...]


def lesson(rng: np.random.Generator, more_fonts: Path | None = None) -> Lesson:
    """Return a page in colour, grey or 1-bit, full of stamps of secrecy, of other stamps and of seals."""
    sheet = Sheet(rng, float(rng.choice((150, 200, 200, 300))), more_fonts)
    sheet.write(rng.uniform(25, 60), rng.uniform(8, 14), "ỦY BAN NHÂN DÂN XÃ MẪU", 4.4, bold=True)
    sheet.body(rng.uniform(20, 150), rng.uniform(160, 285), rng.uniform(3, 5.2))
    skew = rng.choice((0.0, rng.uniform(-3, 3), rng.choice((90, 180, 270))), p=(0.4, 0.45, 0.15))
    askew = sheet.page.rotate(float(skew), Image.Resampling.BILINEAR, expand=True, fillcolor=255)
    sheet.page.paste(255, (0, 0, *sheet.page.size))
    sheet.page.paste(askew, (0, 0))
    mode = int(rng.choice(3, p=(0.4, 0.25, 0.35)))
    slots = [(x, y) for x in (38.0, 105.0, 172.0) for y in np.arange(25.0, 285, 41)]
    for slot in rng.permutation(len(slots))[: rng.integers(8, 15)]:
        x, y = slots[slot]
        _fill(sheet, x + rng.uniform(-9, 9), y + rng.uniform(-7, 7), mode)
    if rng.random() < 0.6:
        _clutter(sheet)
    seen = sheet.scanned(mode == 0, int(rng.integers(40, 96)))
    if mode == 2:
        seen = bilevel(rng, seen)
    return Lesson(PageImage(seen, *A4_MM), tuple(_answers(sheet, seen)))


def _clutter(sheet: Sheet) -> None:
    """Press what else lies on office pages: signatures, pen marks, a photo, a code of black and white fields."""
    rng, scale = sheet.rng, sheet.scale
    for _ in range(rng.integers(1, 6)):
        side = round(rng.uniform(15, 45) * scale)
        mask = np.zeros((side, side), np.uint8)
        kind = rng.integers(5)
        if kind == 0:
            cells = rng.random((rng.integers(8, 30),) * 2) < 0.5
            mask = np.asarray(cv2.resize(cells.astype(np.uint8) * 255, (side, side), interpolation=cv2.INTER_NEAREST))
        elif kind == 1:
            coarse = rng.integers(0, 256, (rng.integers(3, 20),) * 2, dtype=np.uint8)
            mask = np.asarray(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
        else:
            steps = rng.normal(0, side / 12, (rng.integers(20, 60), 2)).cumsum(axis=0)
            steps = cv2.GaussianBlur(steps, (1, 7), 0, None, 1.5) * (1, 0.5) + side / 2
            cv2.polylines(mask, [np.rint(steps).astype(np.int32)], False, 255, max(1, round(0.4 * scale)), cv2.LINE_AA)
        ink = (BLUE, BLACK, RED)[rng.choice(3, p=(0.5, 0.4, 0.1))]
        sheet.press(mask, rng.uniform(20, 190), rng.uniform(20, 280), ink, rng.uniform(0.5, 0.95))


def _fill(sheet: Sheet, x: float, y: float, mode: int) -> None:
    rng = sheet.rng
    ink = (RED, RED, BLUE, BLACK, (190, 20, 120))[rng.integers(5)]
    if rng.random() < 0.45:
        seal = round_seal(rng, sheet.scale, sheet.bold) if rng.random() < 0.75 else _square(sheet)
        away, turn = rng.choice((0, rng.uniform(0, 7), rng.uniform(7, 22))), rng.uniform(0, 2 * math.pi)
        place = (x + away * math.cos(turn), y + away * math.sin(turn))
        mask = turned(worn(rng, seal, sheet.scale, rng.uniform(0, 0.6)), rng.uniform(-180, 180))
        sheet.press(mask, *place, ink if rng.random() < 0.8 else RED, rng.uniform(0.5, 0.95))
        if rng.random() < 0.25:
            return
    strength = rng.uniform(0.3, 0.95) if mode == 0 else rng.uniform(0.55, 0.95)
    frame = int(rng.choice(3, p=(0.25, 0.55, 0.2)))
    em = rng.uniform(4.2, 8.0) if rng.random() < 0.75 else rng.uniform(3.2, 4.2)
    how = StampHow(em, frame, ink, strength, rng.uniform(0, 0.7))
    angle = rng.uniform(-22, 22) if rng.random() < 0.75 else rng.uniform(-180, 180)
    if rng.random() < 0.25:
        angle = float(rng.choice((0, 0, 0, 90, 180, 270)))
    sheet.stamp(_text(rng), x, y, angle, how)


def _text(rng: np.random.Generator) -> str:
    kind = rng.random()
    if kind < 0.6:
        return str(rng.choice(SECRET))
    if kind < 0.75:
        return str(rng.choice(OTHERS))
    if kind < 0.92:
        return str(rng.choice(_NEAR))
    return " ".join("".join(rng.choice(list(_LETTERS), rng.integers(2, 6))) for _ in range(rng.integers(1, 3)))


def _square(sheet: Sheet) -> Pixels:
    em = sheet.rng.uniform(2.4, 3.6) * sheet.scale
    rows = [
        str(row) for row in sheet.rng.choice(("CÔNG VĂN ĐẾN", "Số: 123", "Ngày: 12/6", "UBND XÃ MẪU", "Chuyển:"), 4)
    ]
    row_inks = [lettering(row, sheet.bold, em, 0.0, 1.0) for row in rows[: sheet.rng.integers(2, 5)]]
    return box_stamp(sheet.rng, row_inks, em, int(sheet.rng.integers(1, 3)))


def _answers(sheet: Sheet, seen: Pixels) -> Iterator[tuple[Spot, int]]:
    """Yield the last word of every stamp; one whose ink did not come through has no answer."""
    masks = {place: (mask, corner) for place, mask, corner in sheet.stamps}
    for place in sheet.places:
        spot = last_word(place)
        if not (2 < spot.x < A4_MM[0] - 2 and 2 < spot.y < A4_MM[1] - 2):
            continue
        answer = _ANSWERS.index(place.text) if place.text in SECRET else 3
        yield spot, answer if _came_through(seen, *masks[place]) else -1


def last_word(place: Place) -> Spot:
    """Return where the last word of a stamp stands."""
    away = (place.length - place.last) / 2
    angle = -math.radians(place.angle)
    height = place.height if place.text in SECRET else min(place.height, 0.6 * place.last)
    x, y = place.x + away * math.cos(angle), place.y + away * math.sin(angle)
    return Spot(x, y, max(3.0, height), -place.angle, 1.0)


def _came_through(seen: Pixels, mask: Pixels, corner: tuple[int, int]) -> bool:
    x, y = max(0, corner[0]), max(0, corner[1])
    part = seen[y : corner[1] + mask.shape[0], x : corner[0] + mask.shape[1]]
    cover = mask[y - corner[1] : y - corner[1] + part.shape[0], x - corner[0] : x - corner[0] + part.shape[1]]
    dark = 255 - (part.min(axis=2) if part.ndim == 3 else part)
    return bool(np.any(cover > 128)) and float(dark[cover > 128].mean()) > 45


def shifted(rng: np.random.Generator, spot: Spot, much: float = 1.0) -> Spot:
    """Return ``spot`` as the search may find it: a little beside, larger or smaller, turned."""
    far = 0.22 * much * spot.height
    x, y = spot.x + rng.normal(0, far), spot.y + rng.normal(0, 0.6 * far)
    height = spot.height * math.exp(rng.normal(0, 0.1 * much))
    return replace(spot, x=x, y=y, height=height, angle=spot.angle + rng.normal(0, 4 * much))


def elsewhere(rng: np.random.Generator, spots: Sequence[tuple[Spot, int]]) -> Spot:
    """Return a place away from the marks among ``spots``, or one upside down."""
    marks = [spot for spot, answer in spots if answer != 3]
    if marks and rng.random() < 0.2:
        spot = marks[rng.integers(len(marks))]
        return replace(spot, angle=spot.angle + rng.uniform(100, 260))
    while True:
        spot = Spot(rng.uniform(10, 200), rng.uniform(10, 287), rng.uniform(3.5, 11), rng.uniform(-25, 25), 0.0)
        if all(math.hypot(spot.x - mark.x, spot.y - mark.y) > 20 for mark in marks):
            return spot
