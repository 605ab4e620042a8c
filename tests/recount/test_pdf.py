"""PDF pages measured again."""

from __future__ import annotations

import io
import zlib

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Name

from archive.errors import Encrypted, InputRejected, Unreadable
from archive.model.pages import Colour, SizeOrigin
from archive.recount import MeasuredPage, measure
from tests.recount.papers import A4_AT_200, Paper, jpeg

WIDTH, HEIGHT = Paper().size


def measured(paper: Paper, **options: object) -> MeasuredPage:
    (page,) = measure(io.BytesIO(paper.bytes(**options)), "0f3a")
    return page


def sides(page: MeasuredPage) -> tuple[int, int]:
    assert page.width_mm is not None
    assert page.height_mm is not None
    return round(page.width_mm), round(page.height_mm)


def a_scan(**entries: object) -> Paper:
    paper = Paper()
    return paper.paint(paper.image(**entries))  # type: ignore[arg-type]  # the entries are image's own


def test_an_image_over_the_whole_page_makes_the_box_a_proven_size() -> None:
    page = measured(a_scan())
    assert (page.size_origin, sides(page), page.colour) == (SizeOrigin.PAGE_BOX, (210, 297), Colour.COLOUR)
    assert page.dpi == pytest.approx(200, rel=0.001)


@pytest.mark.parametrize(
    ("turn", "expected"), [(0, (210, 297)), (90, (297, 210)), (180, (210, 297)), (270, (297, 210))]
)
def test_rotate_turns_the_sides(turn: int, expected: tuple[int, int]) -> None:
    paper = a_scan()
    paper.page.obj.Rotate = turn
    assert expected == sides(measured(paper))


def test_a_user_unit_makes_points_larger() -> None:
    paper = a_scan(pixels=(3308, 4678))
    paper.page.obj.UserUnit = 2
    page = measured(paper)
    assert (sides(page), round(page.dpi or 0)) == ((420, 594), 200)


def test_boxes_and_turns_are_inherited_from_the_page_tree() -> None:
    paper = a_scan()
    tree = paper.pdf.Root.Pages
    tree.MediaBox, tree.Rotate = paper.page.obj.MediaBox, 90
    del paper.page.obj["/MediaBox"]
    assert sides(measured(paper)) == (297, 210)


def test_the_visible_part_of_a_cropped_page_is_measured() -> None:
    """An A3 scan of which an A4 shows is an A4, and its dpi stays that of the scan."""
    paper = Paper((842.0, 1190.0))
    paper.paint(paper.image((2339, 3306)))
    paper.page.obj.CropBox = Array([100, 100, 695, 942])
    page = measured(paper)
    assert (sides(page), round(page.dpi or 0)) == ((210, 297), 200)


def test_a_page_box_written_from_other_corners_is_the_same_box() -> None:
    paper = a_scan()
    paper.page.obj.MediaBox = Array([WIDTH, HEIGHT, 0, 0])
    assert sides(measured(paper)) == (210, 297)


@pytest.mark.parametrize("dpi", [72, 96])
def test_a_box_of_one_pixel_a_point_or_css_pixel_proves_nothing(dpi: int) -> None:
    """An A4 at 200 dpi that somebody put into a PDF without its dpi: 584 × 825 mm, nearly an A1."""
    paper = Paper((A4_AT_200[0] * 72 / dpi, A4_AT_200[1] * 72 / dpi))
    page = measured(paper.paint(paper.image()))
    assert (page.size_origin, page.width_mm, page.dpi) == (SizeOrigin.ASSUMED, None, None)


def test_a_scan_above_a0_proves_nothing() -> None:
    paper = Paper((2600, 3700))
    assert measured(paper.paint(paper.image((3800, 5400)))).size_origin is SizeOrigin.ASSUMED


def test_a_jpeg_whose_density_contradicts_the_box_is_a_conflict() -> None:
    page = measured(a_scan(data=jpeg(dpi=(300, 300))))
    assert (page.size_origin, page.width_mm) == (SizeOrigin.CONFLICT, None)


@pytest.mark.parametrize("dpi", [72, 96, 1, 208])
def test_a_default_or_nearly_equal_density_contradicts_nothing(dpi: int) -> None:
    assert measured(a_scan(data=jpeg(dpi=(dpi, dpi)))).size_origin is SizeOrigin.PAGE_BOX


def test_the_data_decide_where_the_dictionary_lies_about_pixels() -> None:
    """A dictionary that claims 200 dpi over a JPEG of 100 makes no better scan."""
    page = measured(a_scan(data=jpeg((827, 1170))))
    assert page.dpi == pytest.approx(100, rel=0.001)


def test_a_jpeg_that_is_packed_once_more_is_still_looked_into() -> None:
    packed = zlib.compress(jpeg((827, 1170), dpi=(100, 100)))
    page = measured(a_scan(data=packed, Filter=Array([Name.FlateDecode, Name.DCTDecode])))
    assert page.dpi == pytest.approx(100, rel=0.001)


