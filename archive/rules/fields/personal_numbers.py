"""Personal and tax numbers: their format, and the birth date and sex that they state."""

from __future__ import annotations

import re

_TAX_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)  # circular 105/2020/TT-BTC


def person_number(text: str) -> str | None:
    """Return the 12 digits of a personal number, or the 9 of an old identity card, when ``text`` begins with one.

    Blanks and dots inside are print; more digits, or letters among them, are no number. A personal number begins with
    the code of a province, 001 to 096 (circular 07/2016/TT-BCA, annex), and so with 0.
    """
    match = re.match(r"\W{0,3}((?:[0-9][ .]?){9,12})(?![0-9A-Za-z/-])", text)
    digits = re.sub(r"\D", "", match[1]) if match else ""
    if len(digits) == 9:
        return digits
    return digits if len(digits) == 12 and digits[0] == "0" else None


def birth_of(number: str) -> tuple[int, str] | None:
    """Return (birth year, "nam" or "nữ") that a 12-digit personal number says; None for an old card's 9 digits.

    Fourth digit: century and sex, 0 and 1 the 20th, 2 and 3 the 21st; then two digits of the year
    (decree 137/2015/NĐ-CP article 13, circular 07/2016/TT-BCA article 7).
    """
    if len(number) != 12:
        return None
    return 1900 + int(number[3]) // 2 * 100 + int(number[4:6]), "nữ" if int(number[3]) % 2 else "nam"


def tax_number(text: str) -> str | None:
    """Return the tax or enterprise number (10 digits, or ``10-NNN`` for a branch) at the start of ``text``.

    None unless its check digit is right: 10 - (weighted sum mod 11).
    """
    match = re.match(r"\W{0,3}([0-9]{10})(?:\s?-\s?([0-9]{3}))?(?![0-9A-Za-z])", text)
    if match is None:
        return None
    remainder = sum(weight * int(digit) for weight, digit in zip(_TAX_WEIGHTS, match[1], strict=False)) % 11
    if remainder == 0 or 10 - remainder != int(match[1][9]):
        return None
    return f"{match[1]}-{match[2]}" if match[2] else match[1]
