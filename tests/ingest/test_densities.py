"""One file, two resolutions: a contradiction is a person's to settle."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from archive.ingest.common.sizes import PixelSize, Resolution, raster_shape
from archive.model.pages import Colour, PageShape, SizeOrigin
from archive.model.results import Problem
from tests.ingest.scans import jpeg, page_of, paper, png, written

X, Y, UNIT = 282, 283, 296  # Exif 2.32, 4.6.4 A
INCH, CENTIMETRE = 2, 3


def exif(x: float, y: float | None = None, unit: int | None = INCH) -> bytes:
    """Return an Exif block that states a resolution."""
    tags = Image.Exif()
    tags[X], tags[Y] = IFDRational(round(x * 100), 100), IFDRational(round((y or x) * 100), 100)
    if unit is not None:
        tags[UNIT] = unit
    return tags.tobytes()


def seen(path: Path) -> tuple[PageShape, tuple[Problem, ...]]:
    """Return shape and problems of the page."""
    with page_of(path) as page:
        page.image()
        return page.shape, page.problems


@pytest.mark.parametrize("make", [jpeg, png])
def test_two_places_that_contradict_each_other_are_a_problem(tmp_path: Path, make: object) -> None:
    data = make(paper(), dpi=(200, 200), exif=exif(300))

    shape, problems = seen(written(tmp_path / "a", data))

    assert (shape.size_origin, shape.width_mm, shape.dpi) == (SizeOrigin.CONFLICT, None, None)
    assert [(problem.code, problem.page) for problem in problems] == [("size_conflict", 1)]


@pytest.mark.parametrize(
    "block", [exif(200), exif(210), exif(200 / 2.54, unit=CENTIMETRE), exif(72), exif(300, unit=1), b"Exif\0\0damaged"]
)
def test_a_second_place_that_agrees_or_says_nothing_changes_nothing(tmp_path: Path, block: bytes) -> None:
    shape, problems = seen(written(tmp_path / "a.jpg", jpeg(paper(), dpi=(200, 200), exif=block)))

    assert (shape.size_origin, shape.dpi, problems) == (SizeOrigin.IMAGE_DPI, 200, ())


@pytest.mark.parametrize(
    ("block", "dpi"), [(exif(300), 300), (exif(300, unit=None), 300), (exif(204, 98), 98), (exif(118.11, unit=3), 300)]
)
def test_exif_alone_proves_the_paper(tmp_path: Path, block: bytes, dpi: float) -> None:
    shape, _ = seen(written(tmp_path / "a.jpg", jpeg(paper(), exif=block)))

    assert (shape.size_origin, shape.dpi) == (SizeOrigin.IMAGE_DPI, pytest.approx(dpi, abs=0.01))


def test_a_turned_page_is_judged_along_its_own_axes(tmp_path: Path) -> None:
    tags = Image.Exif()
    tags[X], tags[Y], tags[UNIT], tags[0x0112] = 200, 100, INCH, 6  # orientation: a quarter turn
    data = jpeg(paper(), dpi=(200, 100), exif=tags.tobytes())

    assert seen(written(tmp_path / "a.jpg", data))[0].size_origin is SizeOrigin.IMAGE_DPI


def test_a_default_in_the_first_place_is_not_mended_by_the_second() -> None:
    """Whoever wrote 72 into the place that counts did not measure; which of the two is right, nobody knows."""
    shape = raster_shape(PixelSize(2480, 3508), [Resolution(72, 72), Resolution(300, 300)], Colour.GREY)

    assert shape.size_origin is SizeOrigin.ASSUMED
