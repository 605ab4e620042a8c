"""Edit distance between folded phrases, for matching OCR output with fixed print."""

from __future__ import annotations

from typing import NamedTuple

# One misread letter in a short phrase, up to four in the longest. Folding has already forgiven the marks, and
# fixed phrases of these forms differ by whole words.
_LETTERS_PER_ERROR = 7
_MAX_ERRORS = 4


def distance(left: str, right: str, limit: int) -> int:
    """Return the number of letters inserted, deleted or replaced between two strings, or ``limit`` + 1 when more."""
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    row = list(range(len(right) + 1))
    for number, letter in enumerate(left, start=1):
        above, row = row, [number]
        for column, other in enumerate(right, start=1):
            row.append(min(above[column] + 1, row[-1] + 1, above[column - 1] + (letter != other)))
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


def errors(text: str, phrase: str) -> int | None:
    """Return how many letters of ``phrase`` were misread when ``text`` stands for it, None when that is too many.

    Both folded. Phrases under seven letters must be equal.
    """
    allowed = min(_MAX_ERRORS, len(phrase) // _LETTERS_PER_ERROR)
    found = distance(text, phrase, allowed)
    return found if found <= allowed else None


def is_near(text: str, phrase: str) -> bool:
    """Return True when folded ``text`` may be a misread folded ``phrase``."""
    return errors(text, phrase) is not None


class PhraseStart(NamedTuple):
    """How many words stand for a phrase, and how many letters of it were misread."""

    words: int
    errors: int


def find_start(text: str, phrase: str) -> PhraseStart | None:
    """Return how folded ``text`` begins with a folded ``phrase``, the best way, or None when it does not."""
    words = text.split()
    wanted = len(phrase.split())
    found: list[PhraseStart] = []
    for count in (wanted, wanted - 1, wanted + 1):  # a lost or an added space changes the number of words
        misread = errors(" ".join(words[:count]), phrase) if 0 < count <= len(words) else None
        if misread is not None:
            found.append(PhraseStart(count, misread))
    return min(found, key=lambda start: start.errors, default=None)
