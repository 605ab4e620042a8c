"""Words of secrecy marks: as printed, as stamped, and as OCR misreads them.

The degrees are those of the law on the protection of state secrets (Luật 117/2025/QH15): Mật, Tối mật, Tuyệt mật.
A mark stands in capitals (NĐ 30/2020, annex I, box 10a: capitals, bold, framed).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from archive.text.vietnamese import nfc, unmark


class Degree(StrEnum):
    """Degree of secrecy that a mark names."""

    MAT = "mat"
    TOI_MAT = "toi_mat"
    TUYET_MAT = "tuyet_mat"


# Compared without marks and after the look-alikes below.
_LONG = (("TOIMAT", Degree.TOI_MAT), ("TUYETMAT", Degree.TUYET_MAT))
# Misreadings of single capitals because of frames, streaks and worn rubber.
_LOOKALIKES = str.maketrans("0QLJ1|!47V", "OOIIIIIATY")
# Readings of Ậ that make no other word; the others do: "MẮT" eye, "MẶT" face, "MẤT" lost.
_SURE_VOWELS = frozenset("ẬÂẠ")
_LETTERS = re.compile(r"[^\W_]")
_WORDS = re.compile(r"[^\W_]+(?:\|[^\W_]+)*")
_MAT_READ = frozenset({"MAT", "NAT", "HAT", "MAI", "MA"})  # "MẬT" after "GIẢI", one letter misread or cut off
# Other urgent marks share the rubber stamp's place; they do not make a mark of secrecy running text.
_COMPANIONS = frozenset({"KHAN", "THUONG", "HOA", "TOC", "HOATOC", "THUONGKHAN"})
# Remains of a frame or round stamp beside the mark: a stray letter, or strokes read as I. More is another word.
_JUNK = re.compile(r"\w|I{2,3}")
_MAX_JUNK = 2
# "TUYỆT N", "ÝỆT MẬT": one word must be read exactly, because the other one is unreadable.
_FIRST_WORD = re.compile(r"\W*(TUY[ỆÊẸ]T|T[ỐÔ]I)\W+[MN]\w{0,2}\W*")
_LAST_WORD = re.compile(r"\W*(\w{0,5})\W*M[ẬÂẠ]T\W*")
# "GIẢI" as worn rubber leaves it: "ẢI", "FẢI". Never with a circumflex or an O: those are left of "TỐI".
_GIAI_REST = re.compile(r"\w{0,2}[AÀÁẢÃÄ]I")
_GIAI_LOOKALIKES = str.maketrans("6C0", "GGG")
_LABEL = re.compile(r"[\s\-–+*•.]*(?:mức\s+)?độ\s+mật\s*(?:\([^)]*\)\s*)?[:;.…\-–]+\s*", re.IGNORECASE)
_LABELLED = re.compile(r"(tuyệt|tối|)\s*mật\b\W*(?:$|(?:độ|mức)\s+(?:độ\s+)?khẩn\b)", re.IGNORECASE)
_LABELLED_DEGREES = {"tuyệt": Degree.TUYET_MAT, "tối": Degree.TOI_MAT, "": Degree.MAT}


def printed_degree(text: str) -> tuple[Degree, bool] | None:
    """Return the degree that ``text`` consists of and whether the reading is sure; None when it says anything else.

    For printed words: capitals are required; frame junk around the mark and spaces within it are allowed.
    """
    letters = "".join(_LETTERS.findall(nfc(text)))
    if len(letters) < len("MAT") or letters[0].islower() or sum(letter.islower() for letter in letters) > 1:
        return None
    letters = letters.upper()
    bare = unmark(letters).translate(_LOOKALIKES)
    if bare == "MAT":
        sure = letters[1] in _SURE_VOWELS
        return (Degree.MAT, sure) if sure or _is_one_word(_WORDS.findall(nfc(text))) else None
    return _long_degree(bare) if bare.endswith("MAT") else None


def stamped_degree(text: str) -> tuple[Degree, bool] | None:
    """Return the degree that a stamp bears whose reading is ``text``, and whether the reading is sure; else None.

    More tolerant than for printed words: ink is worn and overprinted, and only stamps are read in this way.
    """
    if not _in_capitals(text):
        return None
    words = [unmark(word.upper()).translate(_LOOKALIKES) for word in _WORDS.findall(nfc(text))]
    words = [word for word in words if word not in _COMPANIONS]
    for first in range(len(words)):
        for last in range(first, len(words)):
            outside = words[:first] + words[last + 1 :]
            found = _stamped(words[first : last + 1])
            if found and len(outside) <= _MAX_JUNK and all(map(_JUNK.fullmatch, outside)):
                degree, sure = found
                return degree, sure and (degree is not Degree.MAT or not _SURE_VOWELS.isdisjoint(nfc(text)))
    return _half_read(nfc(text).upper())


def may_hold_degree(text: str) -> bool:
    """Return whether a degree may stand somewhere in ``text``: a quick look before the words are placed."""
    letters = "".join(_LETTERS.findall(nfc(text)))
    return "MAT" in unmark(letters).upper().translate(_LOOKALIKES)


def says_declassified(text: str) -> bool:
    """Return whether a reading of a stamp holds "GIẢI MẬT": secret no longer. One letter of either may be misread."""
    words = [word.strip("_") for word in _WORDS.findall(nfc(text))]
    return any(
        one.isupper() and _is_giai(one) and unmark(other.upper()).translate(_LOOKALIKES) in _MAT_READ
        for one, other in pairwise(words)
    )


def is_first_of_declassified(text: str) -> bool:
    """Return whether a reading of a stamp is the word "GIẢI" alone, one letter misread at most."""
    words = [word.strip("_") for word in _WORDS.findall(nfc(text))]
    return len(words) == 1 and words[0].isupper() and len(words[0]) > 2 and _is_giai(words[0])


def labelled_degree(text: str) -> Degree | None:
    """Return the one degree after a label ("Độ mật: Tối mật"); None for "Không", a blank or a list of degrees."""
    label = _LABEL.match(nfc(text))
    value = _LABELLED.match(nfc(text), label.end()) if label else None
    return _LABELLED_DEGREES[value[1].lower()] if value else None


def _half_read(text: str) -> tuple[Degree, bool] | None:
    """Return the degree of a stamp with one readable word, the other being under a round stamp or over print."""
    first, last = _FIRST_WORD.fullmatch(text), _LAST_WORD.fullmatch(text)
    if first:
        return Degree.TUYET_MAT if "Y" in first[1] else Degree.TOI_MAT, False
    if last and not _is_giai(last[1].strip("_")):  # "GIẢI MẬT": secret no longer
        return Degree.MAT, False
    return None


def _is_giai(word: str) -> bool:
    bare = unmark(word).translate(_GIAI_LOOKALIKES).translate(_LOOKALIKES)
    return _within_one(bare, "GIAI") or "Ả" in word or _GIAI_REST.fullmatch(word) is not None  # no degree has an Ả


def _stamped(words: Sequence[str]) -> tuple[Degree, bool] | None:
    bare = "".join(words)
    if bare == "MAT":
        return (Degree.MAT, True) if _is_one_word(words) else None
    if bare == "BIMAT":
        return Degree.MAT, False  # no degree of the law, but open papers do not bear it
    # One letter may be misread in the long marks; in "MẬT" itself it may not: "MẪU" (specimen) is one letter away.
    return _long_degree(bare)


def _long_degree(bare: str) -> tuple[Degree, bool] | None:
    for words, degree in _LONG:
        if _within_one(bare, words):
            return degree, bare == words
    return None


def _is_one_word(words: Sequence[str]) -> bool:
    """Return whether three letters are one word, letter-spaced or not: "MÃ T" is not."""
    return len(words) in (1, 3)


def _in_capitals(text: str) -> bool:
    letters: list[str] = _LETTERS.findall(nfc(text))
    return sum(letter.islower() for letter in letters) <= max(1, len(letters) // 3)


def _within_one(left: str, right: str) -> bool:
    """Return whether the edit distance between ``left`` and ``right`` is at most one."""
    return Levenshtein.distance(left, right, score_cutoff=1) <= 1
