"""Who signed, and when that must stay open."""

from __future__ import annotations

import pytest

from archive.extract import combine_pages
from archive.model.results import Extraction
from tests.extract.pages import centred, head, line, seen, signature


def signed(*titles: str, name: str = "Lê Thị Hoa") -> Extraction:
    return combine_pages([seen(*head(), centred("QUYẾT ĐỊNH", 50), *signature(*titles, name=name))])


def value(extraction: Extraction, field: str) -> str | None:
    return extraction.fields[field].value if field in extraction.fields else None


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        (("GIÁM ĐỐC",), "GIÁM ĐỐC"),
        (("GIÁM ĐÓC",), "GIÁM ĐỐC"),
        (("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"), "KT. GIÁM ĐỐC / PHÓ GIÁM ĐỐC"),
        (("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊC"), "TM. ỦY BAN NHÂN DÂN / KT. CHỦ TỊCH / PHÓ CHỦ TỊCH"),
        (("TL. CHỦ TỊCH", "CHÁNH VĂN PHÒNG"), "TL. CHỦ TỊCH / CHÁNH VĂN PHÒNG"),
    ],
)
def test_all_title_lines_are_the_signers_title(titles: tuple[str, ...], expected: str) -> None:
    extraction = signed(*titles)

    assert (expected, "Lê Thị Hoa") == (value(extraction, "signer_title"), value(extraction, "signer_name"))


@pytest.mark.parametrize("titles", [("~T, GIÁM ĐỐC",), ("KT. GIÁM ĐỐC",), ("TM. ỦY BAN NHÂN DÂN",)])
def test_a_title_of_which_a_part_is_lost_is_in_doubt(titles: tuple[str, ...]) -> None:
    extraction = signed(*titles)

    assert value(extraction, "signer_title") is None
    assert ("doubtful_field", "signer_title") in {(problem.code, problem.field) for problem in extraction.problems}


@pytest.mark.parametrize("name", ["ai Thế Quyền", "Nguyễn Trúc Glang", "Rà ~Thị Hoa"])
def test_a_name_that_cannot_be_one_is_in_doubt(name: str) -> None:
    extraction = signed("GIÁM ĐỐC", name=name)

    assert value(extraction, "signer_name") is None
    assert "signer_name" in {problem.field for problem in extraction.problems}


def test_a_family_name_gets_its_marks_back() -> None:
    assert value(signed("GIÁM ĐỐC", name="Nguyên Thị Hoa"), "signer_name") == "Nguyễn Thị Hoa"


def test_degrees_and_the_signatures_strokes_are_no_part_of_the_name() -> None:
    assert value(signed("GIÁM ĐỐC", name="~z TS. Lê Thị Hoa"), "signer_name") == "Lê Thị Hoa"


def test_the_centred_issuer_of_a_decision_does_not_sign() -> None:
    extraction = combine_pages(
        [seen(*head(), centred("QUYẾT ĐỊNH", 50), centred("GIÁM ĐỐC SỞ Y TẾ", 60, middle=105.0))]
    )

    assert {"signer_title", "signer_name"}.isdisjoint(extraction.fields)


def test_the_signature_is_the_first_one_after_the_head_not_an_appendixs() -> None:
    extraction = combine_pages(
        [
            seen(*head(), centred("QUYẾT ĐỊNH", 50)),
            seen(*signature("GIÁM ĐỐC", name="Lê Thị Hoa", top=100.0), number=2),
            seen(*signature("KẾ TOÁN TRƯỞNG", name="Trần Văn Phụ", top=100.0), number=3),
        ]
    )

    assert (extraction.fields["signer_name"].value, extraction.fields["signer_name"].page) == ("Lê Thị Hoa", 2)


def test_a_certificate_may_bear_its_date_above_the_signature() -> None:
    certificate = [*head(dated=""), centred("GIẤY CHỨNG NHẬN", 50)]
    closing = line((125.0, "Sơn Hà, ngày 05 tháng 3 năm 2021"), top=210.0)

    extraction = combine_pages([seen(*certificate, closing, *signature("GIÁM ĐỐC"))])

    assert (value(extraction, "issue_date"), value(extraction, "place")) == ("2021-03-05", "Sơn Hà")
