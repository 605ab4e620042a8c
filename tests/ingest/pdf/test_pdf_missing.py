"""A page that asks for what is not in the file is unreadable: renderers leave it white and say nothing."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream

from archive.errors import PageUnreadable
from tests.ingest.scans import A4, FULL_PAGE, PdfMaker, page_of, paper, replaced, words

PLAIN = {"object_stream_mode": pikepdf.ObjectStreamMode.disable, "stream_decode_level": pikepdf.StreamDecodeLevel.none}


def form(maker: PdfMaker, content: bytes, **resources: object) -> Stream:
    """Return a form with resources of its own."""
    return Stream(
        maker.pdf,
        content,
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([0, 0, 600, 900]),
        Resources=Dictionary(**resources),
    )


def pattern(maker: PdfMaker, content: bytes, **resources: object) -> Stream:
    """Return a tiling pattern with resources of its own."""
    cell = {"PatternType": 1, "PaintType": 1, "TilingType": 1, "XStep": 600, "YStep": 900}
    return Stream(maker.pdf, content, BBox=Array([0, 0, 600, 900]), Resources=Dictionary(**resources), **cell)


def no_name(maker: PdfMaker) -> None:
    maker.page(FULL_PAGE)


def no_resources(maker: PdfMaker) -> None:
    maker.page(FULL_PAGE, Resources=Dictionary())


def not_a_picture(maker: PdfMaker) -> None:
    maker.page(FULL_PAGE)
    maker.pdf.pages[0].Resources.XObject["/Im0"] = Dictionary(Subtype=Name.Image)


def form_without_picture(maker: PdfMaker) -> None:
    maker.page(b"q /Fm0 Do Q", A4, maker.jpeg(paper()))
    maker.pdf.pages[0].Resources.XObject["/Fm0"] = form(maker, FULL_PAGE, XObject=Dictionary())


def form_in_a_form(maker: PdfMaker) -> None:
    maker.page(b"q /Fm0 Do Q")
    inner = form(maker, FULL_PAGE, XObject=Dictionary())
    maker.pdf.pages[0].Resources.XObject["/Fm0"] = form(maker, b"/Fm1 Do", XObject=Dictionary(Fm1=inner))


def pattern_without_picture(maker: PdfMaker) -> None:
    maker.page(b"/Pattern cs /P0 scn 0 0 600 900 re f")
    maker.pdf.pages[0].Resources.Pattern = Dictionary(P0=pattern(maker, FULL_PAGE, XObject=Dictionary()))


def no_pattern(maker: PdfMaker) -> None:
    maker.page(b"/Pattern cs /P0 scn 0 0 600 900 re f")


def one_of_two_pictures(maker: PdfMaker) -> None:
    maker.scanned(maker.jpeg(paper()), over=b"q 50 0 0 50 0 0 cm /Im7 Do Q")


def contents_that_are_no_stream(maker: PdfMaker) -> None:
    maker.scanned(maker.jpeg(paper()), Contents=Array([Dictionary()]))


def packed(data: bytes) -> Callable[[PdfMaker], None]:
    def contents_packed(maker: PdfMaker) -> None:
        contents = Stream(maker.pdf, data, Filter=Name.FlateDecode)
        maker.scanned(maker.jpeg(paper()), Contents=contents)

    return contents_packed


def stamp_without_picture(maker: PdfMaker) -> None:
    maker.scanned(maker.jpeg(paper()))
    maker.stamp(1, (0, 0, 300, 300), b"q 300 0 0 300 0 0 cm /Im5 Do Q")


def inline(content: bytes) -> Callable[[PdfMaker], None]:
    def broken_inline_picture(maker: PdfMaker) -> None:
        maker.page(b"q 500 0 0 500 0 0 cm " + content)

    return broken_inline_picture


FULL = zlib.compress(words("one", "two") * 50 + FULL_PAGE)
MISSING = [
    no_name,
    no_resources,
    not_a_picture,
    form_without_picture,
    form_in_a_form,
    pattern_without_picture,
    no_pattern,
    one_of_two_pictures,
    contents_that_are_no_stream,
    packed(b"no deflate at all"),
    packed(FULL[: len(FULL) // 2]),
    stamp_without_picture,
    inline(b"BI /W 9 /H 9 /BPC 8 /CS /G ID " + bytes(20) + b" EI Q"),
    inline(b"BI /W 9 /H 9 /BPC 8 /CS /G ID " + bytes(200)),
    inline(b"BI /W 9 /H 9 /BPC 8 /CS /G"),
    inline(b"BI /W 0 /H 9 /BPC 8 /CS /G ID  EI Q"),
    inline(b"BI /W 9 /H 9 /IM true ID 123 EI Q"),
    inline(b"BI /W 9 /H 9 /BPC 8 /CS /RGB /F /Fl ID " + zlib.compress(bytes(100)) + b" EI Q"),
    inline(b"BI /W 9 /H 9 /BPC 8 /CS /G /F /Fl ID nothing packed EI Q"),
    inline(b"(words without end"),
    inline(b"/Im0"),
]


@pytest.mark.parametrize("make", MISSING)
def test_a_page_that_asks_for_what_is_not_in_the_file_is_unreadable(
    tmp_path: Path, make: Callable[[PdfMaker], None]
) -> None:
    maker = PdfMaker()
    make(maker)

    with page_of(maker.save(tmp_path / "a.pdf", **PLAIN)) as page, pytest.raises(PageUnreadable):
        page.shape  # noqa: B018  # asking is what raises


@pytest.mark.parametrize("contents", [b"9999 0 R", b"[9999 0 R]", b"[ 9998 0 R 9999 0 R ]"])
def test_contents_that_are_not_in_the_file_make_no_blank_page(tmp_path: Path, contents: bytes) -> None:
    maker = PdfMaker()
    maker.scanned(maker.jpeg(paper()))
    path = maker.save(tmp_path / "a.pdf", **PLAIN)
    with pikepdf.open(path) as pdf:
        number = pdf.pages[0].obj.objgen[0]
        text = pdf.pages[0].obj.unparse(resolved=True)
        own = b"%d 0 R" % pdf.pages[0].Contents.objgen[0]
    replaced(path, {number: text.replace(b"/Contents " + own, b"/Contents " + contents)})

    with page_of(path) as page, pytest.raises(PageUnreadable):
        page.shape  # noqa: B018  # asking is what raises


def test_contents_lost_by_a_packed_page_make_no_blank_page(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.scanned(maker.jpeg(paper()))
    path = maker.save(tmp_path / "a.pdf", object_stream_mode=pikepdf.ObjectStreamMode.generate)
    with pikepdf.open(path) as pdf:
        contents = pdf.pages[0].Contents.objgen[0]

    with page_of(replaced(path, {contents: b"null"})) as page, pytest.raises(PageUnreadable):
        page.shape  # noqa: B018  # asking is what raises


def test_a_form_finds_its_picture_among_those_of_the_page(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(b"q /Fm0 Do Q", A4, maker.jpeg(paper()))
    bare = form(maker, FULL_PAGE)
    del bare.Resources
    maker.pdf.pages[0].Resources.XObject["/Fm0"] = bare

    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        assert page.image().pixels.min() < 50


def test_a_page_without_contents_is_blank(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(b"")
    del maker.pdf.pages[0].Contents

    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        assert page.image().pixels.min() == 255
