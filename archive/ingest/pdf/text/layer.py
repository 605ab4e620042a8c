"""The text layer of a PDF page as words and lines, used when it accounts for the ink."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce

import pypdfium2 as pdfium
import pypdfium2.raw as c

from archive.errors import PageUnreadable
from archive.ingest.pdf.coordinates import Frame, Rectangle
from archive.ingest.pdf.text.lines import PlacedWord, group_lines
from archive.ingest.pdf.text.quality import is_legacy_font, is_ornament_font, is_plausible_text, is_unmapped
from archive.messages.catalogue import tr
from archive.model.pages import Box, PageText
from archive.text.vietnamese import nfc

ENGINE = f"text-layer:pdfium-{pdfium.PDFIUM_INFO.build}"
_MAX_CHARACTERS = 200_000  # a page of small print has 10,000
_HIDDEN_MODES = (3, 7)
_UPRIGHT = math.radians(5)
_MAX_TURNED = 0.1  # share of characters that may be rotated, as in a watermark or a margin note
_HYPHEN = "\x02"  # pdfium's character for a hyphen at the end of a line


@dataclass(frozen=True, slots=True)
class _Run:
    """Properties that the characters of one text object share."""

    hidden: bool
    legacy: bool
    ornament: bool


@dataclass(frozen=True, slots=True)
class _Character:
    """One visible character; ``sign`` is a space where pdfium found a gap."""

    sign: str
    box: Box | None
    row: Box | None
    upright: bool


_GAP = _Character(" ", None, None, upright=True)


class _UntrustworthyTextError(Exception):
    """The characters are not Unicode text: unmapped glyphs or a legacy font."""


def visible_text(page: pdfium.PdfPage, frame: Frame) -> PageText | None:
    """Return the visible text of ``page``; None for a page without text, or with letters that cannot be trusted."""
    textpage = page.get_textpage()
    try:
        characters = list(_characters(textpage, frame))
    except _UntrustworthyTextError:
        return None
    finally:
        textpage.close()
    printed = [character for character in characters if character.box is not None]
    if not printed or sum(not character.upright for character in printed) > _MAX_TURNED * len(printed):
        return None  # text along the other axis: OCR turns such pages, a text layer cannot
    words = list(_words(characters))
    if not is_plausible_text(word.text for word in words):
        return None
    return PageText(group_lines(words), ENGINE)


def stored_words(page: pdfium.PdfPage, frame: Frame, is_wanted: Callable[[str], bool]) -> PageText | None:
    """Return all words of ``page``, visible or not, in any font; None when ``is_wanted`` refuses its text.

    Raises PageUnreadable when there are too many.
    """
    textpage = page.get_textpage()
    try:
        if textpage.count_chars() > _MAX_CHARACTERS:
            raise PageUnreadable(tr("rejected.the_page_holds_too_much_text"))
        if not is_wanted(str(textpage.get_text_range())):
            return None  # placing each character takes a hundred times as long
        words = list(_words(list(_all_characters(textpage, frame))))
    finally:
        textpage.close()
    return PageText(group_lines(words), ENGINE)


def _all_characters(textpage: pdfium.PdfTextPage, frame: Frame) -> Iterator[_Character]:
    for index in range(textpage.count_chars()):
        sign, area = _sign(textpage, index), _area(textpage, index)
        if sign.isspace() or area is None or c.FPDFText_IsGenerated(textpage, index) == 1:
            yield _GAP
        else:
            yield _placed(textpage, index, sign, area, frame)


def _characters(textpage: pdfium.PdfTextPage, frame: Frame) -> Iterator[_Character]:
    count = textpage.count_chars()
    if count > _MAX_CHARACTERS:
        raise _UntrustworthyTextError
    runs: dict[int | None, _Run] = {}
    page_area = frame.visible
    for index in range(count):
        sign = _sign(textpage, index)
        if c.FPDFText_IsGenerated(textpage, index) == 1 and sign != "-":
            yield _GAP
            continue
        run = _run(textpage, index, runs)
        if run.hidden:
            continue
        area = _area(textpage, index)
        is_ornament = run.ornament and is_unmapped(sign)
        if sign.isspace() or is_ornament or area is None or not _overlaps(area, page_area):
            yield _GAP
        elif run.legacy or is_unmapped(sign) or c.FPDFText_HasUnicodeMapError(textpage, index) == 1:
            raise _UntrustworthyTextError
        else:
            yield _placed(textpage, index, sign, area, frame)


def _placed(textpage: pdfium.PdfTextPage, index: int, sign: str, area: Rectangle, frame: Frame) -> _Character:
    row = frame.box(_row(textpage, index) or area)
    return _Character(sign, frame.box(area), row, _is_upright(textpage, index, frame))


def _sign(textpage: pdfium.PdfTextPage, index: int) -> str:
    code = c.FPDFText_GetUnicode(textpage, index)
    sign = chr(code) if code <= 0x10FFFF else "\ufffd"
    return "-" if sign == _HYPHEN else sign


def _run(textpage: pdfium.PdfTextPage, index: int, known: dict[int | None, _Run]) -> _Run:
    item = c.FPDFText_GetTextObject(textpage, index)
    key = ctypes.cast(item, ctypes.c_void_p).value
    if key not in known:
        name = _font_name(textpage, index)
        hidden = bool(item) and c.FPDFTextObj_GetTextRenderMode(item) in _HIDDEN_MODES
        known[key] = _Run(hidden, is_legacy_font(name), is_ornament_font(name))
    return known[key]


def _font_name(textpage: pdfium.PdfTextPage, index: int) -> str:
    flags = ctypes.c_int()
    length = c.FPDFText_GetFontInfo(textpage, index, None, 0, flags)
    if length <= 1:
        return ""
    name = ctypes.create_string_buffer(length)
    c.FPDFText_GetFontInfo(textpage, index, name, length, flags)
    return name.value.decode("utf-8", "replace")


def _area(textpage: pdfium.PdfTextPage, index: int) -> Rectangle | None:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    if not c.FPDFText_GetCharBox(textpage, index, left, right, bottom, top):
        return None
    return Rectangle(left.value, bottom.value, right.value, top.value)


def _row(textpage: pdfium.PdfTextPage, index: int) -> Rectangle | None:
    """Return the character's cell, from the ascent to the descent of its font."""
    cell = c.FS_RECTF()
    if not c.FPDFText_GetLooseCharBox(textpage, index, cell) or cell.top <= cell.bottom:
        return None
    return Rectangle(cell.left, cell.bottom, cell.right, cell.top)


def _overlaps(area: Rectangle, page: Rectangle) -> bool:
    return area.right > page.left and area.left < page.right and area.top > page.bottom and area.bottom < page.top


def _is_upright(textpage: pdfium.PdfTextPage, index: int, frame: Frame) -> bool:
    angle = c.FPDFText_GetCharAngle(textpage, index)
    if angle < 0:
        return True  # pdfium does not say
    off = (angle + math.radians(frame.rotation)) % (2 * math.pi)
    return bool(min(off, 2 * math.pi - off) <= _UPRIGHT)


def _words(characters: list[_Character]) -> Iterator[PlacedWord]:
    signs: list[str] = []
    boxes: list[Box] = []
    rows: list[Box] = []
    for character in [*characters, _GAP]:
        if character.box is not None and character.row is not None:
            signs.append(character.sign)
            boxes.append(character.box)
            rows.append(character.row)
        elif signs:
            text = nfc("".join(signs))
            if text:  # zero-width characters alone are not a word
                yield PlacedWord(text, reduce(Box.union, boxes), reduce(Box.union, rows))
            signs, boxes, rows = [], [], []
