"""Pictures in a PDF that hide where no page paints one: in masks, within contents, behind an end, bare in a stream."""

from __future__ import annotations

import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Stream
from PIL import Image

from archive.ingest.open import open_scan
from archive.model.image import PageImage
from tests.ingest.scans import A4, FULL_PAGE, LIMITS, PdfMaker, jpeg, paper, png, written

SECRET = paper((400, 300), corner="red")
WHOLE = b" q %.3f 0 0 %.3f 0 0 cm %s Q"
Making = Callable[[PdfMaker], None]


def page(maker: PdfMaker, content: bytes = b"", *images: Stream) -> None:
    """Add a scanned page with ``content`` over it; further images are Im1, Im2 …"""
    maker.page(FULL_PAGE + content, A4, maker.jpeg(paper()), *images)


def inline(image: Image.Image = SECRET) -> bytes:
    """Return a picture as it stands within contents."""
    head = b"BI /W %d /H %d /CS /RGB /BPC 8 /F /DCT ID " % image.size
    return WHOLE % (*A4, head + jpeg(image) + b"\nEI")


def white(maker: PdfMaker) -> Stream:
    """Return a small white picture whose mask is the secret one."""
    mask = maker.jpeg(SECRET.convert("L").point([255 - level for level in range(256)]))
    return maker.image(b"\xff" * 300, (10, 10), SMask=maker.pdf.make_indirect(mask))


def white_and_shown(maker: PdfMaker) -> None:
    page(maker, WHOLE % (*A4, b"/Im1 Do"), white(maker))


def white_and_unused(maker: PdfMaker) -> None:
    page(maker)
    maker.pdf.Root.Note = maker.pdf.make_indirect(white(maker))


def thumbnail(maker: PdfMaker) -> None:
    page(maker)
    picture = maker.jpeg(SECRET)
    del picture.Type, picture.Subtype
    maker.pdf.pages[0].obj.Thumb = maker.pdf.make_indirect(picture)


def second_of_a_camera(maker: PdfMaker) -> None:
    picture = maker.jpeg(paper())
    picture.write(jpeg(paper()) + jpeg(SECRET), filter=Name.DCTDecode)
    maker.page(FULL_PAGE, A4, picture)


@pytest.mark.parametrize("make", [white_and_shown, white_and_unused, thumbnail, second_of_a_camera])
def test_a_picture_that_hides_beside_the_page_is_looked_at(tmp_path: Path, make: Making) -> None:
    maker = PdfMaker()
    make(maker)

    with open_scan(maker.save(tmp_path / "a.pdf"), LIMITS) as scan:
        found, unscreened = scan.page(1).hidden_images(), (*scan.unscreened, *scan.page(1).unscreened)

    assert unscreened == ()
    assert any(shows_secret(picture) for picture in found)


def shows_secret(picture: PageImage) -> bool:
    """Say whether a picture has the shape of the secret one, and lines on white."""
    return abs(picture.width / picture.height - 4 / 3) < 0.01 and picture.pixels.mean() > 200 > picture.pixels.min()


def form(maker: PdfMaker, content: bytes) -> Stream:
    return maker.pdf.make_indirect(
        Stream(maker.pdf, content, Type=Name.XObject, Subtype=Name.Form, BBox=Array((0, 0, *A4)))
    )


def unused_form(maker: PdfMaker) -> None:
    page(maker, b"", form(maker, inline()))


def note(maker: PdfMaker, flags: int, **looks: Stream) -> None:
    page(maker)
    kind = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, F=flags, Rect=Array((0, 0, *A4)), AP=Dictionary(looks))
    maker.pdf.pages[0].Annots = Array([maker.pdf.make_indirect(kind)])


def hidden_note(maker: PdfMaker) -> None:
    note(maker, 2, **{"/N": form(maker, inline())})


def look_of_a_pressed_button(maker: PdfMaker) -> None:
    note(maker, 0, **{"/N": form(maker, b""), "/D": form(maker, inline())})


def glyph(maker: PdfMaker) -> None:
    page(maker)
    glyphs = Dictionary(a=Stream(maker.pdf, b"1000 0 0 0 1000 1000 d1" + inline()))
    maker.pdf.pages[0].Resources.Font.F1 = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type3,
        CharProcs=glyphs,
        FontBBox=Array([0, 0, 1, 1]),
        FontMatrix=Array([1, 0, 0, 1, 0, 0]),
        Encoding=Dictionary(Differences=Array([97, Name.a])),
        FirstChar=97,
        LastChar=97,
        Widths=Array([1]),
    )


def under_the_page(maker: PdfMaker) -> None:
    maker.page(inline() + b" " + FULL_PAGE, A4, maker.jpeg(paper()))


def bare(data: bytes) -> Making:
    def make(maker: PdfMaker) -> None:
        page(maker)
        maker.pdf.Root.PieceInfo = maker.pdf.make_indirect(Stream(maker.pdf, data))

    return make


@pytest.mark.parametrize(
    "make",
    [
        unused_form,
        hidden_note,
        look_of_a_pressed_button,
        glyph,
        under_the_page,
        pytest.param(bare(jpeg(SECRET)), id="bare JPEG"),
        pytest.param(bare(png(SECRET)), id="bare PNG"),
        pytest.param(bare(b"%PDF-1.4\n"), id="bare PDF"),
    ],
)
def test_a_picture_that_cannot_be_had_by_itself_is_named(tmp_path: Path, make: Making) -> None:
    maker = PdfMaker()
    make(maker)

    with open_scan(maker.save(tmp_path / "a.pdf"), LIMITS) as scan:
        assert {*scan.unscreened, *scan.page(1).unscreened} == {"hidden_picture"}


