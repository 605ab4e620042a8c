"""The blocks of an administrative paper where decree 30/2020/NĐ-CP, appendix I puts them."""

from __future__ import annotations

from collections.abc import Sequence

from samples.generator.compose import Composer, rule
from samples.generator.fonts import Face
from samples.generator.marks import BoxStamp, Ink, PenText, Scribble, Seal, Text
from samples.generator.results import Result

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"


def header(page: Composer, result: Result, *, points: float = 13.0) -> None:
    """Set boxes 1 to 4: nation and motto on the right, agency and number on the left, place and date."""
    step = points * 0.3528 * 1.22
    left, right = page.left + 29, page.right - 47
    top = page.y
    y = top + step
    for line in result.office.parent:
        page.centred(line, left, y, Face.REGULAR, points - 0.5)
        y += step
    for line in result.office.name:
        page.centred(line, left, y, Face.BOLD, points - 0.5)
        y += step
    page.put(rule(left - 11, y - step + 2, left + 11, y - step + 2))
    page.centred(NATION, right, top + step, Face.BOLD, points - 0.7)
    start, end = page.centred(MOTTO, right, top + 2 * step, Face.BOLD, points + 0.3)
    page.put(rule(start, top + 2 * step + 1.8, end, top + 2 * step + 1.8))
    page.y = max(y + 3, top + 3 * step + 4)
    _number(page, result, left)
    if result.dated_above:
        _place_and_date(page, result, right)
    page.skip(4)


def _number(page: Composer, result: Result, centre: float) -> None:
    if "number" not in result.pen:
        page.centred(f"Số: {result.official}", centre, page.y, Face.REGULAR)
        return
    slot = 3.4 * len(result.number) + 2.5
    width = page.fonts.width(f"Số: /{result.symbol}", Face.REGULAR, page.points) + slot
    page.slotted("Số:", f"/{result.symbol}", slot, centre - width / 2, result.number)


def _place_and_date(page: Composer, result: Result, centre: float) -> None:
    if "day" not in result.pen:
        page.centred(f"{result.office.place}, {result.printed_date}", centre, page.y, Face.ITALIC)
        return
    before = f"{result.office.place}, ngày"
    after = f"tháng {result.month} năm {result.issued.year}"
    slot = 9.5
    width = page.fonts.width(before + after, Face.ITALIC, page.points) + slot
    x = centre - width / 2
    page.put(Text(x, page.y, before, Face.ITALIC, page.points))
    x += page.fonts.width(before, Face.ITALIC, page.points)
    page.put(PenText(x + 1.8, page.y, result.day), Text(x + slot, page.y, after, Face.ITALIC, page.points))


def title(page: Composer, result: Result, *, points: float = 14.0, space: float = 5.0) -> None:
    """Set box 5a: the type in bold capitals, the abstract in bold below, a short rule."""
    page.skip(space)
    page.heading(result.title, Face.BOLD, points)
    for line in (*result.subtitle, *result.subject):
        page.heading(line, Face.BOLD, page.points)
    page.skip(2.2)
    page.put(rule(page.centre - 20, page.y, page.centre + 20, page.y))
    page.skip(5)


def grounds(page: Composer, lines: Sequence[str]) -> None:
    """Set the italic grounds: ``Căn cứ …;``."""
    for line in lines:
        page.paragraph([(line, Face.ITALIC)], after=1.2)


def orders(page: Composer, text: str = "QUYẾT ĐỊNH:") -> None:
    """Set the line in bold capitals between grounds and articles."""
    page.skip(2.5)
    page.heading(text)
    page.skip(2.5)


def article(page: Composer, label: str, text: str) -> None:
    """Set ``Điều n.`` in bold with its text."""
    page.paragraph([(label, Face.BOLD), (text, Face.REGULAR)])


def clauses(page: Composer, lines: Sequence[str]) -> None:
    """Set plain paragraphs."""
    for line in lines:
        page.paragraph(line)


def signature(page: Composer, result: Result, recipients: Sequence[str]) -> None:
    """Set boxes 7 and 9: recipients bottom left; on the right title, signature under the seal, name."""
    page.keep(54)
    page.skip(4)
    top = page.y
    _recipients(page, recipients, top)
    centre = page.right - 36
    y = top
    for line in result.signer.titles:
        y += 5.6
        page.centred(line, centre, y, Face.BOLD, 13.2)
    # The seal covers about a third of the signature on its left (decree 30/2020, appendix I, box 8).
    wobble = result.signer.seed % 7
    page.put(Scribble(centre - 16, y + 16 + wobble * 0.3, 34 + wobble * 1.6, result.signer.seed, _pen(result)))
    page.put(seal_of(result, centre - 18 - wobble * 0.4, y + 15 + wobble * 0.5))
    if result.signer.stamped:
        page.put(BoxStamp(centre, y + 29, (result.signer.name,), 15, wobble - 3, 0.8, framed=False))
    else:
        page.centred(result.signer.name, centre, y + 30.5, Face.BOLD, 13.5)
    page.y = max(y + 33, page.y)


def _pen(result: Result) -> Ink:
    return Ink.BLACK_PEN if result.signer.seed % 4 == 3 else Ink.PEN


def seal_of(result: Result, x: float, y: float) -> Seal:
    """Return the agency's seal as pressed beside this signature: turned and inked by the signer's seed."""
    office, seed = result.office, result.signer.seed
    return Seal(
        x,
        y,
        office.rim,
        office.foot,
        office.core,
        angle=(seed * 37 % 41) - 20,
        strength=0.62 + (seed * 13 % 10) * 0.034,
    )


def _recipients(page: Composer, lines: Sequence[str], top: float) -> None:
    if not lines:
        return
    y = top + 5
    page.put(Text(page.left, y, "Nơi nhận:", Face.BOLD_ITALIC, 12))
    for line in lines:
        y += 4.6
        page.put(Text(page.left, y, line, Face.REGULAR, 11))
    page.y = max(page.y, y + 2)
