"""Letters of nonsense are told from text."""

from __future__ import annotations

import pytest

from archive.ingest.pdf.text.quality import is_legacy_font, is_plausible_text, is_unmapped

VIETNAMESE = "Cộng hòa xã hội chủ nghĩa Việt Nam Độc lập Tự do Hạnh phúc số 12/QĐ-UBND ngày 05/01/2024"
TCVN3 = "Céng hoµ x· héi chñ nghÜa ViÖt Nam §éc lËp Tù do H¹nh phóc"
VNI = "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam Ñoäc laäp Töï do Haïnh phuùc"


@pytest.mark.parametrize("text", [VIETNAMESE, VIETNAMESE.upper(), "The quick brown fox jumps over the lazy dog", ""])
def test_text_is_text(text: str) -> None:
    assert is_plausible_text(text.split())


@pytest.mark.parametrize(
    "text", ["Số: ........../QĐ-UBND ngày ...... tháng ...... năm 20...", "01/02/2024 1.234.567,00 (*)"]
)
def test_forms_with_dots_and_tables_of_numbers_are_text(text: str) -> None:
    assert is_plausible_text(text.split())


@pytest.mark.parametrize("text", [TCVN3, VNI, TCVN3.lower()])
def test_a_legacy_code_page_read_as_latin_is_none(text: str) -> None:
    assert not is_plausible_text(text.split())


def test_signs_of_a_font_without_a_table_are_none() -> None:
    assert not is_plausible_text(['"7+%-', "#$&6'", "*+,9!"])


@pytest.mark.parametrize("name", ["Times New Roman", "TimesNewRomanPSMT", "ABCDEF+Arial", "UVNVan", "SVN-Times"])
def test_unicode_fonts_are_believed(name: str) -> None:
    assert not is_legacy_font(name)


@pytest.mark.parametrize("name", [".VnTime", ".VnTimeH", "VnArial", "#2EVnTime", "VNI-Times", "VNtimes"])
def test_legacy_fonts_are_not(name: str) -> None:
    assert is_legacy_font(name)


@pytest.mark.parametrize(("sign", "unmapped"), [("đ", False), ("ỷ", False), ("\ue000", True), ("\ufffd", True)])
def test_private_and_replacement_signs_stand_for_nothing(sign: str, unmapped: bool) -> None:
    assert is_unmapped(sign) == unmapped