def test_what_follows_the_end_of_a_pdf_is_named(tmp_path: Path) -> None:
    maker = PdfMaker()
    page(maker)
    path = maker.save(tmp_path / "a.pdf")

    with open_scan(written(path, path.read_bytes() + jpeg(SECRET)), LIMITS) as scan:
        assert scan.unscreened == ("hidden_data",)


def used_form(maker: PdfMaker) -> None:
    maker.page(b"/Im0 Do", A4, form(maker, inline(paper())))


def shown_inline(maker: PdfMaker) -> None:
    maker.page(inline(paper()), A4)


def dark_with_a_mask(maker: PdfMaker) -> None:
    mask = maker.jpeg(SECRET.convert("L").point([255 - level for level in range(256)]))
    dark = maker.image(bytes(300), (10, 10), SMask=maker.pdf.make_indirect(mask))
    page(maker, WHOLE % (*A4, b"/Im1 Do"), dark)


def small_inline_in_an_unused_form(maker: PdfMaker) -> None:
    page(maker, b"", form(maker, inline(SECRET.resize((40, 30)))))


@pytest.mark.parametrize("make", [used_form, shown_inline, dark_with_a_mask, small_inline_in_an_unused_form])
def test_what_a_page_shows_hides_nothing(tmp_path: Path, make: Making) -> None:
    maker = PdfMaker()
    make(maker)

    with open_scan(maker.save(tmp_path / "a.pdf"), LIMITS) as scan:
        assert (scan.unscreened, scan.page(1).unscreened, scan.page(1).hidden_images()) == ((), (), ())


def test_zeros_and_a_few_words_behind_the_end_are_no_data(tmp_path: Path) -> None:
    maker = PdfMaker()
    page(maker)
    path = maker.save(tmp_path / "a.pdf")

    with open_scan(written(path, path.read_bytes() + b"<!-- sent by a server -->" + bytes(100_000)), LIMITS) as scan:
        assert scan.unscreened == ()


def gap(data: bytes, put: bytes) -> bytes:
    """Return a PDF with ``put`` before its table, where nothing refers to it."""
    at = int(data[data.rfind(b"startxref") + 9 :].split()[0])
    head, table = data[:at], data[at : data.rfind(b"startxref")]
    return head + put + table + b"startxref\n%d\n%%%%EOF\n" % (at + len(put))


def replacing_its_picture(data: bytes, number: int) -> bytes:
    """Return a PDF whose picture, object ``number``, was replaced by saving, and whose first end was rubbed out."""
    table = int(data[data.rfind(b"startxref") + 9 :].split()[0])
    trailer = data[data.rfind(b"trailer") + 7 : data.rfind(b"startxref")].strip()
    new = data_of(number, paper())
    tail = b"xref\n%d 1\n%010d 00000 n \ntrailer %s /Prev %d >>\n" % (number, len(data), trailer[:-2], table)
    return data.replace(b"%%EOF", b"%%EOX") + new + tail + b"startxref\n%d\n%%%%EOF\n" % (len(data) + len(new))


def data_of(number: int, image: Image.Image) -> bytes:
    picture = jpeg(image)
    head = b"%d 0 obj\n<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB" % (
        number,
        *image.size,
    )
    rest = b" /BitsPerComponent 8 /Filter /DCTDecode /Length %d >>\nstream\n" % len(picture)
    return head + rest + picture + b"\nendstream\nendobj\n"


@pytest.mark.parametrize("kind", ["object in no table", "bytes in a gap", "version without its end"])
def test_bytes_that_belong_to_no_object_are_named(tmp_path: Path, kind: str) -> None:
    maker = PdfMaker()
    page(maker)
    path = maker.save(tmp_path / "a.pdf", object_stream_mode=ObjectStreamMode.disable)
    data = path.read_bytes()
    with pikepdf.open(path) as pdf:
        number = pdf.pages[0].Resources.XObject.Im0.objgen[0]
    large = paper((1654, 2339))
    made = {
        "object in no table": gap(data, data_of(99, large)),
        "bytes in a gap": gap(data, b"%" + jpeg(large).replace(b"\n", b"\r") + b"\n"),
        "version without its end": replacing_its_picture(data, number),
    }[kind]

    with open_scan(written(path, made), LIMITS) as scan:
        assert scan.unscreened == ("hidden_data",)


def test_many_small_objects_are_no_bytes_without_an_object(tmp_path: Path) -> None:
    maker = PdfMaker()
    page(maker)
    maker.pdf.Root.Notes = Array([maker.pdf.make_indirect(Dictionary(N=number)) for number in range(5_000)])
    path = maker.save(tmp_path / "a.pdf", object_stream_mode=ObjectStreamMode.disable)

    with open_scan(path, LIMITS) as scan:
        assert scan.unscreened == ()


def test_data_that_are_deflated_twice_are_unpacked_within_bounds(tmp_path: Path) -> None:
    maker = PdfMaker()
    page(maker)
    bomb = Stream(maker.pdf, b"")
    twice = zlib.compress(zlib.compress(bytes(200 * 2**20), 9), 9)
    bomb.write(twice, filter=Array([Name.FlateDecode, Name.FlateDecode]))
    maker.pdf.Root.Note = maker.pdf.make_indirect(bomb)
    path = maker.save(tmp_path / "a.pdf", compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)

    tracemalloc.start()
    try:
        with open_scan(path, LIMITS) as scan:
            assert scan.unscreened == ()
        assert tracemalloc.get_traced_memory()[1] < 180 * 2**20
    finally:
        tracemalloc.stop()
