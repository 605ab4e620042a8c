"""Tesseract's habits are mended, and nothing else is touched."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.model.pages import Box
from archive.ocr.tesseract.cleanup import RawWord, clean_word, lines_in_mm


@pytest.mark.parametrize("junk", ["_", "`", "ˆ", "~", "|", "|_", "´", " | ", ""])
def test_junk_is_no_word(junk: str) -> None:
    assert clean_word(junk) == ""


@pytest.mark.parametrize(
    ("read", "tidied"),
    [("_Số:", "Số:"), ("UBND|", "UBND"), ("~ngày`", "ngày"), ("a_b", "a_b"), ("./.", "./."), ("......", "......")],
)
def test_junk_is_cut_off_at_the_edges_alone(read: str, tidied: str) -> None:
    assert clean_word(read) == tidied


@pytest.mark.parametrize(
    ("read", "tidied"),
    [
        ("1Š", "15"),
        ("Š3/QĐ-UBND", "53/QĐ-UBND"),
        ("20Š4", "2054"),
        ("3.Š00.000", "3.500.000"),
        ("0Š/06/2023", "05/06/2023"),
        ("12/Š", "12/5"),
        ("ŠŠ0", "550"),
        ("Š-Š0", "5-50"),
    ],
)
def test_a_misread_five_is_mended_beside_digits(read: str, tidied: str) -> None:
    assert clean_word(read) == tidied


@pytest.mark.parametrize("word", ["Š", "Škoda", "QĐ-Š", "Šở", "1Škoda", "aŠ5"])
def test_a_letter_that_may_be_no_five_stays(word: str) -> None:
    assert clean_word(word) == word


def test_words_come_out_in_nfc() -> None:
    assert clean_word(unicodedata.normalize("NFD", "QUYẾT")) == "QUYẾT"


@given(st.text(max_size=30))
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    once = clean_word(text)

    assert clean_word(once) == once


@given(st.text(alphabet="0123456789aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạếĐQ/-.,:;()", min_size=1, max_size=20))
def test_ordinary_words_are_left_alone(word: str) -> None:
    assert clean_word(word) == unicodedata.normalize("NFC", word)


def test_boxes_become_mm_and_lines_of_junk_vanish() -> None:
    lines = lines_in_mm([[RawWord("Số", 10, 20, 30, 40, 96.0)], [RawWord("|", 0, 0, 1, 90, 20.0)]], 0.1, 0.2)

    assert [line.text for line in lines] == ["Số"]
    assert lines[0].words[0].box == Box(1.0, 4.0, 3.0, 8.0)
    assert lines[0].words[0].confidence == pytest.approx(0.96)


def test_impossible_confidences_are_brought_to_the_nearest_possible() -> None:
    (line,) = lines_in_mm([[RawWord("a", 0, 0, 1, 1, -1.0), RawWord("b", 0, 0, 1, 1, 101.0)]], 1, 1)

    assert [word.confidence for word in line.words] == [0.0, 1.0]
