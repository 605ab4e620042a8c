"""Marks of state secrecy are told from text that only speaks of secrecy."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.model.pages import Box, Line, PageText, Word
from archive.rules.secrecy.marks import MarkForm, marks_in_text
from archive.rules.secrecy.words import Degree, is_first_of_declassified, says_declassified, stamped_degree

A4 = (210.0, 297.0)
HEIGHT = 4.0
LETTER = 2.4
SPACE = 1.2


def line(text: str, left: float = 40.0, top: float = 55.0, height: float = HEIGHT, gap: float = SPACE) -> Line:
    """Words of 2.4 mm a letter, ``gap`` mm apart."""
    words = []
    for word in text.split():
        words.append(Word(word, Box(left, top, left + LETTER * len(word), top + height), 0.9))
        left += LETTER * len(word) + gap
    return Line(tuple(words))


def page(*lines: Line) -> PageText:
    return PageText(lines, engine="test")


def turned(text: PageText, turn: int) -> PageText:
    """The page as stored when it was fed turned: boxes clockwise by ``turn`` degrees, reading order kept."""

    def place(box: Box) -> Box:
        left, top, right, bottom = box
        width, height = A4
        match turn:
            case 90:
                return Box(height - bottom, left, height - top, right)
            case 180:
                return Box(width - right, height - bottom, width - left, height - top)
            case _:
                return Box(top, width - right, bottom, width - left)

    lines = (Line(tuple(Word(w.text, place(w.box), w.confidence) for w in row.words)) for row in text.lines)
    return PageText(tuple(lines), engine="test")


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        ("MẬT", Degree.MAT),
        ("TỐI MẬT", Degree.TOI_MAT),
        ("TUYỆT MẬT", Degree.TUYET_MAT),
        ("M Ậ T", Degree.MAT),
        ("T U Y Ệ T M Ậ T", Degree.TUYET_MAT),
        ("| MẬT |", Degree.MAT),
        ("[TỐI MẬT]", Degree.TOI_MAT),
        ("_MẬT_ .", Degree.MAT),
        ("MÂT", Degree.MAT),
        ("MẠT", Degree.MAT),
        ("TÓI MAT", Degree.TOI_MAT),
        ("TUYÊT MẬT", Degree.TUYET_MAT),
        ("TUYỆI MẬT", Degree.TUYET_MAT),
    ],
)
def test_a_line_that_says_nothing_but_the_mark_is_a_mark(text: str, degree: Degree) -> None:
    (mark,) = marks_in_text(page(line("Số: 12/BC-UBND", top=45), line(text)), *A4)
    assert (mark.degree, mark.form) == (degree, MarkForm.HEADER)


@pytest.mark.parametrize(
    "text",
    [
        "bảo vệ bí mật nhà nước",
        "BẢO VỆ BÍ MẬT NHÀ NƯỚC",
        "giữ bí mật",
        "MẬT ĐỘ XÂY DỰNG",
        "mật độ xây dựng tối đa 60 %",
        "MẶT BẰNG TẦNG 1",
        "MÃ THỬA",
        "MÃ T",
        "Mật",
        "mật",
        "Tối mật",
        "DANH MỤC TÀI LIỆU MẬT",
        "BÍ MẬT",
        "MẬT KHẨU",
        "GIẢI MẬT",
        "MẪU",
        "KHẨN",
        "NHẬT",
        "Tài liệu đóng dấu MẬT, TỐI MẬT và TUYỆT MẬT",
        "MẬT, TỐI MẬT, TUYỆT MẬT",
    ],
)
def test_text_that_only_speaks_of_secrecy_is_no_mark(text: str) -> None:
    assert marks_in_text(page(line(text)), *A4) == ()


@pytest.mark.parametrize(
    ("upper", "lower"),
    [("QUY CHẾ BẢO VỆ BÍ", "MẬT"), ("ĐỘ", "MẬT"), ("MẬT", "ĐỘ (%)"), ("MẬT", "ĐỘ XÂY DỰNG"), ("BẢO", "MẬT")],
)
def test_a_word_broken_over_two_lines_is_no_mark(upper: str, lower: str) -> None:
    assert marks_in_text(page(line(upper), line(lower, top=55 + 1.4 * HEIGHT)), *A4) == ()


@pytest.mark.parametrize("degree", [Degree.TOI_MAT, Degree.TUYET_MAT])
@pytest.mark.parametrize(("upper", "lower"), [("QUY CHẾ BẢO VỆ BÍ", "{}"), ("{}", "ĐỘ XÂY DỰNG"), ("{}", "THU TIỀN")])
def test_a_longer_mark_beside_a_word_that_makes_a_compound_of_mat_is_a_mark(
    degree: Degree, upper: str, lower: str
) -> None:
    words = {Degree.TOI_MAT: "TỐI MẬT", Degree.TUYET_MAT: "TUYỆT MẬT"}[degree]
    rows = page(line(upper.format(words)), line(lower.format(words), top=55 + 1.4 * HEIGHT))
    assert [mark.degree for mark in marks_in_text(rows, *A4)] == [degree]


@pytest.mark.parametrize("row", ["BÍ MẬT", "MẬT ĐỘ"])
def test_words_of_a_justified_line_are_not_apart(row: str) -> None:
    assert marks_in_text(page(line(row, gap=12.0)), *A4) == ()


def test_a_mark_stands_apart_from_its_neighbours_on_the_line() -> None:
    beside = Line(line("MẬT", left=30).words + line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", left=80).words)
    close = Line(line("MẬT", left=30).words + line("CỘNG HÒA", left=30 + 3 * LETTER + SPACE).words)
    assert [mark.degree for mark in marks_in_text(page(beside), *A4)] == [Degree.MAT]
    assert marks_in_text(page(close), *A4) == ()


def test_a_stamp_that_reads_as_a_word_of_a_line_is_taller_than_its_neighbours() -> None:
    words = (*line("Số: 12/BC-UBND", height=3.5).words, Word("MẬT", Box(75, 52, 90, 60), 0.9))
    assert [mark.degree for mark in marks_in_text(page(Line(words)), *A4)] == [Degree.MAT]


@pytest.mark.parametrize("height", [1.5, 40.0])
def test_letters_too_small_or_too_large_for_a_mark_are_none(height: float) -> None:
    body = line("cán bộ nộp hồ sơ", top=150)  # says which way the page lies
    assert marks_in_text(page(line("MẬT", height=height), body), *A4) == ()


@pytest.mark.parametrize("text", ["MAT", "MẶT", "MẮT"])
def test_a_doubtful_reading_counts_where_marks_belong_alone(text: str) -> None:
    (mark,) = marks_in_text(page(line(text, top=55)), *A4)
    assert mark.doubtful
    assert marks_in_text(page(line(text, top=200)), *A4) == ()


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        ("ĐỘ MẬT: TỐI MẬT", Degree.TOI_MAT),
        ("Độ mật: Mật", Degree.MAT),
        ("Mức độ mật: Tuyệt mật", Degree.TUYET_MAT),
        ("- Độ mật (nếu có): Tối mật.", Degree.TOI_MAT),
        ("Độ mật: Tối mật Độ khẩn: Hỏa tốc", Degree.TOI_MAT),
    ],
)
def test_a_label_with_one_degree_is_a_mark(text: str, degree: Degree) -> None:
    (mark,) = marks_in_text(page(line(text)), *A4)
    assert (mark.degree, mark.form) == (degree, MarkForm.LABEL)


def test_the_value_of_a_label_may_stand_in_the_next_column() -> None:
    row = Line(line("Độ mật:", left=30).words + line("Tối mật", left=90).words)
    assert [mark.degree for mark in marks_in_text(page(row), *A4)] == [Degree.TOI_MAT]


@pytest.mark.parametrize(
    "text",
    [
        "Độ mật: Không",
        "Độ mật: Thường",
        "Độ mật: ………",
        "Độ mật:",
        "Độ mật: mật, tối mật, tuyệt mật",
        "Độ mật: Mật độ thấp",
        "phải ghi rõ độ mật: Mật",
        "Độ mật của tài liệu do người ký quyết định",
    ],
)
def test_a_label_without_one_degree_is_no_mark(text: str) -> None:
    assert marks_in_text(page(line(text)), *A4) == ()


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_the_rules_hold_whichever_way_the_page_lies(turn: int) -> None:
    body = (line("QUYẾT ĐỊNH ban hành quy chế", top=80), line("của cơ quan và của người nộp hồ sơ", top=87))
    marked = page(line("TỐI MẬT", top=55), *body)
    broken = page(line("QUY CHẾ BẢO VỆ BÍ", top=55), line("MẬT", top=55 + 1.4 * HEIGHT), *body)
    (mark,) = marks_in_text(turned(marked, turn), *_canvas(turn))
    assert mark.box == pytest.approx(turned(marked, turn).lines[0].box)
    assert marks_in_text(turned(broken, turn), *_canvas(turn)) == ()


def _canvas(turn: int) -> tuple[float, float]:
    return A4 if turn == 180 else (A4[1], A4[0])


def test_decomposed_letters_are_the_same_mark() -> None:
    assert marks_in_text(page(line(unicodedata.normalize("NFD", "TỐI MẬT"))), *A4) != ()


@given(st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyậạắ ,.;:", min_size=1, max_size=80))
def test_small_letters_are_never_a_printed_mark(text: str) -> None:
    words = text.split()
    if words and not text.lower().startswith(("độ mật", "mức")):
        assert marks_in_text(page(line(" ".join(words))), *A4) == ()


@given(st.sampled_from(["MẬT", "TỐI MẬT", "TUYỆT MẬT"]), st.floats(0, 180), st.floats(2, 290), st.floats(2.1, 20))
def test_a_lone_mark_is_found_wherever_it_stands(text: str, left: float, top: float, height: float) -> None:
    assert len(marks_in_text(page(line(text, left, top, height)), *A4)) == 1


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        ("MẬT\n", Degree.MAT),
        ("[TUYỆT MẬT Ì\n", Degree.TUYET_MAT),
        ("| TỐI MẬT |", Degree.TOI_MAT),
        ("TỐI\nMẬT", Degree.TOI_MAT),
        ("TÔI MAT", Degree.TOI_MAT),
        ("HỎA TỐC MẬT", Degree.MAT),
        ("i MẬT", Degree.MAT),
    ],
)
def test_a_stamp_is_read_with_its_wear(text: str, degree: Degree) -> None:
    assert stamped_degree(text) == (degree, True)


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        ("BÍ MẬT", Degree.MAT),
        ("MẮT", Degree.MAT),
        ("TUYỆI MẬT", Degree.TUYET_MAT),
        ("[LTUYỆT MẬT Ì\n", Degree.TUYET_MAT),
        ("ỆT MẬT", Degree.MAT),
        ("` UIEMẬT", Degree.MAT),
        ("TUYỆT N", Degree.TUYET_MAT),
        ("TỐI MẬ", Degree.TOI_MAT),
    ],
)
def test_a_stamp_half_under_a_seal_is_a_doubtful_mark(text: str, degree: Degree) -> None:
    assert stamped_degree(text) == (degree, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ĐẾN",
        "HỎA TỐC",
        "THƯỢNG KHẨN",
        "KHẨN",
        "BẢN SAO",
        "SAO Y BẢN CHÍNH",
        "ĐÃ THU PHÍ",
        "MẪU",
        "ĐÃ GIẢI MẬT",
        "MẬT ĐỘ",
        "MẶT BẰNG",
        "MÃ T",
        "CÔNG VĂN ĐẾN\nNgày 12",
        "bí mật",
        "NHẬT",
        "CẬP NHẬT",
        "TỐI ĐA",
        "TUYỆT ĐỐI",
        "CỬA MẶT",
        "GIẢI\nMẬT",
        "6IẢI MẬT",
        "_6IẢI MẬT -",
        "6IẢT MẬT",
        "ẢI MẬT",
        ":ÄI MẬT",
        "FẢI MẬT",
    ],
)
def test_other_stamps_are_none(text: str) -> None:
    assert stamped_degree(text) is None


@pytest.mark.parametrize("text", ["GIẢI MẬT", "| 6IẢI MẬT |", "ĐÃ GIẢI MẬT", "GIÀI MAT", "ẢI MẬT", "GIẢI MẬ"])
def test_a_declassified_stamp_says_so(text: str) -> None:
    assert says_declassified(text)


@pytest.mark.parametrize(
    "text",
    ["MẬT", "TỐI MẬT", "ỐI MẬT", "ÂI MẬT", "TUYỆT MẬT", "KHẨN MẬT", "hòa giải MẬT", "MẬT GIẢI", "GIẢI", "XÃ MẬT"],
)
def test_a_mark_beside_other_words_is_not_declassified(text: str) -> None:
    assert not says_declassified(text)


@pytest.mark.parametrize("text", ["XÃ MẬT", "ỐI MẬT", "ÔI MẬT", "ẤI MẬT", "KHẨN MẬT", "I MẬT"])
def test_a_stamp_with_another_word_misread_beside_it_stays_a_mark(text: str) -> None:
    assert stamped_degree(text) is not None


@pytest.mark.parametrize(
    ("text", "is_first"),
    [
        ("GIẢI", True),
        ("'GIẢ", True),
        ("GTẢ1", True),
        ("TỐI", False),
        ("A", False),
        ("giải", False),
        ("HÒA GIẢI", False),
    ],
)
def test_the_first_word_of_a_declassified_stamp_alone(text: str, is_first: bool) -> None:
    assert is_first_of_declassified(text) is is_first
