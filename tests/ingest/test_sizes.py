"""Millimetres are proven only by what somebody must have measured."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.ingest.common.limits import reduction
from archive.ingest.common.sizes import (
    PaperSize,
    PixelSize,
    Resolution,
    assumed_paper,
    born_digital_shape,
    raster_shape,
    scanned_shape,
)
from archive.model.limits import Limits
from archive.model.pages import Colour, SizeOrigin

A4 = PaperSize(210, 297)
A4_AT_300 = PixelSize(2480, 3508)


def square(dpi: float) -> Resolution:
    """Return equal dpi on both axes."""
    return Resolution(dpi, dpi)


@pytest.mark.parametrize("dpi", [0, 1, 71.5, 72, 73, 95, 96, 97, 5000, float("nan"), float("inf")])
def test_default_and_impossible_dpi_prove_nothing(dpi: float) -> None:
    shape = raster_shape(A4_AT_300, [square(dpi)], Colour.GREY)

    assert (shape.size_origin, shape.width_mm, shape.dpi) == (SizeOrigin.ASSUMED, None, None)


@pytest.mark.parametrize("dpi", [75, 100, 150, 200, 300, 600])
def test_dpi_of_a_scanner_prove_the_paper(dpi: float) -> None:
    shape = raster_shape(A4_AT_300, [square(dpi)], Colour.GREY)

    assert shape.size_origin is SizeOrigin.IMAGE_DPI
    assert shape.width_mm == pytest.approx(2480 / dpi * 25.4)


def test_a_fax_is_measured_on_both_axes_and_judged_by_the_poorer() -> None:
    shape = raster_shape(PixelSize(1728, 1145), [Resolution(204, 98)], Colour.BILEVEL)

    assert shape.size_origin is SizeOrigin.IMAGE_DPI
    assert (shape.width_mm, shape.height_mm) == (pytest.approx(215.15, abs=0.1), pytest.approx(296.8, abs=0.1))
    assert shape.dpi == 98


@pytest.mark.parametrize(
    ("pixels", "dpi"), [(PixelSize(1654, 2339), 200), (A4_AT_300, 300), (PixelSize(3508, 2480), 300)]
)
def test_an_unproven_page_is_drawn_as_if_near_a4(pixels: PixelSize, dpi: float) -> None:
    assert assumed_paper(pixels) == pytest.approx((pixels.width / dpi * 25.4, pixels.height / dpi * 25.4))


def test_a_page_above_a0_is_not_proven() -> None:
    shape = raster_shape(PixelSize(20_000, 20_000), [square(200)], Colour.GREY)

    assert shape.size_origin is SizeOrigin.ASSUMED


def test_an_a0_is_proven() -> None:
    shape = raster_shape(PixelSize(9933, 14043), [square(300)], Colour.GREY)

    assert shape.size_origin is SizeOrigin.IMAGE_DPI


def test_box_and_silent_image_prove_the_page() -> None:
    shape = scanned_shape(A4, A4_AT_300, square(300), None, Colour.COLOUR)

    assert (shape.size_origin, shape.width_mm, shape.dpi) == (SizeOrigin.PAGE_BOX, 210, 300)


@pytest.mark.parametrize("density", [square(1), square(72), square(96), square(298), square(310)])
def test_a_density_that_says_nothing_or_the_same_changes_nothing(density: Resolution) -> None:
    assert scanned_shape(A4, A4_AT_300, square(300), density, None).size_origin is SizeOrigin.PAGE_BOX


@pytest.mark.parametrize("density", [square(200), square(600), Resolution(300, 150)])
def test_a_density_that_says_otherwise_is_a_conflict(density: Resolution) -> None:
    shape = scanned_shape(A4, A4_AT_300, square(300), density, None)

    assert (shape.size_origin, shape.width_mm, shape.dpi) == (SizeOrigin.CONFLICT, None, None)
    assert (shape.canvas_width_mm, shape.canvas_height_mm) == A4


@pytest.mark.parametrize("dpi", [72, 96])
def test_a_box_of_one_pixel_a_point_proves_nothing(dpi: float) -> None:
    box = PaperSize(2480 / dpi * 25.4, 3508 / dpi * 25.4)

    shape = scanned_shape(box, A4_AT_300, square(dpi), None, None)

    assert (shape.size_origin, shape.width_mm) == (SizeOrigin.ASSUMED, None)
    assert shape.canvas_width_mm == pytest.approx(210, abs=0.1)


def test_a_born_digital_page_has_a_size_and_no_dots() -> None:
    shape = born_digital_shape(A4)

    assert shape.born_digital
    assert (shape.width_mm, shape.dpi, shape.colour, shape.pixel_width) == (210, None, None, None)


@given(st.integers(1, 30_000), st.integers(1, 30_000))
def test_a_reduced_page_fits_and_is_not_smaller_than_it_must_be(width: int, height: int) -> None:
    limits = Limits()
    divisor = reduction(PixelSize(width, height), limits)

    area = width * height
    assert area / divisor**2 <= 2 * limits.whole_pixels
    assert divisor == 1 if area <= limits.whole_pixels else divisor >= 2
    assert divisor <= 2 or area / (divisor / 2) ** 2 > 2 * limits.whole_pixels
