"""Separator sheets are told from pages of documents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.model.pages import Box, Line, PageText, Word
from archive.rules.separators import is_separator


def page(*lines: str, confidence: float = 0.95) -> PageText:
    return PageText(
        tuple(
            Line(tuple(Word(word, Box(60, 40 * row, 100, 40 * row + 9), confidence) for word in line.split()))
            for row, line in enumerate(lines, start=1)
        ),
        engine="test",
    )


@pytest.mark.parametrize(
    "lines",
    [
        ("PATCH T",),
        ("PATCHT",),
        ("Patch 2",),
        ("PATCH II",),
        ("TỜ PHÂN CÁCH",),
        ("TỜ", "PHÂN CÁCH"),
        ("TRANG PHÂN CÁCH",),
        ("Trang phân cách", "PATCH T"),
        ("TỜ NGĂN CÁCH",),
        ("DOCUMENT SEPARATOR SHEET",),
        ("|||| ||| || |||||", "PATCH T", "|||| ||| ||"),
        ("TRANG TÁCH HỒ SƠ",),
    ],
)
def test_a_sheet_with_its_name_alone_is_a_separator(lines: tuple[str, ...]) -> None:
    assert is_separator(page(*lines))


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("GIẤY PHÉP XÂY DỰNG",),
        ("TỜ PHÂN CÁCH", "Hồ sơ của ông Trần Văn Mẫu"),
        ("PATCH T", "QUYẾT ĐỊNH"),
        ("TỜ TRÌNH",),
        ("Tường phân cách giữa hai nhà dày 220 mm",),
        ("PATCH PANEL 24",),
        ("Trang 2",),
    ],
)
def test_a_page_with_content_is_no_separator(lines: tuple[str, ...]) -> None:
    assert not is_separator(page(*lines))


def test_what_a_reader_makes_of_bars_is_no_content() -> None:
    name, bars = page("TỜ PHÂN CÁCH"), page("2A'C- Vd", confidence=0.4)
    assert is_separator(PageText(bars.lines + name.lines, engine="test"))


def test_more_than_two_unreadable_words_may_be_content() -> None:
    name, scrawl = page("TỜ PHÂN CÁCH"), page("Trn Vn Mu", confidence=0.4)
    assert not is_separator(PageText(scrawl.lines + name.lines, engine="test"))


@given(st.lists(st.text(alphabet="ABCĐÊGHKLMNƠPQRSTƯVXY", min_size=7, max_size=12), min_size=1, max_size=30))
def test_no_page_of_legible_long_words_is_a_separator(words: list[str]) -> None:
    assert not is_separator(page("TỜ PHÂN CÁCH", " ".join(words)))
