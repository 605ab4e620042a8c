"""What a page holds and does not show is given to be screened: a secret may stand there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image

from archive.ingest.open import open_scan
from tests.ingest.scans import A4, FULL_PAGE, LIMITS, PdfMaker, jpeg, paper, replaced, words, written

SHADE = (90, 30, 160)  # what the hidden picture is filled with
WHOLE = b"q %.3f 0 0 %.3f 0 0 cm /%s Do Q "
WHITE = b"1 g 0 0 600 900 re f "


def secret(maker: PdfMaker) -> Stream:
    """Return a picture that nobody is to see."""
    return maker.image(Image.new("RGB", (400, 300), SHADE).tobytes(), (400, 300))


def page(maker: PdfMaker, content: bytes, *images: Stream) -> None:
    """Add a scanned page with ``content`` over it; further images are Im1, Im2 …"""
    maker.page(FULL_PAGE + b" " + content, A4, maker.jpeg(paper()), *images)


def whole(name: bytes) -> bytes:
    return WHOLE % (*A4, name)


def under_a_picture(maker: PdfMaker) -> None:
    maker.page(whole(b"Im1") + whole(b"Im0"), A4, maker.jpeg(paper()), secret(maker))


def under_white(maker: PdfMaker) -> None:
    page(maker, b"q 100 0 0 100 50 50 cm /Im1 Do Q " + WHITE, secret(maker))


def under_a_white_corner(maker: PdfMaker) -> None:
    page(maker, b"q 100 0 0 100 50 50 cm /Im1 Do Q 1 g 40 40 90 60 re f", secret(maker))


def under_a_form(maker: PdfMaker) -> None:
    page(maker, b"q 100 0 0 100 50 50 cm /Im1 Do Q /Im2 Do", secret(maker), form(maker, WHITE))


def form(maker: PdfMaker, content: bytes, *images: Stream, box: tuple[float, ...] = (0, 0, *A4)) -> Stream:
    names = Dictionary({f"/Im{number}": image for number, image in enumerate(images)})
    resources = Dictionary(XObject=names)
    return Stream(maker.pdf, content, Subtype=Name.Form, BBox=Array(box), Resources=resources)


def under_an_annotation(maker: PdfMaker) -> None:
    page(maker, b"q 200 0 0 200 50 50 cm /Im1 Do Q", secret(maker))
    maker.stamp(1, (50, 50, 250, 250), b"1 g 0 0 200 200 re f")


def cut_away(maker: PdfMaker) -> None:
    page(maker, b"q 0 0 10 10 re W n 100 0 0 100 50 50 cm /Im1 Do Q", secret(maker))


def cut_away_by_a_form(maker: PdfMaker) -> None:
    inner = form(maker, b"q 100 0 0 100 50 50 cm /Im0 Do Q", secret(maker), box=(0, 0, 10, 10))
    page(maker, b"/Im1 Do", inner)


def shrunk(maker: PdfMaker) -> None:
    page(maker, b"q 4 0 0 3 50 50 cm /Im1 Do Q", secret(maker))


def on_a_tiny_page(maker: PdfMaker) -> None:
    maker.page(b"q 12 0 0 9 0 0 cm /Im0 Do Q", (12, 9), secret(maker))


def flattened(maker: PdfMaker) -> None:
    page(maker, b"q 400 0 0 1 50 50 cm /Im1 Do Q", secret(maker))


def beside_the_page(maker: PdfMaker) -> None:
    page(maker, b"q 100 0 0 100 700 50 cm /Im1 Do Q", secret(maker))


def half_beside_the_page(maker: PdfMaker) -> None:
    page(maker, b"q 100 0 0 100 550 50 cm /Im1 Do Q", secret(maker))


def outside_the_crop_box(maker: PdfMaker) -> None:
    page(maker, b"q 100 0 0 100 50 50 cm /Im1 Do Q", secret(maker))
    maker.pdf.pages[0].obj.CropBox = Array([0, 300, 595, 841])


def far_away(maker: PdfMaker) -> None:
    page(maker, b"q 100 0 0 100 90000 50 cm /Im1 Do Q", secret(maker))


def masked_away(maker: PdfMaker) -> None:
    image = secret(maker)
    image.SMask = maker.pdf.make_indirect(maker.image(bytes(400 * 300), (400, 300), ColorSpace=Name.DeviceGray))
    page(maker, b"q 100 0 0 100 50 50 cm /Im1 Do Q", image)


def masked_away_by_a_stencil(maker: PdfMaker) -> None:
    image, bits = secret(maker), {"ColorSpace": None, "BitsPerComponent": 1, "ImageMask": True}
    image.Mask = maker.pdf.make_indirect(maker.image(b"\xff" * (50 * 300), (400, 300), **bits))
    page(maker, b"q 100 0 0 100 50 50 cm /Im1 Do Q", image)


def masked_away_by_its_colour(maker: PdfMaker) -> None:
    image = secret(maker)
    image.Mask = Array([value for shade in SHADE for value in (shade, shade)])
    page(maker, b"q 100 0 0 100 50 50 cm /Im1 Do Q", image)


def faded(maker: PdfMaker) -> None:
    page(maker, b"q /Gs gs 100 0 0 100 50 50 cm /Im1 Do Q", secret(maker))
    maker.pdf.pages[0].Resources.ExtGState = Dictionary(Gs=Dictionary(ca=0.01))


def of_a_layer_that_is_off(maker: PdfMaker) -> None:
    page(maker, b"q 100 0 0 100 50 50 cm /Im1 Do Q", secret(maker))
    group = maker.pdf.make_indirect(Dictionary(Type=Name.OCG, Name=pikepdf.String("layer")))
    maker.pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(OFF=Array([group])))
    maker.pdf.pages[0].Resources.XObject.Im1.OC = group


def in_a_hidden_annotation(maker: PdfMaker) -> None:
    page(maker, b"")
    maker.stamp(1, (0, 0, 100, 100), b"q 100 0 0 100 0 0 cm /Im0 Do Q")
    note = maker.pdf.pages[0].obj.Annots[0]
    note.F = 2
    note.AP.N.Resources = Dictionary(XObject=Dictionary(Im0=secret(maker)))


def in_another_look_of_an_annotation(maker: PdfMaker) -> None:
    page(maker, b"")
    maker.stamp(1, (0, 0, 100, 100), b"")
    maker.pdf.pages[0].obj.Annots[0].AP.D = form(maker, b"q 100 0 0 100 0 0 cm /Im0 Do Q", secret(maker))


def named_and_not_painted(maker: PdfMaker) -> None:
    page(maker, b"", secret(maker))


def that_nothing_names(maker: PdfMaker) -> None:
    page(maker, b"")
    maker.pdf.Root.Elsewhere = maker.pdf.make_indirect(secret(maker))


def as_an_alternative(maker: PdfMaker) -> None:
    page(maker, b"")
    other = Dictionary(Image=maker.pdf.make_indirect(secret(maker)), DefaultForPrinting=True)
    maker.pdf.pages[0].Resources.XObject.Im0.Alternates = Array([other])


def in_a_pattern_never_used(maker: PdfMaker) -> None:
    page(maker, b"/Pattern cs /P0 scn")
    cell = {"PatternType": 1, "PaintType": 1, "TilingType": 1, "XStep": 100, "YStep": 100}
    inner = form(maker, b"q 100 0 0 100 0 0 cm /Im0 Do Q", secret(maker))
    for key, value in cell.items():
        inner[f"/{key}"] = value
    maker.pdf.pages[0].Resources.Pattern = Dictionary(P0=inner)


HIDDEN = [
    under_a_picture,
    under_white,
    under_a_white_corner,
    under_a_form,
    under_an_annotation,
    cut_away,
    cut_away_by_a_form,
    shrunk,
    on_a_tiny_page,
    flattened,
    beside_the_page,
    half_beside_the_page,
    outside_the_crop_box,
    far_away,
    masked_away,
    masked_away_by_a_stencil,
    masked_away_by_its_colour,
    faded,
    of_a_layer_that_is_off,
    in_a_hidden_annotation,
    in_another_look_of_an_annotation,
    named_and_not_painted,
    that_nothing_names,
    as_an_alternative,
    in_a_pattern_never_used,
]


@pytest.mark.parametrize("hide", HIDDEN)
def test_a_picture_that_nobody_sees_on_the_page_is_looked_at(tmp_path: Path, hide: Callable[[PdfMaker], None]) -> None:
    maker = PdfMaker()
    hide(maker)

    with open_scan(maker.save(tmp_path / "a.pdf"), LIMITS) as scan:
        found, unscreened = scan.page(1).hidden_images(), scan.page(1).unscreened

    assert unscreened == ()
    assert any(np.abs(np.median(image.pixels, axis=(0, 1)) - SHADE).max() <= 4 for image in found)


@pytest.mark.parametrize("saved", [1, 2])
def test_a_picture_of_an_earlier_version_of_the_file_is_looked_at(tmp_path: Path, saved: int) -> None:
    maker = PdfMaker()
    maker.scanned(secret(maker))
    path = maker.save(tmp_path / "a.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    with pikepdf.open(path) as pdf:
        image = pdf.pages[0].Resources.XObject.Im0.objgen[0]
    white = b"<< /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>"
    for _ in range(saved):
        replaced(path, {image: white + b"\nstream\n\xff\nendstream"})

    with open_scan(path, LIMITS) as scan:
        (found,), unscreened = scan.page(1).hidden_images(), scan.page(1).unscreened

    assert unscreened == ()
    assert np.abs(np.median(found.pixels, axis=(0, 1)) - SHADE).max() <= 4


def test_a_signature_added_to_the_file_hides_nothing(tmp_path: Path) -> None:
    maker = PdfMaker()
    page(maker, b"")
    path = maker.save(tmp_path / "a.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    with pikepdf.open(path) as pdf:
        number, text = pdf.pages[0].obj.objgen[0], pdf.pages[0].obj.unparse(resolved=True)
    replaced(path, {number: text[:-2] + b"/Annots [] >>"})

    with open_scan(path, LIMITS) as scan:
        assert (scan.page(1).unscreened, scan.page(1).hidden_images()) == ((), ())


def test_more_versions_of_a_file_than_can_be_gone_through_are_named(tmp_path: Path) -> None:
    maker = PdfMaker()
    page(maker, b"")
    path = maker.save(tmp_path / "a.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    for number in range(20):
        replaced(path, {900 + number: b"null"})

    with open_scan(path, LIMITS) as scan:
        assert scan.page(1).unscreened == ("hidden_picture",)


def test_what_is_written_beside_the_page_is_looked_at(tmp_path: Path) -> None:
    maker = PdfMaker()
    page(maker, b"0 g " + words("Beside the page", left=700) + words("and above it", top=1500, left=5000))

    with open_scan(maker.save(tmp_path / "a.pdf"), LIMITS) as scan:
        found, unscreened = scan.page(1).hidden_images(), scan.page(1).unscreened

    assert unscreened == ()
    assert [image.pixels.min() < 60 for image in found] == [True, True]
    assert all(image.dpi > 150 for image in found)


def test_words_of_a_layer_that_is_off_are_looked_at(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(b"/OC /L0 BDC BT ET 0 0 1 rg 0 0 595 841 re f EMC")
    group = maker.pdf.make_indirect(Dictionary(Type=Name.OCG, Name=pikepdf.String("layer")))
    maker.pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(BaseState=Name.OFF))
    maker.pdf.pages[0].Resources.Properties = Dictionary(L0=group)

    with open_scan(maker.save(tmp_path / "a.pdf"), LIMITS) as scan:
        shown, (layer,) = scan.page(1).image(), scan.page(1).hidden_images()

    assert shown.pixels.min() == 255
    assert np.median(layer.pixels, axis=(0, 1)).tolist() == [0, 0, 255]


def test_a_hidden_picture_that_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    maker = PdfMaker()
    page(maker, b"", maker.image(b"no data", (400, 300)))

    with open_scan(maker.save(tmp_path / "a.pdf"), LIMITS) as scan:
        assert (scan.page(1).unscreened, scan.page(1).hidden_images()) == (("hidden_picture",), ())


def test_more_hidden_pictures_than_can_be_looked_at_are_named(tmp_path: Path) -> None:
    maker = PdfMaker()
    page(maker, b"", *(secret(maker) for _ in range(50)))

    with open_scan(maker.save(tmp_path / "a.pdf"), LIMITS) as scan:
        assert scan.page(1).unscreened == ("hidden_picture",)


def test_what_is_too_far_from_the_page_to_be_shown_is_named(tmp_path: Path) -> None:
    maker = PdfMaker()
    page(maker, words("far away", left=90_000))

    with open_scan(maker.save(tmp_path / "a.pdf"), LIMITS) as scan:
        assert scan.page(1).unscreened == ("outside_the_page",)


def signed(maker: PdfMaker) -> None:
    page(maker, b"")
    maker.stamp(1, (400, 700, 560, 760), b"q 160 0 0 60 0 0 cm /Im0 Do Q")
    look = maker.pdf.pages[0].obj.Annots[0].AP.N
    look.Resources = Dictionary(XObject=Dictionary(Im0=maker.jpeg(paper((320, 120)))))


def with_hidden_words(maker: PdfMaker) -> None:
    page(maker, words(*["read by somebody"] * 20, mode=3))


def in_strips(maker: PdfMaker) -> None:
    strips = [maker.jpeg(paper((827, 234))) for _ in range(5)]
    rows = b"".join(b"q 595.276 0 0 169 0 %d cm /Im%d Do Q " % (169 * n, n) for n in range(5))
    maker.page(rows, A4, *strips)


def overhanging_a_little(maker: PdfMaker) -> None:
    maker.page(b"q 600 0 0 846 -3 -2 cm /Im0 Do Q", A4, maker.jpeg(paper()))


def in_a_form(maker: PdfMaker) -> None:
    inner = form(maker, FULL_PAGE, maker.jpeg(paper()))
    maker.page(b"q 0 0 595.276 841.89 re W n /Im0 Do Q", A4, inner)


def shared_by_both_pages(maker: PdfMaker) -> None:
    page(maker, b"", maker.jpeg(paper()))
    names = maker.pdf.pages[0].Resources
    maker.page(FULL_PAGE.replace(b"Im0", b"Im1"), A4, Resources=names)


@pytest.mark.parametrize(
    "make", [signed, with_hidden_words, in_strips, overhanging_a_little, in_a_form, shared_by_both_pages]
)
def test_ordinary_pages_hide_nothing(tmp_path: Path, make: Callable[[PdfMaker], None]) -> None:
    maker = PdfMaker()
    make(maker)

    with open_scan(maker.save(tmp_path / "a.pdf"), LIMITS) as scan:
        pages = [scan.page(number) for number in range(1, scan.page_count + 1)]
        assert [(page.unscreened, page.hidden_images()) for page in pages] == [((), ())] * len(pages)


def test_a_picture_file_hides_nothing(tmp_path: Path) -> None:
    with open_scan(written(tmp_path / "a.jpg", jpeg(paper())), LIMITS) as scan:
        assert (scan.page(1).unscreened, scan.page(1).hidden_images()) == ((), ())
