"""Scanned PDF pages: the image is taken as it is where that is safe, and the page box is held against it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image

from archive.errors import PageUnreadable, TooLarge
from archive.ingest.common.sizes import PixelSize
from archive.ingest.pdf import render
from archive.model.image import PageImage
from archive.model.pages import Colour, SizeOrigin
from tests.ingest.scans import A4, LIMITS, PdfMaker, jpeg, page_of, paper, words

SIZE = (620, 877)  # an A4 at 75 dpi: 0.05 % off the page's proportions, as real scans are
FILL = b"q %.3f 0 0 %.3f 0 0 cm /Im0 Do Q" % A4


@pytest.fixture
def rendering(monkeypatch: pytest.MonkeyPatch) -> list[PixelSize]:
    """Return the list of sizes at which pages are rendered from now on."""
    sizes: list[PixelSize] = []
    original = render.rendered

    def spy(page: object, size: PixelSize, grey: bool) -> np.ndarray:
        sizes.append(size)
        return original(page, size, grey)

    monkeypatch.setattr(render, "rendered", spy)
    return sizes


def make_jpeg(maker: PdfMaker, mode: str = "RGB") -> Stream:
    """Return a JPEG of a page."""
    return maker.jpeg(paper(SIZE, mode))


def make_flate(maker: PdfMaker) -> Stream:
    """Return raw RGB samples, which pikepdf packs when it saves."""
    return maker.image(paper(SIZE).tobytes(), SIZE)


def make_bilevel(maker: PdfMaker) -> Stream:
    """Return samples of one bit."""
    return maker.image(paper(SIZE, "1").tobytes(), SIZE, ColorSpace=Name.DeviceGray, BitsPerComponent=1)


def make_palette(maker: PdfMaker) -> Stream:
    """Return samples with a palette of ink, paper and a red."""
    palette = Array([Name.Indexed, Name.DeviceRGB, 2, pikepdf.String(bytes([0, 0, 0, 255, 255, 255, 255, 0, 0]))])
    samples = (np.asarray(paper(SIZE, "L")) > 128).astype(np.uint8).tobytes()
    return maker.image(samples, SIZE, ColorSpace=palette)


def difference(image: PageImage, expected: Image.Image) -> float:
    """Return the mean difference of grey values."""
    seen = image.pixels.astype(float)
    grey = seen if seen.ndim == 2 else seen.mean(axis=2)
    return float(np.abs(grey - np.asarray(expected.convert("L"), float)).mean())


@pytest.mark.parametrize(
    ("make", "colour"),
    [
        (make_jpeg, Colour.COLOUR),
        (lambda maker: make_jpeg(maker, "L"), Colour.GREY),
        (make_flate, Colour.COLOUR),
        (make_bilevel, Colour.BILEVEL),
        (make_palette, Colour.COLOUR),
    ],
)
def test_a_page_that_one_image_fills_is_that_image(
    tmp_path: Path, rendering: list[PixelSize], make: object, colour: Colour
) -> None:
    maker = PdfMaker()
    maker.scanned(make(maker))

    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        shape, image = page.shape, page.image()

    assert rendering == []
    assert (shape.size_origin, shape.colour) == (SizeOrigin.PAGE_BOX, colour)
    assert (shape.width_mm, shape.height_mm) == pytest.approx((210, 297), abs=0.01)
    assert (shape.pixel_width, shape.pixel_height, shape.dpi) == (*SIZE, pytest.approx(75, abs=0.02))
    assert difference(image, paper(SIZE)) < 2


def test_rotate_turns_the_taken_image_and_the_size(tmp_path: Path, rendering: list[PixelSize]) -> None:
    corners = {0: (0, 0), 90: (0, -1), 180: (-1, -1), 270: (-1, 0)}  # where the mark of the top left corner goes
    maker = PdfMaker()
    for degrees in corners:
        maker.scanned(make_jpeg(maker), Rotate=degrees)
    path = maker.save(tmp_path / "a.pdf")

    for number, (degrees, corner) in enumerate(corners.items(), 1):
        with page_of(path, number) as page:
            shape, image = page.shape, page.image()
        upright = degrees in (0, 180)
        assert (shape.pixel_width, shape.pixel_height) == (SIZE if upright else SIZE[::-1])
        assert (shape.width_mm, shape.height_mm) == pytest.approx((210, 297) if upright else (297, 210), abs=0.01)
        assert (image.width, image.height) == (shape.pixel_width, shape.pixel_height)
        dark = [at for at in corners.values() if image.pixels[at].mean() < 60]
        assert dark == [corner]
    assert rendering == []


def test_user_unit_multiplies_the_size(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.scanned(make_jpeg(maker), (A4[0] / 2, A4[1] / 2), UserUnit=2)

    with page_of(maker.save(tmp_path / "a.pdf", min_version="1.6")) as page:
        assert (page.shape.width_mm, page.shape.height_mm) == pytest.approx((210, 297), abs=0.01)
        assert page.shape.dpi == pytest.approx(75, abs=0.02)


MASK = b"\x00" * (SIZE[0] * SIZE[1])


@pytest.mark.parametrize(
    ("trait", "expected_corner"),
    [
        ("flip", "bottom"),
        ("mask", None),
        ("key", None),
        ("decode", "bright"),
        ("crop", None),
        ("clip", None),
        ("transparency", "grey"),
        ("cmyk", "top"),
        ("squeezed", "top"),
    ],
)
def test_whatever_changes_the_image_on_its_way_is_rendered(
    tmp_path: Path, rendering: list[PixelSize], trait: str, expected_corner: str | None
) -> None:
    maker = PdfMaker()
    image, content, size, entries = make_jpeg(maker), FILL, A4, {}
    if trait == "flip":
        content = b"q %.3f 0 0 -%.3f 0 %.3f cm /Im0 Do Q" % (*A4, A4[1])
    elif trait == "mask":
        image.SMask = maker.image(MASK, SIZE, ColorSpace=Name.DeviceGray)
    elif trait == "key":
        image.Mask = Array([0, 255] * 3)
    elif trait == "decode":
        image.Decode = Array([1, 0] * 3)
    elif trait == "crop":
        content = b"q 700 0 0 990 0 -148 cm /Im0 Do Q"
    elif trait == "clip":
        content = b"q 0 0 100 100 re W n " + FILL + b" Q"
    elif trait == "transparency":
        content = b"/G0 gs " + FILL
    elif trait == "cmyk":
        image = make_jpeg(maker, "CMYK")
        image.Decode = Array([1, 0] * 4)  # Pillow writes ink turned over, as Adobe does
    else:
        image = maker.jpeg(paper((SIZE[0] // 2, SIZE[1])))
    maker.page(content, size, image, **entries)
    maker.pdf.pages[0].Resources.ExtGState = Dictionary(G0=Dictionary(ca=0.5))

    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        pixels = page.image().pixels

    assert len(rendering) == 1
    top, bottom = pixels[3, 3].mean(), pixels[-4, 3].mean()
    looks = {
        "top": top < 60 < 200 < bottom,
        "bottom": bottom < 60 < 200 < top,
        "bright": top > 200 > 60 > bottom,
        "grey": 100 < top < 160,
        None: True,
    }
    assert looks[expected_corner]
    if trait in ("mask", "key"):
        assert pixels.min() > 250  # nothing of the image shows through


def test_an_image_within_a_form_looks_as_a_viewer_shows_it(tmp_path: Path, rendering: list[PixelSize]) -> None:
    maker = PdfMaker()
    maker.page(b"q 2 0 0 2 0 0 cm /Fm0 Do Q", A4)
    form = Stream(maker.pdf, b"q %.3f 0 0 %.3f 0 0 cm /Im0 Do Q" % (A4[0] / 2, A4[1] / 2))
    form.Type, form.Subtype = Name.XObject, Name.Form
    form.BBox = Array([0, 0, 1000, 1000])
    form.Resources = Dictionary(XObject=Dictionary(Im0=make_jpeg(maker)))
    maker.pdf.pages[0].Resources.XObject.Fm0 = form

    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        shape, image = page.shape, page.image()

    assert len(rendering) == 1
    assert (shape.size_origin, shape.dpi) == (SizeOrigin.PAGE_BOX, pytest.approx(75, abs=0.02))
    assert difference(image, paper(SIZE)) < 3


def test_a_box_of_one_pixel_a_point_proves_nothing(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.scanned(maker.jpeg(paper((1654, 2339))), (1654, 2339))

    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        shape = page.shape
    assert (shape.size_origin, shape.width_mm, shape.dpi) == (SizeOrigin.ASSUMED, None, None)
    assert shape.canvas_width_mm == pytest.approx(210, abs=0.1)


@pytest.mark.parametrize(("density", "in_conflict"), [(75, False), (72, False), (96, False), (150, True), (200, True)])
def test_a_jpeg_that_contradicts_the_page_box_is_a_problem(tmp_path: Path, density: int, in_conflict: bool) -> None:
    maker = PdfMaker()
    maker.page(b"")
    maker.scanned(maker.jpeg(paper(SIZE), dpi=(density, density)))

    with page_of(maker.save(tmp_path / "a.pdf"), 2) as page:
        origin, problems = page.shape.size_origin, page.problems

    assert origin is (SizeOrigin.CONFLICT if in_conflict else SizeOrigin.PAGE_BOX)
    assert [(problem.code, problem.page) for problem in problems] == ([("size_conflict", 2)] if in_conflict else [])


def test_strips_that_tile_the_page_are_a_scan(tmp_path: Path, rendering: list[PixelSize]) -> None:
    maker = PdfMaker()
    whole = paper((620, 880), "L")
    strips = [maker.jpeg(whole.crop((0, top, 620, top + 220))) for top in range(0, 880, 220)]
    height = A4[1] / 4
    content = b" ".join(
        b"q %.3f 0 0 %.3f 0 %.3f cm /Im%d Do Q" % (A4[0], height, A4[1] - height * (index + 1), index)
        for index in range(4)
    )
    maker.page(content, A4, *strips)

    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        shape, image, text = page.shape, page.image(), page.text_layer()

    assert text is None
    assert (shape.size_origin, shape.colour) == (SizeOrigin.PAGE_BOX, Colour.GREY)
    assert shape.dpi == pytest.approx(75, abs=0.3)
    assert rendering == [PixelSize(shape.pixel_width, shape.pixel_height)]
    assert image.pixels.ndim == 2
    assert image.pixels[3, 3] < 60


def test_an_image_that_does_not_fill_the_page_proves_no_paper(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(b"q 400 0 0 600 100 100 cm /Im0 Do Q", A4, make_jpeg(maker))

    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        shape = page.shape
    assert (shape.size_origin, shape.width_mm, shape.colour) == (SizeOrigin.ASSUMED, None, Colour.COLOUR)
    assert (shape.canvas_width_mm, shape.canvas_height_mm) == pytest.approx((210, 297), abs=0.01)


def test_a_large_scan_is_taken_reduced(tmp_path: Path, rendering: list[PixelSize]) -> None:
    maker = PdfMaker()
    maker.scanned(make_jpeg(maker))

    with page_of(maker.save(tmp_path / "a.pdf"), limits=replace(LIMITS, whole_pixels=200_000)) as page:
        image = page.image()

    assert (image.width, image.height) == (310, 439)
    assert rendering == []


def test_a_large_scan_without_jpeg_is_rendered_reduced(tmp_path: Path, rendering: list[PixelSize]) -> None:
    maker = PdfMaker()
    maker.scanned(make_flate(maker))

    with page_of(maker.save(tmp_path / "a.pdf"), limits=replace(LIMITS, whole_pixels=200_000)) as page:
        image = page.image()

    assert rendering == [PixelSize(310, 438)]
    assert image.pixels[2, 2].mean() < 60


@pytest.mark.parametrize("limits", [{"page_pixels": 500_000}, {"page_side": 800}])
def test_an_image_over_a_limit_is_too_large_wherever_it_stands(tmp_path: Path, limits: dict[str, int]) -> None:
    maker = PdfMaker()
    maker.scanned(make_jpeg(maker))
    maker.page(b"q 50 0 0 50 0 0 cm /Im0 Do Q " + words("Some text and a logo"), A4, make_jpeg(maker))
    path = maker.save(tmp_path / "a.pdf")

    for number in (1, 2):
        with page_of(path, number, replace(LIMITS, **limits)) as page:
            assert page.text_layer() is None
            with pytest.raises(TooLarge, match="620 x 877 pixels"):
                page.image()


def test_a_jpeg_larger_than_its_dictionary_says_is_found_out(tmp_path: Path) -> None:
    maker = PdfMaker()
    forged = maker.image(jpeg(paper(SIZE)), (10, 10), Filter=Name.DCTDecode)
    maker.scanned(forged)

    limits = replace(LIMITS, page_side=800)
    with page_of(maker.save(tmp_path / "a.pdf"), limits=limits) as page, pytest.raises(TooLarge, match="620 x 877"):
        page.image()


@pytest.mark.parametrize("stamped", [False, True])
@pytest.mark.parametrize("packed", ["jpeg", "flate"])
def test_half_an_image_is_no_page(tmp_path: Path, packed: str, stamped: bool) -> None:
    maker = PdfMaker()
    if packed == "jpeg":
        data = jpeg(paper(SIZE))
        image = maker.image(data[: len(data) // 2], SIZE, Filter=Name.DCTDecode)
    else:
        data = paper(SIZE).tobytes()
        image = maker.image(data[: len(data) // 2], SIZE)
    maker.scanned(image)
    if stamped:
        maker.stamp(1, (100, 700, 300, 740), b"1 0 0 rg 0 0 200 40 re f")

    with page_of(maker.save(tmp_path / "a.pdf")) as page, pytest.raises(PageUnreadable, match="Scan this page again"):
        page.image()


def test_an_image_that_no_renderer_can_decode_is_no_blank_page(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.scanned(
        maker.image(b"no JBIG2 at all", SIZE, Filter=Name.JBIG2Decode, ColorSpace=Name.DeviceGray, BitsPerComponent=1)
    )

    with page_of(maker.save(tmp_path / "a.pdf")) as page, pytest.raises(PageUnreadable):
        page.image()


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler is not installed")
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_what_the_first_renderer_cannot_decode_the_second_renders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    maker = PdfMaker()
    maker.page(b"")
    maker.scanned(maker.jpeg(paper(SIZE, mode)), Rotate=180, CropBox=Array([0, 0, A4[0], A4[1] - 10]))

    def white(page: object, size: PixelSize, grey: bool) -> np.ndarray:
        return np.full((size.height, size.width) if grey else (size.height, size.width, 3), 255, np.uint8)

    monkeypatch.setattr(render, "rendered", white)
    monkeypatch.setattr(render, "is_decodable", lambda image: False)
    with page_of(maker.save(tmp_path / "a.pdf"), 2) as page:
        shape, image = page.shape, page.image()

    assert image.is_colour == (mode == "RGB")
    assert (image.width, image.height) == (shape.pixel_width, shape.pixel_height)
    assert image.pixels[-4, -4].max() < 60 < 200 < image.pixels[4, 4].min()


def test_a_white_page_is_a_page(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.scanned(maker.jpeg(Image.new("RGB", SIZE, "white")), Rotate=90)
    maker.scanned(maker.jpeg(Image.new("L", (SIZE[0] // 2, SIZE[1]), "white")))
    path = maker.save(tmp_path / "a.pdf")

    for number in (1, 2):
        with page_of(path, number) as page:
            assert page.image().pixels.min() > 250


def test_a_stamp_over_a_scan_is_seen_and_is_no_text_layer(tmp_path: Path, rendering: list[PixelSize]) -> None:
    maker = PdfMaker()
    maker.scanned(make_jpeg(maker, "L"))
    maker.stamp(1, (300, 780, 500, 820), b"1 0 0 rg 0 0 200 40 re f")

    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        shape, image, text = page.shape, page.image(), page.text_layer()

    assert text is None
    assert (shape.size_origin, shape.colour) == (SizeOrigin.PAGE_BOX, Colour.GREY)
    assert rendering == [PixelSize(*SIZE)]
    assert tuple(image.pixels[round(40 / A4[1] * 877), round(400 / A4[0] * 620)]) == (255, 0, 0)


def test_hidden_text_over_a_scan_changes_nothing(tmp_path: Path, rendering: list[PixelSize]) -> None:
    maker = PdfMaker()
    maker.scanned(make_jpeg(maker), over=words("What some scanner read", mode=3))

    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        assert page.text_layer() is None
        assert page.shape.size_origin is SizeOrigin.PAGE_BOX
        page.image()
    assert rendering == []


def test_a_pdf_is_never_written(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(words("Bien lai va so den"))
    maker.stamp(1, (100, 600, 300, 640), b"BT /F0 12 Tf 0 0 Td (So 12) Tj ET")
    path = maker.save(tmp_path / "a.pdf")
    before = path.read_bytes()

    with page_of(path) as page:
        page.text_layer()
        page.image()

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
