"""The text layer counts only where its visible, trustworthy words account for the ink."""

from __future__ import annotations

from pathlib import Path

import pytest
from pikepdf import Array, Dictionary, Name, Stream

from archive.errors import PageUnreadable
from archive.model.pages import PageText, SizeOrigin
from archive.rules.secrecy.marks import marks_in_text
from archive.rules.secrecy.words import Degree
from tests.ingest.scans import A4, PdfMaker, page_of, paper, words

LETTER = ("UBND tinh thong bao", "ve viec cap giay phep xay dung", "cho cac ho dan trong huyen")
MM = 25.4 / 72


def text_of(maker: PdfMaker, folder: Path, number: int = 1) -> PageText | None:
    """Return the text layer of a page."""
    with page_of(maker.save(folder / "a.pdf"), number) as page:
        return page.text_layer()


def with_font(maker: PdfMaker, base: str, unicode_of_a: str | None = None) -> None:
    """Name the font of page 1 ``base``; with ``unicode_of_a``, its letter A stands for that text."""
    font = maker.pdf.pages[0].Resources.Font.F0
    font.BaseFont = Name("/" + base)
    if unicode_of_a is not None:
        target = unicode_of_a.encode("utf-16-be").hex()
        cmap = (
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def "
            f"1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfchar <41> <{target}> endbfchar "
            "endcmap end end"
        )
        font.ToUnicode = Stream(maker.pdf, cmap.encode())


