"""What the head of a first page says, and what it must not be made to say."""

from __future__ import annotations

import pytest

from archive.extract import combine_pages
from archive.extract.header import read_header
from archive.extract.layout import upright
from archive.model.results import Extraction
from tests.extract.pages import centred, head, line, page, seen, shape


def concluded(*lines: object) -> Extraction:
    return combine_pages([seen(*lines)])  # type: ignore[arg-type] # lines of a page


def values(extraction: Extraction) -> dict[str, str]:
    return {name: field.value for name, field in extraction.fields.items()}


def test_a_printed_head_gives_number_symbol_date_place_and_both_agencies() -> None:
    found = values(concluded(*head(), centred("QUYẾT ĐỊNH", 50)))

    expected = {
        "kind": "quyet-dinh",
        "number": "12",
        "symbol": "QĐ-SYT",
        "issue_date": "2021-03-05",
        "place": "Sơn Hà",
        "parent_agency": "UBND TỈNH SƠN HÀ",
        "issuing_agency": "SỞ Y TẾ",
    }
    assert expected == found


def test_a_value_knows_its_page_its_box_and_its_print() -> None:
    field = concluded(*head(dated="Sơn Hà, ngày 05 tháng 3 năm 2021")).fields["issue_date"]

    assert (field.page, field.printed) == (1, "ngày 05 tháng 3 năm 2021")
    assert field.box is not None
    assert field.box.left >= 105


@pytest.mark.parametrize(
    ("left", "parent", "agency"),
    [
        (("ỦY BAN NHÂN DÂN", "TỈNH SƠN HÀ"), None, "ỦY BAN NHÂN DÂN TỈNH SƠN HÀ"),
        (("ỦY BAN NHÂN DÂN", "XÃ TÂN KHÊ"), None, "ỦY BAN NHÂN DÂN XÃ TÂN KHÊ"),
        (("UBND TỈNH SƠN HÀ", "BAN CHỈ ĐẠO 138"), "UBND TỈNH SƠN HÀ", "BAN CHỈ ĐẠO 138"),
        (("UBND TỈNH SƠN HÀ", "SỞ NÔNG NGHIỆP", "VÀ MÔI TRƯỜNG"), "UBND TỈNH SƠN HÀ", "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG"),
        (("ỦY BAN NHÂN DÂN", "TỈNH SƠN HÀ", "SỞ XÂY DỰNG"), "ỦY BAN NHÂN DÂN TỈNH SƠN HÀ", "SỞ XÂY DỰNG"),
        (("UỶ BAN NHÂN DÂN", "HUYỆN VĨNH KHÊ"), None, "ỦY BAN NHÂN DÂN HUYỆN VĨNH KHÊ"),
        (("UY BAN NHAN DAN", "TINH NINH BINH"), None, "ỦY BAN NHÂN DÂN TỈNH NINH BÌNH"),
    ],
)
def test_the_lowest_name_is_the_issuing_agency(left: tuple[str, ...], parent: str | None, agency: str) -> None:
    found = values(concluded(*head(left=left)))

    assert (parent, agency) == (found.get("parent_agency"), found["issuing_agency"])


def test_an_agency_is_never_taken_for_a_number_line() -> None:
    found = values(concluded(*head(left=("UBND TỈNH SƠN HÀ", "SỞ XÂY DỰNG"), number="Số: 7/SXD-QLXD")))

    assert (found["number"], found["symbol"]) == ("7", "SXD-QLXD")


def test_a_number_written_by_pen_is_in_doubt_and_its_symbol_is_kept() -> None:
    extraction = concluded(*head(number="Số: {44} /QĐ-SYT"))

    assert "number" not in extraction.fields
    assert extraction.fields["symbol"].value == "QĐ-SYT"
    assert [(problem.code, problem.field) for problem in extraction.problems] == [("doubtful_field", "number")]


def test_a_blank_number_is_absent_and_said_to_be_missing() -> None:
    extraction = concluded(*head(number="Số: /QĐ-SYT"))

    assert "number" not in extraction.fields
    assert [(problem.code, problem.field) for problem in extraction.problems] == [("field_missing", "number")]


def test_a_badly_read_number_is_in_doubt() -> None:
    extraction = concluded(*head(number="Số: ~15 /QĐ-SYT"))

    assert "number" not in extraction.fields
    assert "number" in {problem.field for problem in extraction.problems}


