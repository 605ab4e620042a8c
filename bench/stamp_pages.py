"""Draws office pages with stamps: each kind that a screen for secrecy must find, and pages that it must leave alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np

from archive.model.image import PageImage, Pixels
from bench.stamp_marks import box_stamp, lettering, round_seal, turned, worn
from bench.stamp_sheet import A4_MM, HEADS, Place, Sheet, StampHow, bilevel

SECRET = ("MẬT", "TỐI MẬT", "TUYỆT MẬT")
RED, BLUE, BLACK = (205, 25, 45), (45, 60, 170), (30, 30, 30)
OTHERS = (
    *("KHẨN", "THƯỢNG KHẨN", "HỎA TỐC", "HỎA TỐC HẸN GIỜ", "BẢN SAO", "SAO Y", "SAO Y BẢN CHÍNH", "SAO LỤC", "ĐẾN"),
    *("CÔNG VĂN ĐẾN", "ĐI", "ĐÃ THU PHÍ", "ĐÃ DUYỆT", "PHÊ DUYỆT", "ĐÃ KÝ", "GIẢI MẬT", "MẪU", "DỰ THẢO", "HỦY"),
    *("BẢN CHÍNH", "LƯU", "ĐÃ NHẬP MÁY", "THẨM ĐỊNH", "ĐỐI CHIẾU", "ĐÃ KIỂM TRA", "KỸ THUẬT", "BẢO HÀNH"),
)


class Kind(StrEnum):
    """How a stamp of secrecy stands on a page; ``CLEAN`` bears none."""

    STRAIGHT = "straight"
    TURNED = "turned"
    FAINT = "faint"
    OVER_TEXT = "over text"
    UNFRAMED = "without a frame"
    BLUE = "blue or black"
    GREY = "grey"
    BILEVEL = "1-bit"
    OVER_SEAL = "over a seal's edge"
    IN_SEAL = "inside a seal"
    IN_SQUARE = "on a square seal"
    GREY_PRINT = "grey over print"
    BILEVEL_PRINT = "1-bit over print"
    CLEAN = "clean"


OVER_PRINT = (Kind.OVER_TEXT, Kind.GREY_PRINT, Kind.BILEVEL_PRINT)
WITHOUT_COLOUR = (Kind.GREY, Kind.GREY_PRINT)
BILEVEL = (Kind.BILEVEL, Kind.BILEVEL_PRINT)


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A page as a scanner gives it, and its stamps: secret ones and others."""

    image: PageImage
    places: tuple[Place, ...]


def draw_page(rng: np.random.Generator, kind: Kind, text: str, more_fonts: Path | None = None) -> DrawnPage:
    """Return a page with one stamp ``text`` of secrecy of ``kind``, or a clean one."""
    sheet = Sheet(rng, float(rng.choice((150, 200, 200, 300))), more_fonts)
    printed = _print(sheet)
    if kind is Kind.CLEAN or rng.random() < 0.3:
        _others(sheet, printed)
    if kind is not Kind.CLEAN:
        _secret(sheet, kind, text, printed)
    colour = kind not in (*WITHOUT_COLOUR, *BILEVEL)
    level = rng.integers(3) if kind is Kind.CLEAN else 0  # clean pages come in colour, grey and 1-bit
    seen = sheet.scanned(colour and level == 0, int(rng.integers(45, 95)))
    if kind in BILEVEL or level == 2:
        seen = bilevel(rng, seen)
    return DrawnPage(PageImage(seen, *A4_MM), tuple(sheet.places))


