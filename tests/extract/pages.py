"""Pages for extraction tests, set like print: words in mm, digits and letters of true width and height."""

from __future__ import annotations

from archive.extract import PageObservations, observe_page
from archive.model.pages import Box, Line, Origin, PageShape, PageText, SizeOrigin, Word

WIDTH, HEIGHT = 210.0, 297.0
_LETTER_MM = 2.2
_PRINT_MM = 3.4
_PEN_MM = 5.0


def words(text: str, left: float, top: float, *, confidence: float = 0.95) -> list[Word]:
    """Return words from ``left`` on. ``{12}`` is written by pen: higher; ``~`` before a word makes it badly read.

    ``@`` before a word makes it read at 0.6: surely enough for a month or year, and no more.
    """
    placed = []
    for token in text.split():
        sure = {"~": 0.2, "@": 0.6}.get(token[0] if len(token) > 1 else "", confidence)
        token = token[1:] if token[0] == "~" or (token[0] == "@" and len(token) > 1) else token
        height = _PEN_MM if token.startswith("{") else _PRINT_MM
        token = token.strip("{}").replace("_", " ")
        width = _LETTER_MM * len(token)
        placed.append(Word(token, Box(left, top, left + width, top + height), sure))
        left += width + 1.3
    return placed


def line(*runs: tuple[float, str], top: float) -> Line:
    """Return one line as a reader gives it: runs of words, each from its own left edge, in one line."""
    return Line(tuple(word for left, text in runs for word in words(text, left, top)))


def centred(text: str, top: float, middle: float = WIDTH / 2) -> Line:
    width = sum(_LETTER_MM * len(word.strip("{}~")) + 1.3 for word in text.split()) - 1.3
    return line((middle - width / 2, text), top=top)


def page(*lines: Line) -> PageText:
    return PageText(lines, "fixed")


def shape(width: float = WIDTH, height: float = HEIGHT) -> PageShape:
    return PageShape(SizeOrigin.IMAGE_DPI, width, height, width, height, 200.0)


def head(
    left: tuple[str, ...] = ("UBND TỈNH SƠN HÀ", "SỞ Y TẾ"),
    number: str = "Số: 12/QĐ-SYT",
    dated: str = "Sơn Hà, ngày 05 tháng 3 năm 2021",
) -> list[Line]:
    """Return the head of decree 30/2020; agencies beside the state's name, each pair of columns in one line."""
    right = ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]
    lines = []
    for row in range(max(len(left), 2)):
        runs = []
        if row < len(left):
            runs.append((30.0, left[row]))
        if row < 2:
            runs.append((105.0 if row == 0 else 115.0, right[row]))
        lines.append(line(*runs, top=20.0 + 6 * row))
    lines.append(line((35.0, number), (110.0, dated), top=22.0 + 6 * max(len(left), 2)))
    return lines


def signature(*titles: str, name: str = "Lê Thị Hoa", top: float = 220.0) -> list[Line]:
    """Return the closing block: Nơi nhận on the left, titles and name on the right."""
    lines = [line((30.0, "Nơi nhận:"), (140.0, titles[0]), top=top)]
    for row, title in enumerate(titles[1:], start=1):
        lines.append(line((30.0, "- Như trên;"), (140.0, title), top=top + 6 * row))
    lines.append(line((142.0, name), top=top + 35))
    return lines


def seen(*lines: Line, number: int = 1) -> PageObservations:
    return observe_page(number, page(*lines), shape(), Origin.OCR)


def turned(text: PageText, quarters: int) -> PageText:
    """Return the page as a scanner stores a sheet that was fed turned by clockwise quarters."""

    def box(at: Box) -> Box:
        for step in range(quarters):
            height = HEIGHT if step % 2 == 0 else WIDTH
            at = Box(height - at.bottom, at.left, height - at.top, at.right)
        return at

    return PageText(
        tuple(Line(tuple(Word(word.text, box(word.box), word.confidence) for word in row.words)) for row in text.lines),
        text.engine,
    )
