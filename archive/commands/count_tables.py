"""Tables of counts: the same rows for the screen, for spreadsheets and for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from archive.commands.common import print_table
from archive.commands.page_decision import exclusion_values, measure_values
from archive.commands.spreadsheets import Cell, Sheet
from archive.messages.catalogue import tr
from archive.model.counting import Groups
from archive.rules.counting.judge import PAYABLE, Count, CountRow
from archive.rules.fields.dates import time_as_written
from archive.rules.words import word
from archive.services.audit.counting import CountedPage, SheetCount, group_name
from archive.services.audit.page_decisions import waiting_measure

Sheets = Mapping[Groups, SheetCount] | None

_RARE: Final = ("excluded", "disputed")  # columns that stand on the screen only where a page is in them
# The columns of a list of pages, behind those of its groups.
_OF_PAGES: Final = (
    "batch",
    "scan",
    "page",
    "outcome",
    "width_mm",
    "height_mm",
    "dpi",
    "colour",
    "size",
    "column",
    "a4",
    "to_measure",
    "why",
    "decided",
    "line",
    "record",
    "sha256",
)


def count_header(counted: Count, with_sheets: bool) -> tuple[str, ...]:
    """Return the columns of a count: what it is broken down by, then its numbers."""
    outside = (name for name in counted.total.columns if name != PAYABLE)
    sheets = ("sheets",) if with_sheets else ()
    return (*(counted.by or ("",)), "payable_pages", "payable_a4", "to_measure", *outside, "all_pages", *sheets)


def count_rows(counted: Count, sheets: Sheets) -> Iterator[tuple[Cell, ...]]:
    """Yield the rows of a count and, last, its total."""
    by_row = has_rows(counted, sheets)
    for row in counted.rows if counted.by else ():
        names = [group_name(name, group) for name, group in zip(counted.by, row.groups, strict=True)]
        yield (*names, *_numbers(row), *_sheet_cells(sheets, row.groups, by_row))
    total = (tr("column.total"), *([""] * (len(counted.by) - 1)))
    yield (*total, *_numbers(counted.total), *([total_sheets(sheets).sheets] if sheets is not None else []))


def print_count(counted: Count, sheets: Sheets = None) -> None:
    """Print a count as a table."""
    sheets = sheets if counted.by and has_rows(counted, sheets) else None  # a total alone is said below the table
    header, rows = count_header(counted, sheets is not None), count_rows(counted, sheets)
    unused = {name for name in _RARE if name in counted.total.columns and not counted.total.columns[name].pages}
    shown = [place for place, name in enumerate(header) if name not in unused]
    figures = len(shown) - max(1, len(counted.by))
    print_table(
        [header[place] for place in shown], ([_figure(row[place]) for place in shown] for row in rows), numbers=figures
    )


def count_sheet(counted: Count, sheets: Sheets) -> Sheet:
    """Return a count as a table of a spreadsheet."""
    return Sheet(tr("spreadsheet.count"), count_header(counted, sheets is not None), list(count_rows(counted, sheets)))


def pages_sheet(pages: Iterable[CountedPage], by: tuple[str, ...]) -> Sheet:
    """Return a list of pages as a table of a spreadsheet."""
    return Sheet(tr("spreadsheet.pages"), (*by, *_OF_PAGES), (_page_cells(page, by) for page in pages))


def has_rows(counted: Count, sheets: Sheets) -> bool:
    """Return True when there are sheets for each row of a count, and not only for all of them."""
    return sheets is not None and all(len(groups) == len(counted.by) for groups in sheets)


def total_sheets(sheets: Mapping[Groups, SheetCount]) -> SheetCount:
    """Return the sum of all groups."""
    total = SheetCount()
    for one in sheets.values():
        total = total.plus(one)
    return total


def page_values(page: CountedPage) -> dict[str, Any]:
    """Return a page as JSON has it."""
    row, judgement = page.row, page.judgement
    return {
        "batch": row.batch_name,
        "path": page.path,
        "line": row.line,
        "record": row.record,
        "sha256": row.sha256,
        "page": row.page,
        "groups": list(page.groups),
        **asdict(row.facts),
        "scan_outcome": row.facts.scan_outcome.value,
        "column": judgement.column,
        "size": judgement.size,
        "a4": judgement.a4,
        "to_measure": judgement.to_measure,
        "why": judgement.why,
        "decided": {"measure": measure_values(page.measure), "exclusion": exclusion_values(page.exclusion)},
    }


def decision_parts(page: CountedPage) -> Iterator[str]:
    """Yield what people decided about a page, or want decided: what, who and when."""
    waiting, measure, exclusion = waiting_measure(page.measure), page.measure, page.exclusion
    if waiting is not None:
        sides, by = f"{waiting.width_mm:g}×{waiting.height_mm:g}", waiting.settled_by[-1]
        yield tr("count.measure_waits", sides=sides, actor=by.actor, at=time_as_written(by.at))
    elif measure is not None:
        by = measure.settled_by[-1]
        yield tr("count.measured_by", actor=by.actor, at=time_as_written(by.at))
    if exclusion is not None:
        state, reason, by = word(exclusion.state.value), word(exclusion.reason), exclusion.settled_by[-1]
        yield tr("count.decided_by", state=state, reason=reason, actor=by.actor, at=time_as_written(by.at))


def count_values(counted: Count) -> dict[str, Any]:
    """Return a count as JSON has it; ``by`` and ``group`` are the first of several, as programs know them."""
    return {
        "rules": counted.rules,
        "by": next(iter(counted.by), None),
        "breakdown": list(counted.by),
        "rows": [_row_values(row) for row in counted.rows],
        "total": _row_values(counted.total),
    }


def sheet_values(counted: Count, sheets: Sheets) -> dict[str, Any] | None:
    """Return the sheets of a count as JSON has them, with those of each row in the order of the rows."""
    if sheets is None:
        return None
    rows = (
        [asdict(sheets.get(row.groups, SheetCount())) for row in counted.rows]
        if counted.by and has_rows(counted, sheets)
        else []
    )
    return {**asdict(total_sheets(sheets)), "rows": rows}


def _row_values(row: CountRow) -> dict[str, Any]:
    return {
        "group": next(iter(row.groups), None),
        "groups": list(row.groups),
        "pages": row.pages,
        "to_measure": row.to_measure,
        "columns": {name: asdict(cell) for name, cell in row.columns.items()},
    }


def _numbers(row: CountRow) -> tuple[int, ...]:
    outside = (cell.pages for name, cell in row.columns.items() if name != PAYABLE)
    return (row.payable.pages, row.payable.a4, row.to_measure, *outside, row.pages)


def _sheet_cells(sheets: Sheets, groups: Groups, by_row: bool) -> tuple[Cell, ...]:
    if sheets is None:
        return ()
    return (sheets.get(groups, SheetCount()).sheets if by_row else None,)


def _figure(cell: Cell) -> str:
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def _page_cells(page: CountedPage, by: tuple[str, ...]) -> tuple[Cell, ...]:
    row, facts, judgement = page.row, page.row.facts, page.judgement
    return (
        *(group_name(name, group) for name, group in zip(by, page.groups, strict=True)),
        row.batch_name,
        page.path,
        row.page,
        word(facts.outcome),
        facts.width_mm,
        facts.height_mm,
        facts.dpi,
        facts.colour and word(facts.colour),
        judgement.size,
        word(judgement.column),
        judgement.a4,
        int(judgement.to_measure),
        judgement.why,
        "; ".join(decision_parts(page)),
        row.line,
        row.record,
        row.sha256,
    )
