"""Office pages with stamps, drawn: what the screen for secrecy marks must find and must leave alone."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont

from archive.model.image import PageImage

RED, MAGENTA, BLUE, BLACK = (205, 25, 45), (190, 20, 120), (40, 55, 170), (25, 25, 25)
A4_MM = (210.0, 297.0)
_FONTS = (
    ("/usr/share/fonts/truetype/liberation*", "LiberationSerif-Bold.ttf", "LiberationSerif-Regular.ttf"),
    ("/usr/share/fonts/truetype/dejavu", "DejaVuSerif-Bold.ttf", "DejaVuSerif.ttf"),
)
_BODY = (
    "Căn cứ Luật Tổ chức chính quyền địa phương; căn cứ Nghị định của Chính phủ về cấp giấy",
    "phép xây dựng; xét đề nghị của Phòng Kinh tế tại Tờ trình số 45/TTr-KT, mật độ xây dựng",
    "tối đa 60 %, chiều cao công trình không quá ba tầng, chỉ giới đường đỏ theo quy hoạch;",
    "cán bộ có trách nhiệm bảo vệ bí mật nhà nước, giữ bí mật thông tin của người nộp hồ sơ.",
)


@cache
def _face(bold: bool) -> str:
    for folders, heavy, light in _FONTS:
        for folder in sorted(Path("/").glob(folders.lstrip("/"))):
            file = folder / (heavy if bold else light)
            if file.is_file() and _writes_vietnamese(file):
                return str(file)
    pytest.skip("no Liberation or DejaVu font with Vietnamese letters on this machine")


def _writes_vietnamese(file: Path) -> bool:
    """Return whether two Vietnamese letters differ: Liberation 1 draws the same empty box for both."""
    face = ImageFont.truetype(str(file), 40)
    return bytes(face.getmask("Ậ")) != bytes(face.getmask("Ự"))


def font(mm: float, dpi: float, bold: bool = True) -> ImageFont.FreeTypeFont:
    """Return a serif font whose em measures ``mm``; skips the test when the machine has none."""
    return ImageFont.truetype(_face(bold), round(mm * dpi / 25.4))


def office_page(dpi: float = 200, paper: tuple[int, int, int] = (252, 251, 247)) -> Image.Image:
    """Return an A4 page of a decision: heading, title, body that speaks of secrecy."""
    page = Image.new("RGB", (round(A4_MM[0] * dpi / 25.4), round(A4_MM[1] * dpi / 25.4)), paper)
    write(page, (30, 20), "ỦY BAN NHÂN DÂN XÃ KHÁNH MẪU", dpi, 4.4)
    write(page, (112, 20), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", dpi, 4.2)
    write(page, (45, 34), "Số: 0123/QĐ-UBND", dpi, 4.6, bold=False)
    write(page, (88, 60), "QUYẾT ĐỊNH", dpi, 5.2)
    for row in range(24):
        write(page, (30, 75 + 6.6 * row), _BODY[row % len(_BODY)], dpi, 4.4, bold=False)
    return page


def write(
    page: Image.Image,
    at_mm: tuple[float, float],
    text: str,
    dpi: float,
    mm: float,
    bold: bool = True,
    ink: tuple[int, int, int] = BLACK,
) -> None:
    """Print ``text`` on ``page``, its top left corner at ``at_mm``."""
    scale = dpi / 25.4
    ImageDraw.Draw(page).text((at_mm[0] * scale, at_mm[1] * scale), text, fill=ink, font=font(mm, dpi, bold))


def stamp(
    page: Image.Image,
    text: str,
    dpi: float,
    centre_mm: tuple[float, float] = (55, 52),
    angle: float = 0.0,
    strength: float = 0.85,
    ink: tuple[int, int, int] = RED,
    framed: bool = True,
    em_mm: float = 5.4,
) -> Image.Image:
    """Return ``page`` with a stamp: bold capitals in a frame, turned ``angle`` degrees counter-clockwise."""
    scale = dpi / 25.4
    letters = font(em_mm, dpi)
    width, height = letters.getlength(text) + 5 * scale, 1.55 * em_mm * scale
    mask = Image.new("L", (round(width + 4 * scale), round(height + 4 * scale)), 0)
    draw = ImageDraw.Draw(mask)
    if framed:
        frame = (2 * scale, 2 * scale, width + 2 * scale, height + 2 * scale)
        draw.rectangle(frame, outline=255, width=max(2, round(0.5 * scale)))
    draw.text((mask.width / 2, 2 * scale + 0.77 * height), text, fill=255, font=letters, anchor="ms")
    return _press(page, mask.rotate(angle, Image.Resampling.BICUBIC, expand=True), centre_mm, dpi, strength, ink)


def seal(
    page: Image.Image, dpi: float, centre_mm: tuple[float, float] = (140, 245), ink: tuple[int, int, int] = RED
) -> Image.Image:
    """Return ``page`` with a round seal of 36 mm: two rings, text along the rim, a star."""
    scale = dpi / 25.4
    side = round(40 * scale)
    mask = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(mask)
    for radius, width in ((18, 0.7), (16.8, 0.25), (11, 0.3)):
        edge = side / 2 - radius * scale
        draw.ellipse((edge, edge, side - edge, side - edge), outline=255, width=max(1, round(width * scale)))
    star = [
        (side / 2 + r * scale * np.sin(np.pi * k / 5), side / 2 - r * scale * np.cos(np.pi * k / 5))
        for k, r in enumerate([6.0, 2.4] * 5)
    ]
    draw.polygon(star, fill=255)
    for place, letter in enumerate("ỦY BAN NHÂN DÂN XÃ KHÁNH MẪU * TỈNH MẪU *"):
        tile = Image.new("L", (side, side), 0)
        ImageDraw.Draw(tile).text((side / 2, side / 2 - 14 * scale), letter, fill=255, font=font(3.2, dpi), anchor="mm")
        mask = ImageChops.lighter(mask, tile.rotate(150 - place * 8.5, Image.Resampling.BICUBIC))
    return _press(page, mask.rotate(11, Image.Resampling.BICUBIC), centre_mm, dpi, 0.85, ink)


def _press(
    page: Image.Image,
    mask: Image.Image,
    centre_mm: tuple[float, float],
    dpi: float,
    strength: float,
    ink: tuple[int, int, int],
) -> Image.Image:
    layer = Image.new("L", page.size, 0)
    scale = dpi / 25.4
    layer.paste(mask, (round(centre_mm[0] * scale - mask.width / 2), round(centre_mm[1] * scale - mask.height / 2)))
    bands = [layer.point([255 - round(a * strength * (255 - value) / 255) for a in range(256)]) for value in ink]
    return ImageChops.multiply(page.convert("RGB"), Image.merge("RGB", bands))


def jpeg(page: Image.Image, quality: int = 60) -> Image.Image:
    """Return ``page`` after a lossy scanner (4:2:0, as most write)."""
    file = io.BytesIO()
    page.save(file, "JPEG", quality=quality, subsampling=2)
    return Image.open(file).convert(page.mode)


def scanned(page: Image.Image, dpi: float) -> PageImage:
    """Return the page as the reader gets it: RGB, grey, or 1-bit widened to grey."""
    pixels = np.asarray(page.convert("L") if page.mode == "1" else page)
    return PageImage(np.ascontiguousarray(pixels), page.width * 25.4 / dpi, page.height * 25.4 / dpi)


def bilevel(page: Image.Image, threshold: int = 170) -> Image.Image:
    """Return ``page`` as a 1-bit scanner gives it."""
    return page.convert("L").point([255 if level > threshold else 0 for level in range(256)]).convert("1")
