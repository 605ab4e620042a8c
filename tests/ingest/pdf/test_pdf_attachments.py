"""What a PDF carries beside its pages is named: nobody reads or screens it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream, String

from archive.ingest.open import open_scan
from tests.ingest.scans import LIMITS, PdfMaker, jpeg, paper, replaced, written


def a_scan() -> PdfMaker:
    """Return a PDF of one scanned page."""
    maker = PdfMaker()
    maker.scanned(maker.jpeg(paper()))
    return maker


def unscreened(path: Path) -> tuple[str, ...]:
    """Return what is named of the scan at ``path``."""
    with open_scan(path, LIMITS) as scan:
        return scan.unscreened


def file_of(maker: PdfMaker, **entries: object) -> pikepdf.Object:
    """Return a file specification that holds a file."""
    inner = Stream(maker.pdf, b"within", **entries)
    return Dictionary(Type=Name.Filespec, F=String("b.pdf"), EF=Dictionary(F=inner))


def by_name(maker: PdfMaker) -> None:
    maker.pdf.attachments["b.pdf"] = b"%PDF-1.4"


def in_a_note(maker: PdfMaker) -> None:
    note = Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=Array([0, 0, 9, 9]), FS=file_of(maker))
    maker.pdf.pages[0].obj.Annots = Array([note])


def of_a_page(maker: PdfMaker) -> None:
    maker.pdf.pages[0].obj.AF = Array([file_of(maker)])


def of_the_file(maker: PdfMaker) -> None:
    maker.pdf.Root.AF = Array([maker.pdf.make_indirect(file_of(maker))])


def of_a_picture(maker: PdfMaker) -> None:
    maker.pdf.pages[0].Resources.XObject.Im0.AF = Array([file_of(maker)])


def that_nothing_names(maker: PdfMaker) -> None:
    maker.pdf.Root.Elsewhere = Stream(maker.pdf, b"within", Type=Name.EmbeddedFile)


def an_xfa_form(maker: PdfMaker) -> None:
    maker.pdf.Root.AcroForm = Dictionary(Fields=Array(), XFA=Stream(maker.pdf, b"<xdp/>"))


def an_xfa_form_in_packets(maker: PdfMaker) -> None:
    packets = Array([String("template"), Stream(maker.pdf, b"<xdp/>")])
    maker.pdf.Root.AcroForm = maker.pdf.make_indirect(Dictionary(Fields=Array(), XFA=packets))


def a_portfolio(maker: PdfMaker) -> None:
    maker.pdf.Root.Collection = Dictionary(View=Name.T)


def a_film(maker: PdfMaker) -> None:
    note = Dictionary(Type=Name.Annot, Subtype=Name.Movie, Rect=Array([0, 0, 9, 9]))
    maker.pdf.pages[0].obj.Annots = Array([note])


def a_page_off_the_tree(maker: PdfMaker) -> None:
    page = pikepdf.Page(maker.pdf.pages[0])
    maker.pdf.Root.Elsewhere = maker.pdf.make_indirect(Dictionary(dict(page.obj.items())))


def two_files(maker: PdfMaker) -> None:
    by_name(maker)
    maker.pdf.attachments["c.pdf"] = b"%PDF-1.5"
    maker.pdf.pages[0].obj.AF = Array([maker.pdf.attachments["c.pdf"].obj])  # named twice, and one file


CARRIED = [
    (by_name, "attached_files:1"),
    (in_a_note, "attached_files:1"),
    (of_a_page, "attached_files:1"),
    (of_the_file, "attached_files:1"),
    (of_a_picture, "attached_files:1"),
    (that_nothing_names, "attached_files:1"),
    (two_files, "attached_files:2"),
    (an_xfa_form, "xfa"),
    (an_xfa_form_in_packets, "xfa"),
    (a_portfolio, "portfolio"),
    (a_film, "media"),
    (a_page_off_the_tree, "page_missing"),
]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("add", "slug"), CARRIED, ids=[add.__name__ for add, _ in CARRIED])
def test_what_a_file_carries_beside_its_pages_is_named(
    tmp_path: Path, add: Callable[[PdfMaker], None], slug: str, packed: bool
) -> None:
    maker = a_scan()
    add(maker)
    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable

    assert unscreened(maker.save(tmp_path / "a.pdf", object_stream_mode=mode)) == (slug,)


def test_an_ordinary_scan_carries_nothing(tmp_path: Path) -> None:
    maker = a_scan()
    maker.pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array()))
    maker.pdf.Root.AcroForm = Dictionary(Fields=Array())
    maker.pdf.docinfo["/Title"] = "tệp /EF và /XFA"
    maker.pdf.pages[0].Resources.XObject["/Movie"] = maker.pdf.pages[0].Resources.XObject.Im0

    assert unscreened(maker.save(tmp_path / "a.pdf")) == ()
    assert unscreened(written(tmp_path / "a.jpg", jpeg(paper()))) == ()


def test_of_a_file_that_only_one_library_can_open_nobody_knows_what_it_carries(tmp_path: Path) -> None:
    path = a_scan().save(tmp_path / "a.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    with pikepdf.open(path) as pdf:
        root = pdf.Root.Pages.objgen[0]
    replaced(path, {root: b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % root})
    path.write_bytes(path.read_bytes().replace(b"startxref", b"startxerf"))

    assert unscreened(path) == ("structure",)
