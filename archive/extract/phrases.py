"""Fixed phrases of printed forms, matched with a tolerance for OCR errors."""

from __future__ import annotations

from archive.extract.layout import Piece
from archive.rules.kinds import folded_words
from archive.text.edit_distance import errors

EMBLEM = "cong hoa xa hoi chu nghia viet nam"
MOTTO = "doc lap tu do hanh phuc"
_ENCLOSED = ("phu luc", "mau so", "bieu mau", "bieu so", "du thao", "ban thao", "kem theo", "ban hanh kem theo")
_DISTRIBUTION = ("noi nhan", "noi gui")


def emblem_at(line: Piece) -> int | None:
    """Return the index of the word that begins the state's name or its motto in ``line``, or None."""
    if len(line.folded) < len(MOTTO) - 4:
        return None
    words = [folded_words(placed.word.text) for placed in line.words]
    best: tuple[int, int] | None = None
    for start in range(len(words)):
        rest = " ".join(" ".join(words[start:]).split())
        for phrase in (EMBLEM, MOTTO):
            misread = errors(rest, phrase)
            if words[start] and misread is not None and (best is None or misread < best[0]):
                best = (misread, start)
    return best[1] if best else None


def opens_with(piece: Piece, phrases: tuple[str, ...]) -> bool:
    """Return True when the folded words of ``piece`` begin with one of ``phrases``."""
    return any(piece.folded == phrase or piece.folded.startswith(f"{phrase} ") for phrase in phrases)


def tells_enclosure(piece: Piece) -> bool:
    """Return True for a line that marks a page as part of another paper: Phụ lục, Mẫu số, Dự thảo."""
    return opens_with(piece, _ENCLOSED) or piece.folded.startswith("ban hanh kem")


def begins_distribution(piece: Piece) -> bool:
    """Return True for "Nơi nhận:", which ends the text on the left; misread first letters are tolerated."""
    words = piece.folded.split()
    return opens_with(piece, _DISTRIBUTION) or (len(words) >= 2 and words[1] == "nhan" and words[0].endswith("oi"))
