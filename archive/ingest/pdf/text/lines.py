"""Lines from placed words: words of one row are joined, content order decides between lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from archive.model.pages import Box, Line, Word

_SAME_ROW = 0.5  # share of the lower row by which two rows of one line overlap
_WIDEST_GAP = 2.0  # row heights; a wider gap separates columns, as in the head of an official letter
_ALIKE = 2.0  # rows of one line differ in height by at most this; otherwise a tall stamp would join two lines


class PlacedWord(NamedTuple):
    """A word, the box of its ink, and its row: from the ascent to the descent of its font. All in mm."""

    text: str
    box: Box
    row: Box


@dataclass(slots=True)
class _Piece:
    """Adjacent words of one row; ``order``: position of the first one in the content."""

    order: int
    words: list[PlacedWord]
    row: Box

    def adjoins(self, row: Box) -> bool:
        """True when a word or piece with ``row`` continues this one, on either side."""
        lower, higher = sorted((self.row.height, row.height))
        overlap = min(self.row.bottom, row.bottom) - max(self.row.top, row.top)
        gap = max(row.left - self.row.right, self.row.left - row.right)
        return overlap >= _SAME_ROW * lower > 0 and higher <= _ALIKE * lower and gap <= _WIDEST_GAP * higher

    def take(self, other: _Piece) -> None:
        """Merge ``other`` into this piece."""
        self.order = min(self.order, other.order)
        self.words += other.words
        self.row = self.row.union(other.row)


def group_lines(words: list[PlacedWord]) -> tuple[Line, ...]:
    """Return ``words`` (in content order) as lines, each left to right, in the order of their first words.

    Text drawn later into a gap, such as a number stamped between ``Số:`` and ``/QĐ-UBND``, joins its line.
    """
    pieces = _joined(_pieces(words))
    return tuple(_line(piece) for piece in sorted(pieces, key=lambda piece: piece.order))


def _pieces(words: list[PlacedWord]) -> list[_Piece]:
    pieces: list[_Piece] = []
    for order, word in enumerate(words):
        piece = _Piece(order, [word], word.row)
        if pieces and pieces[-1].adjoins(word.row):
            pieces[-1].take(piece)
        else:
            pieces.append(piece)
    return pieces


def _joined(pieces: list[_Piece]) -> list[_Piece]:
    """Join pieces from left to right within each row, so that a piece in a gap connects its neighbours."""
    lines: list[_Piece] = []
    open_lines: list[_Piece] = []
    for piece in sorted(pieces, key=lambda piece: piece.row.top):
        # Sorted by their tops: a line that ends above this piece ends above all that follow.
        open_lines = [line for line in open_lines if line.row.bottom > piece.row.top]
        neighbours = [line for line in open_lines if line.adjoins(piece.row)]
        for line in neighbours:
            piece.take(line)
        taken = {id(line) for line in neighbours}
        open_lines = [line for line in open_lines if id(line) not in taken]
        lines = [line for line in lines if id(line) not in taken] if taken else lines
        lines.append(piece)
        open_lines.append(piece)
    return lines


def _line(piece: _Piece) -> Line:
    ordered = sorted(piece.words, key=lambda word: word.box.left)
    return Line(tuple(Word(word.text, word.box, 1.0) for word in ordered))
