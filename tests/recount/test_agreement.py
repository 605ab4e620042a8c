"""Import and recount say the same of pages that lie, hide or lack something; and what they say is right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image, ImageDraw

from archive.errors import PageUnreadable
from archive.ingest.open import open_scan
from archive.model.pages import Colour, PageEntry, PageOutcome, PageShape, SizeOrigin
from archive.recount import compare, measure
from tests.ingest.pdf.test_pdf_missing import MISSING, PLAIN
from tests.ingest.pdf.test_pdf_tree import TREES, three_pages
from tests.ingest.scans import A4, LIMITS, PdfMaker, paper, replaced, replanted, words

AT_200, AT_300, AT_75 = (1654, 2339), (2480, 3508), (620, 877)
DIGITAL, PROVEN, UNPROVEN = SizeOrigin.BORN_DIGITAL, SizeOrigin.PAGE_BOX, SizeOrigin.ASSUMED


def over(box: tuple[float, float, float, float], name: str = "Im0") -> bytes:
    """Return content that paints a picture into left, bottom, width, height."""
    left, bottom, width, height = box
    return b"q %.3f 0 0 %.3f %.3f %.3f cm /%s Do Q " % (width, height, left, bottom, name.encode())


WHOLE = (0.0, 0.0, *A4)
FILL = over(WHOLE)


def letters(size: tuple[int, int], mode: str = "L") -> Image.Image:
    """Return a page full of lines of ink."""
    image = Image.new("L", size, "white")
    draw = ImageDraw.Draw(image)
    for top in range(size[1] // 12, size[1] * 11 // 12, size[1] // 40):
        draw.rectangle((size[0] // 8, top, size[0] * 7 // 8, top + size[1] // 160), fill="black")
    return image.convert(mode)


def pale(size: tuple[int, int]) -> Image.Image:
    """Return a pattern without ink."""
    rows = np.arange(size[1])[:, None] + np.arange(size[0])[None, :]
    return Image.fromarray((225 + rows % 16).astype(np.uint8)).convert("RGB")


def agreed(path: Path) -> list[PageShape | None]:
    """Return the shapes of the pages at ``path``, None for unreadable ones, when both sides say the same."""
    entries = []
    with open_scan(path, LIMITS) as scan:
        for number in range(1, scan.page_count + 1):
            try:
                entries.append(PageEntry(number, PageOutcome.RECOGNISED, scan.page(number).shape))
            except PageUnreadable:
                entries.append(PageEntry(number, PageOutcome.UNREADABLE))
    assert [difference.message for difference in compare(measure(path, "0f3a"), entries)] == []
    return [entry.shape for entry in entries]


def shape_of(maker: PdfMaker, tmp_path: Path) -> PageShape:
    """Return what both sides say of the only page."""
    (shape,) = agreed(maker.save(tmp_path / "a.pdf"))
    assert shape is not None
    return shape


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES.keys())
def test_the_leaves_of_the_tree_are_the_pages(tmp_path: Path, capfd: pytest.CaptureFixture[str], tree: object) -> None:
    shapes = agreed(replanted(three_pages(tmp_path / "a.pdf"), tree))  # type: ignore[arg-type]  # a Branch each

    assert len(shapes) == 3
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("make", MISSING)
def test_what_is_not_in_the_file_can_be_neither_read_nor_measured(
    tmp_path: Path, make: Callable[[PdfMaker], None]
) -> None:
    maker = PdfMaker()
    make(maker)

    assert agreed(maker.save(tmp_path / "a.pdf", **PLAIN)) == [None]


BLACK_AND_WHITE = {
    "rgb": (Name.DeviceRGB, "000000 ffffff"),
    "grey": (Name.DeviceGray, "00 ff"),
    "cmyk": (Name.DeviceCMYK, "000000ff 00000000"),
    "cmyk of all inks": (Name.DeviceCMYK, "ffffffff 00000000"),
    "calrgb": (Array([Name.CalRGB, Dictionary(WhitePoint=Array([0.95, 1, 1.09]))]), "000000 ffffff"),
    "calgrey": (Array([Name.CalGray, Dictionary(WhitePoint=Array([0.95, 1, 1.09]))]), "ff 00"),
    "lab": (Array([Name.Lab, Dictionary(WhitePoint=Array([0.95, 1, 1.09]))]), "008080 ff8080"),
    "icc 1": (1, "00 ff"),
    "icc 3": (3, "ffffff 000000"),
    "icc 4": (4, "000000ff 00000000"),
    "black ink": (Array([Name.Separation, Name.Black, Name.DeviceGray, Dictionary()]), "00 ff"),
    "inks": (Array([Name.DeviceN, Array([Name.Cyan, Name.Black]), Name.DeviceCMYK, Dictionary()]), "00ff 0000"),
}
COLOURED = {
    "rgb": (Name.DeviceRGB, "ff0000 ffffff"),
    "cmyk": (Name.DeviceCMYK, "00ffff00 00000000"),
    "icc 3": (3, "0000ff ffffff"),
    "lab": (Array([Name.Lab, Dictionary(WhitePoint=Array([0.95, 1, 1.09]))]), "80c080 ff8080"),
    "spot ink": (Array([Name.Separation, Name("/Red 1"), Name.DeviceGray, Dictionary()]), "00 ff"),
}
GREYS = {
    "rgb": (Name.DeviceRGB, "202020 ffffff"),
    "cmyk": (Name.DeviceCMYK, "00000080 00000000"),
    "icc 1": (1, "20 c0"),
}


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize(
    ("base", "table", "bits", "colour"),
    [
        *((base, table, bits, Colour.BILEVEL) for base, table in BLACK_AND_WHITE.values() for bits in (1, 8)),
        *((base, table, 8, Colour.COLOUR) for base, table in COLOURED.values()),
        *((base, table, 8, Colour.GREY) for base, table in GREYS.values()),
    ],
)
def test_a_palette_is_what_its_entries_show(
    tmp_path: Path, base: object, table: str, bits: int, colour: Colour, inverted: bool
) -> None:
    maker = PdfMaker()
    if isinstance(base, int):
        base = Array([Name.ICCBased, Stream(maker.pdf, b"profile", N=base)])
    # Entries that no sample of one bit can choose show nothing.
    more = bytes.fromhex("10" * (len(table.split()[0]) // 2)) if bits == 1 else b""
    space = Array([Name.Indexed, base, 2 if more else 1, pikepdf.String(bytes.fromhex(table) + more)])
    picture = letters(AT_75, "1").tobytes() if bits == 1 else bytes(AT_75[0] * AT_75[1])
    decode = {"Decode": Array([1, 0] if bits == 1 else [255, 0])} if inverted else {}
    maker.scanned(maker.image(picture, AT_75, ColorSpace=space, BitsPerComponent=bits, **decode))

    assert shape_of(maker, tmp_path).colour is colour


@pytest.mark.parametrize(("mode", "colour"), [("L", Colour.GREY), ("RGB", Colour.COLOUR)])
@pytest.mark.parametrize("space", [Name.DeviceRGB, Name.DeviceGray, Name.DeviceCMYK])
def test_the_channels_of_a_jpeg_beat_its_dictionary(
    tmp_path: Path, mode: str, colour: Colour, space: pikepdf.Object
) -> None:
    maker = PdfMaker()
    image = maker.jpeg(letters(AT_200, mode))
    image.ColorSpace = space
    maker.scanned(image)

    assert shape_of(maker, tmp_path).colour is colour


def stencil(maker: PdfMaker, size: tuple[int, int], image: Image.Image | None = None) -> Stream:
    """Return a stencil of letters."""
    data = (image or letters(size)).convert("1").tobytes()
    return maker.image(data, size, ColorSpace=None, BitsPerComponent=1, ImageMask=True)


def soft_mask(maker: PdfMaker, size: tuple[int, int], image: Image.Image | None = None) -> Stream:
    """Return a soft mask that lets letters through."""
    shown = Image.eval(image or letters(size), lambda value: 255 - value)
    return maker.image(shown.tobytes(), size, ColorSpace=Name.DeviceGray)


def background(maker: PdfMaker, size: tuple[int, int] = AT_75) -> Stream:
    return maker.jpeg(pale(size))


def coarse_ink(maker: PdfMaker, **masks: Stream) -> Stream:
    """Return the colours of ink, coarse enough to be no scan."""
    image = maker.jpeg(Image.new("RGB", (155, 219), "navy"))
    for name, mask in masks.items():
        image[f"/{name}"] = maker.pdf.make_indirect(mask)
    return image


def in_a_soft_mask(maker: PdfMaker) -> None:
    maker.page(FILL + over(WHOLE, "Im1"), A4, background(maker), coarse_ink(maker, SMask=soft_mask(maker, AT_300)))


def in_an_explicit_mask(maker: PdfMaker) -> None:
    maker.page(FILL + over(WHOLE, "Im1"), A4, background(maker), coarse_ink(maker, Mask=stencil(maker, AT_300)))


def in_a_stencil(maker: PdfMaker) -> None:
    maker.page(FILL + b"0 0 0.4 rg " + over(WHOLE, "Im1"), A4, background(maker), stencil(maker, AT_300))


def in_the_picture_s_own_mask(maker: PdfMaker) -> None:
    image = background(maker)
    image.SMask = maker.pdf.make_indirect(soft_mask(maker, AT_300))
    maker.scanned(image)


def in_stencils_side_by_side(maker: PdfMaker) -> None:
    strips = [stencil(maker, (2480, 351)) for _ in range(5)]
    content = b"".join(over((0, 84.189 * n + 200, A4[0], 84.189), f"Im{n + 1}") for n in range(5))
    maker.page(FILL + content, A4, background(maker), *strips)


def in_fine_pictures_over_a_coarse_one(maker: PdfMaker) -> None:
    fine = maker.jpeg(letters((2480, 1754), "RGB"))
    maker.page(FILL + over((0, 200, A4[0], A4[1] / 2), "Im1"), A4, background(maker), fine)


def in_a_mask_of_one_of_two_equal_pictures(maker: PdfMaker) -> None:
    other = coarse_ink(maker, SMask=soft_mask(maker, (300, 300)))
    content = FILL + over(WHOLE, "Im1") + over((20, 20, 90, 90), "Im2")
    maker.page(content, A4, background(maker), coarse_ink(maker, SMask=soft_mask(maker, AT_300)), other)


def in_a_form(maker: PdfMaker) -> None:
    in_a_stencil(maker)
    page = maker.pdf.pages[0]
    form = Stream(maker.pdf, page.Contents.read_bytes(), Subtype=Name.Form, BBox=Array(WHOLE), Resources=page.Resources)
    page.Resources = Dictionary(XObject=Dictionary(Fm=form))
    page.Contents = Stream(maker.pdf, b"/Fm Do")


@pytest.mark.parametrize(
    "make",
    [
        in_a_soft_mask,
        in_an_explicit_mask,
        in_a_stencil,
        in_the_picture_s_own_mask,
        in_stencils_side_by_side,
        in_fine_pictures_over_a_coarse_one,
        in_a_form,
        in_a_mask_of_one_of_two_equal_pictures,
    ],
)
def test_a_scan_in_layers_is_as_fine_as_its_letters(tmp_path: Path, make: Callable[[PdfMaker], None]) -> None:
    maker = PdfMaker()
    make(maker)

    shape = shape_of(maker, tmp_path)

    assert (shape.size_origin, round(shape.dpi or 0), shape.colour) == (PROVEN, 300, Colour.COLOUR)


def with_an_opaque_mask(maker: PdfMaker) -> None:
    image = maker.jpeg(letters(AT_200, "RGB"))
    image.SMask = maker.pdf.make_indirect(soft_mask(maker, AT_300, Image.new("L", AT_300, 0)))
    maker.scanned(image)


def with_an_empty_stencil(maker: PdfMaker) -> None:
    empty = stencil(maker, AT_300, Image.new("L", AT_300, 255))
    maker.page(FILL + over(WHOLE, "Im1"), A4, maker.jpeg(letters(AT_200, "RGB")), empty)


def with_a_fine_logo(maker: PdfMaker) -> None:
    logo = coarse_ink(maker, SMask=soft_mask(maker, (1200, 1200)))
    maker.page(FILL + over((60, 700, 90, 90), "Im1"), A4, maker.jpeg(letters(AT_200, "RGB")), logo)


@pytest.mark.parametrize("make", [with_an_opaque_mask, with_an_empty_stencil, with_a_fine_logo])
def test_what_holds_no_letters_makes_a_scan_no_finer(tmp_path: Path, make: Callable[[PdfMaker], None]) -> None:
    maker = PdfMaker()
    make(maker)

    assert round(shape_of(maker, tmp_path).dpi or 0) == 200


def test_a_scan_in_layers_is_rendered_as_fine_as_its_letters(tmp_path: Path) -> None:
    maker = PdfMaker()
    in_a_soft_mask(maker)

    with open_scan(maker.save(tmp_path / "a.pdf"), LIMITS) as scan:
        assert scan.page(1).image().pixels.shape == (3508, 2480, 3)


INNER = (50.0, 60.0, 495.0, 700.0)
FRAME = b"2 w 20 20 555 800 re S "


def margin_and_footer(maker: PdfMaker) -> None:
    maker.page(over(INNER) + words("Scanned by an app", top=20), A4, maker.jpeg(letters(AT_200, "RGB")))


def margin_and_frame(maker: PdfMaker) -> None:
    maker.page(over(INNER) + FRAME, A4, maker.jpeg(letters(AT_200, "RGB")))


def a_card_and_a_footer(maker: PdfMaker) -> None:
    card = maker.jpeg(letters((1000, 630), "RGB"))
    maker.page(over((100, 400, 240, 151)) + words("App", top=20, size=8), A4, card)


def pattern_of(maker: PdfMaker, picture: Stream) -> Stream:
    cell = {"PatternType": 1, "PaintType": 1, "TilingType": 1, "XStep": A4[0], "YStep": A4[1]}
    return Stream(maker.pdf, FILL, BBox=Array(WHOLE), Resources=Dictionary(XObject=Dictionary(Im0=picture)), **cell)


def in_a_pattern(maker: PdfMaker) -> None:
    maker.page(b"/Pattern cs /P0 scn 0 0 595 842 re f")
    maker.pdf.pages[0].Resources.Pattern = Dictionary(P0=pattern_of(maker, maker.jpeg(letters(AT_200, "RGB"))))


def in_a_pattern_with_a_footer(maker: PdfMaker) -> None:
    in_a_pattern(maker)
    maker.pdf.pages[0].Contents = Stream(
        maker.pdf, b"/Pattern cs /P0 scn 0 0 595 842 re f 0 g " + words("App", top=20, size=8)
    )


def in_an_annotation(maker: PdfMaker) -> None:
    maker.page(words("App", top=20, size=8))
    maker.stamp(1, (0, 0, 595, 842), FILL)
    look = maker.pdf.pages[0].obj.Annots[0].AP.N
    look.Resources = Dictionary(XObject=Dictionary(Im0=maker.jpeg(letters(AT_200, "RGB"))))


def in_a_glyph(maker: PdfMaker) -> None:
    maker.page(b"BT /T3 1 Tf 1 0 0 1 0 0 Tm (a) Tj ET")
    glyph = Stream(maker.pdf, b"600 0 d0 " + FILL)
    font = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type3,
        FontBBox=Array(WHOLE),
        FontMatrix=Array([1, 0, 0, 1, 0, 0]),
        CharProcs=Dictionary(a=glyph),
        Encoding=Dictionary(Type=Name.Encoding, Differences=Array([97, Name.a])),
        FirstChar=97,
        LastChar=97,
        Widths=Array([600]),
        Resources=Dictionary(XObject=Dictionary(Im0=maker.jpeg(letters(AT_200, "RGB")))),
    )
    maker.pdf.pages[0].Resources.Font.T3 = font


def hidden_words_over_a_picture(maker: PdfMaker) -> None:
    maker.page(
        over(INNER) + words(*["read by somebody"] * 20, mode=3) + words("App", top=20, size=8),
        A4,
        maker.jpeg(letters(AT_200, "RGB")),
    )


@pytest.mark.parametrize(
    "make",
    [
        margin_and_footer,
        margin_and_frame,
        a_card_and_a_footer,
        in_a_pattern,
        in_a_pattern_with_a_footer,
        in_an_annotation,
        in_a_glyph,
        hidden_words_over_a_picture,
    ],
)
def test_a_page_whose_letters_come_from_a_picture_was_scanned(tmp_path: Path, make: Callable[[PdfMaker], None]) -> None:
    maker = PdfMaker()
    make(maker)

    assert shape_of(maker, tmp_path).size_origin is UNPROVEN


PRINTED = words(*["Every letter of this page is text of the file itself"] * 25)


def with_a_logo(maker: PdfMaker) -> None:
    maker.page(over((60, 770, 60, 60)) + PRINTED, A4, maker.jpeg(paper((300, 300))))


def with_a_figure(maker: PdfMaker) -> None:
    figure = Image.new("RGB", (800, 400), "white")
    ImageDraw.Draw(figure).line((0, 0, 799, 399), fill="black", width=3)
    maker.page(over((100, 40, 400, 200)) + PRINTED, A4, maker.jpeg(figure))


def on_a_pale_picture(maker: PdfMaker) -> None:
    maker.scanned(background(maker, AT_200), over=b"0 g " + PRINTED)


def on_a_pale_picture_with_margins(maker: PdfMaker) -> None:
    maker.page(over(INNER) + b"0 g " + PRINTED, A4, background(maker, AT_200))


def on_pale_pictures(maker: PdfMaker) -> None:
    halves = over((0, 0, A4[0], A4[1] / 2)) + over((0, A4[1] / 2, A4[0], A4[1] / 2))
    maker.page(halves + b"0 g " + PRINTED, A4, background(maker, (1654, 1170)))


def on_a_pale_pattern(maker: PdfMaker) -> None:
    maker.page(b"/Pattern cs /P0 scn 0 0 595 842 re f 0 g " + PRINTED)
    maker.pdf.pages[0].Resources.Pattern = Dictionary(P0=pattern_of(maker, background(maker, AT_200)))


@pytest.mark.parametrize(
    "make",
    [
        with_a_logo,
        with_a_figure,
        on_a_pale_picture,
        on_a_pale_picture_with_margins,
        on_pale_pictures,
        on_a_pale_pattern,
    ],
)
def test_a_page_whose_letters_are_its_own_was_never_scanned(tmp_path: Path, make: Callable[[PdfMaker], None]) -> None:
    maker = PdfMaker()
    make(maker)
    path = maker.save(tmp_path / "a.pdf")

    (shape,) = agreed(path)

    assert shape is not None
    assert shape.size_origin is DIGITAL
    with open_scan(path, LIMITS) as scan:
        assert scan.page(1).text_layer() is not None


@pytest.mark.parametrize("over_it", [b"", words(*["hidden"] * 9, mode=3), words("1 of 2", top=20)])
def test_a_scan_with_something_written_over_it_is_a_scan(tmp_path: Path, over_it: bytes) -> None:
    maker = PdfMaker()
    maker.scanned(maker.jpeg(letters(AT_200, "RGB")), over=b"0 g " + over_it)

    assert shape_of(maker, tmp_path).size_origin is PROVEN


BOXLESS = {
    "none": b"",
    "zero area": b"/MediaBox [0 0 0 0]",
    "no height": b"/MediaBox [0 0 595 0]",
    "three numbers": b"/MediaBox [0 0 595]",
    "no numbers": b"/MediaBox [/A /B /C /D]",
    "no array": b"/MediaBox 595",
    "gone": b"/MediaBox 9999 0 R",
}


def without_box(path: Path, box: bytes) -> Path:
    """Give the only page at ``path`` another box."""
    with pikepdf.open(path) as pdf:
        number = pdf.pages[0].obj.objgen[0]
        page = pdf.pages[0].obj
        del page["/MediaBox"]
        text = page.unparse(resolved=True)
    return replaced(path, {number: text.rstrip(b"> ") + b" " + box + b" >>"})


@pytest.mark.parametrize("box", BOXLESS.values(), ids=BOXLESS.keys())
def test_a_page_without_a_box_is_shown_whole_and_proves_no_size(tmp_path: Path, box: bytes) -> None:
    maker = PdfMaker()
    a3 = maker.jpeg(letters((1754, 2480), "RGB"))
    maker.page(over((0, 800, 842, 390)), (842, 1190), a3)
    path = without_box(maker.save(tmp_path / "a.pdf", **PLAIN), box)

    (shape,) = agreed(path)

    assert shape is not None
    assert (shape.size_origin, shape.colour) == (UNPROVEN, Colour.COLOUR)
    with open_scan(path, LIMITS) as scan:
        assert scan.page(1).image().pixels.min() < 50


def test_a_written_page_without_a_box_was_never_scanned_all_the_same(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(PRINTED)

    (shape,) = agreed(without_box(maker.save(tmp_path / "a.pdf", **PLAIN), b""))

    assert shape is not None
    assert shape.size_origin is DIGITAL


def layer_off(maker: PdfMaker, **more: object) -> pikepdf.Object:
    """Return an optional content group that is off."""
    group = maker.pdf.make_indirect(Dictionary(Type=Name.OCG, Name=pikepdf.String("layer")))
    maker.pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(OFF=Array([group]), **more))
    return group


def by_its_picture(maker: PdfMaker) -> None:
    maker.page(FILL + over(WHOLE, "Im1"), A4, maker.jpeg(letters(AT_75, "L")), maker.jpeg(letters(AT_300, "RGB")))
    maker.pdf.pages[0].Resources.XObject.Im1.OC = layer_off(maker)


def by_marked_content(maker: PdfMaker) -> None:
    hidden = b"/OC /L0 BDC " + over(WHOLE, "Im1") + b"EMC "
    maker.page(FILL + hidden, A4, maker.jpeg(letters(AT_75, "L")), maker.jpeg(letters(AT_300, "RGB")))
    maker.pdf.pages[0].Resources.Properties = Dictionary(L0=layer_off(maker))


def by_a_membership(maker: PdfMaker) -> None:
    by_its_picture(maker)
    group = maker.pdf.Root.OCProperties.OCGs[0]
    maker.pdf.pages[0].Resources.XObject.Im1.OC = Dictionary(Type=Name.OCMD, OCGs=Array([group]), P=Name.AllOn)


def by_an_expression(maker: PdfMaker) -> None:
    by_its_picture(maker)
    group = maker.pdf.Root.OCProperties.OCGs[0]
    rule = Array([Name.And, group, Array([Name.Not, group])])
    maker.pdf.pages[0].Resources.XObject.Im1.OC = Dictionary(Type=Name.OCMD, VE=rule)


def in_the_place_of_another(maker: PdfMaker) -> None:
    maker.page(over(WHOLE, "Im1") + FILL, A4, maker.jpeg(letters(AT_75, "L")), maker.jpeg(letters(AT_75, "RGB")))
    maker.pdf.pages[0].Resources.XObject.Im1.OC = layer_off(maker)


def by_the_base_state(maker: PdfMaker) -> None:
    by_its_picture(maker)
    maker.pdf.Root.OCProperties.D = Dictionary(BaseState=Name.OFF)


@pytest.mark.parametrize(
    "make",
    [by_its_picture, by_marked_content, by_a_membership, by_an_expression, by_the_base_state, in_the_place_of_another],
)
def test_a_picture_of_a_layer_that_is_off_is_not_on_the_page(tmp_path: Path, make: Callable[[PdfMaker], None]) -> None:
    maker = PdfMaker()
    make(maker)

    shape = shape_of(maker, tmp_path)

    assert (round(shape.dpi or 0), shape.colour) == (75, Colour.GREY)


def test_a_picture_of_a_layer_that_is_on_is_on_the_page(tmp_path: Path) -> None:
    maker = PdfMaker()
    by_its_picture(maker)
    maker.pdf.Root.OCProperties.D = Dictionary(ON=Array([maker.pdf.Root.OCProperties.OCGs[0]]))

    shape = shape_of(maker, tmp_path)

    assert (round(shape.dpi or 0), shape.colour) == (300, Colour.COLOUR)
