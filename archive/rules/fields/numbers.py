"""Official numbers: parsing ``123/QĐ-UBND`` in all spellings of people and printers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from archive.text.vietnamese import fold, nfc, tokens, unmark

# Parts of symbols that are restored from their unmarked capitals: those with đ, which OCR and keyboards without
# Vietnamese lose, and those that mix cases. Sources: decree 30/2020, appendix III (document types), and agencies' own
# abbreviations (SKHĐT, VPĐKĐĐ). Abbreviations of kinds of results stand in kinds.toml.
_PARTS = (
    "BCĐ", "BNNPTNT", "BGDĐT", "CĐ", "CTr", "CTĐ", "ĐA", "ĐKDN", "ĐKKD", "ĐKĐĐ", "GĐ", "GCNĐKKD",
    "GCNQSDĐ", "GTVTĐB", "HĐ", "HĐND", "HĐQT", "HĐTV", "HĐTĐKT", "LĐ", "LĐTBXH", "NĐ", "NNĐ", "PĐ", "QĐ",
    "QLĐĐ", "QLĐT", "QLĐTXD", "SGDĐT", "SKHĐT", "SLĐTBXH", "SGDĐ", "SNNPTNT", "STNMT", "SVHTTDL", "TĐ", "TĐKT",
    "TTr", "TTg", "VPĐK", "VPĐKĐĐ", "VPĐKQSDĐ", "VPĐP", "VPHĐND", "BCĐPCTT", "ĐTTC", "KTĐN", "PGDĐT", "PLĐTBXH",
    "QLĐTDA", "TTĐK", "TTPVHCC",
)  # fmt: skip
_RESTORED = {unmark(part).upper(): part for part in _PARTS}

_DASHES = str.maketrans(dict.fromkeys("–—‒−‐‑", "-") | {"⁄": "/", "∕": "/"})
# Part of a symbol: letters (few are lower case: TTr, TTg), sometimes a figure behind (BCĐ138), sometimes "&".
_PART = r"[A-Za-zĐđ]{1,12}(?:&[A-Za-zĐđ]{1,10})?[0-9]{0,4}"
_SYMBOL = rf"{_PART}(?:\s?[-/.]\s?{_PART})*"
# Runs of blanks are possessive (``*+``): otherwise, trying each split between two of them takes quadratic time.
_PREFIX = r"(?:s[ốôóo0]\s*+[:.;]?+\s*+)"
_BLANK = r"[\s.…_]*+"  # what forms print in the space for handwriting
_LONGEST = 200  # characters: a line on paper holds no more, so a longer text is no official number
_YEAR = r"(?:19|20)[0-9]{2}"
_WHOLE = re.compile(
    rf"[^\w.…]*+(?P<prefix>{_PREFIX})?{_BLANK}(?:(?P<number>[0-9]{{1,6}}[a-zđ]?|[a-zđ]){_BLANK})?(?:(?:/|-(?=.*/))\s*)?"
    rf"(?:(?<=[/])(?P<year>{_YEAR})\s*/\s*)?(?:(?<=[/-])|(?<=[/-]\s))(?P<symbol>{_SYMBOL})\W*",
    re.IGNORECASE,
)
# Household businesses before 2025: province, a letter for the district, 8, six digits.
_BUSINESS = r"[0-9]{2}[A-Z][0-9]{7}"
_BARE = re.compile(rf"\W*{_PREFIX}(?P<number>[0-9]{{1,6}}|{_BUSINESS})(?:\s?/\s?(?P<year>{_YEAR}))?\W*", re.IGNORECASE)

# In running text: a slash is a must, no blank stands before or inside the symbol unless the next part is one of the
# commonest agencies; "05/3/2021" and "24/7" have no letters, "12/người" has marks.
_COMMON = "UBND|HĐND|HDND|CTUBND|UB|CP|TTg|BCĐ|BCD"
_IN_TEXT = re.compile(
    rf"(?<![\w/.-])(?:{_PREFIX})?(?P<number>[0-9]{{1,6}})(?:\s?/\s?(?P<year>{_YEAR}))?"
    rf"(?:\s?/\s?|-(?=[A-Za-zĐđ]{{1,6}}/))(?P<symbol>{_PART}(?:[-/]{_PART}|\s?[-/]\s?(?:{_COMMON})\b)*)(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OfficialNumber:
    """A number and symbol (số, ký hiệu). ``number`` is as printed, None when the space for the pen is blank.

    ``symbol`` has its đ restored (``QD-UBND`` is ``QĐ-UBND``); None for papers numbered without one (civil status:
    ``15/2021``). ``year`` stands between them in laws and by-laws (``12/2021/QĐ-UBND``).
    """

    number: str | None
    symbol: str | None
    printed: str
    year: str | None = None

    @property
    def notation(self) -> str | None:
        """The symbol with its year before it, as the field ``symbol`` keeps it: number/notation is the whole."""
        return f"{self.year}/{self.symbol}" if self.year and self.symbol else self.symbol

    @property
    def key(self) -> str:
        """The key, equal for all spellings: folded tokens, number without leading zeros (``123 qd ubnd``)."""
        parts = (self.number, self.year, self.symbol)
        return " ".join(token.folded for part in parts if part for token in tokens(part))


class FoundNumber(NamedTuple):
    """An official number in free text: ``text[start:end]``, "số" included."""

    start: int
    end: int
    key: str


def parse_number(text: str) -> OfficialNumber | None:
    """Parse the whole of ``text`` as an official number; None when it is not one. Junk is never skipped.

    Sources: decree 30/2020 appendix I (``123/QĐ-UBND``, year between for by-laws) and, before 2011, ``123-QĐ/UB``.
    """
    if len(text) > _LONGEST:
        return None
    plain = nfc(text).translate(_DASHES)
    match = _WHOLE.fullmatch(plain)
    if match and any(letter.isalpha() for letter in match["symbol"]):
        symbol = restore_symbol(match["symbol"])
        number = match["number"] or None
        if number is None and not match["prefix"] and not plain.strip().startswith("/"):
            return None
        return OfficialNumber(number, symbol, nfc(text).strip(), match["year"])
    match = _BARE.fullmatch(plain)
    return OfficialNumber(match["number"], None, nfc(text).strip(), match["year"]) if match else None


def restore_symbol(symbol: str) -> str:
    """Return ``symbol`` without blanks, with the case and the đ of the closed list of parts where one folds equal."""
    plain = re.sub(r"\s+", "", nfc(symbol).translate(_DASHES))
    return "".join(_restore_part(piece) for piece in re.split(r"([-/.&]|(?<=\D)[0-9]+)", plain))


def _restore_part(part: str) -> str:
    bare = unmark(part).upper()
    if bare in _RESTORED:
        return _RESTORED[bare]
    return part.upper() if part.islower() else part


def find_numbers(text: str) -> list[FoundNumber]:
    """Find official numbers in free text (a query, a page); offsets are positions in ``text`` itself.

    Numbers without a symbol are not found: they identify nothing.
    """
    plain = text.translate(_DASHES)
    found = []
    for match in _IN_TEXT.finditer(plain):
        if len(fold(match["symbol"]).strip("0123456789")) < 2:  # "5/m", "3/A": measures and addresses
            continue
        number = OfficialNumber(match["number"], match["symbol"], match.group(), match["year"])
        found.append(FoundNumber(match.start(), match.end(), number.key))
    return found