def test_a_born_digital_page_gives_its_words_with_boxes(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(words(*LETTER, left=72, top=760, size=12))

    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        text, shape, image = page.text_layer(), page.shape, page.image()

    assert text is not None
    assert text.text == "\n".join(LETTER)
    assert text.engine.startswith("text-layer:pdfium-")
    assert {word.confidence for word in text.words} == {1.0}
    first = text.words[0].box
    assert (first.left, first.bottom) == pytest.approx((72 * MM, (A4[1] - 760) * MM), abs=0.5)
    assert 2 < first.height < 5
    assert shape.size_origin is SizeOrigin.BORN_DIGITAL
    assert (shape.width_mm, shape.colour, shape.dpi) == (pytest.approx(210, abs=0.01), None, None)
    assert image.dpi == pytest.approx(200, abs=0.2)


HIDDEN_MARKS = {
    "invisible": words("UBND tinh", "TUYET MAT", mode=3),
    "white": b"1 g " + words("UBND tinh", "TUYET MAT"),
    "as a path to clip with": words("UBND tinh", "TUYET MAT", mode=7),
}


@pytest.mark.parametrize("content", HIDDEN_MARKS.values(), ids=HIDDEN_MARKS)
def test_words_behind_a_scan_are_given_to_be_screened_and_are_no_text_layer(tmp_path: Path, content: bytes) -> None:
    maker = PdfMaker()
    maker.scanned(maker.jpeg(paper()), over=content)

    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        text, stored, shape = page.text_layer(), page.stored_words(), page.shape

    assert text is None
    assert stored is not None
    (mark,) = marks_in_text(stored, shape.canvas_width_mm, shape.canvas_height_mm)
    assert mark.degree is Degree.TUYET_MAT


def test_words_that_can_be_no_mark_are_not_placed(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.scanned(maker.jpeg(paper()), over=words(*LETTER, mode=3))

    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        assert page.stored_words() is None


def test_more_text_than_any_page_has_is_not_passed_over(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.scanned(maker.jpeg(paper()), over=words(*["a" * 5000] * 41, mode=3))

    with page_of(maker.save(tmp_path / "a.pdf")) as page, pytest.raises(PageUnreadable):
        page.stored_words()


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_boxes_are_those_of_the_page_as_displayed(tmp_path: Path, degrees: int) -> None:
    """A page that is printed sideways and displayed upright by /Rotate has upright boxes."""
    turned = {
        90: b"q 0 1 -1 0 %.3f 0 cm " % A4[0],
        180: b"q -1 0 0 -1 %.3f %.3f cm " % A4,
        270: b"q 0 -1 1 0 0 %.3f cm " % A4[1],
    }[degrees]
    maker = PdfMaker()
    maker.page(turned + words(*LETTER, left=72, top=500) + b" Q", A4, Rotate=degrees)

    text = text_of(maker, tmp_path)

    assert text is not None
    assert text.text == "\n".join(LETTER)
    page_height = (A4[0] if degrees in (90, 270) else A4[1]) * MM
    box = text.words[0].box
    assert (box.left, box.bottom) == pytest.approx((72 * MM, page_height - 500 * MM), abs=0.5)


def test_text_that_lies_on_its_side_is_left_to_the_reader(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(b"q 0 1 -1 0 500 0 cm " + words(*LETTER) + b" Q")

    assert text_of(maker, tmp_path) is None


def test_user_unit_multiplies_boxes(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(words(*LETTER), A4, UserUnit=2)

    text = text_of(maker, tmp_path)

    assert text is not None
    assert text.words[0].box.left == pytest.approx(2 * 72 * MM, abs=1)


def test_hidden_text_is_no_text(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(words(*LETTER, mode=3))
    maker.page(words(*LETTER) + words("not to be seen", top=400, mode=3))

    assert text_of(maker, tmp_path, 1) is None
    text = text_of(maker, tmp_path, 2)
    assert text is not None
    assert text.text == "\n".join(LETTER)


def test_white_text_on_white_paper_is_no_text(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(b"1 1 1 rg " + words(*LETTER))

    assert text_of(maker, tmp_path) is None


def test_text_outside_the_page_is_no_text(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(words(*LETTER) + words("beyond the edge", left=900))

    text = text_of(maker, tmp_path)
    assert text is not None
    assert "beyond" not in text.text


def test_ink_that_the_text_does_not_explain_sends_the_page_to_the_reader(tmp_path: Path) -> None:
    maker = PdfMaker()
    picture = maker.jpeg(paper((300, 300)))
    maker.page(b"q 250 0 0 250 100 300 cm /Im0 Do Q " + words(*LETTER), A4, picture)
    maker.page(words(*LETTER) + b" 100 300 200 100 re f")

    assert text_of(maker, tmp_path, 1) is None
    assert text_of(maker, tmp_path, 2) is None


def test_rules_of_tables_are_no_ink_to_be_explained(tmp_path: Path) -> None:
    rules = b" ".join(b"60 %d 480 1 re f %d 500 1 250 re f" % (y, 60 + y - 500) for y in range(500, 760, 20))
    maker = PdfMaker()
    maker.page(words(*LETTER) + b" " + rules)

    assert text_of(maker, tmp_path) is not None


def test_a_mixed_file_is_judged_page_by_page(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(words(*LETTER))
    maker.scanned(maker.jpeg(paper()))
    maker.scanned(maker.jpeg(paper()), over=words(*LETTER))
    maker.page(b"")

    origins, texts = [], []
    for number in range(1, 5):
        with page_of(maker.save(tmp_path / "a.pdf"), number) as page:
            origins.append(page.shape.size_origin)
            texts.append(page.text_layer() is not None)

    digital, scanned = SizeOrigin.BORN_DIGITAL, SizeOrigin.PAGE_BOX
    assert origins == [digital, scanned, scanned, digital]
    assert texts == [True, False, False, False]


def test_a_number_stamped_into_its_gap_joins_its_line(tmp_path: Path) -> None:
    """Vietnamese document systems stamp number and day as annotations when a letter is registered."""
    maker = PdfMaker()
    maker.page(words("So:", left=72) + words("/QD-UBND", left=122) + words(*LETTER, top=700))
    maker.stamp(1, (96, 755, 122, 775), b"BT /F0 12 Tf 0 5 Td (123) Tj ET")

    text = text_of(maker, tmp_path)

    assert text is not None
    assert text.lines[0].text == "So: 123 /QD-UBND"


def test_a_hidden_annotation_is_no_text(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(words(*LETTER))
    maker.stamp(1, (96, 600, 200, 640), b"BT /F0 12 Tf 0 5 Td (123) Tj ET")
    maker.pdf.pages[0].Annots[0].F = 2

    text = text_of(maker, tmp_path)
    assert text is not None
    assert "123" not in text.text


@pytest.mark.parametrize("base", [".VnTime", "VnTimeH", "ABCDEF+.VnArialH", "VNI-Times"])
def test_a_legacy_font_is_not_believed(tmp_path: Path, base: str) -> None:
    maker = PdfMaker()
    maker.page(words(*LETTER))
    with_font(maker, base)

    assert text_of(maker, tmp_path) is None


@pytest.mark.parametrize("meaning", ["\ue001", "\ufffd", "\x01"])
def test_letters_without_a_meaning_are_not_believed(tmp_path: Path, meaning: str) -> None:
    maker = PdfMaker()
    maker.page(words(*LETTER, "AAAA"))
    with_font(maker, "Helvetica", meaning)

    assert text_of(maker, tmp_path) is None


def test_letters_come_composed(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(words(*LETTER, "UA BAN"))
    with_font(maker, "Helvetica", "y\u0309")

    text = text_of(maker, tmp_path)
    assert text is not None
    assert text.lines[3].text == "U\u1ef7 B\u1ef7N"


def test_text_within_a_form_has_its_place(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(b"q 1 0 0 1 100 -100 cm /Fm0 Do Q")
    form = Stream(maker.pdf, words(*LETTER, left=0))
    form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 600, 850])
    form.Resources = Dictionary(Font=maker.pdf.pages[0].Resources.Font)
    maker.pdf.pages[0].Resources.XObject.Fm0 = form

    text = text_of(maker, tmp_path)
    assert text is not None
    assert text.words[0].box.left == pytest.approx(100 * MM, abs=0.5)
