"""Separator sheets: recognised by bearing their own name and nothing else."""

from __future__ import annotations

import re

from archive.model.pages import PageText, Word
from archive.text.vietnamese import fold

# What scanner makers and offices print on them, folded (y is i). PATCH T and PATCH 2 are the patch codes that split
# documents. "PHÂN" in letters of a centimetre comes back with one vowel too many.
_NAMES = re.compile(
    r"\b(?:patch ?(?:t|2|ii|code)"
    r"|(?:to|trang|phieu|bia) (?:phaa?n cach|ngan cach|tach (?:ho so|tai lieu|van ban))"
    r"|(?:document |batch |page )?separator(?: sheet| page)?)\b"
)
# Words that may stand beside the name.
_BESIDE = frozenset({"patch", "code", "type", "sheet", "page", "document", "batch", "trang", "to", "phieu", "bia"})
_STROKES = re.compile(r"[\W_]*|[\W_il1]{3,}")  # readings of bars
_LETTERS = re.compile(r"[^\W_]")
# Bars and letters of two centimetres come out as a few short words of little confidence. More is content.
_UNSURE, _SHORT, _MAX_UNREADABLE = 0.7, 6, 2


def is_separator(text: PageText) -> bool:
    """Return whether a page bears the name of a separator sheet and no other content: a doubt means no.

    Two short words that were read badly are allowed; a page with one legible word more is a page of a document.
    """
    words = [word for word in text.words if not _STROKES.fullmatch(fold(word.text))]
    names = _NAMES.findall(" ".join("".join(_LETTERS.findall(fold(word.text))) for word in words))
    if not names:
        return False
    allowed = _BESIDE.union(*(name.split() for name in names))
    others = [word for word in words if "".join(_LETTERS.findall(fold(word.text))) not in allowed]
    return len(others) <= _MAX_UNREADABLE and all(map(_is_unreadable, others))


def _is_unreadable(word: Word) -> bool:
    return word.confidence < _UNSURE and len(word.text) <= _SHORT
