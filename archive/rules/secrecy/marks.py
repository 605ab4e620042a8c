"""Marks of state secrecy on a page: words that stand alone as a header or a label, never running text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from archive.model.pages import Box, PageText, Word
from archive.rules.secrecy.words import Degree, labelled_degree, printed_degree
from archive.text.vietnamese import unmark

# Words farther apart than this belong to two columns or to a stamp beside a line; letter-spaced capitals stay together.
_COLUMN_GAP_MM = 6.0
_COLUMN_GAP_HEIGHTS = 1.8
# A mark is set in 13 to 14 points and more: smaller capitals are a table or a form.
_LOWEST_MARK_MM, _HIGHEST_MARK_MM = 2.0, 25.0
# A doubtful reading ("MAT", "MẶT") counts only where a mark belongs (NĐ 30/2020, annex I, box 10a: under the number).
_HEADER_PART = 0.45
# Stamped over a line, a mark reads as a word of it; it is then taller than any printed word beside it.
_STAMP_WORD_MM, _STAMP_WORD_RATIO = 6.0, 1.6
# Words that form a compound with "MẬT" or, unmarked, "MẶT" across a broken line or a narrow cell. Without diacritics,
# because OCR loses those of capitals. Source: compounds of standard Vietnamese, in the order of the sets: bí, bảo, độ,
# giữ, cơ, thân, cẩn, gan, túi, đường mật; and mật độ, mật khẩu, mật mã, mật ong, mật vụ, mật thư, mật danh, mật thiết,
# mật tụy, mặt bằng, mặt tiền, mặt cắt, mặt hàng.
_BEFORE = frozenset({"BI", "BAO", "DO", "GIU", "CO", "THAN", "CAN", "GAN", "TUI", "DUONG"})
_AFTER = frozenset({"DO", "KHAU", "MA", "ONG", "VU", "THU", "DANH", "THIET", "TUY", "BANG", "TIEN", "CAT", "HANG"})
_WRAP_HEIGHTS = 1.6  # farther below, the next line is another paragraph


class MarkForm(StrEnum):
    """Form of a mark on the page."""

    STAMP = "stamp"
    HEADER = "header"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of state secrecy. ``doubtful``: read with misread letters; it quarantines all the same."""

    degree: Degree
    form: MarkForm
    box: Box  # mm on the page as stored
    doubtful: bool