@pytest.mark.parametrize(
    ("number", "value", "symbol"),
    [
        ("Số: 0012/QD-SYT", "0012", "QĐ-SYT"),
        ("Số: 12/2021/QĐ-UBND", "12", "2021/QĐ-UBND"),
        ("Số: 3/TIr-UBND", "3", "TTr-UBND"),
        ("Số: 3/QĐĐ-UBND", "3", "QĐ-UBND"),
        ("Só: 15/2021", "15/2021", None),
        ("Số: 99C8004176", "99C8004176", None),
    ],
)
def test_symbols_are_mended_from_closed_lists_only(number: str, value: str, symbol: str | None) -> None:
    found = values(concluded(*head(number=number), centred("GIẤY KHAI SINH", 50)))

    assert (value, symbol) == (found["number"], found.get("symbol"))


@pytest.mark.parametrize(
    ("dated", "value", "doubtful"),
    [
        ("Sơn Hà, ngày 05 tháng 3 năm 2021", "2021-03-05", False),
        ("Sơn Hà, ngày {23} tháng 3 năm 2021", "2021-03", True),
        ("Sơn Hà, ngày ~26 tháng 3 năm 2021", "2021-03", True),
        ("Sơn Hà, ngày {2} É tháng 3 năm 2021", "2021-03", True),
        ("Sơn Hà, ngày tháng 3 năm 2021", "2021-03", True),
        ("Sơn Hà, ngày tháng năm 2021", "2021", True),
        ("Sơn Hà, ngày 07 tháng 1I năm 2021", "2021-11-07", False),
        ("Sơn Hà, ngày 31 tháng 02 năm 2021", "2021-02", True),
        ("Sơn Hà, ngày 05 tháng 3 năm ~2O2l", None, True),
        ("Quảng Ngãi, ngày 05 tháng 3 năm 2021", "2021-03-05", False),
    ],
)
def test_a_date_is_as_whole_as_its_print(dated: str, value: str | None, doubtful: bool) -> None:
    extraction = concluded(*head(dated=dated), centred("QUYẾT ĐỊNH", 50))

    assert value == values(extraction).get("issue_date")
    assert doubtful is ("issue_date" in {problem.field for problem in extraction.problems})


@pytest.mark.parametrize(
    ("dated", "value", "confidence"),
    [
        ("Sơn Hà, ngày 05 tháng 3 năm 2021", "2021-03-05", 0.95),
        ("Sơn Hà, ngày ~4T† tháng 0] năm 2021", "2021-01", 0.95),
        ("Sơn Hà, ngày ~4T† tháng @0] năm 2021", "2021-01", 0.6),
        ("Sơn Hà, ngày 05 tháng @3 năm 2021", "2021-03-05", 0.6),
        ("Sơn Hà, ngày {05} tháng ~3 năm 2021", "2021", 0.95),
        ("Sơn Hà, ngày {05} tháng ~3 năm @2021", "2021", 0.6),
        ("Sơn Hà, @ngày 05 @tháng 3 @năm 2021", "2021-03-05", 0.95),
    ],
)
def test_a_date_is_as_sure_as_the_digits_that_were_read(dated: str, value: str, confidence: float) -> None:
    field = concluded(*head(dated=dated), centred("QUYẾT ĐỊNH", 50)).fields["issue_date"]

    assert (value, confidence) == (field.value, field.confidence)


def test_a_day_that_was_not_read_is_said_with_what_is_sure() -> None:
    extraction = concluded(*head(dated="Sơn Hà, ngày {23} tháng 3 năm 2021"), centred("QUYẾT ĐỊNH", 50))

    assert [(one.field, dict(one.params)) for one in extraction.problems] == [("issue_date", {"sure": "2021-03"})]


@pytest.mark.parametrize("place", ["Quảng Ngãi", "Phú Lạc Thượng", "TP. Hồ Chí Minh"])
def test_the_place_stands_before_the_date(place: str) -> None:
    found = values(concluded(*head(dated=f"{place}, ngày 05 tháng 3 năm 2021")))

    assert place == found["place"]


def test_running_text_has_no_head() -> None:
    text = page(line((30.0, "Căn cứ Luật Đất đai số 31/2024/QH15 ngày 18 tháng 01 năm 2024;"), top=40.0))

    assert read_header(upright(text, shape())).findings == ()
