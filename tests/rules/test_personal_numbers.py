"""Personal and tax numbers. Province code 099 is nobody's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.rules.fields.personal_numbers import birth_of, person_number, tax_number

_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)


# Decree 137/2015 article 13: a digit for each sex in each of five centuries, the 20th first.
_CENTURIES = [(f"099{digit}07001237", (1900 + digit // 2 * 100 + 7, ("nam", "nữ")[digit % 2])) for digit in range(10)]


@pytest.mark.parametrize(
    ("number", "born"),
    [
        *_CENTURIES,
        ("099084001237", (1984, "nam")),
        ("099199000542", (1999, "nữ")),
        ("099200000542", (2000, "nam")),
        ("099319000542", (2019, "nữ")),
    ],
)
def test_a_personal_number_tells_birth_year_and_sex(number: str, born: tuple[int, str]) -> None:
    assert birth_of(number) == born


def test_an_old_card_tells_nothing() -> None:
    assert birth_of("123456789") is None


@pytest.mark.parametrize(
    "text", ["09908400123", "0990840012378", "199084001237", "09908400I237", "ngày", "", "123456789/QĐ"]
)
def test_what_is_no_personal_number_is_none(text: str) -> None:
    assert person_number(text) is None


@given(st.lists(st.integers(0, 9), min_size=9, max_size=9), st.integers(0, 9))
def test_a_tax_number_needs_its_check_digit(digits: list[int], last: int) -> None:
    remainder = sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=True)) % 11
    text = "".join(map(str, [*digits, last]))

    assert (tax_number(text) == text) is (remainder != 0 and 10 - remainder == last)
    assert tax_number(f"{text}-001") == (f"{text}-001" if tax_number(text) else None)
