"""Spreadsheets of counts: the numbers of the screen and the pages behind them, in which no text becomes a formula."""

from __future__ import annotations

import csv
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from archive.commands import spreadsheets
from archive.commands.spreadsheets import Sheet, write_csv, write_xlsx
from archive.errors import Exit, SettingsError
from tests.commands.conftest import Home

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ROWS = [("Hộp 7", "=1+1", 1), ("0123", "@x", 2.5), ("-5", None, 3)]


def rows_of(file: Path) -> list[list[str]]:
    """Return what a spreadsheet program reads of a CSV file."""
    content = file.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf"), "Excel reads UTF-8 by its mark alone"
    return list(csv.reader(content.decode("utf-8-sig").splitlines()))


def sheets_of(file: Path) -> dict[str, list[list[tuple[str, str]]]]:
    """Return the cells of each sheet of a workbook, as (type, text): ``s`` text, ``n`` number, ``f`` formula."""
    with zipfile.ZipFile(file) as book:
        shared: list[str] = []
        if "xl/sharedStrings.xml" in book.namelist():
            shared = ["".join(one.itertext()) for one in parsed(book, "xl/sharedStrings.xml")]
        names = [one.get("name", "") for one in parsed(book, "xl/workbook.xml").iter(f"{_MAIN}sheet")]
        found = {}
        for number, name in enumerate(names, 1):
            sheet = parsed(book, f"xl/worksheets/sheet{number}.xml")
            found[name] = [[_cell(cell, shared) for cell in row] for row in sheet.iter(f"{_MAIN}row")]
    return found


def parsed(book: zipfile.ZipFile, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(book.read(name))  # noqa: S314 - we wrote it ourselves


def _cell(cell: ElementTree.Element, shared: list[str]) -> tuple[str, str]:
    if cell.find(f"{_MAIN}f") is not None:
        return ("f", "".join(cell.itertext()))
    text = "".join(cell.itertext())
    match cell.get("t"):
        case "s":
            return ("s", shared[int(text)])
        case "inlineStr":
            return ("s", text)
        case _:
            return ("n", text)


def test_no_cell_of_a_csv_file_becomes_a_formula(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", Sheet("a", ("batch", "scan", "page"), ROWS))

    assert rows_of(tmp_path / "a.csv") == [
        ["batch", "scan", "page"],
        ["Hộp 7", "'=1+1", "1"],
        ["0123", "'@x", "2.5"],
        ["'-5", "", "3"],
    ]


def test_identifiers_of_a_workbook_are_text_and_numbers_are_numbers(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", [Sheet("Pages", ("batch", "scan", "page"), ROWS)])

    assert sheets_of(tmp_path / "a.xlsx") == {
        "Pages": [
            [("s", "batch"), ("s", "scan"), ("s", "page")],
            [("s", "Hộp 7"), ("s", "=1+1"), ("n", "1")],
            [("s", "0123"), ("s", "@x"), ("n", "2.5")],
            [("s", "-5"), ("n", "3")],
        ]
    }


def test_a_table_that_is_longer_than_a_sheet_goes_on_in_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheets, "_MOST_ROWS", 3)
    write_xlsx(
        tmp_path / "a.xlsx", [Sheet("Pages", ("page",), [(number,) for number in range(5)]), Sheet("No", (), [])]
    )

    counts = {name: len(rows) - 1 for name, rows in sheets_of(tmp_path / "a.xlsx").items() if rows}
    assert counts == {"Pages": 2, "Pages 2": 2, "Pages 3": 1}


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_file_that_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    write = write_csv if name.endswith("csv") else lambda file, sheet: write_xlsx(file, [sheet])

    with pytest.raises(SettingsError, match=r"No such file or directory.*choose another --csv or --xlsx"):
        write(tmp_path / "missing" / name, Sheet("a", ("page",), [(1,)]))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_table_that_breaks_off_leaves_the_earlier_file(tmp_path: Path, name: str) -> None:
    def rows() -> object:
        yield (1,)
        raise RuntimeError

    (tmp_path / name).write_text("earlier")
    write = write_csv if name.endswith("csv") else lambda file, sheet: write_xlsx(file, [sheet])
    with pytest.raises(RuntimeError):
        write(tmp_path / name, Sheet("a", ("page",), rows()))  # type: ignore[arg-type]  # a generator that fails

    assert [one.name for one in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "earlier"


def test_a_count_is_written_as_it_is_shown(filled: Home, tmp_path: Path) -> None:
    table, book = tmp_path / "count.csv", tmp_path / "count.xlsx"
    said = filled("count", "--by", "kind", "--by", "operator", "--sheets", "--csv", table, "--xlsx", book)
    rows = rows_of(table)

    assert said.code == Exit.OK
    assert rows[0][:3] == ["kind", "operator", "payable pages"]
    assert rows[0][-2:] == ["all pages", "sheets (tờ)"]
    assert [(row[0], row[1], row[-2]) for row in rows[1:]] == [
        ("Giấy phép xây dựng", "thu", "2"),
        ("Quyết định", "thu", "2"),
        ("total", "", "4"),
    ]
    sheets = sheets_of(book)
    assert [[text for _, text in row] for row in sheets["Count"]] == rows
    assert [text for _, text in sheets["Question"][1]] == ["rules", "a4-2026.2"]
    assert re.search(r"3 rows written to \S*count\.csv\.\n", said.err)


def test_the_pages_behind_it_are_written_with_what_decided(filled: Home, tmp_path: Path) -> None:
    table, book = tmp_path / "pages.csv", tmp_path / "pages.xlsx"
    said = filled("count", "--pages", "--by", "contract", "--csv", table, "--xlsx", book)
    listed = filled.ok("count", "--pages", "--json").lines
    rows = rows_of(table)

    assert (said.code, said.out) == (Exit.OK, "")
    assert len(rows) - 1 == len(listed) == 4
    assert [row[rows[0].index("ledger line")] for row in rows[1:]] == [page["line"] for page in listed]
    assert {row[0] for row in rows[1:]} == {"(not known)"}
    assert list(sheets_of(book)) == ["Pages", "Count", "Question"]
    assert len(sheets_of(book)["Pages"]) == 5


def test_a_filter_opens_the_pages_of_one_number(filled: Home) -> None:
    for group in filled.ok("count", "--by", "kind", "--json").json["rows"]:
        value = group["group"]
        pages = filled.ok("count", "--pages", "--where", f"kind={value}", "--json").lines
        assert len(pages) == group["pages"]
        assert filled.ok("count", "--where", f"kind={value}", "--json").json["total"]["pages"] == group["pages"]
    assert "only kind Giấy phép xây dựng" in filled.ok("count", "--where", "kind=Giấy phép xây dựng").out
    assert filled("count", "--where", "kind=Bằng lái xe").code == Exit.USAGE
