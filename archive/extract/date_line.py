"""Place and date of issue: "Kiên Giang, ngày 05 tháng 3 năm 2021", its blanks filled in by pen."""

from __future__ import annotations

import re

from archive.extract.findings import Finding
from archive.extract.layout import Piece
from archive.rules.fields.dates import partial
from archive.rules.fields.wording import restore_place
from archive.text.vietnamese import fold, nfc

# Folded: "ngai" is ngày with a misread y. The text between the words is a slot, filled in by print or pen.
_LINE = re.compile(r"nga[ivw](?P<day>.{0,16}?)t[ho]ang(?P<month>.{0,12}?)nam\s*(?P<year>.{0,10})")
_PUNCTUATION = re.compile(r"[\s.,:;…_'\"“”‘’~*=—–-]+")
# In a printed month the reader writes I, l, T, | and ] for 1, O and Ø for 0; no letters stand there.
_LOOKALIKES = str.maketrans("ilt|]!oø", "11111100")
_MONTH_LETTERS = re.compile(r"[0-9ilt|\]!oø]{1,2}")

# Pen-written digits are at least 1.2 times as high as the printed year beside them, printed ones at most 1.1 times.
# OCR engines misread half of them, whatever their confidence; so they are never accepted.
PEN_HEIGHT = 1.15
SURE_PRINT = 0.85
_SURE_MONTH = 0.55  # twelve values, mostly printed; eleven written with look-alikes is eleven
_SURE_YEAR = 0.55
_PLACE_WORDS = 6
_WHOLE = len("2021-03-05")


def date_line(row: Piece) -> tuple[Finding, ...]:
    """Return place and issue date of a row that is a date line, else nothing.

    A slot that was not read surely leaves the date partial and doubtful; without a sure year there is no value at all.
    """
    match = _match(row)
    if match is None:
        return ()
    text = nfc(row.text)
    printed = text[match.start() : match.end()].strip()
    year = _printed_digits(row, match, "year", _SURE_YEAR)
    month = _printed_digits(row, match, "month", _SURE_MONTH)
    day = _printed_digits(row, match, "day", SURE_PRINT)
    value = partial(year, month, day if month else None) or partial(year, month) or partial(year) if year else None
    whole = value is not None and len(value) == _WHOLE
    found = Finding("issue_date", value or "", printed, _confidence(row, match, value), row.box, doubtful=not whole)
    place = _place(row, text, match.start())
    return (found, place) if place else (found,)


def _confidence(row: Piece, match: re.Match[str], value: str | None) -> float:
    """Return the confidence of the digits that ``value`` consists of; other words do not count."""
    used = ("year", "month", "day")[: value.count("-") + 1] if value else ()
    return min((_lowest(row, match, slot) for slot in used), default=0.0)


def _lowest(row: Piece, match: re.Match[str], slot: str) -> float:
    """Return the lowest confidence of the words in a slot that may be digits; 0 without such a word."""
    words = row.words_in(match.start(slot), match.start(slot) + len(match[slot].rstrip()))
    told = [placed.word for placed in words if any(letter.isalnum() or letter in "|]!" for letter in placed.word.text)]
    return min((word.confidence for word in told), default=0.0)


def digit_height(row: Piece) -> float | None:
    """Return the height of printed digits in a date line, mm: the year's, which no office fills in by pen."""
    match = _match(row)
    words = row.words_in(match.start("year"), match.end("year")) if match else ()
    return min((placed.at.height for placed in words if placed.word.text[:4].isdecimal()), default=None)


def _match(row: Piece) -> re.Match[str] | None:
    """Return where ngày, tháng and năm stand in a row; "Quảng Ngãi, ngày" has its ngày at the second place."""
    text = nfc(row.text)
    folded = fold(text)
    for start in (found.start() for found in re.finditer("nga[ivw]", folded)):
        match = _LINE.match(folded, start)
        if match and not re.search("nga[ivw]", match["day"]) and (start == 0 or text[start] == "n"):
            return match
    return None


def _printed_digits(row: Piece, match: re.Match[str], slot: str, sure: float) -> str | None:
    """Return the printed digits of a slot; None when it is blank, filled by pen, or not read surely."""
    content = _PUNCTUATION.sub("", match[slot])
    if slot == "year":
        content = content[:4]
    if slot == "month" and _MONTH_LETTERS.fullmatch(content):
        content = content.translate(_LOOKALIKES)
        sure = sure if content != "11" else 0.35
    if not content.isdecimal() or len(content) not in ((4,) if slot == "year" else (1, 2)):
        return None
    start, end = match.start(slot), match.start(slot) + len(match[slot].rstrip())
    height = digit_height(row)
    words = [placed for placed in row.words_in(start, end) if any(map(str.isdigit, placed.word.text))]
    # A word that holds "ngày" or "tháng" too is as high as these; its digits cannot be told from pen.
    high = any(height is None or placed.at.height > PEN_HEIGHT * height for placed in words)
    if slot == "day" and high:
        return None
    return content if _lowest(row, match, slot) >= sure else None


def _place(row: Piece, text: str, end: int) -> Finding | None:
    count = len(text[:end].split())
    piece = row.part(0, count) if count else None
    if piece is None:
        return None
    words = [word for word in (re.sub(r"[^\w.'-]", "", word) for word in text[:end].split()) if word]
    while words and not words[0][0].isupper():
        words = words[1:]
    name = " ".join(words).strip(" .-'")
    if not words or len(words) > _PLACE_WORDS or not words[-1][:1].isalnum() or len(name) < 2:
        return None
    return Finding("place", restore_place(name), name, piece.confidence, piece.box)
