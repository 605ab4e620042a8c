"""Title and subject (trích yếu) of a paper, or a letter's "V/v" under its number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from archive.extract.findings import Finding, joined
from archive.extract.header import Header
from archive.extract.layout import Piece, UprightPage
from archive.extract.phrases import opens_with, tells_enclosure
from archive.rules.kinds import Kind, folded_words, kind_of_title

_TITLE_REACH_MM = 90.0  # greatest distance of a title below the head: a photograph or a code may stand between
_OFF_CENTRE_MM = 28.0  # from the middle between the margins; scans are skewed and off centre
_CAPITALS = 0.75
_SUBJECT_LINES = 9
_NEW_BLOCK = 1.45  # times the lines' pitch: a larger blank ends the subject
_PITCH_MM = (4.5, 8.5)  # of lines of 13-14 point, single to 1.3 spaced
_ABOUT = ("ve viec", "v v", "vv", "vlv", "ve")
_BODY = (
    "can cu", "kinh gui", "xet de nghi", "theo de nghi", "thuc hien", "dieu 1", "dieu i", "ong ba", "ho va ten",
    "cap cho",     "chung nhan", "thuc hien theo", "noi nhan", "so",
)  # fmt: skip
_LETTER_MARK = re.compile(r"^\W{0,2}[Vv][/⁄|lI1]?\s?[vV]\b")


@dataclass(frozen=True, slots=True)
class Heading:
    """The kind by the title (its slug), the subject, and whether the paper is a letter (công văn)."""

    kind: str | None
    findings: tuple[Finding, ...]
    letter: bool
    enclosed: bool
    below: tuple[Piece, ...]  # lines under the title, where some forms print their number
    title: Finding | None = None  # of the kind: its value is the slug


def read_heading(page: UprightPage, head: Header) -> Heading:
    """Return the text between the head and the body of a first page."""
    lines = [line for line in page.lines if line.middle > head.bottom]
    enclosed = any(
        tells_enclosure(line) for line in page.lines if line.middle < head.bottom + 25 and len(line.words) < 14
    )
    at, kind, count = _title(lines, page, head)
    about = _letter_subject(head, page)
    if kind is None or at is None or (about and count == 0):
        letter = about is not None or any(opens_with(line, ("kinh gui",)) for line in lines[:12])
        return Heading(None, (about,) if about else (), letter and head.emblem, enclosed, ())
    below = lines[at + count :]
    subject = _subject(_without_specks(lines[at]) or lines[at], below, kind)
    title = replace(joined("kind", lines[at : at + count]), value=kind.slug)
    findings = (subject,) if subject else ()
    return Heading(kind.slug, findings, letter=False, enclosed=enclosed, below=tuple(below[:3]), title=title)


def _title(lines: Sequence[Piece], page: UprightPage, head: Header) -> tuple[int | None, Kind | None, int]:
    """Return index, kind and number of lines of the first line in capitals near the middle that is a kind's title."""
    for index, line in enumerate(lines):
        if line.at.top > head.bottom + _TITLE_REACH_MM:
            break
        if opens_with(line, ("kinh gui", "dieu 1", "can cu")):
            break
        clean = _without_specks(line)
        if clean is None or clean.capitals < _CAPITALS or abs(clean.centre - page.width / 2) > _OFF_CENTRE_MM:
            continue
        told = _kind_of(line, lines[index + 1 : index + 4]) or _kind_of(clean, lines[index + 1 : index + 4])
        if told is not None:
            return index, *told
    return None, None, 0


def _kind_of(line: Piece, following: Sequence[Piece]) -> tuple[Kind, int] | None:
    """Return kind and number of lines of the title that begins with ``line``; certificates' names take several."""
    told = kind_of_title(line.text)
    if told is None:
        return None
    best, taken, text = told, 1, line.text
    for more, piece in enumerate(following, start=2):
        if piece.capitals < _CAPITALS:
            break
        text = f"{text} {piece.text}"
        longer = kind_of_title(text)
        if longer and longer.words > best.words:
            best, taken = longer, more
    return best.kind, taken


