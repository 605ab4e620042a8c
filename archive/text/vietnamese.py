"""Vietnamese text: NFC, tone placement, folding, and tokens with offsets.

Reading, extraction and search all use this module, so that their tokens agree.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

# Look-alikes of đ from other code pages (Icelandic eth, African d).
_LOOKALIKES = {0x00D0: "\u0110", 0x00F0: "\u0111", 0x0189: "\u0110", 0x0256: "\u0111"}
# Characters that carry no text: soft hyphen, zero width space and joiners, byte order mark.
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_AT_THE_DOOR = str.maketrans({**_LOOKALIKES, **dict.fromkeys(map(ord, _INVISIBLE))})

# Controls, halves of surrogate pairs (bytes that were no UTF-8), line and paragraph separators.
_NOT_ON_A_LINE = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Bidirectional controls (Unicode TR9), which reorder a line: with them "fdp.exe" looks like "exe.pdf".
_REORDERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# Full-width forms and superscript digits become the plain character, one for one, so that lengths stay.
_FULL_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_RAISED = dict(zip(map(ord, "⁰¹²³⁴⁵⁶⁷⁸⁹"), "0123456789", strict=True))
_PLAIN = _FULL_WIDTH | _RAISED

# Combining marks of Latin text, which are part of a word; folding removes them.
_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_MARK = re.compile(f"[{_MARKS}]")
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_MARKS}{_INVISIBLE}])*")
_LEADING_ZEROS = re.compile(r"\A0+(?=[0-9]+\Z)")

_TONES = "\u0300\u0301\u0303\u0309\u0323"  # huyền, sắc, ngã, hỏi, nặng
_VOWELS = "aăâeêioôơuưy"
_SHAPED = frozenset("ăâêôơư")  # vowels with a mark of their own, which take the tone
# ắ -> (ă, sắc)
_TONED = {unicodedata.normalize("NFC", vowel + tone): (vowel, tone) for vowel in _VOWELS for tone in _TONES}
_HAS_TONE = re.compile(f"[{''.join(_TONED)}]")
_LETTERS = re.compile(r"[^\W\d_]+")
_CONSONANTS = "b-df-hj-np-tv-xzđ"
# Onset, vowels, coda. The u of qu and the i of gi belong to the onset when a vowel follows: quý, giá; but gì, gìn.
_ONSET = rf"qu(?=[{_VOWELS}])|gi(?=[{_VOWELS}])|[{_CONSONANTS}]*"
_SYLLABLE = re.compile(rf"({_ONSET})([{_VOWELS}]+)([{_CONSONANTS}]*)")


class Token(NamedTuple):
    """One searchable token of a text: ``text[start:end]`` in its exact and folded form.

    A token of digits alone loses its leading zeros in the folded form: 0123 and 123 are one number.
    """

    exact: str
    folded: str
    start: int
    end: int


def nfc(text: str) -> str:
    """Return ``text`` in NFC with đ look-alikes and invisible characters resolved: the form of all text here."""
    return unicodedata.normalize("NFC", text.translate(_AT_THE_DOOR))


def is_line(text: str) -> bool:
    """Return True for text that fits one line of a screen: no line end, control, bidirectional or broken character."""
    return not any(unicodedata.category(letter) in _NOT_ON_A_LINE or letter in _REORDERING for letter in text)


def tokens(text: str) -> list[Token]:
    """Return the tokens of ``text`` (any normal form); offsets are positions in ``text`` itself.

    A token is a run of letters and digits with their combining marks; all else separates, ``_`` included:
    ``123/QĐ-UBND`` has the tokens 123, qđ, ubnd. No token holds white space.
    """
    return [Token(*_forms(match.group()), match.start(), match.end()) for match in _WORD.finditer(text)]


@lru_cache(maxsize=65_536)  # Vietnamese has about 7,000 syllables: nearly every word is in the cache
def _forms(word: str) -> tuple[str, str]:
    """Return the exact and the folded form of one word."""
    form = exact(word)
    return form, _LEADING_ZEROS.sub("", fold(form))


def exact(text: str) -> str:
    """Return the exact search form: NFC, one tone placement (hoà as hòa), lower case; marks stay."""
    plain = unicodedata.normalize("NFC", nfc(text).translate(_PLAIN).lower())
    return _LETTERS.sub(_place_tone, plain) if _HAS_TONE.search(plain) else plain


def fold(text: str) -> str:
    """Return the folded search form: no marks, đ as d, y as i, lower case.

    NFC text keeps its length, character for character (but for İ, which no Vietnamese text holds).
    """
    bare = _MARK.sub("", unicodedata.normalize("NFD", nfc(text).translate(_PLAIN).lower()))
    return unicodedata.normalize("NFC", bare.replace("đ", "d").replace("y", "i"))


def unmark(text: str) -> str:
    """Return ``text`` without marks and with đ as d, letters otherwise as they are (for slugs and codes)."""
    bare = _MARK.sub("", unicodedata.normalize("NFD", nfc(text)))
    return unicodedata.normalize("NFC", bare.replace("đ", "d").replace("Đ", "D"))


def _place_tone(match: re.Match[str]) -> str:
    """Return the syllable with its tone at the place of the older spelling: hòa, thúy, hủy; quý, giá.

    Text that is not one syllable with one tone stays unchanged: foreign words, joined words.
    """
    word = match.group()
    toned = [_TONED[letter] for letter in word if letter in _TONED]
    if len(toned) != 1:
        return word
    toneless = "".join(_TONED[letter][0] if letter in _TONED else letter for letter in word)
    syllable = _SYLLABLE.fullmatch(toneless)
    if syllable is None:
        return word
    onset, vowels, coda = syllable.groups()
    at = len(onset) + _tone_position(vowels, bool(coda))
    return toneless[:at] + unicodedata.normalize("NFC", toneless[at] + toned[0][1]) + toneless[at + 1 :]


def _tone_position(vowels: str, closed: bool) -> int:
    """Return which vowel bears the tone: the last shaped one; else before a coda the last, else the last but one."""
    for position in range(len(vowels) - 1, -1, -1):
        if vowels[position] in _SHAPED:
            return position
    return len(vowels) - 1 if closed else max(0, len(vowels) - 2)
