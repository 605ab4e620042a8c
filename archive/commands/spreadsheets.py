"""Spreadsheets: tables written to CSV and XLSX files, in which no text becomes a formula, a number or a link."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.workbook import Workbook, Worksheet

from archive.commands.common import column_name
from archive.commands.printing import say
from archive.errors import SettingsError
from archive.messages.catalogue import quantity, tr

Cell = str | int | float | None

# A spreadsheet program takes a CSV cell that begins so for a formula (OWASP, "CSV Injection"). Excel shows the
# apostrophe before it; a formula would be carried out.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_MOST_ROWS: Final = 1_048_576  # of one sheet of a workbook, its header included
_LONGEST_CELL: Final = 32_767  # characters
_WIDEST: Final = 60  # characters; wider columns are cut on the screen, not in the file


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: ``title`` names its sheet, ``header`` holds columns of the catalogue, ``rows`` are read once."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def write_csv(file: Path, sheet: Sheet) -> None:
    """Write a table as CSV in UTF-8 with a byte order mark, so that Excel reads Vietnamese. Raises SettingsError."""
    with _draft(file) as draft, draft.open("w", encoding="utf-8-sig", newline="") as out:
        table = csv.writer(out)
        table.writerow(map(column_name, sheet.header))
        count = 0
        for row in sheet.rows:
            table.writerow(map(_plain, row))
            count += 1
    _say(file, count)


def write_xlsx(file: Path, sheets: Sequence[Sheet]) -> None:
    """Write tables as a workbook, the first one in front; one that is longer than a sheet goes on in the next.

    Rows go to the disk as they come: memory does not grow with them. Raises SettingsError.
    """
    with _draft(file) as draft, _workbook(draft) as book:
        counts = [_write_sheet(book, sheet) for sheet in sheets]
    _say(file, counts[0])


@contextmanager
def _workbook(file: Path) -> Iterator[Workbook]:
    book = xlsxwriter.Workbook(str(file), {"constant_memory": True, "tmpdir": str(file.parent)})
    try:
        yield book
    finally:
        try:
            book.close()
        except XlsxWriterException as error:
            cause = error.args[0] if error.args and isinstance(error.args[0], OSError) else None
            raise cause or error from error


def _write_sheet(book: Workbook, sheet: Sheet) -> int:
    header = [column_name(name) for name in sheet.header]
    bold = book.add_format({"bold": True})
    rows, count, page = iter(sheet.rows), 0, None
    for number, row in enumerate(rows):
        line = number % (_MOST_ROWS - 1) + 1
        if page is None or line == 1:
            page = _add_page(book, sheet.title, 1 + number // (_MOST_ROWS - 1), header, bold)
        for place, cell in enumerate(row):
            _write_cell(page, line, place, cell)
        count += 1
    if page is None:
        _add_page(book, sheet.title, 1, header, bold)
    return count


def _add_page(book: Workbook, title: str, number: int, header: Sequence[str], bold: object) -> Worksheet:
    page = book.add_worksheet(title if number == 1 else f"{title} {number}")
    page.freeze_panes(1, 0)
    for place, name in enumerate(header):
        page.set_column(place, place, min(_WIDEST, max(12, len(name) + 2)))
        page.write_string(0, place, name, bold)
    return page


def _write_cell(page: Worksheet, line: int, place: int, cell: Cell) -> None:
    if isinstance(cell, str):
        page.write_string(line, place, cell[:_LONGEST_CELL])
    elif cell is not None:
        page.write_number(line, place, cell)


def _plain(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


@contextmanager
def _draft(file: Path) -> Iterator[Path]:
    """Give a file beside ``file`` that takes its place when the block ends well. Raises SettingsError."""
    draft = file.with_name(file.name + ".part")  # a broken table must not look like a whole one
    try:
        yield draft
        draft.replace(file)
    except OSError as error:
        raise SettingsError(tr("spreadsheet.cannot_be_written", file=file, reason=error.strerror)) from error
    finally:
        draft.unlink(missing_ok=True)


def _say(file: Path, rows: int) -> None:
    say(tr("spreadsheet.written", file=file, rows=quantity("row", rows)), err=True)
