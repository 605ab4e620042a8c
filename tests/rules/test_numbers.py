"""Official numbers in all their spellings."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.rules.fields import numbers
from archive.rules.fields.numbers import find_numbers, parse_number, restore_symbol
from archive.text.vietnamese import unmark

SYMBOLS = st.sampled_from(["QĐ-UBND", "GPXD", "TTr-UBND", "QĐ-BCĐ138", "SXD-QLN&TTBĐS", "TLKS-BS", "QĐ-TTg", "NQ-HĐND"])
NUMBERS = st.integers(1, 99_999)


@pytest.mark.parametrize(
    ("text", "number", "year", "symbol", "key"),
    [
        ("Số: 123/QĐ-UBND", "123", None, "QĐ-UBND", "123 qd ubnd"),
        ("123/QD-UBND", "123", None, "QĐ-UBND", "123 qd ubnd"),
        ("Số 0123 /QĐ - UBND", "0123", None, "QĐ-UBND", "123 qd ubnd"),
        ("số 123-QĐ/UB", "123", None, "QĐ/UB", "123 qd ub"),
        ("12/2021/QĐ-UBND", "12", "2021", "QĐ-UBND", "12 2021 qd ubnd"),
        ("Số: /GP-UBND", None, None, "GP-UBND", "gp ubnd"),
        ("Số: ……/GP-UBND", None, None, "GP-UBND", "gp ubnd"),
        ("Số: 15/2021", "15", "2021", None, "15 2021"),
        ("Số: 99C8004176", "99C8004176", None, None, "99c8004176"),
        ("so 100/qd-ubnd", "100", None, "QĐ-UBND", "100 qd ubnd"),
    ],
)
def test_a_number_is_read_in_every_spelling(
    text: str, number: str | None, year: str | None, symbol: str | None, key: str
) -> None:
    found = parse_number(text)

    assert found is not None
    assert (number, year, symbol, key) == (found.number, found.year, found.symbol, found.key)


@pytest.mark.parametrize(
    "text", ["", "Sở Y tế", "05/3/2021", "24/7", "12/người", "QĐ-UBND", "Số: 4#5/QĐ-UBND", "12 QĐ UBND"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert parse_number(text) is None


def test_a_long_line_for_the_pen_is_a_number_without_its_digits_and_a_longer_one_is_none() -> None:
    line = parse_number(f"Số: {'.' * 150} /QĐ-UBND")

    assert line is not None
    assert (line.number, line.symbol) == (None, "QĐ-UBND")
    assert parse_number(f"Số: {'.' * 200}/QĐ-UBND") is None
    assert parse_number("số " + "." * 1_000_000) is None  # by its length alone: nothing is tried


def test_runs_of_blanks_are_never_divided_anew() -> None:
    """Two of them stand side by side where the number is missing: trying each division costs the square."""
    assert re.search(r"\*(?!\+)", numbers._PREFIX + numbers._BLANK) is None


def test_the_notation_carries_the_year_so_that_the_whole_can_be_put_together_again() -> None:
    found = parse_number("12/2021/QĐ-UBND")

    assert found is not None
    assert found.key == parse_number(f"{found.number}/{found.notation}").key  # type: ignore[union-attr] # asserted above


@given(NUMBERS, SYMBOLS)
def test_the_key_does_not_depend_on_zeros_marks_case_or_blanks(number: int, symbol: str) -> None:
    spellings = [
        f"Số: {number}/{symbol}",
        f"{number:06d}/{symbol}",
        f"{number}/{unmark(symbol)}",
        f"số {number} / {symbol.lower()}",
        f"{number}/{symbol.replace('-', ' - ')}",
    ]

    keys = {found.key for spelling in spellings if (found := parse_number(spelling))}

    assert len(keys) == 1
    assert str(number) in next(iter(keys))


@given(
    NUMBERS, SYMBOLS, st.sampled_from(["", "quyết định ", "theo số "]), st.sampled_from(["", " ngày 05/3/2021", "; và"])
)
def test_a_number_is_found_in_text_with_the_key_that_it_has_alone(
    number: int, symbol: str, before: str, after: str
) -> None:
    text = f"{before}{number}/{symbol}{after}"

    found = find_numbers(text)

    assert [parse_number(f"{number}/{symbol}").key] == [each.key for each in found]  # type: ignore[union-attr] # it is one
    assert f"{number}/{symbol}" in text[found[0].start : found[0].end]


@given(st.text(max_size=60))
def test_no_text_breaks_the_finder_and_offsets_lie_in_it(text: str) -> None:
    for found in find_numbers(text):
        assert 0 <= found.start < found.end <= len(text)
        assert found.key


@pytest.mark.parametrize(
    "text", ["ngày 05/3/2021", "05-03-2021", "24/7", "12/người", "60 km/h", "giấy phép", "thửa 31/a"]
)
def test_dates_and_measures_are_no_numbers(text: str) -> None:
    assert find_numbers(text) == []


def test_words_after_a_dash_are_no_part_of_the_symbol() -> None:
    assert [found.key for found in find_numbers("123/QD - ve viec giao dat")] == ["123 qd"]


@pytest.mark.parametrize(
    ("printed", "restored"), [("QD-UBND", "QĐ-UBND"), ("TTR - UBND", "TTr-UBND"), ("GPXD", "GPXD")]
)
def test_symbols_get_their_marks_from_the_closed_list(printed: str, restored: str) -> None:
    assert restored == restore_symbol(printed)
