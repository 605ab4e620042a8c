"""Fixed words get their marks back; nothing else changes."""

from __future__ import annotations

import pytest

from archive.rules.fields.names import given_case, is_syllable
from archive.rules.fields.wording import (
    nearest_title,
    restore_agency,
    restore_place,
    restore_surname,
    restore_title,
)


@pytest.mark.parametrize(
    ("read", "restored"),
    [
        ("SỞ Y TÉ", "SỞ Y TẾ"),
        ("ỦY BANNHÂNDÂN HUYỆN VĨNH KHÊ", "ỦY BAN NHÂN DÂN HUYỆN VĨNH KHÊ"),
        ("UBND TĨNH QUẢNG NGAI", "UBND TỈNH QUẢNG NGÃI"),
        ("UBND XÃ PHƯƠNG ĐÌNH", "UBND XÃ PHƯƠNG ĐÌNH"),
        ("TRUNG TÂM CHƯA AI BIẾT", "TRUNG TÂM CHƯA AI BIẾT"),
    ],
)
def test_agencies(read: str, restored: str) -> None:
    assert restored == restore_agency(read)


@pytest.mark.parametrize(
    ("read", "restored"),
    [("GIÁM ĐÓC", "GIÁM ĐỐC"), ("CHỦ TỊCH UBND TĨNH", "CHỦ TỊCH UBND TỈNH"), ("KẾ TOÁN", None), ("TỊCH", None)],
)
def test_titles(read: str, restored: str | None) -> None:
    assert restored == restore_title(read)


@pytest.mark.parametrize(("read", "title"), [("PHÓ CHỦ TỊC", "PHÓ CHỦ TỊCH"), ("T. CHÁNH VĂN", None), ("HỌ TÊN", None)])
def test_the_nearest_title_must_be_all_of_the_line(read: str, title: str | None) -> None:
    assert title == nearest_title(read)


@pytest.mark.parametrize(
    ("read", "name"),
    [
        ("Nguyên Văn An", "Nguyễn Văn An"),
        ("Vũ Văn An", "Vũ Văn An"),
        ("Hã Thị Lê", None),
        ("Rô Văn An", None),
        ("Vũ", "Vũ"),
    ],
)
def test_a_family_name_is_restored_only_where_one_alone_folds_equal(read: str, name: str | None) -> None:
    assert name == restore_surname(read)


def test_a_known_province_is_restored_and_an_unknown_place_stays() -> None:
    assert (restore_place("Quang Ngai"), restore_place("Phú Lạc")) == ("Quảng Ngãi", "Phú Lạc")


@pytest.mark.parametrize("word", ["Nguyễn", "Khuê", "Nghiêm", "Quyền", "Giang", "Ưởng", "Ý"])
def test_vietnamese_syllables(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["Glang", "Trúcc", "xz", "Brông", ""])
def test_other_letters_are_no_syllables(word: str) -> None:
    assert not is_syllable(word)


def test_capitals_become_a_name() -> None:
    assert (given_case("LÊ THỊ HOA"), given_case("Lê Thị Hoa")) == ("Lê Thị Hoa", "Lê Thị Hoa")
