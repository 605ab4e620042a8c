"""The signature block at the bottom right, beside "Nơi nhận": capacity, title and name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from archive.extract.date_line import date_line
from archive.extract.findings import Finding
from archive.extract.layout import Piece, UprightPage
from archive.extract.phrases import begins_distribution
from archive.rules.fields.names import is_syllable
from archive.rules.fields.wording import nearest_title, restore_agency, restore_surname, restore_title
from archive.rules.kinds import folded_words
from archive.text.vietnamese import fold, nfc

_RIGHT_HALF = 0.52  # of the width: centred titles of the issuing authority stand left of it
_CAPITALS = 0.75
_BLOCK_MM = 75.0  # from the first title line to the name: room for signature and seal
_ASIDE_MM = 24.0  # greatest distance of the name from the middle of the titles
_DATE_ABOVE_MM = 25.0
_SPECK = 0.30
_SURE_NAME = 0.60
_SURE_UNLISTED = 0.85
_AUTHORITY = re.compile(r"^(?P<mark>TM|KT|TL|TUQ|TUN|Q)\s?[.,:]\s*", re.IGNORECASE)
_NAME_WORD = re.compile(r"[A-ZÀ-ỸĐ][a-zà-ỹđ]+|[A-ZÀ-ỸĐ]['’][A-ZÀ-Ỹa-zà-ỹđ]+|Y|Ô|Ơ")
_SPECKS = " .,;:)('\"“”‘’*~-–—=_|"
_AGENCIES = ("ui ban", "ubnd", "hoi dong", "hdnd", "ban ", "bo ", "so ", "chinh phu")
_DEGREE = re.compile(
    r"^(?:(?:BS|TS|ThS|PGS|GS|KS|DS|CN|CKI{1,2}|CK[12]|BSCK[I12]+|Đại tá|Thượng tá|Trung tá|Thiếu tá)[.,]?\s*)+"
)


@dataclass(frozen=True, slots=True)
class Signature:
    """The findings of a page's signature block, and the date above it; empty without a block."""

    findings: tuple[Finding, ...] = ()
    closing_date: Finding | None = None
    closing_place: Finding | None = None


@dataclass(frozen=True, slots=True)
class _TitleLine:
    """One line of capacity and title. ``doubtful``: letters before it belong to words that were not read."""

    piece: Piece
    text: str
    stands_for: bool  # names the person represented, so that the signer's own title must follow
    doubtful: bool


def read_signature(page: UprightPage) -> Signature:
    """Return the signature block of ``page``: the first one that its titles or its place beside "Nơi nhận" prove."""
    cells = page.cells()
    marker = next((cell for cell in cells if begins_distribution(cell)), None)
    right = [cell for cell in cells if cell.centre > _RIGHT_HALF * page.width]
    titles = _titles(right, marker)
    name = _name(right, titles, marker)
    if not titles or (name is None and marker is None):
        return Signature((name,) if name else ())
    findings = [_title(titles)]
    if name is not None:
        findings.append(name)
    dates = _dates_above(right, titles[0].piece)
    by_name = {found.name: found for found in dates}
    return Signature(tuple(findings), by_name.get("issue_date"), by_name.get("place"))


def _titles(right: Sequence[Piece], marker: Piece | None) -> list[_TitleLine]:
    """Return the title lines of the block: the first near the marker, or the last group on the page without one."""
    read = [line for cell in right if (line := _title_line(cell)) is not None]
    if marker is not None:
        read = [line for line in read if line.piece.middle > marker.middle - 12]
    groups: list[list[_TitleLine]] = []
    for line in read:
        if groups and line.piece.middle - groups[-1][0].piece.middle < _BLOCK_MM:
            groups[-1].append(line)
        else:
            groups.append([line])
    if not groups:
        return []
    return groups[0] if marker is not None else groups[-1]