def _print(sheet: Sheet) -> tuple[float, float]:
    """Print a page; return from where to where running text stands, mm."""
    rng = sheet.rng
    em = rng.uniform(3.8, 5.2)
    sheet.write(rng.uniform(25, 35), 18, "ỦY BAN NHÂN DÂN XÃ MẪU", em, bold=True)
    sheet.write(rng.uniform(100, 112), 18, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA", em * 0.95, bold=True)
    sheet.write(40, 32, f"Số: {rng.integers(9999)}/QĐ-UBND", em, bold=False)
    sheet.write(rng.uniform(60, 90), 58, str(rng.choice(HEADS)), em * 1.15, bold=True)
    top, bottom = rng.uniform(70, 80), rng.uniform(200, 260)
    sheet.body(top, bottom, em)
    return top, bottom


def _others(sheet: Sheet, printed: tuple[float, float]) -> None:
    """Press stamps that are no marks of secrecy: urgent, copy, received, seals."""
    rng = sheet.rng
    for _ in range(rng.integers(1, 4)):
        ink = (RED, RED, BLUE, BLACK)[rng.integers(4)]
        how = StampHow(rng.uniform(3.6, 8), int(rng.integers(0, 3)), ink, rng.uniform(0.4, 0.95), rng.uniform(0, 0.7))
        x, y = rng.uniform(30, 180), rng.uniform(12, 285)
        sheet.stamp(str(rng.choice(OTHERS)), x, y, _angle(rng), how)
    for _ in range(rng.integers(0, 3)):
        x, y = rng.uniform(40, 170), rng.uniform(60, 270)
        if rng.random() < 0.7:
            mask = round_seal(rng, sheet.scale, sheet.bold, state=rng.random() < 0.4)
        else:
            mask = _square(sheet, str(rng.choice(OTHERS)))
        mask = turned(worn(rng, mask, sheet.scale, rng.uniform(0, 0.7)), rng.uniform(-30, 30))
        sheet.press(mask, x, y, RED, rng.uniform(0.5, 0.95))
        if rng.random() < 0.3:  # a stamp on the seal, no mark either
            how = StampHow(rng.uniform(3, 6), int(rng.integers(0, 2)), RED, rng.uniform(0.5, 0.95), rng.uniform(0, 0.5))
            sheet.stamp(str(rng.choice(OTHERS)), x + rng.uniform(-9, 9), y + rng.uniform(-9, 9), _angle(rng), how)


def _square(sheet: Sheet, text: str) -> Pixels:
    """Return a square seal: two frames around a few rows."""
    rng, em = sheet.rng, sheet.rng.uniform(2.6, 4) * sheet.scale
    rows = ["UBND XÃ MẪU", text, f"Số: {rng.integers(999)}", "Ngày: 12/6/2025"][: rng.integers(2, 5)]
    return box_stamp(rng, [lettering(row, sheet.bold, em, 0.0, 1.0) for row in rows], em, int(rng.integers(1, 3)))


def _angle(rng: np.random.Generator, most: float = 20) -> float:
    return float(rng.choice((0.0, rng.uniform(-most, most), rng.uniform(-most, most))))


def _secret(sheet: Sheet, kind: Kind, text: str, printed: tuple[float, float]) -> None:
    """Press the stamp of secrecy that ``kind`` names."""
    rng = sheet.rng
    how = StampHow(rng.uniform(4.2, 7.5), 1 if rng.random() < 0.8 else 2, RED, rng.uniform(0.65, 0.95), 0.3)
    x, y, angle = rng.uniform(35, 170), rng.uniform(42, 52), 0.0
    if kind is not Kind.STRAIGHT:
        angle = float(rng.uniform(-20, 20))
    if kind in BILEVEL:
        how = replace(how, ink=RED if rng.random() < 0.6 else BLACK, strength=rng.uniform(0.8, 0.95), wear=0.2)
    if kind is Kind.FAINT:
        how = replace(how, strength=rng.uniform(0.3, 0.45), wear=0.15)
    elif kind is Kind.UNFRAMED:
        how = replace(how, frame=0)
    elif kind is Kind.BLUE:
        how = replace(how, ink=BLUE if rng.random() < 0.6 else BLACK)
    elif kind in OVER_PRINT:
        x, y = rng.uniform(50, 160), rng.uniform(printed[0] + 12, printed[1] - 12)
    elif kind in (Kind.OVER_SEAL, Kind.IN_SEAL, Kind.IN_SQUARE):
        x, y = rng.uniform(60, 150), rng.uniform(230, 255)
        _seal_below(sheet, kind, x, y)
        if kind is Kind.OVER_SEAL:
            turn = rng.uniform(0, 2 * math.pi)
            x, y = x + 18 * math.cos(turn), y + 18 * math.sin(turn)
        else:
            x, y = x + rng.uniform(-3, 3), y + rng.uniform(-6, 6)
            em = rng.uniform(3.4, 6.5) if rng.random() < 0.5 else rng.uniform(24, 38) / (0.75 * len(text))
            how = replace(how, em=min(6.5, em), frame=int(rng.integers(0, 2)) if kind is Kind.IN_SEAL else 1)
    sheet.stamp(text, x, y, angle, how)


def _seal_below(sheet: Sheet, kind: Kind, x: float, y: float) -> None:
    rng = sheet.rng
    mask = _square(sheet, "ĐẾN") if kind is Kind.IN_SQUARE else round_seal(rng, sheet.scale, sheet.bold)
    mask = turned(worn(rng, mask, sheet.scale, 0.3), rng.uniform(-20, 20))
    sheet.press(mask, x, y, RED, rng.uniform(0.6, 0.9))


def shown(places: Sequence[Place]) -> str:
    """Return the words of the stamps, for a listing."""
    return ", ".join(f"{place.text} at {place.x:.0f}, {place.y:.0f} mm" for place in places)
