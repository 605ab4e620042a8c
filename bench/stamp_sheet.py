"""A page while it is drawn: print, tables, stamps pressed on it, and how a scanner sees it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from archive.model.image import Pixels
from bench.stamp_marks import box_stamp, faces, font, lettering, turned, worn

A4_MM = (210.0, 297.0)
HEADS = (
    *("QUYẾT ĐỊNH", "GIẤY PHÉP XÂY DỰNG", "THÔNG BÁO", "GIẤY CHỨNG NHẬN", "QUY CHẾ BẢO VỆ BÍ MẬT NHÀ NƯỚC", "TỜ TRÌNH"),
    *(
        "BẢNG TÍNH MẬT ĐỘ XÂY DỰNG",
        "HƯỚNG DẪN ĐẶT MẬT KHẨU",
        "CAM KẾT BẢO MẬT THÔNG TIN",
        "VỀ MẬT ĐỘ DÂN CƯ",
        "HỢP ĐỒNG",
    ),
)
_PROSE = (
    "căn cứ luật tổ chức chính quyền địa phương theo đề nghị của phòng kinh tế tại tờ trình số về việc cấp giấy phép "
    "xây dựng mật độ bí mật nhà nước mật khẩu bảo mật thông tin người nộp hồ sơ có trách nhiệm thực hiện quy định này "
    "chiều cao công trình không quá ba tầng chỉ giới đường đỏ UBND HĐND Điều Khoản Nguyễn Văn Mẫu ngày tháng năm 2025 "
    "kể từ ngày ký ban hành chủ đầu tư đất thửa bản đồ diện tích m² thôn xã huyện tỉnh cơ quan nhận lưu VT mật thiết "
    "gan mật nuôi ong lấy mật gỗ lim thanh long xuất khẩu cửa hàng 45/TTr-KT 0123/QĐ-UBND 15,6 % 120.000 đồng"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the letters of a stamp stand: centre, sides, length of the last word (mm), degrees counter-clockwise."""

    text: str
    x: float
    y: float
    length: float
    height: float
    last: float
    angle: float


@dataclass(frozen=True, slots=True)
class StampHow:
    """How a box stamp is made: size of its letters (mm), frame lines, ink, strength and wear (0 to 1)."""

    em: float
    frame: int
    ink: tuple[int, int, int]
    strength: float
    wear: float


