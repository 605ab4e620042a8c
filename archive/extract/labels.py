"""Values after printed labels: "Họ và tên: …", "Địa chỉ: …"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from archive.extract.layout import Piece
from archive.rules.fields.labels import label_groups
from archive.rules.kinds import folded_words

_LONGEST_LABEL = 9  # words
_CONTINUES_MM = 14.0  # a value whose line ends nearer to the text's right edge continues in the next line
_NEXT_LINE_MM = 9.5
_APART_MM = 2.5  # twice the space between words: a second label on the line


@dataclass(frozen=True, slots=True)
class LabelledValue:
    """One value with its label's group and rank. ``lines``: the value's words, line by line."""

    group: str
    rank: int
    lines: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The value on one line, without the punctuation around it."""
        return " ".join(piece.text for piece in self.lines).strip(" .;,:…_-")


@dataclass(frozen=True, slots=True)
class _Label:
    group: str
    rank: int
    start: int  # index of the label's first word
    end: int  # index of the word after it


def labelled_values(lines: Sequence[Piece]) -> list[LabelledValue]:
    """Return every labelled value of ``lines`` (top down) whose label a colon follows, in reading order."""
    found: list[LabelledValue] = []
    edge = max((line.at.right for line in lines), default=0.0)
    for index, line in enumerate(lines):
        marks = _labels(line)
        for position, label in enumerate(marks):
            last = position + 1 == len(marks)
            value = line.part(label.end, None if last else marks[position + 1].start)
            if value is None or not any(map(str.isalnum, value.text)):
                continue
            more = _continuation(lines, index, edge) if last and label.group in _LONG else ()
            found.append(LabelledValue(label.group, label.rank, (value, *more)))
    return found


_LONG = frozenset({"address", "organisation", "person", "establishment"})


def _labels(line: Piece) -> list[_Label]:
    """Return the labels of a line: at its start, or after punctuation or a wide blank."""
    found: list[_Label] = []
    words = [placed.word.text for placed in line.words]
    for index, word in enumerate(words):
        if not re.search(r"[:;](?:\W|$)|:\w", word + " ") and not (index + 1 < len(words) and words[index + 1] == ":"):
            continue
        behind = index + 2 if ":" not in word and ";" not in word else index + 1
        start = found[-1].end if found else 0
        label = _longest_label(line, words, max(start, index + 1 - _LONGEST_LABEL), index + 1, behind)
        if label is not None:
            found.append(label)
    return found


def _longest_label(line: Piece, words: Sequence[str], first: int, end: int, behind: int) -> _Label | None:
    for start in range(first, end):
        if not _may_begin(line, words, start):
            continue
        text = re.sub(r"\([0-9]+\)|[:;].*$", " ", " ".join(words[start:end]))
        group = label_groups().get(folded_words(re.sub(r"^\W*[0-9]{1,2}[.)]?\s+", "", text)))
        if group is not None:
            return _Label(*group, start, behind)
    return None


def _may_begin(line: Piece, words: Sequence[str], index: int) -> bool:
    if index == 0:
        return True
    before = words[index - 1]
    blank = line.words[index].at.left - line.words[index - 1].at.right
    return not before[-1].isalnum() or bool(re.fullmatch(r"\W*[0-9]{1,2}", before)) or blank > _APART_MM


def _continuation(lines: Sequence[Piece], index: int, edge: float) -> tuple[Piece, ...]:
    """Return the next line when the value continues there: its line ends at the margin, the next begins no label."""
    line = lines[index]
    if index + 1 >= len(lines) or line.at.right < edge - _CONTINUES_MM or line.text.rstrip()[-1:] in ".;":
        return ()
    following = lines[index + 1]
    if following.middle - line.middle > _NEXT_LINE_MM or _labels(following) or ":" in following.text:
        return ()
    if re.match(r"^\s*(?:[0-9]{1,2}[.)/]|[-+*•])\s*", following.text):
        return ()
    return (following,)
