"""Holder, numbers, address and durations behind printed labels. All people are fictional; province code 099 is free."""

from __future__ import annotations

import pytest

from archive.extract import combine_pages
from archive.model.results import Extraction
from tests.extract.pages import centred, head, line, seen


def form(*rows: str, title: str = "GIẤY PHÉP XÂY DỰNG") -> Extraction:
    lines = [line((30.0, row), top=70.0 + 8 * number) for number, row in enumerate(rows)]
    return combine_pages([seen(*head(number="Số: 12/GPXD"), centred(title, 50), *lines)])


def value(extraction: Extraction, field: str) -> str | None:
    return extraction.fields[field].value if field in extraction.fields else None


@pytest.mark.parametrize(
    ("row", "holder"),
    [
        ("Họ và tên: LÊ VĂN MẪU", "Lê Văn Mẫu"),
        ("1. Cấp cho: Ông Lê Văn Mẫu", "Lê Văn Mẫu"),
        ("Họ, chữ đệm, tên: Lê Văn Mẫu", "Lê Văn Mẫu"),
        ("- Chủ đầu tư: CÔNG TY TNHH SƠN HÀ", "CÔNG TY TNHH SƠN HÀ"),
        ("Họ và tên cha: Lê Văn Mẫu", None),
        ("Họ và tên:", None),
    ],
)
def test_the_holder_stands_behind_its_label(row: str, holder: str | None) -> None:
    assert holder == value(form(row), "holder_name")


def test_the_first_of_several_people_is_the_holder() -> None:
    extraction = form("Họ, chữ đệm, tên: Lê Văn Mẫu", "Họ, chữ đệm, tên: Lê Thị Khác")

    assert value(extraction, "holder_name") == "Lê Văn Mẫu"


def test_an_establishment_belongs_to_the_person_beside_it() -> None:
    extraction = form("Tên cơ sở: QUÁN CƠM BẾN ĐÁ", "Họ và tên chủ cơ sở: Lê Thị Hoa", "Số CCCD: 099184001237")

    assert (value(extraction, "holder_name"), value(extraction, "holder_id")) == ("Lê Thị Hoa", "099184001237")


def test_a_representatives_number_is_not_the_organisations() -> None:
    extraction = form("Tên doanh nghiệp: CÔNG TY TNHH SƠN HÀ", "Họ và tên: Lê Văn Mẫu", "Số CCCD: 099084001237")

    assert (value(extraction, "holder_name"), value(extraction, "holder_id")) == ("CÔNG TY TNHH SƠN HÀ", None)


@pytest.mark.parametrize(
    ("row", "number"),
    [
        ("Số CCCD: 099084001237", "099084001237"),
        ("CCCD số: 099 084 001 237", "099084001237"),
        ("Giấy tờ tùy thân: Căn cước công dân số 099084001237", "099084001237"),
        ("CMND số: 123456789", "123456789"),
        ("Số CCCD: 09908400123", None),
        ("Số CCCD: ~099084001237", None),
        ("Số CCCD: 199084001237", None),
    ],
)
def test_a_personal_number_is_whole_and_sure_or_not_taken(row: str, number: str | None) -> None:
    extraction = form("Họ và tên: Lê Văn Mẫu", row)

    assert number == value(extraction, "holder_id")
    assert (number is None) is ("holder_id" in {problem.field for problem in extraction.problems})


def test_two_labels_on_one_line_part_their_values() -> None:
    lines = [line((30.0, "Họ và tên: Lê Văn Mẫu"), (110.0, "Giới tính: Nam"), top=70.0)]

    extraction = combine_pages([seen(*head(), centred("GIẤY PHÉP XÂY DỰNG", 50), *lines)])

    assert value(extraction, "holder_name") == "Lê Văn Mẫu"


@pytest.mark.parametrize("beside", ["Ngày sinh: 02/4/1985", "Giới tính: Nữ"])
def test_a_number_that_birth_or_sex_contradicts_is_left_to_a_person(beside: str) -> None:
    extraction = form("Họ và tên: Lê Văn Mẫu", beside, "Số CCCD: 099084001237")

    assert value(extraction, "holder_id") is None
    assert ("contradiction", "holder_id") in {(problem.code, problem.field) for problem in extraction.problems}


def test_an_address_goes_on_in_the_next_line_when_its_own_is_full() -> None:
    extraction = form(
        "Địa chỉ: Thôn Vàng, xã Tân Khê Đông, huyện Vĩnh Khê, thành phố Sơn Hà, tỉnh",
        "Sơn Hà",
        "Điện thoại: 0299 555 0148",
    )

    expected = "Thôn Vàng, xã Tân Khê Đông, huyện Vĩnh Khê, thành phố Sơn Hà, tỉnh Sơn Hà"
    assert expected == value(extraction, "address")


@pytest.mark.parametrize(
    "row",
    [
        "Giấy phép này có giá trị đến ngày 16 tháng 8 năm 2025.",
        "Có giá trị đến hết ngày 16/8/2025",
        "Có giá trị đến ngày: 16/8/2025",
    ],
)
def test_an_end_of_validity_is_a_date_that_the_paper_gives_itself(row: str) -> None:
    assert value(form(row), "valid_until") == "2025-08-16"


@pytest.mark.parametrize(
    "row",
    [
        "Giấy phép này có giá trị trong thời hạn 12 tháng kể từ ngày ký.",
        "theo Giấy phép số 3/GP-UBND có giá trị đến ngày 16/8/2025 của Sở",
    ],
)
def test_a_duration_or_another_papers_end_is_not(row: str) -> None:
    assert value(form(row), "valid_until") is None


def test_validity_that_ends_before_the_issue_is_left_to_a_person() -> None:
    extraction = form("Có giá trị đến ngày 16/8/2015")

    assert value(extraction, "valid_until") is None
    assert ("contradiction", "valid_until") in {(problem.code, problem.field) for problem in extraction.problems}


def test_codes_are_kept_as_they_are() -> None:
    extraction = form("Mã hồ sơ: 000.00.18.H99-240917-0031", "Mã TTHC: 1.013794")

    expected = ("000.00.18.H99-240917-0031", "1.013794")
    assert expected == (value(extraction, "dossier_code"), value(extraction, "procedure_code"))


def test_papers_that_belong_to_nobody_have_no_holder() -> None:
    assert value(form("Họ và tên: Lê Văn Mẫu", title="KẾ HOẠCH"), "holder_name") is None
