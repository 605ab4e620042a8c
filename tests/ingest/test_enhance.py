"""Preparation tells paper from content, levels what is askew, and knows where everything came from."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import PageUnreadable
from archive.ingest.enhance import ink as enhance_ink
from archive.ingest.enhance.affine import Affine
from archive.ingest.enhance.prepare import at_reading_scale, extract_ink, is_blank, prepare
from archive.model.image import PageImage, Pixels
from archive.model.pages import Box

DPI = 150
A4_PX = (1754, 1240)
PX_PER_MM = DPI / 25.4


def page(pixels: Pixels, dpi: float = DPI) -> PageImage:
    """Return a page of that resolution."""
    return PageImage(pixels, pixels.shape[1] / dpi * 25.4, pixels.shape[0] / dpi * 25.4)


def paper(shade: float = 240.0, seed: int = 1) -> Pixels:
    """Return an A4 sheet with the grain of paper and of JPEG."""
    grain = np.random.default_rng(seed).normal(shade, 3.0, A4_PX)
    return np.clip(grain, 0, 255).astype(np.uint8)


def ink_on(sheet: Pixels, depth: Pixels | np.ndarray) -> Pixels:
    """Return ``sheet`` darkened by ``depth``."""
    return np.clip(sheet.astype(np.int16) - depth.astype(np.int16), 0, 255).astype(np.uint8)


def lines_of_print(depth: int = 200, size: tuple[int, int] = A4_PX) -> Pixels:
    """Return how dark strokes like letters in level lines make a sheet."""
    random, strokes = np.random.default_rng(7), np.zeros(size, np.uint8)
    for top in range(150, size[0] - 150, 36):
        left = 130
        while (left := left + int(random.integers(7, 16))) < size[1] - 130:
            height = int(random.integers(8, 16))
            cv2.rectangle(strokes, (left, top + 16 - height), (left + 1, top + 16), depth, -1)
            cv2.line(strokes, (left, top + 8), (left + 5, top + 8 + int(random.integers(-6, 7))), depth, 1)
    return strokes


def turned(pixels: Pixels, degrees: float) -> Pixels:
    """Return ``pixels`` turned counter-clockwise about their middle."""
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return np.asarray(cv2.warpAffine(pixels, turn, (width, height), borderValue=(240, 240, 240)), dtype=np.uint8)


def seal(depth: int = 170) -> Pixels:
    """Return an A4 sheet in colour with a red seal alone."""
    mask = np.zeros(A4_PX, np.uint8)
    for radius in (105, 98, 60):
        cv2.circle(mask, (700, 900), radius, depth, 3)
    cv2.putText(mask, "SON HA", (640, 910), cv2.FONT_HERSHEY_SIMPLEX, 1, depth, 2)
    sheet = paper()
    return np.dstack([ink_on(sheet, mask // 6), ink_on(sheet, mask), ink_on(sheet, mask)])


class TestBlank:
    """Blank means that nobody wrote, printed or stamped anything on this side."""

    @pytest.mark.parametrize("shade", [255, 240, 200, 150])
    def test_bare_paper_is_blank(self, shade: int) -> None:
        assert is_blank(page(paper(shade)))

    def test_white_pixels_are_blank(self) -> None:
        assert is_blank(page(np.full(A4_PX, 255, np.uint8)))

    def test_black_pixels_are_no_paper_and_so_not_blank(self) -> None:
        assert not is_blank(page(np.zeros(A4_PX, np.uint8)))

    @pytest.mark.parametrize("depth", [200, 90, 45, 30])
    def test_print_is_not_blank_however_faint(self, depth: int) -> None:
        assert not is_blank(page(ink_on(paper(), lines_of_print(depth))))

    @pytest.mark.parametrize("depth", [20, 30, 45])
    def test_print_that_shines_through_from_the_back_is_blank(self, depth: int) -> None:
        back = cv2.GaussianBlur(lines_of_print(depth * 3)[:, ::-1], (0, 0), 2.4)

        assert is_blank(page(ink_on(paper(), back)))

    def test_a_page_number_alone_is_not_blank(self) -> None:
        sheet = paper()
        cv2.putText(sheet, "2", (610, 90), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 40, 2)

        assert not is_blank(page(sheet))

    def test_a_page_number_over_print_that_shines_through_is_not_blank(self) -> None:
        sheet = ink_on(paper(), cv2.GaussianBlur(lines_of_print(90)[:, ::-1], (0, 0), 2.4))
        cv2.putText(sheet, "2", (610, 90), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 40, 2)

        assert not is_blank(page(sheet))

    def test_a_seal_alone_is_not_blank(self) -> None:
        assert not is_blank(page(seal()))

    def test_seal_ink_that_soaked_through_in_blots_is_blank(self) -> None:
        soaked = np.zeros(A4_PX, np.uint8)
        random = np.random.default_rng(5)
        for angle in np.arange(0, 2 * np.pi, 0.02):
            x, y = int(700 + 100 * np.cos(angle)), int(900 + 100 * np.sin(angle))
            cv2.circle(soaked, (x, y), 2, int(random.choice([35, 40, 45, 220], p=[0.3, 0.3, 0.28, 0.12])), -1)
        sheet = paper()
        colour = np.dstack([ink_on(sheet, soaked // 8), ink_on(sheet, soaked), ink_on(sheet, soaked)])

        assert is_blank(page(colour))

    def test_a_signature_alone_is_not_blank(self) -> None:
        sheet = paper()
        curve = np.array([[x, 900 + 60 * np.sin(x / 23) * np.cos(x / 57)] for x in range(500, 800, 3)], np.int32)
        cv2.polylines(sheet, [curve], False, 90, 2)

        assert not is_blank(page(sheet))

    def test_dust_holes_streaks_and_edges_are_no_content(self) -> None:
        sheet = paper()
        for left, top in np.random.default_rng(3).integers(100, 1100, (60, 2)):
            cv2.rectangle(sheet, (int(left), int(top)), (int(left) + 2, int(top) + 1), 30, -1)
        for top in (500, 1000):
            cv2.circle(sheet, (80, top), 18, 20, -1)
        cv2.line(sheet, (800, 0), (803, 1753), 60, 2)
        sheet[:, :25] = 10

        assert is_blank(page(sheet))


class TestScale:
    """About 150 dpi, square pixels, and nothing enlarged without need."""

    @pytest.mark.parametrize(
        ("dpi", "expected"),
        [(300, 150), (200, 150), (150, 150), (100, 150), (60, 120), (600, 150), (296, 148)],
    )
    def test_pages_come_to_150_dpi(self, dpi: int, expected: int) -> None:
        image = page(np.full((round(11.69 * dpi), round(8.27 * dpi)), 255, np.uint8), dpi)

        assert at_reading_scale(image).dpi == pytest.approx(expected, rel=0.01)

    def test_a_card_keeps_the_pixels_that_its_small_print_needs(self) -> None:
        card = page(np.full((638, 1004), 255, np.uint8), 300)

        assert at_reading_scale(card).width == 1004

    def test_pixels_of_unequal_sides_become_square(self) -> None:
        fax = PageImage(np.full((1145, 1728), 255, np.uint8), 215.0, 297.0)  # 204 by 98 dpi

        scaled = at_reading_scale(fax)

        assert scaled.width / scaled.canvas_width_mm == pytest.approx(scaled.height / scaled.canvas_height_mm, rel=0.01)

    def test_odd_pixels_that_are_cut_off_move_nothing(self) -> None:
        scaled = at_reading_scale(page(np.full((3509, 2481), 255, np.uint8), 300))

        assert scaled.width / scaled.canvas_width_mm == pytest.approx(DPI / 25.4)
        assert scaled.height / scaled.canvas_height_mm == pytest.approx(DPI / 25.4)

    @pytest.mark.parametrize("shape", [(0, 5), (5, 0)])
    def test_an_image_without_pixels_is_unreadable(self, shape: tuple[int, int]) -> None:
        with pytest.raises(PageUnreadable):
            at_reading_scale(PageImage(np.zeros(shape, np.uint8), 10, 10))

    def test_an_image_without_a_size_is_unreadable(self) -> None:
        with pytest.raises(PageUnreadable):
            at_reading_scale(PageImage(np.zeros((5, 5), np.uint8), 0.0, 10))


class TestInk:
    """Dark strokes on an even white ground."""

    def test_a_shadow_over_half_the_page_is_lifted(self) -> None:
        sheet = ink_on(paper(), lines_of_print(150))
        sheet[:, 620:] = (sheet[:, 620:] * 0.6).astype(np.uint8)

        ink = extract_ink(page(sheet)).pixels

        assert np.median(ink[:, 640:]) == pytest.approx(np.median(ink[:, :600]), abs=6)

    def test_red_ink_pales_and_black_stays(self) -> None:
        print_above = lines_of_print(220)
        print_above[600:] = 0
        sheet = ink_on(seal(), np.dstack([print_above] * 3))

        ink = extract_ink(page(sheet)).pixels

        assert np.percentile(ink[:600], 1) < 60
        assert ink[750:1050, 550:850].min() > 150

    def test_faint_print_becomes_dark(self) -> None:
        sheet = ink_on(np.full(A4_PX, 240, np.uint8), lines_of_print(60))

        assert np.percentile(extract_ink(page(sheet)).pixels, 1) < 60

    def test_bare_paper_stays_white(self) -> None:
        assert np.median(extract_ink(page(paper())).pixels) > 230

    def test_a_negative_is_turned_over(self) -> None:
        sheet = 255 - ink_on(np.full(A4_PX, 250, np.uint8), lines_of_print(230))

        assert np.median(extract_ink(page(sheet)).pixels) > 230

    def test_a_card_on_a_black_lid_is_no_negative(self) -> None:
        sheet = np.full(A4_PX, 10, np.uint8)
        sheet[300:620, 300:800] = 240

        assert np.median(extract_ink(page(sheet)).pixels[400:500, 400:700]) > 200


class TestRules:
    """Tables and frames go, print stays."""

    def test_the_rules_of_a_table_are_erased(self) -> None:
        sheet = np.full(A4_PX, 245, np.uint8)
        for y in range(300, 900, 60):
            cv2.line(sheet, (150, y), (1100, y), 120, 1)
        for x in (150, 400, 1100):
            cv2.line(sheet, (x, 300), (x, 840), 120, 1)

        assert prepare(page(sheet)).image.pixels.min() > 200

    def test_print_is_left_alone(self) -> None:
        sheet = ink_on(np.full(A4_PX, 245, np.uint8), lines_of_print(200))

        assert np.array_equal(enhance_ink.erase_rules(sheet, PX_PER_MM), sheet)

    def test_an_ornamental_frame_goes_and_what_it_encloses_stays(self) -> None:
        sheet = ink_on(np.full(A4_PX, 245, np.uint8), lines_of_print())
        for inset in (60, 110):
            cv2.rectangle(sheet, (inset, inset), (1240 - inset, 1754 - inset), 60, 3)
        for y in range(85, 1680, 20):
            cv2.circle(sheet, (85, y), 8, 60, 2)

        clean = prepare(page(sheet)).image.pixels

        assert clean[:, :125].min() > 200
        assert np.array_equal(clean[120:-120, 120:-120], sheet[120:-120, 120:-120])

    def test_print_outside_a_frame_stays(self) -> None:
        sheet = ink_on(np.full(A4_PX, 245, np.uint8), lines_of_print())
        cv2.rectangle(sheet, (100, 100), (1140, 1650), 60, 3)
        cv2.circle(sheet, (600, 50), 20, 60, 2)

        assert prepare(page(sheet)).image.pixels[20:80, 560:640].min() < 100


class TestLevelling:
    """Lines come out level, and every point can be traced back to the page as stored."""

    @pytest.mark.parametrize("skew", [-4.5, -2.0, -0.75, 0.0, 1.25, 3.0, 4.75])
    @pytest.mark.parametrize("quarter", [0, 1])
    def test_points_are_traced_back_to_the_stored_page(self, skew: float, quarter: int) -> None:
        sheet = turned(ink_on(np.full(A4_PX, 240, np.uint8), lines_of_print()), skew)
        sheet = np.ascontiguousarray(np.rot90(sheet, quarter))  # counter-clockwise
        spot = (430, 310)
        cv2.rectangle(sheet, (spot[0] - 14, spot[1] - 14), (spot[0] + 14, spot[1] + 14), 0, -1)

        prepared = prepare(page(sheet))
        dark = cv2.erode((prepared.image.pixels < 100).astype(np.uint8), np.ones((15, 15), np.uint8))
        rows, columns = np.nonzero(dark)
        found = prepared.to_stored.point(columns.mean() / PX_PER_MM, rows.mean() / PX_PER_MM)

        assert prepared.rotation == 90 * quarter
        assert found == pytest.approx((spot[0] / PX_PER_MM, spot[1] / PX_PER_MM), abs=0.6)

    @pytest.mark.parametrize("skew", [-4.0, -1.0, 2.5])
    def test_skewed_lines_come_out_level(self, skew: float) -> None:
        sheet = turned(ink_on(np.full(A4_PX, 240, np.uint8), lines_of_print()), skew)

        level = prepare(page(sheet)).image.pixels

        gaps = (level < 128).sum(axis=1)
        assert (gaps[200:-200] == 0).mean() > 0.3  # between level lines there are rows without ink

    def test_nothing_is_lost_at_the_corners(self) -> None:
        sheet = turned(ink_on(np.full(A4_PX, 240, np.uint8), lines_of_print()), 4.0)
        sheet[2:30, 2:30] = 0

        assert cv2.erode((prepare(page(sheet)).image.pixels < 100).astype(np.uint8), np.ones((20, 20))).any()

    def test_upside_down_and_back_is_the_same_page(self) -> None:
        prepared = prepare(page(turned(ink_on(np.full(A4_PX, 240, np.uint8), lines_of_print()), 2.0)))

        twice = prepared.upside_down().upside_down()

        assert np.array_equal(twice.image.pixels, prepared.image.pixels)
        assert twice.rotation == prepared.rotation
        assert twice.to_stored == pytest.approx(prepared.to_stored)

    @given(
        st.sampled_from([0, 90, 180, 270]),
        st.floats(1, 900),
        st.floats(1, 900),
        st.floats(0, 1),
        st.floats(0, 1),
    )
    def test_undoing_a_turn_stays_on_the_page(self, turn: int, width: float, height: float, x: float, y: float) -> None:
        across, down = (height, width) if turn % 180 else (width, height)

        box = Affine.undo_turn(turn, width, height).box(Box(0, 0, x * across, y * down))

        assert min(box) >= -1e-9
        assert box.right <= width + 1e-9
        assert box.bottom <= height + 1e-9
        assert box.width * box.height == pytest.approx(x * across * y * down, abs=1e-6)


@settings(max_examples=60)
@given(
    st.integers(1, 60) | st.sampled_from([1, 2, 3000]),
    st.integers(1, 60) | st.sampled_from([1, 2, 3000]),
    st.sampled_from([0, 1, 127, 254, 255, None]),
    st.booleans(),
    st.sampled_from([1.0, 72.0, 150.0, 300.0, 2400.0]),
)
def test_no_image_is_too_odd(height: int, width: int, shade: int | None, colour: bool, dpi: float) -> None:
    shape = (height, width, 3) if colour else (height, width)
    noise = np.random.default_rng(height * 4001 + width).integers(0, 256, shape).astype(np.uint8)
    scaled = at_reading_scale(page(noise if shade is None else np.full(shape, shade, np.uint8), dpi))

    is_blank(scaled)
    prepared = prepare(extract_ink(scaled)).upside_down()

    assert prepared.image.pixels.dtype == np.uint8
    assert prepared.image.pixels.ndim == 2
    assert prepared.image.pixels.size > 0


def test_one_bit_pages_are_prepared_like_others() -> None:
    sheet = np.where(lines_of_print() > 100, 0, 255).astype(np.uint8)

    prepared = prepare(extract_ink(page(sheet)))

    assert prepared.rotation == 0
    assert np.median(prepared.image.pixels) > 230
    assert np.percentile(prepared.image.pixels, 1) < 60