class Sheet:
    """A page while it is drawn: RGB floats, a scale, and the random numbers that it is drawn with."""

    def __init__(self, rng: np.random.Generator, dpi: float, more_fonts: Path | None = None) -> None:
        self.rng, self.dpi, self.scale = rng, dpi, dpi / 25.4
        self.bold = str(rng.choice(faces(True, more_fonts)))
        self.light = str(rng.choice(faces(False, more_fonts)))
        self.more_fonts = more_fonts
        size = (round(A4_MM[0] * self.scale), round(A4_MM[1] * self.scale))
        self.page = Image.new("L", size, 255)
        self.layers: list[tuple[Pixels, tuple[int, int], tuple[int, int, int], float]] = []
        self.places: list[Place] = []
        self.stamps: list[tuple[Place, Pixels, tuple[int, int]]] = []  # each place, its mask and the mask's corner

    def write(self, x: float, y: float, text: str, em: float, bold: bool) -> None:
        """Print ``text`` in black, its top left corner at ``x``, ``y`` (mm)."""
        face = font(self.bold if bold else self.light, round(em * self.scale))
        ImageDraw.Draw(self.page).text((x * self.scale, y * self.scale), text, fill=25, font=face)

    def body(self, top: float, bottom: float, em: float) -> None:
        """Fill the page from ``top`` to ``bottom`` (mm) with running text, sometimes a table."""
        rng, y = self.rng, top
        step = em * rng.uniform(1.25, 1.7)
        while y < bottom:
            if rng.random() < 0.04:
                y = self._table(y, bottom, em)
            elif rng.random() < 0.06:
                self.write(rng.uniform(30, 70), y, str(rng.choice(HEADS)), em * rng.uniform(1, 1.2), bold=True)
            elif rng.random() < 0.9:
                words = rng.choice(_PROSE.split(), 16 if rng.random() < 0.85 else rng.integers(2, 10))
                self.write(rng.uniform(28, 32), y, " ".join(words)[: round(300 / em)], em, rng.random() < 0.08)
            y += step

    def _table(self, top: float, bottom: float, em: float) -> float:
        rng, draw = self.rng, ImageDraw.Draw(self.page)
        columns, rows, tall = rng.integers(2, 7), rng.integers(2, 7), em * rng.uniform(1.5, 2.2)
        wide, line = 160 / columns, max(1, round(rng.uniform(0.15, 0.5) * self.scale))
        for row in range(rows):
            if row == 0 and rng.random() < 0.3:
                top += self._broken_head(top, columns, wide, tall, line)
            y = top + row * tall
            if y + tall > bottom:
                break
            for column in range(columns):
                x = 28 + column * wide
                box = [side * self.scale for side in (x, y, x + wide, y + tall)]
                draw.rectangle(box, outline=25, width=line)
                cell = (
                    str(rng.choice(("MẬT ĐỘ", "STT", "GHI CHÚ", "DIỆN TÍCH"))) if row == 0 else f"{rng.integers(9999)}"
                )
                self.write(x + 1, y + 0.2 * tall, cell, em * 0.9, bold=row == 0)
        return top + rows * tall + em

    def _broken_head(self, top: float, columns: int, wide: float, tall: float, line: int) -> float:
        """Print a row of narrow heads, a word a line, as in "MẬT / ĐỘ / XÂY / DỰNG"; return its height, mm."""
        em = 0.42 * tall
        for column in range(columns):
            x = 28 + column * wide
            box = [side * self.scale for side in (x, top, x + wide, top + 2.2 * tall)]
            ImageDraw.Draw(self.page).rectangle(box, outline=25, width=line)
            words = str(
                self.rng.choice(("MẬT ĐỘ XÂY", "TẦNG CAO TỐI", "MẬT KHẨU MỚI", "SỐ TT CŨ", "ĐỘ MẬT: KHÔNG"))
            ).split()
            for row, word in enumerate(words):
                self.write(x + wide / 2 - 1.2 * em, top + 0.3 + row * 1.4 * em, word, em, bold=True)
        return 2.2 * tall

    def press(self, mask: Pixels, x: float, y: float, ink: tuple[int, int, int], strength: float) -> None:
        """Print ``mask`` with its centre at ``x``, ``y`` (mm)."""
        corner = (round(x * self.scale - mask.shape[1] / 2), round(y * self.scale - mask.shape[0] / 2))
        self.layers.append((mask, corner, ink, strength))

    def stamp(self, text: str, x: float, y: float, angle: float, how: StampHow) -> None:
        """Press a box stamp; ``how`` says its make."""
        rng, em = self.rng, how.em * self.scale
        face = str(rng.choice(faces(rng.random() < 0.9, self.more_fonts)))
        spacing, stretch = rng.choice((0.0, rng.uniform(-0.03, 0.3))), rng.uniform(0.8, 1.2)
        words = text.split()
        split = len(words) > 1 and len(text) > 12 and rng.random() < 0.5
        rows = [" ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])] if split else [text]
        inks = [lettering(row, face, em, spacing, stretch) for row in rows]
        mask = box_stamp(rng, inks, em, how.frame, rounded=rng.random() < 0.1)
        mask = turned(worn(rng, mask, self.scale, how.wear), angle)
        self.press(mask, x, y, how.ink, how.strength)
        last = lettering(words[-1], face, em, spacing, stretch).shape[1]
        sides = (max(ink.shape[1] for ink in inks), sum(ink.shape[0] for ink in inks), last)
        length, tall, last_length = (side / self.scale for side in sides)
        place = Place(text, x, y, length, tall, last_length, angle)
        self.places.append(place)
        self.stamps.append((place, mask, self.layers[-1][1]))

    def scanned(self, colour: bool, quality: int) -> Pixels:
        """Return the page as the scanner sees it: inks multiplied, a tint, blur, noise, JPEG; RGB or grey."""
        rng = self.rng
        tint = np.array([252, 251, 247]) - rng.uniform(0, 25) * np.array([0.3, 0.5, 1])
        levels = np.arange(256)[:, None] * tint / 255
        seen = np.asarray(cv2.LUT(np.asarray(self.page.convert("RGB")), levels.astype(np.uint8)[None]), dtype=np.uint8)
        for mask, (left, top), ink, strength in self.layers:
            y, x = max(0, top), max(0, left)
            part = seen[y : top + mask.shape[0], x : left + mask.shape[1]]
            cover = mask[y - top : y - top + part.shape[0], x - left : x - left + part.shape[1], None] / np.float32(255)
            shade = 1 - cover * np.float32(strength) * (1 - np.array(ink, np.float32) / 255)
            part[:] = (part * shade).astype(np.uint8)
        if not colour:
            seen = np.asarray(cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        blur = rng.uniform(0, 0.09) * self.scale
        if blur > 0.25:
            seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), blur), dtype=np.uint8)
        if quality:
            code = cv2.imencode(".jpg", seen[..., ::-1] if colour else seen, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
            seen = np.asarray(cv2.imdecode(code, cv2.IMREAD_UNCHANGED), dtype=np.uint8)
            seen = seen[..., ::-1] if colour else seen
        return np.ascontiguousarray(seen)


def bilevel(rng: np.random.Generator, seen: Pixels) -> Pixels:
    """Return grey pixels as a 1-bit scanner gives them: by a threshold, now and then dithered, widened to grey."""
    page = Image.fromarray(seen)
    if rng.random() < 0.2:
        return np.asarray(page.convert("1").convert("L"), dtype=np.uint8)
    level = rng.integers(150, 200)
    return np.where(seen > level, np.uint8(255), np.uint8(0))