def _subject(title: Piece, below: Sequence[Piece], kind: Kind) -> Finding | None:
    """Return the centred lines under the title, up to a larger blank, a line of capitals, or the start of a body."""
    lines: list[Piece] = []
    for line in below[: _SUBJECT_LINES + 1]:
        clean = _from_about(line) if not lines else _without_specks(line)
        if clean is None:
            continue
        last = lines[-1] if lines else title
        if _ends(clean, last, lines, title):
            break
        lines.append(clean)
    if not lines or (not kind.subject and not opens_with(lines[0], ("ve viec", "v v"))):
        return None
    return joined("subject", lines)


def _ends(line: Piece, last: Piece, lines: Sequence[Piece], title: Piece) -> bool:
    opens_body = line.text[:1].isupper() and opens_with(line, _BODY)  # a subject may continue with "thực hiện …"
    if opens_body or line.capitals > _CAPITALS or not any(map(str.isalpha, line.text)):
        return True
    if abs(line.centre - title.centre) > _OFF_CENTRE_MM / 2:
        return True
    pitches = [after.middle - before.middle for before, after in zip([title, *lines], lines, strict=False)]
    pitch = min(max(median(pitches[1:] or pitches), _PITCH_MM[0]), _PITCH_MM[1]) if pitches else _PITCH_MM[1]
    return line.middle - last.middle > _NEW_BLOCK * pitch


def _letter_subject(head: Header, page: UprightPage) -> Finding | None:
    """Return a letter's subject: "V/v …" under the number, in the left column, up to a larger blank."""
    rows = [row for row in map(_without_specks, _beside(head, page)) if row is not None]
    start = next((index for index, row in enumerate(rows[:3]) if _LETTER_MARK.match(row.text)), None)
    if start is None:
        return None
    lines = [rows[start]]
    for row in rows[start + 1 :]:
        if row.middle - lines[-1].middle > _NEW_BLOCK * _PITCH_MM[0] + 1.5 or opens_with(row, ("kinh gui",)):
            break
        lines.append(row)
    found = joined("subject", lines)
    value = _LETTER_MARK.sub("V/v", found.printed)
    return Finding("subject", value, found.printed, found.confidence, found.box)


def _beside(head: Header, page: UprightPage) -> list[Piece]:
    """Return the left column's rows below the number; a line across both columns ends it."""
    found: list[Piece] = []
    for line in page.lines:
        if line.middle <= head.bottom or line.at.left > head.boundary:
            continue
        if line.at.right > head.boundary + 12 or len(found) > _SUBJECT_LINES:
            break
        found.append(line)
    return found


def _from_about(line: Piece) -> Piece | None:
    """Return a subject's first line from "Về việc" on, when only remains of a stamp or a speck precede it."""
    for index, placed in enumerate(line.words[:-1]):
        pair = folded_words(f"{placed.word.text} {line.words[index + 1].word.text}")
        before = line.part(0, index)
        if pair == "ve viec" and (before is None or before.confidence < 0.75 or len(before.text) <= 2):
            return line.part(index)
    return _without_specks(line)


def _without_specks(line: Piece) -> Piece | None:
    """Return a line without dirt at its ends: punctuation, or at most two letters of low confidence."""
    words = list(line.words)
    while words and _speck(words[0].word.text, words[0].word.confidence, opening=True):
        words = words[1:]
    while words and _speck(words[-1].word.text, words[-1].word.confidence, opening=False):
        words = words[:-1]
    return Piece(tuple(words)) if words else None


def _speck(text: str, confidence: float, *, opening: bool) -> bool:
    if not any(map(str.isalnum, text)):
        return opening or text not in {")", '"', "”", "."}
    return len(text) <= 2 and confidence < 0.5 and folded_words(text) not in _ABOUT
