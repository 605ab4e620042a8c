"""The header of a first page: agencies and number on the left; state name, place and date on the right."""

from __future__ import annotations

from dataclasses import dataclass

from archive.extract.date_line import date_line, digit_height
from archive.extract.findings import Finding, joined
from archive.extract.layout import Piece, UprightPage, rows
from archive.extract.number_line import number_line
from archive.extract.phrases import emblem_at, opens_with, tells_enclosure
from archive.rules.fields.wording import restore_agency

# The head of decree 30/2020 takes 45 mm from its first line to "V/v"; a stamp or a long agency's name may push it down.
_HEAD_MM = 45.0
_ABOVE_MM = 12.0  # the agency may stand above the state's name by two lines
_CUT_MM = 25.0  # how far left of the state's name the two columns may part
# First words of agencies' names, folded (i for y); collected by hand. Most of them open a name in
# archive/rules/data/wording.toml (agencies); bhxh, vp, bv, tt and ttpvhcc are abbreviations that papers print.
_OPENERS = (
    "ui", "ubnd", "hdnd", "hoi", "bo", "so", "ban", "phong", "cuc", "chi", "tong", "van", "thanh", "trung",
    "cong", "toa", "vien", "truong", "benh", "kho", "thue", "bao", "chinh", "thu", "ha", "doan", "qui", "ngan",
    "lien", "hat", "doi", "dang", "tram", "nha", "hop", "bhxh", "to", "vp", "bv", "tt", "ttpvhcc",
)  # fmt: skip
_TERRITORIES = ("tinh", "thanh pho", "tp", "huien", "quan", "thi xa", "thi tran", "xa", "phuong", "dac khu")
_CONTINUED = ("va", "cac", "dau tu", "chi nhanh")


@dataclass(frozen=True, slots=True)
class Header:
    """The two columns' findings, and where the head ends and its columns part on the upright page (mm)."""

    findings: tuple[Finding, ...]
    emblem: bool
    bottom: float
    boundary: float


def read_header(page: UprightPage) -> Header:
    """Return the findings of the head of ``page``; without the state's name there is no head and no finding."""
    emblem = _emblem(page)
    if emblem is None:
        return Header((), emblem=False, bottom=0.0, boundary=0.0)
    top, boundary = emblem.at.top - _ABOVE_MM, emblem.at.left
    left, right = _columns(page, top, emblem.at.top + _HEAD_MM, boundary)
    found: list[Finding] = []
    bottom = emblem.at.bottom
    dated = next(((row, parts) for row in right if (parts := date_line(row))), None)
    if dated:
        found.extend(dated[1])
        bottom = dated[0].at.bottom
    numbered = [number_line(row, digit_height(dated[0]) if dated else None) for row in left]
    at = next((index for index, findings in enumerate(numbered) if findings), None)
    if at is not None:
        found.extend(numbered[at])
        bottom = max(bottom, left[at].at.bottom)
    above = left[:at] if at is not None else [row for row in left if row.at.bottom <= bottom + 2]
    found.extend(_agencies(above))
    return Header(tuple(found), emblem=True, bottom=bottom, boundary=boundary)


def _emblem(page: UprightPage) -> Piece | None:
    """Return the words of the state's name, or of its motto if the name was not read: the topmost on the page."""
    for line in page.lines:
        start = emblem_at(line)
        if start is not None:
            return line.part(start)
    return None


def _columns(page: UprightPage, top: float, bottom: float, boundary: float) -> tuple[list[Piece], list[Piece]]:
    """Return the rows of the left and of the right column between two heights."""
    left: list[Piece] = []
    right: list[Piece] = []
    for line in page.lines:
        if not top <= line.middle <= bottom:
            continue
        emblem = emblem_at(line)
        cut = _cut(line, boundary) if emblem is None else emblem
        if (piece := line.part(0, cut)) is not None:
            left.append(piece)
        if (piece := line.part(cut)) is not None:
            right.append(piece)
    return rows(left), rows(right)


def _cut(line: Piece, boundary: float) -> int:
    """Return the index of the first word of the right column: after the widest blank near the boundary."""
    best, cut = 0.0, 0 if line.words[0].at.left >= boundary - _CUT_MM / 2 else len(line.words)
    for index in range(1, len(line.words)):
        start, end = line.words[index - 1].at.right, line.words[index].at.left
        if end > boundary - _CUT_MM and start < boundary + _CUT_MM and end - start > best and end - start > 3.0:
            best, cut = end - start, index
    return cut


def _agencies(above: list[Piece]) -> list[Finding]:
    """Return issuing agency and, where one stands above it, parent agency.

    The reader does not see bold print, which marks the issuing agency; so the first words show where a name begins.
    """
    lines = [row for row in map(_clean, above) if row is not None and row.capitals >= 0.6 and not tells_enclosure(row)]
    units: list[list[Piece]] = []
    for line in lines:
        if units and not _opens_agency(line, units[-1]):
            units[-1].append(line)
        else:
            units.append([line])
    named = [unit for unit in units if opens_with(unit[0], (*_OPENERS, *_TERRITORIES))]
    if not named:
        return []
    found = [_restored("issuing_agency", named[-1])]
    if len(named) > 1:
        found.append(_restored("parent_agency", [line for unit in named[:-1] for line in unit]))
    return found


def _restored(name: str, lines: list[Piece]) -> Finding:
    found = joined(name, lines)
    value = restore_agency(found.printed)
    return Finding(name, value, found.printed, found.confidence, found.box)


def _opens_agency(line: Piece, before: list[Piece]) -> bool:
    if opens_with(line, _CONTINUED):
        return False
    if opens_with(line, _TERRITORIES):  # "ỦY BAN NHÂN DÂN" waits for its "TỈNH …"; a name that has one does not
        return any(f" {territory} " in f" {piece.folded} " for piece in before for territory in _TERRITORIES)
    return opens_with(line, _OPENERS) and not _waits(before)


def _waits(before: list[Piece]) -> bool:
    """Return True while the name must continue: VĂN PHÒNG stands above ĐĂNG KÝ ĐẤT ĐAI."""
    return before[-1].folded in {"van phong", "trung tam", "ban quan li", "ban quan li du an", "chi cuc", "ban chi dao"}


def _clean(row: Piece) -> Piece | None:
    """Return a row without specks: tokens without letters or digits, lone letters that were read badly."""
    kept = tuple(
        placed
        for placed in row.words
        if placed.word.text in "-–,"
        or (any(map(str.isalnum, placed.word.text)) and (len(placed.word.text) > 1 or placed.word.confidence > 0.5))
    )
    while kept and not any(map(str.isalnum, kept[0].word.text)):
        kept = kept[1:]
    while kept and kept[-1].word.text in "-–,":
        kept = kept[:-1]
    return Piece(kept) if kept else None
