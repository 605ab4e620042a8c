"""Plausibility of PDF text: legacy Vietnamese fonts and missing glyph tables give wrong letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from archive.text.vietnamese import nfc

# TCVN3 (.VnTime, VnArialH), VNI (VNI-Times), VPS and Vietware fonts put Vietnamese glyphs on Latin-1 codes.
_LEGACY_FONT = re.compile(r"^(?:[A-Z]{6}\+)?(?:\.?Vn[A-Z]|VNI[- ]|VPS[- ]|VNtimes|VNarial)")
_ORNAMENT_FONT = re.compile(r"symbol|wingdings|webdings|dingbats", re.IGNORECASE)
_VIETNAMESE = frozenset("aăâbcdđeêfghijklmnoôơpqrstuưvwxyzàằầèềìòồờùừỳáắấéếíóốớúứýảẳẩẻểỉỏổởủửỷãẵẫẽễĩõỗỡũữỹạặậẹệịọộợụựỵ")
_MAX_FOREIGN = 0.2  # share of words: half of legacy text, a seventh of German or French text
_FEWEST_WORDS = 5
_FEWEST_ALPHANUMERIC = 0.7  # share of the characters in words; a page of dates and numbers with slashes has 0.8
_PUNCTUATION = "«»“”‘’\"'()[]{}<>.,;:!?·•…_-–—*+=|/\\"


def is_legacy_font(name: str) -> bool:
    """True for a font whose codes are not Unicode, even if the PDF maps them to it."""
    return bool(_LEGACY_FONT.match(name.replace("#2E", ".")))


def is_ornament_font(name: str) -> bool:
    """True for a font of bullets and symbols, whose private codes are no letters."""
    return bool(_ORNAMENT_FONT.search(name))


def is_unmapped(sign: str) -> bool:
    """True for a character of an unknown glyph: replacement, private use, control, unassigned."""
    return sign == "\ufffd" or unicodedata.category(sign) in ("Co", "Cn", "Cs", "Cc")


def is_plausible_text(words: Iterable[str]) -> bool:
    """False for words of a font without a glyph table, or of a legacy code page read as Latin-1."""
    words = [word.strip(_PUNCTUATION) for word in words]
    signs = "".join(words)
    if sum(map(str.isalnum, signs)) < _FEWEST_ALPHANUMERIC * len(signs):
        return False
    with_letters = [word for word in map(nfc, words) if any(sign.isalpha() for sign in word)]
    if len(with_letters) < _FEWEST_WORDS:
        return True
    return sum(map(_is_foreign, with_letters)) <= _MAX_FOREIGN * len(with_letters)


def _is_foreign(word: str) -> bool:
    """True when a Latin-1 character that is no Vietnamese letter is next to a letter, as in ``Céng hoµ x· héi``."""
    return any(
        "\u00a1" <= sign <= "\u00ff" and sign not in _VIETNAMESE and sign not in "«»°²³½¼×§" for sign in word.lower()
    )
