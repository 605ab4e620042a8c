"""Image files: size from their tags, pixels upright and square, every mode with white paper."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from archive.errors import PageUnreadable, TooLarge
from archive.ingest.open import open_scan
from archive.model.image import PageImage
from archive.model.pages import Colour, PageShape, SizeOrigin
from tests.ingest.scans import LIMITS, jpeg, page_of, paper, png, tiff, written

EXIF_ORIENTATION = 0x0112


def seen(path: Path, number: int = 1) -> tuple[PageShape, PageImage]:
    """Return shape and image of a page, after what holds for every one."""
    with page_of(path, number) as page:
        shape, image = page.shape, page.image()
        assert page.text_layer() is None
        assert page.problems == ()
    assert image.pixels.dtype == np.uint8
    assert image.pixels.flags.c_contiguous
    assert (image.canvas_width_mm, image.canvas_height_mm) == (shape.canvas_width_mm, shape.canvas_height_mm)
    return shape, image


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jpg", jpeg(paper(), dpi=(200, 200))),
        ("a.png", png(paper(), dpi=(200, 200))),
        ("a.tif", tiff([paper()], dpi=(200, 200))),
        ("b.tif", tiff([paper()], dpi=(200, 200), compression="tiff_lzw")),
        ("c.tif", tiff([paper()], dpi=(200, 200), big_tiff=True)),
    ],
)
def test_dpi_of_the_file_prove_its_size(tmp_path: Path, name: str, data: bytes) -> None:
    shape, image = seen(written(tmp_path / name, data))

    assert shape.size_origin is SizeOrigin.IMAGE_DPI
    # PNG keeps whole dots a metre
    assert (shape.width_mm, shape.height_mm) == pytest.approx((827 / 200 * 25.4, 1169 / 200 * 25.4), rel=1e-4)
    assert (shape.pixel_width, shape.pixel_height, shape.colour) == (827, 1169, Colour.COLOUR)
    assert (image.width, image.height) == (827, 1169)
    assert image.dpi == pytest.approx(200, abs=0.1)


def test_an_image_without_dpi_has_no_size_but_a_canvas(tmp_path: Path) -> None:
    shape, _ = seen(written(tmp_path / "a.jpg", jpeg(paper((1654, 2339)))))

    assert (shape.size_origin, shape.width_mm, shape.dpi) == (SizeOrigin.ASSUMED, None, None)
    assert shape.canvas_width_mm == pytest.approx(210, abs=0.1)


def test_a_tiff_in_no_unit_has_no_size(tmp_path: Path) -> None:
    data = tiff([paper()], tiffinfo={282: 300, 283: 300, 296: 1})  # XResolution, YResolution, ResolutionUnit: none

    assert seen(written(tmp_path / "a.tif", data))[0].size_origin is SizeOrigin.ASSUMED


def test_a_fax_comes_out_with_square_dots(tmp_path: Path) -> None:
    fax = paper((1728, 1145), "1")

    shape, image = seen(written(tmp_path / "a.tif", tiff([fax], dpi=(204, 98), compression="group4")))

    assert (shape.colour, shape.pixel_width, shape.pixel_height, shape.dpi) == (Colour.BILEVEL, 1728, 1145, 98)
    assert (image.width, image.height) == (1728, pytest.approx(1145 * 204 / 98, abs=1))


# Where the mark of the stored top left corner stands once the tag is obeyed (EXIF 2.3, 4.6.4 A).
CORNERS = {1: "tl", 2: "tr", 3: "br", 4: "bl", 5: "tl", 6: "tr", 7: "br", 8: "bl"}


@pytest.mark.parametrize("kind", ["jpg", "png", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_tag_is_obeyed(tmp_path: Path, kind: str, orientation: int) -> None:
    stored = paper((300, 400))
    if kind == "tif":
        data = tiff([stored], tiffinfo={274: orientation}, dpi=(200, 100))
    else:
        exif = Image.Exif()
        exif[EXIF_ORIENTATION] = orientation
        data = {"jpg": jpeg, "png": png}[kind](stored, exif=exif, dpi=(200, 100))

    shape, image = seen(written(tmp_path / f"a.{kind}", data))

    sideways = orientation >= 5
    assert (shape.pixel_width, shape.pixel_height) == ((400, 300) if sideways else (300, 400))
    width_mm, height_mm = (400 / 100, 300 / 200) if sideways else (300 / 200, 400 / 100)
    assert (shape.width_mm, shape.height_mm) == pytest.approx((width_mm * 25.4, height_mm * 25.4), rel=1e-4)
    dark = {
        name: image.pixels[rows, columns].mean() < 60
        for name, rows, columns in (
            ("tl", slice(0, 8), slice(0, 8)),
            ("tr", slice(0, 8), slice(-8, None)),
            ("bl", slice(-8, None), slice(0, 8)),
            ("br", slice(-8, None), slice(-8, None)),
        )
    }
    assert [name for name, is_dark in dark.items() if is_dark] == [CORNERS[orientation]]


def sixteen_bits(white: int = 65535) -> Image.Image:
    """Return grey paper of 16 bits, half white, half at a third."""
    samples = np.full((40, 60), white, np.uint16)
    samples[:, 30:] = white // 3
    return Image.fromarray(samples)


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path: Path, name: str) -> None:
    data = png(sixteen_bits()) if name == "a.png" else tiff([sixteen_bits()])

    shape, image = seen(written(tmp_path / name, data))

    assert shape.colour is Colour.GREY
    assert (image.pixels[20, 10], image.pixels[20, 50]) == (255, 85)


def test_sixteen_bits_in_which_zero_is_white_are_turned_over(tmp_path: Path) -> None:
    data = tiff([sixteen_bits()], tiffinfo={262: 0})

    _, image = seen(written(tmp_path / "a.tif", data))

    assert (image.pixels[20, 10], image.pixels[20, 50]) == (0, 170)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_what_is_transparent_is_paper(tmp_path: Path, mode: str) -> None:
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), (0, 0, 20, 40))
    data = png(clear.convert("LA") if mode == "LA" else clear) if mode != "PA" else png(clear.quantize(4))

    _, image = seen(written(tmp_path / "a.png", data))

    assert image.pixels[20, 10].max() <= 5
    assert image.pixels[20, 30].min() >= 250


@pytest.mark.parametrize(
    ("image", "colour", "colours"),
    [
        (paper((64, 64), "1"), Colour.BILEVEL, 1),
        (paper((64, 64), "L"), Colour.GREY, 1),
        (paper((64, 64), "L", corner="grey").quantize(8), Colour.GREY, 1),
        (paper((64, 64), "RGB", corner="red").quantize(8), Colour.COLOUR, 3),
        (paper((64, 64), "RGB"), Colour.COLOUR, 3),
    ],
)
@pytest.mark.parametrize("kind", ["png", "tif"])
def test_colour_is_told_from_mode_and_palette(
    tmp_path: Path, kind: str, image: Image.Image, colour: Colour, colours: int
) -> None:
    data = png(image) if kind == "png" else tiff([image])

    shape, pixels = seen(written(tmp_path / f"a.{kind}", data))

    assert shape.colour is colour
    assert pixels.is_colour == (colours == 3)
    assert pixels.pixels[-1, -1].min() == 255


def test_cmyk_paper_is_white(tmp_path: Path) -> None:
    for name, data in (("a.jpg", jpeg(paper(mode="CMYK"))), ("a.tif", tiff([paper(mode="CMYK")]))):
        _, image = seen(written(tmp_path / name, data))

        assert image.pixels[-1, -1].min() >= 250
        assert image.pixels[5, 5].max() <= 10


def test_samples_of_32_bits_are_measured_and_refused_rather_than_guessed(tmp_path: Path) -> None:
    with page_of(written(tmp_path / "a.tif", tiff([Image.new("F", (80, 80), 0.5)], dpi=(200, 200)))) as page:
        assert (page.shape.size_origin, page.shape.colour) == (SizeOrigin.IMAGE_DPI, Colour.GREY)
        with pytest.raises(PageUnreadable, match="32 bits"):
            page.image()


@pytest.mark.parametrize(("mode", "colour"), [("L", Colour.GREY), ("RGB", Colour.COLOUR)])
def test_a_jpeg_of_the_old_style_is_measured(tmp_path: Path, mode: str, colour: Colour) -> None:
    data = tiff([paper((80, 80), mode)], compression="jpeg")
    new, old = struct.pack("<HHI", 259, 3, 1) + b"\x07", struct.pack("<HHI", 259, 3, 1) + b"\x06"  # Compression

    assert data.count(new) == 1
    with page_of(written(tmp_path / "a.tif", data.replace(new, old))) as page:
        assert page.shape.colour is colour


def test_each_page_of_a_tiff_is_its_own(tmp_path: Path) -> None:
    pages = [paper((100 + 10 * number, 200), mode) for number, mode in enumerate(("1", "L", "RGB"))]
    path = written(tmp_path / "a.tif", tiff(pages))

    with open_scan(path, LIMITS) as scan:
        assert scan.page_count == 3
        colours = [scan.page(number).shape.colour for number in (3, 1, 2)]
        widths = [scan.page(number).image().width for number in (3, 1, 2)]
    assert colours == [Colour.COLOUR, Colour.BILEVEL, Colour.GREY]
    assert widths == [120, 100, 110]


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
def test_a_large_image_is_decoded_reduced_and_keeps_its_canvas(tmp_path: Path, name: str) -> None:
    make = {"a.jpg": jpeg, "a.png": png, "a.tif": lambda image, **options: tiff([image], **options)}[name]
    path = written(tmp_path / name, make(paper((1001, 1403)), dpi=(300, 300)))

    with page_of(path, limits=replace(LIMITS, whole_pixels=500_000)) as page:
        shape, image = page.shape, page.image()

    assert (shape.pixel_width, shape.pixel_height) == (1001, 1403)
    assert (image.width, image.height) == (501, 702)
    assert image.canvas_width_mm == shape.width_mm
    assert image.pixels[3, 3].max() < 40
    assert image.pixels[-1, -1].min() > 250


@pytest.mark.parametrize("limits", [{"page_pixels": 100_000}, {"page_side": 1_000}])
def test_an_image_over_a_limit_is_measured_but_not_decoded(tmp_path: Path, limits: dict[str, int]) -> None:
    path = written(tmp_path / "a.png", png(paper((1001, 500)), dpi=(300, 300)))

    with page_of(path, limits=replace(LIMITS, **limits)) as page:
        assert page.shape.pixel_width == 1001
        with pytest.raises(TooLarge, match="1001 x 500 pixels"):
            page.image()
