"""A page's colour and dpi are those of what covers it, not of a picture on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pikepdf import Array, Name, Stream
from PIL import Image

from archive.model.pages import Colour, PageShape, SizeOrigin
from tests.ingest.scans import A4, A4_AT_100, FULL_PAGE, PdfMaker, page_of, paper

LOGO = b" q 60 0 0 60 50 700 cm /Im1 Do Q"


def shape_of(maker: PdfMaker, folder: Path) -> PageShape:
    """Return the shape of the only page."""
    with page_of(maker.save(folder / "a.pdf")) as page:
        return page.shape


def tiled(maker: PdfMaker, tiles: list[Stream], over: bytes = b"", *more: Stream) -> None:
    """Add a page that ``tiles`` fill from the bottom up, each as high as the others."""
    height = A4[1] / len(tiles)
    content = b" ".join(
        b"q %.3f 0 0 %.3f 0 %.3f cm /Im%d Do Q" % (A4[0], height, height * index, index) for index in range(len(tiles))
    )
    maker.page(content + over, A4, *tiles, *more)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_small_colour_picture_makes_no_colour_scan(tmp_path: Path, mode: str) -> None:
    maker = PdfMaker()
    maker.page(FULL_PAGE + LOGO, A4, maker.jpeg(paper(mode=mode)), maker.jpeg(paper((60, 60))))

    assert shape_of(maker, tmp_path).colour is (Colour.GREY if mode == "L" else Colour.COLOUR)


def test_a_small_fine_picture_does_not_make_the_scan_finer(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(FULL_PAGE + LOGO, A4, maker.jpeg(paper()), maker.jpeg(paper((1200, 1200))))

    shape = shape_of(maker, tmp_path)

    assert (shape.dpi, shape.pixel_width) == (pytest.approx(100, abs=0.1), A4_AT_100[0])


def test_a_colour_picture_on_grey_tiles_makes_no_colour_scan(tmp_path: Path) -> None:
    maker = PdfMaker()
    tiles = [maker.jpeg(paper((827, 100), "L")) for _ in range(20)]
    tiled(maker, tiles, b" q 60 0 0 60 50 700 cm /Im20 Do Q", maker.jpeg(paper((1200, 1200))))

    shape = shape_of(maker, tmp_path)

    assert (shape.size_origin, shape.colour) == (SizeOrigin.PAGE_BOX, Colour.GREY)
    assert shape.dpi == pytest.approx(100, rel=0.01)


def test_tiles_in_colour_are_a_scan_in_colour(tmp_path: Path) -> None:
    maker = PdfMaker()
    tiled(maker, [maker.jpeg(paper((827, 60))) for _ in range(20)])

    assert shape_of(maker, tmp_path).colour is Colour.COLOUR


def test_tiles_of_which_some_are_grey_are_no_scan_in_colour(tmp_path: Path) -> None:
    maker = PdfMaker()
    tiled(maker, [maker.jpeg(paper((827, 100), mode)) for mode in ("RGB", "L", "RGB", "L", "RGB")])

    assert shape_of(maker, tmp_path).colour is Colour.GREY


def test_of_layers_the_finest_gives_the_dpi_and_the_richest_the_colour(tmp_path: Path) -> None:
    maker = PdfMaker()
    letters = maker.image(paper((1654, 2339), "1").tobytes(), (1654, 2339), ColorSpace=None, BitsPerComponent=1)
    letters.ImageMask = True
    maker.page(FULL_PAGE + b" " + FULL_PAGE.replace(b"Im0", b"Im1"), A4, maker.jpeg(paper()), letters)

    shape = shape_of(maker, tmp_path)

    assert (shape.colour, shape.dpi) == (Colour.COLOUR, pytest.approx(200, abs=0.1))


def test_an_image_beside_the_page_is_not_on_it(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(b"q 500 0 0 500 700 0 cm /Im0 Do Q", A4, maker.jpeg(paper()))

    assert shape_of(maker, tmp_path).born_digital


@pytest.mark.parametrize(
    ("entries", "mode", "colour"),
    [
        (b"/CS /RGB /BPC 8", "RGB", Colour.COLOUR),
        (b"/CS /G /BPC 8", "L", Colour.GREY),
        (b"/CS /G /BPC 1", "1", Colour.BILEVEL),
    ],
)
def test_an_inline_image_has_its_colour(tmp_path: Path, entries: bytes, mode: str, colour: Colour) -> None:
    image = Image.new(mode, (320, 440), "white")
    maker = PdfMaker()
    content = b"q %.3f 0 0 %.3f 0 0 cm BI /W 320 /H 440 %s ID " % (*A4, entries)
    maker.page(content + image.tobytes() + b" EI Q", A4)

    shape = shape_of(maker, tmp_path)

    assert (shape.size_origin, shape.colour) == (SizeOrigin.PAGE_BOX, colour)


def test_a_palette_of_greys_is_no_colour_whatever_lies_on_it(tmp_path: Path) -> None:
    maker = PdfMaker()
    table = bytes(value for value in range(256) for _ in range(3))
    space = Array([Name.Indexed, Name.DeviceRGB, 255, table])
    scan = maker.image(paper(mode="L").tobytes(), A4_AT_100, ColorSpace=space)
    maker.page(FULL_PAGE + LOGO, A4, scan, maker.jpeg(paper((60, 60))))

    assert shape_of(maker, tmp_path).colour is Colour.GREY
