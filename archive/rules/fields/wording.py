"""Fixed wording restored from closed lists where OCR lost diacritics."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from archive.rules.kinds import folded_words
from archive.text.edit_distance import errors
from archive.text.vietnamese import exact, fold, nfc


@dataclass(frozen=True, slots=True)
class Wording:
    """Closed lists of fixed wording: folded words to correct words."""

    agencies: Mapping[str, str]
    territories: Mapping[str, str]
    provinces: Mapping[str, str]
    titles: Mapping[str, str]
    surnames: Mapping[str, tuple[str, ...]]
    authorities: tuple[str, ...]


@functools.cache
def wording() -> Wording:
    """Return the lists of data/wording.toml, read once."""
    data = tomllib.loads(resources.files("archive.rules").joinpath("data/wording.toml").read_text(encoding="utf-8"))
    surnames: dict[str, tuple[str, ...]] = {}
    for name in data["surnames"]:
        surnames[fold(name)] = (*surnames.get(fold(name), ()), name)
    return Wording(
        agencies=_by_folded(data["agencies"]),
        territories=_by_folded(data["territories"]),
        provinces=_by_folded(data["provinces"]),
        titles=_by_folded(data["titles"]),
        surnames=surnames,
        authorities=tuple(data["authorities"]),
    )


def restore_agency(text: str) -> str:
    """Return an agency's printed name with the marks of its fixed words restored, in the case of the print."""
    lists = wording()
    heads = {
        **lists.agencies,
        **{f"{t}{p}": f"{lists.territories[t]} {lists.provinces[p]}" for t, p in _places(lists)},
    }
    words = text.split()
    restored: list[str] = []
    after_head = True
    while words:
        phrase, count = _longest(words, heads)
        opens = phrase is not None or fold(words[0]).strip(".") in {"ubnd", "hdnd"}
        if phrase is None and after_head:
            phrase, count = _longest(words, lists.territories)
        restored.append(_cased(phrase, " ".join(words[:count])) if phrase else words[0])
        after_head = opens
        words = words[count:]
    return " ".join(restored)


def restore_title(text: str) -> str | None:
    """Return a signer's title with its marks restored, in the case of the print; None when it begins with none."""
    words = text.split()
    phrase, count = _longest(words, wording().titles)
    if phrase is None:
        return None
    rest = restore_agency(" ".join(words[count:]))
    return " ".join(part for part in (_cased(phrase, " ".join(words[:count])), rest) if part)


def nearest_title(text: str) -> str | None:
    """Return the nearest title to all of ``text``, in capitals; None when no or several titles are equally near."""
    key = _key(text)
    found = [
        (missed, title) for folded, title in wording().titles.items() if (missed := errors(key, folded)) is not None
    ]
    fewest = min((missed for missed, _ in found), default=0)
    nearest = [title for missed, title in found if missed == fewest]
    return nearest[0].upper() if len(nearest) == 1 else None


def restore_place(text: str) -> str:
    """Return a place as printed, or the province's name where the print folds equal to one."""
    return wording().provinces.get(_key(text), nfc(text))


def restore_surname(name: str) -> str | None:
    """Return a person's name with its first word as a family name is written; None when it is no known family name.

    Where several family names fold alike (Vũ, Vu) a form that is none of them stays doubtful: None.
    """
    first, _, rest = nfc(name).partition(" ")
    known = wording().surnames.get(fold(first), ())
    if any(exact(first) == exact(surname) for surname in known):
        return nfc(name)
    return f"{_cased(known[0], first)} {rest}".strip() if len(known) == 1 else None


def _by_folded(phrases: list[str]) -> dict[str, str]:
    return {_key(phrase): phrase for phrase in phrases}


def _key(text: str) -> str:
    """Return the folded letters of ``text``: capitals are often read without the blanks between words."""
    return folded_words(text).replace(" ", "")


def _places(lists: Wording) -> list[tuple[str, str]]:
    return [(territory, province) for territory in ("tinh", "thanhpho") for province in lists.provinces]


def _longest(words: list[str], phrases: Mapping[str, str]) -> tuple[str | None, int]:
    """Return the longest phrase at the start of ``words`` and its number of words; (None, 1) without one."""
    for count in range(min(len(words), 12), 0, -1):
        phrase = phrases.get(_key(" ".join(words[:count])))
        if phrase is not None:
            return phrase, count
    return None, 1


def _cased(phrase: str, printed: str) -> str:
    """Return ``phrase`` in the case of ``printed``, with the punctuation that the print has around it."""
    letters = [letter for letter in printed if letter.isalpha()]
    if all(letter.isupper() for letter in letters):
        cased = phrase.upper()
    elif letters and letters[0].isupper():
        cased = phrase[0].upper() + phrase[1:]
    else:
        cased = phrase
    tail = re.search(r"[^\w]*$", printed)
    return cased + (tail.group() if tail else "")
