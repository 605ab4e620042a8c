"""Title, kind and subject."""

from __future__ import annotations

import pytest

from archive.extract import combine_pages
from archive.model.pages import Line
from archive.model.results import Extraction
from tests.extract.pages import centred, head, line, seen


def concluded(*lines: Line, number: str = "Số: 12/QĐ-SYT") -> Extraction:
    return combine_pages([seen(*head(number=number), *lines)])


def subject(extraction: Extraction) -> str | None:
    return extraction.fields["subject"].value if "subject" in extraction.fields else None


def test_the_subject_is_the_lines_under_the_title_until_the_blank() -> None:
    extraction = concluded(
        centred("QUYẾT ĐỊNH", 50),
        centred("Về việc công nhận kết quả", 56),
        centred("thi tuyển năm 2021", 62),
        line((42.0, "Thông tin này đứng xa hơn và thuộc về phần thân của văn bản."), top=78.0),
    )

    assert (extraction.kind, subject(extraction)) == ("quyet-dinh", "Về việc công nhận kết quả thi tuyển năm 2021")


@pytest.mark.parametrize("opening", ["GIÁM ĐỐC SỞ Y TẾ", "Căn cứ Luật Dược", "Kính gửi: Sở Y tế", "Điều 1. Cho phép"])
def test_the_body_ends_the_subject_without_a_blank(opening: str) -> None:
    extraction = concluded(centred("QUYẾT ĐỊNH", 50), centred("Về việc công nhận kết quả", 56), centred(opening, 62))

    assert subject(extraction) == "Về việc công nhận kết quả"


def test_a_subject_may_go_on_with_the_words_that_open_a_body() -> None:
    extraction = concluded(
        centred("QUYẾT ĐỊNH", 50), centred("Về việc hỗ trợ nhà đầu tư", 56), centred("thực hiện dự án", 62)
    )

    assert subject(extraction) == "Về việc hỗ trợ nhà đầu tư thực hiện dự án"


def test_specks_and_stamps_before_the_subject_are_left_out() -> None:
    extraction = concluded(centred("QUYẾT ĐỊNH", 50), centred("~„ ~ĐẾN Về việc công nhận kết quả", 56))

    assert subject(extraction) == "Về việc công nhận kết quả"


def test_a_letter_has_its_subject_under_the_number() -> None:
    extraction = concluded(
        line((30.0, "V/v trả lời đơn"), top=42.0),
        line((30.0, "gia hạn sử dụng đất"), top=47.0),
        centred("Kính gửi: Ông Lê Văn Mẫu", 62),
        number="Số: 12/SYT-NVY",
    )

    assert (extraction.kind, subject(extraction)) == ("cong-van", "V/v trả lời đơn gia hạn sử dụng đất")


def test_a_title_over_two_lines_is_one_kind() -> None:
    extraction = concluded(
        centred("GIẤY CHỨNG NHẬN", 50),
        centred("CƠ SỞ ĐỦ ĐIỀU KIỆN AN TOÀN THỰC PHẨM", 57),
        number="Số: 12/GCN-SYT",
    )

    assert extraction.kind == "giay-chung-nhan-an-toan-thuc-pham"


def test_a_licence_has_no_subject_unless_it_says_so() -> None:
    extraction = concluded(
        centred("GIẤY PHÉP XÂY DỰNG", 50), centred("Dùng cho nhà ở riêng lẻ", 56), number="Số: 12/GPXD"
    )

    assert (extraction.kind, subject(extraction)) == ("giay-phep-xay-dung", None)


def test_a_misread_title_is_known_all_the_same() -> None:
    assert concluded(centred("QUYÉT ĐINH", 50)).kind == "quyet-dinh"


def test_the_symbol_tells_the_kind_where_the_title_was_lost() -> None:
    assert concluded(centred("~#%&", 50), number="Số: 12/KH-SYT").kind == "ke-hoach"


def test_an_unknown_symbol_without_a_title_tells_nothing() -> None:
    assert concluded(centred("Nội dung", 50), number="Số: 12/SYT-ABC").kind is None
