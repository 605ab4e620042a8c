"""Judge: the column of each page under a rule set, and its number of A4 pages.

The rules are data (archive/rules/counting/rule_set.py). All sums are whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from archive.messages.sentence import Sentence, joined
from archive.model.counting import Groups, PageFacts
from archive.model.ledger import ScanOutcome
from archive.model.pages import Colour, ExclusionState, PageOutcome, SizeOrigin
from archive.rules.counting.facts import MEASURED
from archive.rules.counting.rule_set import PAYABLE, PaperSize, RuleSet, load_rule_set, rule_set_ids
from archive.rules.words import word

__all__ = [
    "PAYABLE",
    "SIZE",
    "UNPROVEN",
    "Cell",
    "Count",
    "CountRow",
    "Judgement",
    "RuleSet",
    "judge",
    "load_rule_set",
    "rule_set_ids",
    "size_of",
    "summarise",
]

SIZE = "size"  # the name of a breakdown by paper size
UNPROVEN = "unproven"  # the size of a page that must be measured


@dataclass(frozen=True, slots=True)
class Judgement:
    """The judgement of a rule set on one page. ``size`` is a paper size's name or ``unproven`` (then ``a4`` is 1)."""

    column: str
    a4: int
    size: str
    to_measure: bool  # payable, but a person must measure it to know its number of A4
    why: str


@dataclass(frozen=True, slots=True)
class Cell:
    """Pages and their A4 equivalents."""

    pages: int = 0
    a4: int = 0

    def plus(self, pages: int, a4: int) -> Cell:
        """Return the cell with these numbers added."""
        return Cell(self.pages + pages, self.a4 + a4)


@dataclass(frozen=True, slots=True)
class CountRow:
    """One group of a count. ``columns`` has every column of the rule set in its order, empty ones too."""

    groups: Groups  # a value for each thing that the count is broken down by
    columns: Mapping[str, Cell]
    to_measure: int  # payable pages that count as one A4 until a person measures them

    @property
    def pages(self) -> int:
        """All pages of the group."""
        return sum(cell.pages for cell in self.columns.values())

    @property
    def payable(self) -> Cell:
        """The payable column."""
        return self.columns[PAYABLE]


@dataclass(frozen=True, slots=True)
class Count:
    """A count under one rule set, broken down by the names in ``by``. ``total`` is the sum of ``rows``."""

    rules: str  # id of the rule set
    by: tuple[str, ...]
    rows: tuple[CountRow, ...]
    total: CountRow


def judge(facts: PageFacts, rules: RuleSet) -> Judgement:
    """Return column, size and A4 equivalents of a page with these facts.

    The column is the first one, in the order of ``rules.columns``, whose condition the page meets; the last
    takes the rest, so that every page stands in exactly one. Outside ``payable``, ``a4`` says what the
    page would have counted for. A page whose size is not proven is one A4: its dpi, which follows from its
    size, proves nothing either, so it can be below the norm by its colour alone.
    """
    size = size_of(facts, rules)
    for column in rules.columns[:-1]:
        why = _CONDITIONS[column.name](facts, rules)
        if why is not None:
            break
    else:
        column, why = rules.columns[-1], ""
    return Judgement(
        column=column.name,
        a4=size.a4 if size else 1,
        size=size.name if size else UNPROVEN,
        to_measure=column.name == PAYABLE and size is None,
        why=joined(": ", (column.reason, why)) if why else column.reason,
    )


def size_of(facts: PageFacts, rules: RuleSet) -> PaperSize | None:
    """Return the paper size of a page, None when it is not proven.

    First the sheets that are known by their sides. Then by area: the smallest size whose area plus the tolerance holds
    the page, turned or not. Above the largest size nothing is proven: such pages are A4 without their dpi far more
    often than posters.
    """
    if not _proven(facts) or facts.width_mm is None or facts.height_mm is None:
        return None
    if facts.width_mm <= 0 or facts.height_mm <= 0:
        return None
    sheet = next((sheet for sheet in rules.sheets if sheet.has_sides(facts.width_mm, facts.height_mm)), None)
    if sheet is not None:
        return sheet
    area = round(facts.width_mm * 10) * round(facts.height_mm * 10)  # in 0.01 mm², a whole number
    return next((size for size in rules.sizes if area <= size.area_mm2 * (100 + rules.tolerance_percent)), None)


