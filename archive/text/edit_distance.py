"""Edit distance between folded phrases, for matching OCR output with fixed print."""

from __future__ import annotations

from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

# One misread letter in a short phrase, up to four in the longest. Folding has already removed diacritics, and
# fixed phrases of these forms differ by whole words.
_LETTERS_PER_ERROR = 7
_MAX_ERRORS = 4


def errors(text: str, phrase: str) -> int | None:
    """Return the edit distance from ``phrase`` to ``text``, None when it is too large for a misreading.

    Both folded. Phrases under seven letters must be equal.
    """
    allowed = min(_MAX_ERRORS, len(phrase) // _LETTERS_PER_ERROR)
    found = Levenshtein.distance(text, phrase, score_cutoff=allowed)
    return found if found <= allowed else None


class PhraseStart(NamedTuple):
    """The number of words that match a phrase, and of its misread letters."""

    words: int
    errors: int


def find_start(text: str, phrase: str) -> PhraseStart | None:
    """Return the best match of a folded ``phrase`` with the start of folded ``text``, None without one."""
    words = text.split()
    wanted = len(phrase.split())
    found: list[PhraseStart] = []
    for count in (wanted, wanted - 1, wanted + 1):  # a lost or an added space changes the number of words
        misread = errors(" ".join(words[:count]), phrase) if 0 < count <= len(words) else None
        if misread is not None:
            found.append(PhraseStart(count, misread))
    return min(found, key=lambda start: start.errors, default=None)
