"""Papers that a reader of ours knows by heart: drawn as bars, read as results with every field a clerk looks for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from archive.model.image import PageImage
from archive.model.pages import Box, Line, PageText, Word

_MM_A_LETTER = 2.1
_LEFT, _RIGHT, _BODY = 20.0, 112.0, 25.0
_DOTS_A_MM = 200 / 25.4  # the norm for digitised papers: at less their pages are not paid


@dataclass(frozen=True)
class Paper:
    """What is printed on one page."""

    number: str
    title: str
    day: tuple[int, int, int]
    holder: str
    holder_id: str
    commune: str = "XÃ SƠN HÀ"
    body: str = "Nội dung: theo hồ sơ đã nộp."

    def lines(self) -> PageText:
        """Return the page as a reader sees it, laid out as decree 30/2020 wants."""
        day, month, year = self.day
        return _laid_out(
            (_LEFT, 20, "ỦY BAN NHÂN DÂN"),
            (_RIGHT, 20, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
            (_LEFT, 26, self.commune),
            (_RIGHT, 26, "Độc lập - Tự do - Hạnh phúc"),
            (_LEFT, 34, f"Số: {self.number}"),
            (_RIGHT, 34, f"Sơn Hà, ngày {day:02d} tháng {month} năm {year}"),
            (70.0, 60, self.title),
            (_BODY, 76, f"Cấp cho ông (bà): {self.holder}"),
            (_BODY, 83, f"Số định danh cá nhân: {self.holder_id}"),
            (_BODY, 97, self.body),
        )


LICENCE = Paper("12/GPXD", "GIẤY PHÉP XÂY DỰNG", (5, 3, 2021), "Nguyễn Văn Mẫu", "001082000017")
DECISION = Paper(
    "0123/QĐ-UBND", "QUYẾT ĐỊNH", (17, 11, 2022), "Trần Thị Thử", "001185000029", body="Về việc hỗ trợ hộ nghèo."
)
OTHER = Paper(
    "45/GPXD", "GIẤY PHÉP XÂY DỰNG", (2, 1, 2023), "Lê Hoà Bình", "001090000033", "XÃ KHÁNH HÒA", "Nhà ở hai tầng."
)
PAPERS = {3: LICENCE, 5: DECISION, 7: OTHER}  # by the number of bars on the page


@dataclass(frozen=True)
class KnowingEngine:
    """Reads a page by counting its bars; a page with other bars has words but is no result."""

    @property
    def identity(self) -> str:
        """Name the reader."""
        return "knowing-1"

    def read(self, image: PageImage) -> PageText:
        """Return the paper's text, boxes in mm."""
        paper = PAPERS.get(bars_on(image))
        return paper.lines() if paper else _laid_out((_BODY, 40, "Trang này không phải là kết quả."))


def draw(bars: int, colour: bool = True) -> Image.Image:
    """Return an A4 page at 200 dpi with so many bars, short enough not to be taken for ruled lines."""
    width, height = round(210 * _DOTS_A_MM), round(297 * _DOTS_A_MM)
    pixels = np.full((height, width, 3), 255, np.uint8)
    for bar in range(bars):
        top = round((40 + 25 * bar) * _DOTS_A_MM)
        for left in range(40, 160, 12):  # ten blocks a bar: print, not a rule
            at = round(left * _DOTS_A_MM)
            pixels[top : top + round(6 * _DOTS_A_MM), at : at + round(8 * _DOTS_A_MM)] = (20, 20, 60)
    image = Image.fromarray(pixels)
    return image if colour else image.convert("L")


def save(bars: int, file: Path, more: tuple[int, ...] = ()) -> Path:
    """Write a scan of the page with so many bars as PNG, or as TIFF with more pages behind it."""
    file.write_bytes(encoded(bars, more))
    return file


@cache
def encoded(bars: int, more: tuple[int, ...] = ()) -> bytes:
    """Return a scan's bytes, always the same for the same pages."""
    first, *others = [draw(n) for n in (bars, *more)]
    out = BytesIO()
    if others:
        first.save(out, "TIFF", dpi=(200, 200), save_all=True, append_images=others, compression="packbits")
    else:
        first.save(out, "PNG", dpi=(200, 200), compress_level=1)
    return out.getvalue()


def save_batch(folder: Path) -> Path:
    """Write a batch: two results, one of them twice, the other with a blank back; and a file that is no scan."""
    folder.mkdir(parents=True)
    save(3, folder / "giấy phép.png")
    save(5, folder / "quyết định.tif", more=(0,))
    (folder / "bản sao.png").write_bytes((folder / "giấy phép.png").read_bytes())
    (folder / "ghi chú.docx").write_bytes(b"no scan")
    return folder


def bars_on(image: PageImage) -> int:
    """Return how many bars a page image has."""
    grey = image.pixels if image.pixels.ndim == 2 else image.pixels.mean(axis=2)
    dark = (grey < 128).mean(axis=1) > 0.1
    return int(np.count_nonzero(dark[1:] & ~dark[:-1]))


def _laid_out(*lines: tuple[float, float, str]) -> PageText:
    return PageText(tuple(_line(left, top, text) for left, top, text in lines), KnowingEngine().identity)


def _line(left: float, top: float, text: str) -> Line:
    words = []
    for word in text.split():
        width = _MM_A_LETTER * len(word)
        words.append(Word(word, Box(left, top, left + width, top + 4.0), 0.95))
        left += width + _MM_A_LETTER
    return Line(tuple(words))
