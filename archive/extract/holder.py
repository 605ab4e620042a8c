"""Holder, address, codes and durations, from a form's labels and set phrases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from archive.extract.findings import Finding
from archive.extract.labels import LabelledValue, labelled_values
from archive.extract.layout import Piece
from archive.rules.fields.dates import parse_dates
from archive.rules.fields.names import given_case
from archive.rules.fields.personal_numbers import person_number, tax_number
from archive.text.vietnamese import fold, nfc

_SURE_NAME = 0.60
_SURE_DIGITS = 0.85  # one wrong digit is another person
_SURE_DATE = 0.70  # the full stop after a year lowers the reader's confidence
_NGAY = len("ngày:  ")  # between a phrase and its short date
_ORGANISED = (
    "cong ti",
    "doanh nghiep",
    "hop tac xa",
    "tong cong ti",
    "ngan hang",
    "tap doan",
    "chi nhanh",
    "ban quan li",
)
# domain: 000.00.18.H42-230512-0001 (circular 01/2018/TT-VPCP, article 19) and H15.50.05.13-261008-0975
_DOSSIER = re.compile(
    r"(?<![\w.-])(?:[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.)?[A-Z][0-9]{2}(?:\.[A-Z0-9]{2,3})*-[0-9]{6}-[0-9]{4,7}(?![\w-])"
)
_PROCEDURE = re.compile(r"(?<![\w.])[0-9]\.[0-9]{6}(?:\.[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.H[0-9]{2})?(?!\w)")
_COURTESY = re.compile(
    r"^(?:(?:ông|bà|anh|chị|hộ ông|hộ bà)(?:\s*[(/,]?\s*(?:bà|ông)\s*\)?)?\s*[:.]?\s+)(?=\S)", re.IGNORECASE
)
# The paper speaks of itself ("giấy phép này …"), or the phrase opens the line as a label does.
_SELF = r"(?:^\W*(?:[0-9]{1,2}[.)]\s*)?|\bnai\s(?:\w+\s){0,2}?)"
_UNTIL = re.compile(
    _SELF + r"(?:co (?:gia tri|hieu luc|thoi han)(?: su dung| thi hanh)?"
    r"|thoi han(?: su dung| hieu luc| hoat dong)?|ngai het han)"
    r"\W*(?:(?:ke )?tu ngai (?:ki|cap)\W*)?(?:den|toi)?\s?(?:het)?\W{0,3}(?=ngai|[0-9])"
)
_FROM = re.compile(_SELF + r"co hieu luc(?: thi hanh)? (?:ke )?tu\s(?=ngai|[0-9])")


def read_labels(lines: Sequence[Piece]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Return (candidates for fields, values to check them against) of a page's lines below its head.

    ``holder_name`` and ``holder_id`` are named ``organisation…`` or ``person…`` until one of them is chosen.
    """
    values = labelled_values(lines)
    found = [finding for value in values if (finding := _field(value)) is not None]
    found.extend(_codes(lines))
    found.extend(_durations(lines))
    checks = [finding for value in values if (finding := _check(value)) is not None]
    return tuple(found), tuple(checks)


def _field(value: LabelledValue) -> Finding | None:
    if value.group in ("organisation", "person", "establishment"):
        return _named(value)
    if value.group in ("organisation_id", "person_id"):
        return _numbered(value)
    if value.group == "address":
        return _plain(value, "address", value.text, _SURE_NAME)
    return None


def _named(value: LabelledValue) -> Finding | None:
    name = nfc(_COURTESY.sub("", value.text)).split(",")[0] if value.group == "person" else nfc(value.text)
    name = re.split(r"\s{2,}|[;…]|\.{3,}|\(", name)[0].strip(" .,:;-_")
    organised = fold(name).startswith(_ORGANISED)
    if len(name.split()) < 2 or (value.group == "person" and not organised and any(map(str.isdigit, name))):
        return None
    if value.group == "person" and organised:
        return _plain(value, "organisation", name, _SURE_NAME)
    return _plain(value, value.group, given_case(name) if value.group == "person" else name, _SURE_NAME)


def _numbered(value: LabelledValue) -> Finding | None:
    """Return a number after its label, with or without "Căn cước công dân số" between them."""
    first = value.lines[0]
    match = re.match(r"(?:[^\W\d]+\s+){0,5}?[:.]?\s*(?P<digits>[0-9][0-9 .-]*)", first.text)
    if match is None:
        return None
    text = first.text[match.start("digits") :]
    number = person_number(text)
    if value.group == "organisation_id":
        number = tax_number(text) or number
    return _part(first, value.group, *match.span("digits"), number or "", _SURE_DIGITS)


def _plain(value: LabelledValue, name: str, text: str, sure: float) -> Finding | None:
    box, words = value.lines[0].box, [placed for line in value.lines for placed in line.words]
    for line in value.lines[1:]:
        box = box.union(line.box)
    confidence = Piece(tuple(words)).confidence
    doubtful = confidence < sure
    printed = nfc(" ".join(line.text for line in value.lines))
    return Finding(name, "" if doubtful else nfc(text), printed, confidence, box, doubtful) if text else None


def _check(value: LabelledValue) -> Finding | None:
    if value.group == "birth_date":
        dates = parse_dates(value.text)
        year = dates[0].value if dates else (value.text[:4] if re.match(r"(?:19|20)[0-9]{2}\b", value.text) else None)
        return _plain(value, "birth_date", year, _SURE_DIGITS) if year else None
    if value.group == "sex":
        sex = {"nam": "nam", "nu": "nữ"}.get(fold(value.text.split()[0].strip(",.;")))
        return _plain(value, "sex", sex, _SURE_DIGITS) if sex else None
    return None


def _codes(lines: Iterable[Piece]) -> Iterable[Finding]:
    """Yield dossier codes at any place (nothing else looks like them) and procedure codes after their label."""
    for line in lines:
        text = nfc(line.text)
        for match in _DOSSIER.finditer(text):
            yield _part(line, "dossier_code", match.start(), match.end(), match.group(), _SURE_DIGITS)
        if "tthc" in fold(text) or "thu tuc" in fold(text):
            for match in _PROCEDURE.finditer(text):
                yield _part(line, "procedure_code", match.start(), match.end(), match.group(), _SURE_DIGITS)


def _durations(lines: Sequence[Piece]) -> Iterable[Finding]:
    """Yield end and start of validity where the paper states a date; "kể từ ngày ký" states no date."""
    for index, line in enumerate(lines):
        both = [line, *lines[index + 1 : index + 2]]
        text = nfc(" ".join(piece.text for piece in both))
        for name, phrase in (("valid_until", _UNTIL), ("effective_date", _FROM)):
            match = phrase.search(fold(text))
            if match is None or match.start() >= len(line.text):
                continue
            date = next((date for date in parse_dates(text) if 0 <= date.start - match.end() <= _NGAY), None)
            if date is None or len(date.value) != 10:
                continue
            whole = Piece(tuple(placed for piece in both for placed in piece.words))
            yield _part(whole, name, date.start, date.end, date.value, _SURE_DATE)


def _part(line: Piece, name: str, start: int, end: int, value: str, sure: float) -> Finding:
    """Return words ``text[start:end]`` of a line as a finding."""
    piece, confidence = Piece(line.words_in(start, end) or line.words), line.lowest(start, end)
    doubtful = confidence < sure or not value
    return Finding(name, "" if doubtful else value, nfc(piece.text), confidence, piece.box, doubtful)
