"""Stamps over print are told from it by their darkness on pages without colour."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from archive.model.image import PageImage
from archive.ocr.stamps.ink_levels import lighter_ink, print_level
from archive.ocr.stamps.reader import StampReader
from tests.doubles import stamped_pages as drawn


def _table(dpi: float) -> Image.Image:
    """Return an office page with the rules of a table across it, which cut every frame that lies on them."""
    page = drawn.office_page(dpi)
    scale = dpi / 25.4
    pixels = np.array(page)
    for y in range(80, 200, 9):
        pixels[round(y * scale) : round((y + 0.5) * scale), round(28 * scale) : round(185 * scale)] = 25
    for x in (28, 66, 104, 142, 184):
        pixels[round(80 * scale) : round(190 * scale), round(x * scale) : round((x + 0.5) * scale)] = 25
    return Image.fromarray(pixels)


def _grey(page: Image.Image, dpi: float) -> PageImage:
    return drawn.scanned(drawn.jpeg(page.convert("L"), 80), dpi)


@pytest.mark.parametrize("dpi", [200, 300])
@pytest.mark.parametrize("angle", [5, -12])
@pytest.mark.parametrize("text", ["TỐI MẬT", "TUYỆT MẬT"])
def test_a_stamp_across_a_printed_table_is_found_in_grey(
    reader: StampReader, text: str, angle: float, dpi: float
) -> None:
    page = drawn.stamp(_table(dpi), text, dpi, (104, 130), angle, strength=0.75, em_mm=6)
    assert reader.read(_grey(page, dpi)) != ()


@pytest.mark.parametrize("text", ["KHẨN", "BẢN SAO", "GIẢI MẬT", "ĐÃ DUYỆT"])
def test_another_stamp_across_a_printed_table_is_no_mark(reader: StampReader, text: str) -> None:
    page = drawn.stamp(_table(200), text, 200, (104, 130), 5, strength=0.75, em_mm=6)
    assert reader.read(_grey(page, 200)) == ()


def test_lighter_ink_is_what_is_left_without_the_print() -> None:
    page = _grey(drawn.stamp(_table(200), "MẬT", 200, (85, 130), 0, strength=0.75, em_mm=7), 200)
    level = print_level(page.pixels)
    assert level is not None
    inked = lighter_ink(page, level)
    scale = inked.shape[1] / page.canvas_width_mm
    stamp = inked[round(124 * scale) : round(136 * scale), round(74 * scale) : round(96 * scale)]
    print_alone = inked[round(85 * scale) : round(120 * scale), round(30 * scale) : round(180 * scale)]
    assert np.mean(stamp > 0) > 5 * np.mean(print_alone > 0)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_page_of_one_level_has_no_lighter_ink(value: int) -> None:
    assert print_level(np.full((800, 600), value, np.uint8)) is None


def test_a_page_of_two_values_has_no_lighter_ink() -> None:
    page = drawn.scanned(drawn.bilevel(drawn.office_page(150)), 150)
    assert page.is_colour or print_level(page.pixels) is None
