"""Personal names: whether a text can be one."""

from __future__ import annotations

import re

from archive.text.vietnamese import fold

_ONSET = r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|th|tr|qu|[bcdghklmnpqrstvx])?"
_CODA = r"(?:ng|nh|ch|[cmnpt])?"
_SYLLABLE = re.compile(rf"{_ONSET}[aeiou]{{1,3}}{_CODA}")


def is_syllable(word: str) -> bool:
    """Return True when ``word`` can be a Vietnamese syllable: onset, one to three vowels, coda (``Glang`` cannot)."""
    return _SYLLABLE.fullmatch(fold(word)) is not None


def given_case(name: str) -> str:
    """Return a name printed in capitals as names are written (``AN`` as ``An``); any other as it is."""
    letters = [letter for letter in name if letter.isalpha()]
    if not letters or not all(letter.isupper() for letter in letters):
        return name
    return " ".join(word[:1] + word[1:].lower() for word in name.split())
