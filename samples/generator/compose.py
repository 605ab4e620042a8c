"""Sets type on sheets: lines, paragraphs, tables, with page breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from samples.generator.fonts import MM_PER_POINT, Face, Fonts
from samples.generator.marks import Mark, PenText, Sheet, Stroke, Text

Run = tuple[str, Face]
_Word = tuple[str, Face, float]


@dataclass(frozen=True)
class Margins:
    """Distances from the paper's edges in mm (decree 30/2020: left 30-35, right 15-20, top and bottom 20-25)."""

    left: float = 30
    top: float = 22
    right: float = 18
    bottom: float = 20


@dataclass
class Composer:
    """Sets type from the top of the first sheet downwards; a full sheet begins the next one."""

    fonts: Fonts
    width: float = 210
    height: float = 297
    margins: Margins = field(default_factory=Margins)
    points: float = 13.5
    leading: float = 1.22  # line distance in ems
    y: float = 0.0
    _marks: list[Mark] = field(default_factory=list)
    _done: list[Sheet] = field(default_factory=list)
    _starts: list[tuple[int, float]] = field(default_factory=list)  # where this sheet's paragraphs begin: mark, y

    def __post_init__(self) -> None:
        self.y = self.margins.top

    @property
    def left(self) -> float:
        """Left edge of the text in mm."""
        return self.margins.left

    @property
    def right(self) -> float:
        """Right edge of the text in mm."""
        return self.width - self.margins.right

    @property
    def centre(self) -> float:
        """Middle of the text in mm."""
        return (self.left + self.right) / 2

    @property
    def page(self) -> int:
        """Number of the sheet being set, from 1."""
        return len(self._done) + 1

    def put(self, *marks: Mark) -> None:
        """Place marks where they say."""
        self._marks.extend(marks)

    def sheets(self) -> tuple[Sheet, ...]:
        """Return all sheets, the one being set included."""
        return (*self._done, self._sheet())

    def new_page(self, numbered: bool = True) -> None:
        """Begin the next sheet; from page 2 on the number stands in the middle of the top margin."""
        self._done.append(self._sheet())
        self._marks, self._starts = [], []
        self.y = self.margins.top
        if numbered:
            self.centred(str(self.page), self.width / 2, self.margins.top - 7)

    def need(self, height: float) -> None:
        """Begin the next sheet unless ``height`` mm are left on this one."""
        if self.y + height > self.height - self.margins.bottom:
            self.new_page()

    def keep(self, height: float, paragraphs: int = 2) -> None:
        """Like ``need``, but the last paragraphs come along: a signature never stands alone on a sheet."""
        if self.y + height <= self.height - self.margins.bottom:
            return
        carried: list[Mark] = []
        top, end = self.y, self.y
        if len(self._starts) > paragraphs:
            index, top = self._starts[-paragraphs]
            carried, self._marks = self._marks[index:], self._marks[:index]
        self.new_page()
        for mark in carried:
            if isinstance(mark, Text):
                self.put(replace(mark, y=mark.y - top + self.y))
        self.y += end - top

    def skip(self, height: float) -> None:
        """Move down by ``height`` mm."""
        self.y += height

    def centred(
        self, text: str, x: float, y: float, face: Face = Face.REGULAR, points: float | None = None
    ) -> tuple[float, float]:
        """Place ``text`` centred on ``x``; return its left and right edge."""
        size = points or self.points
        width = self.fonts.width(text, face, size)
        self.put(Text(x - width / 2, y, text, face, size))
        return x - width / 2, x + width / 2

    def heading(self, text: str, face: Face = Face.BOLD, points: float | None = None) -> None:
        """Set one centred line in the flow."""
        size = points or self.points
        self.y += size * MM_PER_POINT * self.leading
        self.centred(text, self.centre, self.y, face, size)

    def paragraph(
        self,
        runs: Sequence[Run] | str,
        *,
        indent: float = 10.5,
        hang: float = 0.0,
        after: float = 1.6,
        justify: bool = True,
    ) -> None:
        """Set runs of text between the margins; ``indent`` shifts the first line, ``hang`` all others."""
        pieces: Sequence[Run] = [(runs, Face.REGULAR)] if isinstance(runs, str) else runs
        words = [
            (word, face, self.fonts.width(word, face, self.points)) for text, face in pieces for word in text.split(" ")
        ]
        start = indent
        self._starts.append((len(self._marks), self.y))
        while words:
            line, words = self._fill(words, self.right - self.left - start)
            self.need(self.points * MM_PER_POINT * self.leading)
            self.y += self.points * MM_PER_POINT * self.leading
            self._set(line, self.left + start, self.right if justify and words else None)
            start = hang
        self.y += after

    def _fill(self, words: list[_Word], room: float) -> tuple[list[_Word], list[_Word]]:
        space = self.fonts.width(" ", Face.REGULAR, self.points)
        used = 0.0
        for count, (_, _, width) in enumerate(words):
            used += width + (space if count else 0)
            if used > room and count:
                return words[:count], words[count:]
        return words, []

    def _set(self, line: list[_Word], x: float, right: float | None) -> None:
        space = self.fonts.width(" ", Face.REGULAR, self.points)
        if right is not None and len(line) > 1:
            space = (right - x - sum(width for _, _, width in line)) / (len(line) - 1)
        for word, face, width in line:
            if word:  # several spaces in a row leave empty words, which keep their room
                self.put(Text(x, self.y, word, face, self.points))
            x += width + space

    def labelled(self, label: str, value: str, *, face: Face = Face.REGULAR, indent: float = 0.0) -> None:
        """Set one line of a printed form: ``label: value``, wrapped under itself."""
        self.paragraph(
            [(f"{label}:", Face.REGULAR), (value, face)], indent=indent, hang=indent, after=1.4, justify=False
        )

    def table(self, columns: Sequence[float], rows: Sequence[Sequence[str]], *, points: float = 12.0) -> None:
        """Set a ruled table; ``columns`` are widths in mm, the first row is the bold head."""
        step = points * MM_PER_POINT * 1.2
        for number, row in enumerate(rows):
            face = Face.BOLD if number == 0 else Face.REGULAR
            cells = [self._wrap(text, face, points, width - 3) for text, width in zip(row, columns, strict=True)]
            height = max(len(cell) for cell in cells) * step + 2.4
            if self.y + height > self.height - self.margins.bottom:
                self.new_page()
            self._row(columns, cells, height, (face, points, step, number == 0))
            self.y += height

    def _row(
        self, columns: Sequence[float], cells: list[list[str]], height: float, style: tuple[Face, float, float, bool]
    ) -> None:
        face, points, step, head = style
        x = self.left
        for index, (width, lines) in enumerate(zip(columns, cells, strict=True)):
            self.put(frame(x, self.y, x + width, self.y + height, 0.18))
            y = self.y + step + (height - 2.4 - len(lines) * step) / 2
            for line in lines:
                if head or index == 0:
                    self.centred(line, x + width / 2, y, face, points)
                else:
                    self.put(Text(x + 1.5, y, line, face, points))
                y += step
            x += width

    def _wrap(self, text: str, face: Face, points: float, room: float) -> list[str]:
        lines: list[str] = []
        for word in text.split():
            if lines and self.fonts.width(f"{lines[-1]} {word}", face, points) <= room:
                lines[-1] += " " + word
            else:
                lines.append(word)
        return lines

    def _sheet(self) -> Sheet:
        return Sheet(self.width, self.height, tuple(self._marks))

    def slotted(self, before: str, after: str, slot: float, x: float, pen: str | None) -> tuple[float, float]:
        """Place ``before``, a slot of ``slot`` mm and ``after`` from ``x`` on; ``pen`` is written into the slot.

        Returns the left and right edge.
        """
        start = x + self.fonts.width(before + " ", Face.REGULAR, self.points)
        self.put(Text(x, self.y, before, Face.REGULAR, self.points))
        self.put(Text(start + slot, self.y, after, Face.REGULAR, self.points))
        if pen:
            self.put(PenText(start + 0.6, self.y, pen))
        return x, start + slot + self.fonts.width(after, Face.REGULAR, self.points)


def rule(x0: float, y0: float, x1: float, y1: float, width: float = 0.25) -> Stroke:
    """A straight printed line."""
    return Stroke(((x0, y0), (x1, y1)), width)


def frame(x0: float, y0: float, x1: float, y1: float, width: float = 0.25) -> Stroke:
    """A printed rectangle."""
    return Stroke(((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)), width)
