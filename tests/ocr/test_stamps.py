"""Stamps of secrecy are found on the page as scanned; other stamps, seals and pages are left alone."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from archive.model.image import PageImage
from archive.ocr.stamps.reader import StampReader
from archive.rules.secrecy.marks import Mark, MarkForm
from tests.doubles import stamped_pages as drawn

DEGREES = {"MẬT": "mat", "TỐI MẬT": "toi_mat", "TUYỆT MẬT": "tuyet_mat"}
OVER_TEXT = (100.0, 130.0)
OTHERS = ["ĐẾN", "HỎA TỐC", "KHẨN", "THƯỢNG KHẨN", "BẢN SAO", "SAO Y BẢN CHÍNH", "ĐÃ THU PHÍ", "MẪU", "GIẢI MẬT"]


@cache
def _office_page(dpi: float) -> Image.Image:
    return drawn.office_page(dpi)


def stamped(text: str, dpi: float = 200, **how: Any) -> Image.Image:
    return drawn.jpeg(drawn.stamp(_office_page(dpi), text, dpi, **how), 70)


def _in_colour(page: Image.Image) -> Image.Image:
    return drawn.jpeg(page, 70)


def _in_grey(page: Image.Image) -> Image.Image:
    return drawn.jpeg(page.convert("L"), 70)


def degrees(marks: tuple[Mark, ...]) -> list[str]:
    return [mark.degree.value for mark in marks]


@pytest.mark.parametrize("dpi", [150, 200, 300])
@pytest.mark.parametrize("text", DEGREES)
def test_a_stamp_is_found_with_its_degree_and_place(reader: StampReader, text: str, dpi: float) -> None:
    (mark,) = reader.read(drawn.scanned(stamped(text, dpi, centre_mm=(55, 52)), dpi))
    assert (mark.degree.value, mark.form) == (DEGREES[text], MarkForm.STAMP)
    assert mark.box.left < 55 < mark.box.right
    assert mark.box.top < 52 < mark.box.bottom
    assert mark.box.height == pytest.approx(8.4, abs=2)


@pytest.mark.parametrize("angle", [7, -7, 15, -15, 25, 45, -60, 90, 180, 187, 270])
@pytest.mark.parametrize("text", DEGREES)
def test_a_stamp_is_found_at_any_turn(reader: StampReader, text: str, angle: float) -> None:
    assert DEGREES[text] in degrees(reader.read(drawn.scanned(stamped(text, angle=angle), 200)))


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"strength": 0.3}, id="faint"),
        pytest.param({"strength": 0.3, "centre_mm": OVER_TEXT}, id="faint over text"),
        pytest.param({"centre_mm": OVER_TEXT, "angle": -7}, id="over text"),
        pytest.param({"framed": False, "angle": 7}, id="without a frame"),
        pytest.param({"ink": drawn.MAGENTA}, id="magenta"),
        pytest.param({"ink": drawn.BLUE}, id="blue"),
        pytest.param({"ink": drawn.BLACK}, id="black on a colour scan"),
        pytest.param({"em_mm": 4.2}, id="small"),
        pytest.param({"em_mm": 8.0}, id="large"),
    ],
)
@pytest.mark.parametrize("text", DEGREES)
def test_a_stamp_is_found_in_any_ink_and_size(reader: StampReader, text: str, how: dict[str, Any]) -> None:
    assert DEGREES[text] in degrees(reader.read(drawn.scanned(stamped(text, **how), 200)))


@pytest.mark.parametrize("centre", [(26, 8), (183, 8), (26, 289), (183, 289)])
def test_a_stamp_in_a_corner_is_found(reader: StampReader, centre: tuple[float, float]) -> None:
    page = stamped("TUYỆT MẬT", centre_mm=centre, angle=2)
    assert degrees(reader.read(drawn.scanned(page, 200))) == ["tuyet_mat"]


@pytest.mark.parametrize("text", DEGREES)
@pytest.mark.parametrize("angle", [0, 7, -15, 90, 180])
def test_a_framed_stamp_is_found_without_colour(reader: StampReader, text: str, angle: float) -> None:
    page = drawn.stamp(_office_page(200), text, 200, angle=angle)
    assert DEGREES[text] in degrees(reader.read(drawn.scanned(drawn.jpeg(page.convert("L")), 200)))
    assert DEGREES[text] in degrees(reader.read(drawn.scanned(drawn.bilevel(page), 200)))


@pytest.mark.parametrize("text", ["TỐI MẬT", "TUYỆT MẬT"])
@pytest.mark.parametrize("angle", [0, -15, 90])
def test_a_stamp_that_overlaps_a_seal_is_found(reader: StampReader, text: str, angle: float) -> None:
    page = drawn.stamp(drawn.seal(_office_page(200), 200), text, 200, centre_mm=(160, 235), angle=angle)
    assert reader.read(drawn.scanned(drawn.jpeg(page, 70), 200)) != ()


@pytest.mark.parametrize("angle", [0, 3, 90])
def test_a_grey_stamp_is_told_from_the_darker_print_below_it(reader: StampReader, angle: float) -> None:
    page = drawn.stamp(_office_page(200), "TUYỆT MẬT", 200, centre_mm=OVER_TEXT, angle=angle)
    assert degrees(reader.read(drawn.scanned(drawn.jpeg(page.convert("L"), 70), 200))) == ["tuyet_mat"]


def test_the_program_reads_stamps_where_the_library_is_absent(
    reader: StampReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("tesseract") is None:
        pytest.skip("the tesseract program is not on this machine")
    monkeypatch.setattr("archive.ocr.stamps.line_reader.find_spec", lambda name: None)
    assert degrees(reader.read(drawn.scanned(stamped("TỐI MẬT"), 200))) == ["toi_mat"]


def test_two_stamps_are_two_marks(reader: StampReader) -> None:
    page = drawn.stamp(_office_page(200), "MẬT", 200, angle=5)
    page = drawn.stamp(page, "TỐI MẬT", 200, centre_mm=(170, 270), angle=-4)
    assert sorted(degrees(reader.read(drawn.scanned(page, 200)))) == ["mat", "toi_mat"]


@pytest.mark.parametrize("text", OTHERS)
@pytest.mark.parametrize("angle", [0, 12, 180])
def test_other_stamps_are_no_marks(reader: StampReader, text: str, angle: float) -> None:
    page = stamped(text, angle=angle)
    assert reader.read(drawn.scanned(page, 200)) == ()
    assert reader.read(drawn.scanned(drawn.bilevel(page), 200)) == ()


@pytest.mark.parametrize(("text", "most"), [("GIẢI MẬT", 0), ("MẪU", 2)])
@pytest.mark.parametrize("way", [_in_colour, _in_grey, drawn.bilevel])
def test_print_across_another_stamp_seldom_makes_a_mark_of_it(
    reader: StampReader, text: str, most: int, way: Callable[[Image.Image], Image.Image]
) -> None:
    lines = (118, 121, 124, 127, 130, 133)  # mm: print crosses its letters higher or lower
    pages = (
        stamped(text, centre_mm=(100, line), angle=angle, strength=strength)
        for line, angle, strength in product(lines, (0, 3, 9, -6), (0.4, 0.6, 0.85))
    )
    assert sum(reader.read(drawn.scanned(way(page), 200)) != () for page in pages) <= most  # of 72


def test_seals_letterheads_and_tables_are_no_marks(reader: StampReader) -> None:
    page = drawn.seal(_office_page(200), 200)
    drawn.write(page, (30, 10), "GIẤY CHỨNG NHẬN", 200, 7, ink=drawn.RED)
    drawn.write(page, (120, 10), "bảo mật thông tin", 200, 5, ink=drawn.RED)
    _table(page, drawn.RED, top=150)
    _table(page, drawn.BLACK, top=220)
    assert reader.read(drawn.scanned(drawn.jpeg(page), 200)) == ()
    assert reader.read(drawn.scanned(page.convert("L"), 200)) == ()


def test_plain_and_blank_pages_are_no_marks(reader: StampReader) -> None:
    assert reader.read(drawn.scanned(_office_page(200), 200)) == ()
    assert reader.read(PageImage(np.full((300, 200, 3), 255, np.uint8), 210.0, 297.0)) == ()
    assert reader.read(PageImage(np.full((1, 1), 0, np.uint8), 1.0, 1.0)) == ()


def test_a_colour_photo_is_no_mark(reader: StampReader) -> None:
    random = np.random.default_rng(7)
    coarse = Image.fromarray(random.integers(0, 255, (40, 28, 3), dtype=np.uint8))
    assert reader.read(drawn.scanned(coarse.resize((1654, 2339), Image.Resampling.BICUBIC), 200)) == ()


def test_a_reader_that_has_read_can_be_sent_to_a_worker(reader: StampReader) -> None:
    page = drawn.scanned(stamped("MẬT"), 200)
    assert degrees(reader.read(page)) == degrees(pickle.loads(pickle.dumps(reader)).read(page)) == ["mat"]  # noqa: S301 - our own bytes


def test_the_page_is_left_as_it_was(reader: StampReader) -> None:
    page = drawn.scanned(stamped("MẬT"), 200)
    before = page.pixels.copy()
    reader.read(page)
    assert np.array_equal(before, page.pixels)


def _table(page: Image.Image, ink: tuple[int, int, int], top: float) -> None:
    scale = 200 / 25.4
    draw = ImageDraw.Draw(page)
    for row in range(5):
        for column in range(4):
            left, upper = (30 + 38 * column) * scale, (top + 9 * row) * scale
            draw.rectangle((left, upper, left + 38 * scale, upper + 9 * scale), outline=ink, width=3)
            text = "MẬT ĐỘ" if row == 0 else f"{row * 17 + column},5 %"
            drawn.write(page, (33 + 38 * column, top + 9 * row + 2), text, 200, 4.4, ink=ink)


@pytest.mark.parametrize("angle", [0, 9])
@pytest.mark.parametrize(("text", "em_mm"), [("GIẢI  MẬT", 4.2), ("GIẢI   MẬT", 4.2), ("GIẢI    MẬT", 5.4)])
def test_the_last_word_of_a_declassified_stamp_is_no_mark(
    reader: StampReader, text: str, em_mm: float, angle: float
) -> None:
    page = stamped(text, framed=False, em_mm=em_mm, angle=angle, centre_mm=(70, 48))
    assert reader.read(drawn.scanned(page, 200)) == ()


@pytest.mark.parametrize("text", ["TỐI    MẬT", "KHẨN   MẬT", "XÃ    MẬT"])
def test_a_mark_far_from_another_word_of_its_stamp_stays_one(reader: StampReader, text: str) -> None:
    page = stamped(text, framed=False, centre_mm=(70, 48))
    assert reader.read(drawn.scanned(page, 200)) != ()


def test_a_printed_word_before_a_stamp_does_not_lift_it(reader: StampReader) -> None:
    page = _office_page(200).copy()
    drawn.write(page, (30, 46), "BIÊN BẢN HÒA GIẢI", 200, 5.4)
    page = drawn.stamp(page, "MẬT", 200, centre_mm=(100, 49), framed=False)
    assert degrees(reader.read(drawn.scanned(drawn.jpeg(page, 70), 200))) == ["mat"]


def test_a_mark_beside_a_whole_declassified_stamp_stays_one(reader: StampReader) -> None:
    page = drawn.stamp(_office_page(200), "GIẢI MẬT", 200, centre_mm=(55, 50))
    page = drawn.stamp(page, "MẬT", 200, centre_mm=(88, 50))
    assert degrees(reader.read(drawn.scanned(drawn.jpeg(page, 70), 200))) == ["mat"]