def test_a_page_without_images_was_never_scanned() -> None:
    page = measured(Paper().draw(b"BT /F1 12 Tf (x) Tj ET"))
    assert (page.size_origin, sides(page), page.dpi, page.colour) == (SizeOrigin.BORN_DIGITAL, (210, 297), None, None)


def test_a_logo_on_a_letter_makes_no_scan() -> None:
    paper = Paper().draw(b"BT /F1 12 Tf (x) Tj ET")
    paper.paint(paper.image((300, 300)), (72, 0, 0, 72, 50, 700))
    assert measured(paper).size_origin is SizeOrigin.BORN_DIGITAL


def test_a_few_pixels_stretched_over_the_page_are_its_background() -> None:
    paper = Paper()
    paper.paint(paper.image((10, 10))).draw(b"BT /F1 12 Tf (x) Tj ET")
    assert measured(paper).size_origin is SizeOrigin.BORN_DIGITAL


def test_a_few_pixels_alone_on_a_page_are_a_scan_that_proves_nothing() -> None:
    paper = Paper()
    assert measured(paper.paint(paper.image((100, 141)))).size_origin is SizeOrigin.ASSUMED


def test_an_image_alone_that_does_not_fill_its_page_is_a_scan_of_unknown_paper() -> None:
    """An identity card that an app put in the middle of an A4, with hidden text and a white ground."""
    paper = Paper().draw(b"1 g 0 0 595 842 re f BT 3 Tr /F1 12 Tf (x) Tj ET")
    paper.paint(paper.image((1000, 630)), (240, 0, 0, 151, 100, 400))
    assert measured(paper).size_origin is SizeOrigin.ASSUMED


@pytest.mark.parametrize("share", [0.96, 0.94])
def test_a_narrow_white_margin_is_still_a_scan(share: float) -> None:
    paper = Paper().draw(b"BT /F1 12 Tf (x) Tj ET")
    paper.paint(paper.image(), (WIDTH * share, 0, 0, HEIGHT, 0, 0))
    expected = SizeOrigin.PAGE_BOX if share >= 0.95 else SizeOrigin.BORN_DIGITAL
    assert expected is measured(paper).size_origin


def test_strips_that_tile_the_page_are_one_scan() -> None:
    paper = Paper().draw(b"BT /F1 12 Tf (x) Tj ET")
    for strip in range(10):
        paper.paint(paper.image((1654, 234)), (WIDTH, 0, 0, HEIGHT / 10, 0, strip * HEIGHT / 10))
    page = measured(paper)
    assert (page.size_origin, round(page.dpi or 0)) == (SizeOrigin.PAGE_BOX, 200)


def test_of_layers_the_sharpest_gives_the_dpi_and_the_richest_the_colour() -> None:
    paper = Paper()
    paper.paint(paper.image((827, 1170)))
    paper.paint(paper.image((2480, 3508), bits=1, ImageMask=True))
    page = measured(paper)
    assert (round(page.dpi or 0), page.colour) == (300, Colour.COLOUR)


def test_a_small_coloured_picture_makes_no_colour_scan() -> None:
    paper = a_scan(space=Name.DeviceGray)
    paper.paint(paper.image((300, 300)), (72, 0, 0, 72, 50, 700))
    assert measured(paper).colour is Colour.GREY


def test_an_image_painted_on_its_side_keeps_its_own_axes() -> None:
    paper = Paper()
    page = measured(paper.paint(paper.image((2339, 1654)), (0, HEIGHT, -WIDTH, 0, WIDTH, 0)))
    assert (page.size_origin, round(page.dpi or 0)) == (SizeOrigin.PAGE_BOX, 200)


def test_an_image_within_forms_stands_where_all_matrices_put_it() -> None:
    paper = Paper()
    inner = paper.form(paper.image(), b"q 100 0 0 100 0 0 cm /In Do Q", (2, 0, 0, 2, 0, 0))
    outer = paper.form(inner, b"q 0.5 0 0 0.5 0 0 cm /In Do Q")
    page = measured(paper.paint(outer, (WIDTH / 100, 0, 0, HEIGHT / 100, 0, 0)))
    assert (page.size_origin, round(page.dpi or 0)) == (SizeOrigin.PAGE_BOX, 200)


def test_forms_that_multiply_without_end_cost_their_page_alone() -> None:
    paper = Paper()
    thing = paper.image()
    for _ in range(10):
        thing = paper.form(thing, b"/In Do " * 10)
    paper.paint(thing)
    paper.pdf.add_blank_page()
    bomb, blank = measure(io.BytesIO(paper.bytes()), "0f3a")
    assert (bomb.size_origin, blank.size_origin) == (None, SizeOrigin.BORN_DIGITAL)
    assert bomb.reason


def test_a_form_that_calls_itself_costs_its_page_alone() -> None:
    paper = Paper()
    form = paper.form(paper.image(), b"/In Do")
    form.Resources.XObject.In = form
    assert measured(paper.paint(form)).size_origin is None