def _proven(facts: PageFacts) -> bool:
    origin = facts.size_origin
    return origin == MEASURED or (origin is not None and SizeOrigin(origin).proven)


_NOT_KEPT = frozenset({ScanOutcome.REJECTED, ScanOutcome.QUARANTINED, ScanOutcome.WITHDRAWN})

# A condition returns None when the page does not meet it, else a text beyond the column's reason (or "").
_Condition = Callable[[PageFacts, RuleSet], str | None]


def _not_kept(facts: PageFacts, rules: RuleSet) -> str | None:
    return _in_words(facts.scan_outcome.value) if facts.scan_outcome in _NOT_KEPT else None


def _duplicate(facts: PageFacts, rules: RuleSet) -> str | None:
    return "" if facts.scan_outcome is ScanOutcome.DUPLICATE else None


def _excluded(facts: PageFacts, rules: RuleSet) -> str | None:
    return "" if facts.exclusion == ExclusionState.UPHELD else None


def _disputed(facts: PageFacts, rules: RuleSet) -> str | None:
    return "" if facts.exclusion == ExclusionState.DISPUTED else None


def _born_digital(facts: PageFacts, rules: RuleSet) -> str | None:
    return "" if facts.size_origin == SizeOrigin.BORN_DIGITAL else None


def _failed(facts: PageFacts, rules: RuleSet) -> str | None:
    return _in_words(facts.outcome) if PageOutcome(facts.outcome).failed else None


def _separator(facts: PageFacts, rules: RuleSet) -> str | None:
    return "" if facts.outcome == PageOutcome.SEPARATOR else None


def _blank(facts: PageFacts, rules: RuleSet) -> str | None:
    return "" if facts.outcome == PageOutcome.BLANK else None


def _in_words(slug: str) -> Sentence:
    """Return an outcome in words for people, itself in data."""
    return Sentence(word(slug), slug)


def _below_norm(facts: PageFacts, rules: RuleSet) -> str | None:
    lacks = []
    if size_of(facts, rules) and facts.dpi is not None and facts.dpi < rules.min_dpi - rules.dpi_slack:
        lacks.append(f"{facts.dpi:.0f} dpi instead of {rules.min_dpi}")
    if rules.require_colour and facts.colour is not None and facts.colour != Colour.COLOUR:
        lacks.append(f"{facts.colour} instead of colour")
    return ", ".join(lacks) or None


_CONDITIONS: Mapping[str, _Condition] = {
    "not_kept": _not_kept,
    "duplicate": _duplicate,
    "excluded": _excluded,
    "disputed": _disputed,
    "born_digital": _born_digital,
    "failed": _failed,
    "separator": _separator,
    "blank": _blank,
    "below_norm": _below_norm,
}


def summarise(counted: Iterable[tuple[Groups, Judgement, int]], rules: RuleSet, by: Sequence[str] = ()) -> Count:
    """Return the sums of so many pages in these groups with these judgements, in any order of them the same.

    ``by`` names the groups; without it there is one row (none for no pages). Rows stand in alphabetical order, sizes
    from small to large; a group without a value, or without a proven size, comes last.
    """
    groups: dict[Groups, _Sum] = {}
    everything = _Sum(rules)
    for group, judgement, pages in counted:  # there may be one for each of millions of pages: nothing of it is kept
        for total in (everything, groups.setdefault(group, _Sum(rules))):
            total.add(judgement, pages)
    sizes = sorted((*rules.sizes, *rules.sheets), key=lambda size: size.area_mm2)
    ranks = {size.name: rank for rank, size in enumerate(sizes)}

    def place(row: Groups) -> list[tuple[bool, int, str]]:
        return [
            (value is None, ranks.get(value or "", len(ranks)) if name == SIZE else 0, value or "")
            for name, value in zip(by, row, strict=True)
        ]

    rows = tuple(groups[group].row(group) for group in sorted(groups, key=place))
    return Count(rules.id, tuple(by), rows, everything.row((None,) * len(by)))


class _Sum:
    """The running sums of one row."""

    def __init__(self, rules: RuleSet) -> None:
        self._cells = {column.name: Cell() for column in rules.columns}
        self._to_measure = 0

    def add(self, judgement: Judgement, pages: int) -> None:
        self._cells[judgement.column] = self._cells[judgement.column].plus(pages, pages * judgement.a4)
        self._to_measure += pages if judgement.to_measure else 0

    def row(self, groups: Groups) -> CountRow:
        return CountRow(groups, self._cells, self._to_measure)