@dataclass(frozen=True, slots=True)
class _Group:
    """Words of one line that stand together; ``box`` as the reader of the page sees it, whatever way the page lies."""

    words: tuple[Word, ...]
    boxes: tuple[Box, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def box(self) -> Box:
        return _around(self.boxes)


def marks_in_text(text: PageText, canvas_width_mm: float, canvas_height_mm: float) -> tuple[Mark, ...]:
    """Return the marks among the printed words of a page, in reading order.

    A mark is a group of words, apart from others on its line, that says nothing else; or a label with one degree.
    ``canvas_*`` is what the boxes of ``text`` lie on, mm. Works whichever way the page lies.
    """
    turn = _turn(text)
    height = canvas_height_mm if turn % 180 == 0 else canvas_width_mm
    groups = [group for line in text.lines for group in _groups(line.words, turn, canvas_width_mm, canvas_height_mm)]
    found = (_judge(place, groups, height) for place in range(len(groups)))
    return tuple(mark for mark in found if mark is not None)


def _judge(place: int, groups: Sequence[_Group], page_height_mm: float) -> Mark | None:
    group = groups[place]
    where = _around([word.box for word in group.words])
    degree = labelled_degree(group.text) or _label_beside(place, groups)
    if degree is not None:
        return Mark(degree, MarkForm.LABEL, where, doubtful=False)
    printed = printed_degree(group.text)
    if printed is None or group.text.endswith(":") or not _LOWEST_MARK_MM <= group.box.height <= _HIGHEST_MARK_MM:
        return None
    degree, sure = printed
    if degree is Degree.MAT and _is_part_of_a_compound(place, groups):
        return None
    if not sure and group.box.top > _HEADER_PART * page_height_mm:
        return None
    return Mark(degree, MarkForm.HEADER, where, doubtful=not sure)


def _label_beside(place: int, groups: Sequence[_Group]) -> Degree | None:
    """Return the degree of a value that stands in a column beside its label."""
    following = groups[place + 1] if place + 1 < len(groups) else None
    if following is None or not _share_a_line(groups[place].box, following.box):
        return None
    return labelled_degree(f"{groups[place].text} {following.text}")


def _is_part_of_a_compound(place: int, groups: Sequence[_Group]) -> bool:
    """Return whether a neighbour makes another word of "MẬT", broken over lines, cells or wide spaces."""
    box = groups[place].box
    for other in groups:
        if other is groups[place]:
            continue
        if _precedes(other.box, box) and _bare(other.words[-1]) in _BEFORE:
            return True
        if _precedes(box, other.box) and _bare(other.words[0]) in _AFTER:
            return True
    return False


def _bare(word: Word) -> str:
    return unmark(word.text).upper().strip(".,:;()")


def _precedes(one: Box, other: Box) -> bool:
    """Return whether ``other`` is read next after ``one``: to its right, or on the next line of the same column."""
    if _share_a_line(one, other):
        return one.right <= other.left + 1  # boxes of neighbours may overlap by a serif
    return _follows(one, other)


def _share_a_line(one: Box, other: Box) -> bool:
    return min(one.bottom, other.bottom) - max(one.top, other.top) > 0.5 * min(one.height, other.height)


def _follows(upper: Box, lower: Box) -> bool:
    """Return whether ``lower`` may continue ``upper`` on the next line of the same column."""
    step = (lower.top + lower.bottom - upper.top - upper.bottom) / 2
    return 0 < step <= _WRAP_HEIGHTS * max(upper.height, lower.height) + 1 and _near_sideways(upper, lower)


def _near_sideways(one: Box, other: Box) -> bool:
    return min(one.right, other.right) - max(one.left, other.left) > -_COLUMN_GAP_MM


def _groups(words: Sequence[Word], turn: int, width: float, height: float) -> Iterator[_Group]:
    """Yield the groups of one line, left to right; frame junk without a letter or digit is left out."""
    placed = [
        (_upright(word.box, turn, width, height), word) for word in words if any(char.isalnum() for char in word.text)
    ]
    placed.sort(key=lambda pair: pair[0].left)
    group: list[tuple[Box, Word]] = []
    for box, word in placed:
        if group and (_apart(group, box) or _overprinted(group, box, word)):
            yield _group(group)
            group = []
        group.append((box, word))
    if group:
        yield _group(group)


def _group(placed: Sequence[tuple[Box, Word]]) -> _Group:
    return _Group(tuple(word for _, word in placed), tuple(box for box, _ in placed))


def _apart(group: Sequence[tuple[Box, Word]], box: Box) -> bool:
    left = group[-1][0]
    return box.left - left.right > max(_COLUMN_GAP_MM, _COLUMN_GAP_HEIGHTS * min(left.height, box.height))


def _overprinted(group: Sequence[tuple[Box, Word]], box: Box, word: Word) -> bool:
    """Return whether either side of the joint is a stamp's word among printed ones."""
    before = max(other.height for other, _ in group)
    tall = max(before, box.height)
    if tall < _STAMP_WORD_MM or tall < _STAMP_WORD_RATIO * min(before, box.height):
        return False
    return any(printed_degree(text) for text in (word.text, " ".join(other.text for _, other in group)))


def _turn(text: PageText) -> int:
    """Return the direction of the page's lines: 0 left to right, 90 down, 180 right to left, 270 up."""
    right = down = 0.0
    for line in text.lines:
        for one, other in zip(line.words, line.words[1:], strict=False):
            right += (other.box.left + other.box.right - one.box.left - one.box.right) / 2
            down += (other.box.top + other.box.bottom - one.box.top - one.box.bottom) / 2
    if right == down == 0.0:
        shapes = [word.box.width / max(word.box.height, 0.1) for word in text.words if len(word.text) > 1]
        return 90 if shapes and median(shapes) < 1 / _COLUMN_GAP_HEIGHTS else 0
    if abs(right) >= abs(down):
        return 0 if right > 0 else 180
    return 90 if down > 0 else 270


def _upright(box: Box, turn: int, width: float, height: float) -> Box:
    if turn == 90:
        return Box(box.top, width - box.right, box.bottom, width - box.left)
    if turn == 180:
        return Box(width - box.right, height - box.bottom, width - box.left, height - box.top)
    if turn == 270:
        return Box(height - box.bottom, box.left, height - box.top, box.right)
    return box


def _around(boxes: Sequence[Box]) -> Box:
    around = boxes[0]
    for box in boxes[1:]:
        around = around.union(box)
    return around