def test_an_inline_image_counts_like_any_other() -> None:
    paper = Paper((72, 72)).draw(b"q 72 0 0 72 0 0 cm BI /W 100 /H 100 /BPC 1 /CS /G ID " + bytes(1300) + b" EI Q")
    page = measured(paper)
    assert (page.size_origin, page.colour, round(page.dpi or 0)) == (SizeOrigin.PAGE_BOX, Colour.BILEVEL, 100)


def _icc(pdf: pikepdf.Pdf, components: int) -> pikepdf.Object:
    return Array([Name.ICCBased, pikepdf.Stream(pdf, b"profile", N=components)])


@pytest.mark.parametrize(
    ("space", "bits", "colour"),
    [
        (Name.DeviceGray, 8, Colour.GREY),
        (Name.DeviceGray, 1, Colour.BILEVEL),
        (Name.DeviceRGB, 8, Colour.COLOUR),
        (Name.DeviceCMYK, 8, Colour.COLOUR),
        ("icc 1", 8, Colour.GREY),
        ("icc 1", 1, Colour.BILEVEL),
        ("icc 3", 8, Colour.COLOUR),
        ("icc 4", 8, Colour.COLOUR),
        (Array([Name.CalGray, {}]), 8, Colour.GREY),
        (Array([Name.CalRGB, {}]), 8, Colour.COLOUR),
        (Array([Name.Lab, {}]), 8, Colour.COLOUR),
        (Array([Name.Separation, Name.Black, Name.DeviceCMYK, None]), 8, Colour.GREY),
        (Array([Name.Separation, Name("/PANTONE Red"), Name.DeviceCMYK, None]), 8, Colour.COLOUR),
        (Array([Name.DeviceN, [Name.Black], Name.DeviceCMYK, None]), 8, Colour.GREY),
        (Array([Name.DeviceN, [Name.Cyan, Name.Black], Name.DeviceCMYK, None]), 8, Colour.COLOUR),
        (Array([Name.Indexed, Name.DeviceRGB, 1, b"\x00\x00\x00\xff\xff\xff"]), 1, Colour.BILEVEL),
        (Array([Name.Indexed, Name.DeviceRGB, 1, b"\x00\x00\x00\x80\x80\x80"]), 8, Colour.GREY),
        (Array([Name.Indexed, Name.DeviceRGB, 1, b"\x00\x00\x00\xff\x00\x00"]), 1, Colour.COLOUR),
        (Array([Name.Indexed, Name.DeviceGray, 1, b"\x00\xff"]), 1, Colour.BILEVEL),
        (Array([Name.Indexed, Name.DeviceCMYK, 1, b"\x00\x00\x00\xff\x00\x00\x00\x00"]), 1, Colour.BILEVEL),
        (Array([Name.Indexed, Name.DeviceCMYK, 1, b"\x00\xff\xff\x00\x00\x00\x00\x00"]), 1, Colour.COLOUR),
    ],
)
def test_a_colour_space_says_what_a_scan_keeps(space: pikepdf.Object | str, bits: int, colour: Colour) -> None:
    paper = Paper()
    given_space = _icc(paper.pdf, int(space[-1])) if isinstance(space, str) else space
    page = measured(paper.paint(paper.image(space=given_space, bits=bits)))
    assert (colour, SizeOrigin.PAGE_BOX) == (page.colour, page.size_origin)


def test_a_stencil_is_bilevel() -> None:
    assert measured(a_scan(bits=1, ImageMask=True)).colour is Colour.BILEVEL


def test_a_file_locked_against_changes_alone_is_measured() -> None:
    page = measured(a_scan(data=jpeg(dpi=(300, 300))), encryption=pikepdf.Encryption(owner="o", user=""))
    assert page.size_origin is SizeOrigin.CONFLICT


def test_a_file_that_asks_for_a_password_is_encrypted() -> None:
    with pytest.raises(Encrypted, match="0f3a"):
        measured(a_scan(), encryption=pikepdf.Encryption(owner="o", user="u"))


def test_a_damaged_image_costs_its_page_alone() -> None:
    paper = a_scan(data=b"\xff\xd8\xff\xd9")
    paper.pdf.add_blank_page()
    damaged, blank = measure(io.BytesIO(paper.bytes()), "0f3a")
    assert (damaged.size_origin, blank.size_origin) == (None, SizeOrigin.BORN_DIGITAL)
    assert "damaged" in (damaged.reason or "")


def test_a_pdf_without_pages_or_sense_is_unreadable() -> None:
    empty = io.BytesIO()
    pikepdf.new().save(empty)
    with pytest.raises(Unreadable, match="without pages"):
        measure(empty, "0f3a")
    with pytest.raises(Unreadable, match="damaged"):
        measure(io.BytesIO(b"%PDF-1.7 nothing"), "0f3a")


@given(st.integers(0, 3000), st.binary(min_size=1, max_size=8))
def test_a_damaged_pdf_is_refused_or_measured_but_never_crashes(at: int, damage: bytes) -> None:
    sound = a_scan().bytes()
    at %= len(sound)
    try:
        pages = measure(io.BytesIO(sound[:at] + damage + sound[at + len(damage) :]), "0f3a")
    except InputRejected:
        return
    assert pages
    assert all(page.size_origin or page.reason for page in pages)
