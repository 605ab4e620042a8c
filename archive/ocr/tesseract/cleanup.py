"""Cleanup of Tesseract's words: fixes for its known errors."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from dataclasses import dataclass

from archive.model.pages import Box, Line, Word
from archive.text.vietnamese import nfc

CLEANUP = "tidying 1"  # part of every identity: raise the number when tidied words change

# Characters that Tesseract reads in specks, streaks and table rules (ADR 8.8); Vietnamese does not use them.
_NOISE = "_`ˆ´~|¦"
# Š is no Vietnamese letter: within a number (digits, with separators between them) it is a 5; elsewhere it may be an S.
_LETTER = r"[^\W\d_]"
_NUMBER = re.compile(rf"(?<!{_LETTER})[\dŠš]+(?:[./,-][\dŠš]+)*(?!{_LETTER})")


@dataclass(frozen=True, slots=True)
class RawWord:
    """A word as an engine gave it: box in pixels (left, top, right, bottom), confidence 0..100."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    confidence: float


def clean_word(text: str) -> str:
    """Return ``text`` in NFC without junk at its ends and with misread fives corrected; "" for junk only."""
    return _NUMBER.sub(_fix_fives, nfc(text).strip(_NOISE + string.whitespace))


def _fix_fives(number: re.Match[str]) -> str:
    read = number.group()
    return re.sub("[Šš]", "5", read) if any(c.isdigit() for c in read) else read


def lines_in_mm(lines: Iterable[Iterable[RawWord]], x_mm: float, y_mm: float) -> tuple[Line, ...]:
    """Return cleaned lines; ``x_mm``, ``y_mm``: size of a pixel in mm. Lines without words are dropped."""
    tidied = (tuple(_words_in_mm(line, x_mm, y_mm)) for line in lines)
    return tuple(Line(words) for words in tidied if words)


def _words_in_mm(line: Iterable[RawWord], x_mm: float, y_mm: float) -> Iterable[Word]:
    for raw in line:
        text = clean_word(raw.text)
        if text:
            box = Box(raw.left * x_mm, raw.top * y_mm, raw.right * x_mm, raw.bottom * y_mm)
            yield Word(text, box, min(1.0, max(0.0, raw.confidence / 100)))