def _title_line(cell: Piece) -> _TitleLine | None:
    """Return a cell as a line of capacity and title, or None when it is no such line."""
    if cell.capitals < _CAPITALS:
        return None
    words = re.sub(r"([.,])(?=\w)", r"\1 ", nfc(cell.text)).split()
    for read in (restore_title, nearest_title):  # a whole title further on wins over a misread one
        for start in range(len(words)):
            text = " ".join(words[start:]).strip(_SPECKS)
            mark = _AUTHORITY.match(text)
            rest = (text[mark.end() :] if mark else text).strip(_SPECKS)
            shown = _agency(rest) if mark else None
            shown = shown or read(rest)
            if shown is None:
                continue
            lost = any(map(str.isalpha, "".join(words[:start])))
            shown = f"{mark['mark'].upper()}. {shown}" if mark else shown
            return _TitleLine(cell, shown, stands_for=mark is not None, doubtful=lost)
    return None


def _agency(text: str) -> str | None:
    """Return the agency that the signer represents (TM. ỦY BAN NHÂN DÂN), None when ``text`` names none."""
    return restore_agency(text) if folded_words(text).startswith(_AGENCIES) else None


def _title(titles: Sequence[_TitleLine]) -> Finding:
    """Return all title lines as one field: ``KT. CHỦ TỊCH / PHÓ CHỦ TỊCH``.

    Doubtful when words before a title were not read, or when the last line only names the person represented.
    """
    pieces = [title.piece for title in titles]
    box = pieces[0].box
    for piece in pieces[1:]:
        box = box.union(piece.box)
    text = " / ".join(title.text for title in titles)
    printed = " ".join(nfc(piece.text) for piece in pieces)
    doubtful = any(title.doubtful for title in titles) or titles[-1].stands_for
    confidence = min(piece.confidence for piece in pieces)
    return Finding("signer_title", "" if doubtful else text, printed, confidence, box, doubtful)


def _name(right: Sequence[Piece], titles: Sequence[_TitleLine], marker: Piece | None) -> Finding | None:
    """Return the first name below the titles; without titles, a name with a known family name beside the marker."""
    anchor = titles[0].piece if titles else marker
    if anchor is None:
        return None
    for cell in right:
        if not 0 < cell.middle - anchor.middle <= _BLOCK_MM:
            continue
        if titles and abs(cell.centre - anchor.centre) > _ASIDE_MM:
            continue
        name = _person(cell)
        if name is not None and (titles or not name.doubtful):
            return name
    return None


def _person(cell: Piece) -> Finding | None:
    """Return a cell as a person's name: two to six words, each with one capital at its start."""
    kept = [placed for placed in cell.words if any(map(str.isalpha, placed.word.text))]
    while kept and kept[0].word.confidence < _SPECK and len(kept[0].word.text) <= 2:
        kept = kept[1:]  # the last stroke of the signature
    if not kept:
        return None
    text = _DEGREE.sub("", nfc(" ".join(placed.word.text.strip(".,;:'\"“”") for placed in kept)))
    words = text.split()
    if not 2 <= len(words) <= 6 or not all(_NAME_WORD.fullmatch(word) for word in words[1:]):
        return None
    piece = Piece(tuple(kept[-len(words) :]))
    lowest = min(placed.word.confidence for placed in piece.words[1:])
    restored = restore_surname(text)
    listed = restored is not None and words[0][:1].isupper()
    first = piece.words[0].word.confidence
    if listed:
        sure = lowest >= _SURE_NAME and all(map(is_syllable, words))
    else:  # names of ethnic minorities follow other rules: Y Blok, K'Brông
        sure = min(first, lowest) >= _SURE_UNLISTED and words[0][:1].isupper()
    value = restored or text
    return Finding("signer_name", value if sure else "", text, piece.confidence, piece.box, doubtful=not sure)


def _dates_above(right: Sequence[Piece], first: Piece) -> tuple[Finding, ...]:
    for cell in right:
        if 0 < first.middle - cell.middle <= _DATE_ABOVE_MM and "ngai" in fold(cell.text):
            return date_line(cell)
    return ()
