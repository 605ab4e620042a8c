"""The line of number and symbol: "Số: 123/QĐ-UBND", its number printed or filled in by pen."""

from __future__ import annotations

import re

from archive.extract.date_line import PEN_HEIGHT, SURE_PRINT
from archive.extract.findings import Finding
from archive.extract.layout import Piece, PlacedWord
from archive.rules.fields.numbers import parse_number, restore_symbol
from archive.rules.kinds import kind_of_symbol
from archive.text.vietnamese import fold, nfc

# Folded "Số:"; without its mark a digit or a slash must follow, for "SỞ …" folds alike.
_OPENING = re.compile(r"^\W{0,3}s[oa06]z?(?:\s*[:.;,]+|\s*(?=[0-9/⁄|?#@&])|\s*$)")
# The symbol at the end of the line: capitals in groups; the slash before it may be misread (7, l) or lost.
_SYMBOL = re.compile(
    r"(?<![^\W\d_])(?P<symbol>[A-ZĐ][A-ZĐa-z&]{0,11}[0-9]{0,4}(?:\s?[-–.]\s?[A-ZĐ][A-ZĐa-z&]{0,11}[0-9]{0,4}|/[A-ZĐ]{2,12}){0,3})\W*$"
)
_AGENCY_PARTS = re.compile(
    r"(CT|VP)?(UBND|HĐND|HDND)|S[A-ZĐ]{1,8}|P[A-ZĐ]{2,6}|UB|BCĐ\d*|CCT?|STC|BQL[A-ZĐ]*|VP[A-ZĐ]*"
)
_MISREAD_R = re.compile(r"^([A-ZĐ])[I1l]r\b")  # only TTr mixes its cases so
_SURE_SYMBOL = 0.70
# Number and symbol printed without a blank are one word to the reader, its confidence that of the symbol's Đ;
# pen-written numbers that ran into the symbol were read at 0.55 at most.
_SURE_GLUED = 0.75
_DIGIT_TO_LABEL = 0.80  # height of a digit over that of "Số:", whose ố is higher than a capital


def number_line(row: Piece, digit_height: float | None = None) -> tuple[Finding, ...]:
    """Return number and symbol of a row that is a number line, else nothing. ``digit_height``: of printed digits, mm.

    A handwritten or uncertain number is a doubtful finding without a value; an empty slot gives no finding.
    """
    text = nfc(row.text)
    opening = _OPENING.match(fold(text))
    begin = opening.end() if opening else 0
    match = _SYMBOL.search(text, begin)
    if match is None:
        return _bare_number(row, text) if opening else ()
    printed, start = _own_part(match["symbol"], match.start())
    symbol, before = _mended(printed), text[begin:start]
    if opening is None and (not _known(symbol) or "/" not in before):
        return ()
    confidence = row.lowest(start, match.end())
    year = re.search(r"/\s*((?:19|20)[0-9]{2})\s*/?\s*$", before)
    value = f"{year[1]}/{symbol}" if year else symbol
    sure = _known(symbol) or confidence >= _SURE_SYMBOL
    found = Finding("symbol", value if sure else "", printed, confidence, row.box, doubtful=not sure)
    return (*_number(row, before, begin, digit_height), found)


def _number(row: Piece, before: str, begin: int, digit_height: float | None) -> tuple[Finding, ...]:
    """Return the number in the slot between "Số:" and the slash."""
    slot = re.sub(r"(?:/\s*(?:19|20)[0-9]{2}\s*)?/?\s*$", "", before)
    if not any(map(str.isalnum, slot)) and len(slot.strip(" ._…:-")) < 2:
        return ()  # blank, or dots for the pen
    parsed = parse_number(f"Số: {slot.strip(' .:_…')}/X") if before.rstrip().endswith("/") else None
    end = begin + len(slot)
    confidence = row.lowest(begin, end)
    words = row.words_in(begin, end)
    glued = len(words) == 1 and begin + len(before) < _end_of(row, words[0])
    pen = not glued and any(placed.at.height > PEN_HEIGHT * _print_height(row, digit_height) for placed in words)
    if parsed is None or parsed.number is None or pen or confidence < (_SURE_GLUED if glued else SURE_PRINT):
        return (Finding("number", "", slot.strip(), confidence, row.box, doubtful=True),)
    return (Finding("number", parsed.number, slot.strip(), confidence, row.box),)


def _end_of(row: Piece, wanted: PlacedWord) -> int:
    """Return where a word ends in the row's text."""
    at = 0
    for placed in row.words:
        at += len(placed.word.text) + 1
        if placed is wanted:
            break
    return at - 1


def _print_height(row: Piece, digit_height: float | None) -> float:
    """Return the height of printed digits, mm: as in the date, else as "Số:" without the marks above its o."""
    return digit_height if digit_height is not None else _DIGIT_TO_LABEL * row.words[0].at.height


def _bare_number(row: Piece, text: str) -> tuple[Finding, ...]:
    """Return a number without a symbol (civil status: "Số: 15/2021"), when the row is nothing else."""
    parsed = parse_number(text)
    if parsed is None or parsed.number is None or len(row.words) > 4:
        return ()
    value = f"{parsed.number}/{parsed.year}" if parsed.year else parsed.number
    confidence = row.lowest(0, len(text))
    doubtful = confidence < SURE_PRINT or any(
        placed.at.height > 1.1 * row.words[0].at.height for placed in row.words if placed.word.text[:1].isdigit()
    )
    return (Finding("number", "" if doubtful else value, parsed.printed, confidence, row.box, doubtful),)


def _own_part(symbol: str, start: int) -> tuple[str, int]:
    """Return the symbol without the remains of a misread slash before it (``J/SYT-NVY``), and its start."""
    head, slash, tail = symbol.partition("/")
    if slash and not _known(_mended(symbol)) and _known(_mended(tail)):
        return tail, start + len(head) + 1
    return symbol, start


def _mended(symbol: str) -> str:
    """Return the symbol as a closed list writes it: đ restored, TIr as TTr, a doubled Đ as one where that is known."""
    restored = restore_symbol(_MISREAD_R.sub(r"\1Tr", symbol))
    single = restored.replace("ĐĐ", "Đ")
    return single if not _known(restored) and _known(single) else restored


def _known(symbol: str) -> bool:
    """Return True when the first part is the abbreviation of a kind or an agency, so that it cannot be pen or dirt."""
    return kind_of_symbol(symbol) is not None or bool(_AGENCY_PARTS.fullmatch(symbol.split("-")[0]))
