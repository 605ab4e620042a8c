"""archive count: numbers for payment, opened down to pages, counted again, as of any day."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from archive.errors import Exit
from archive.store.backends.folder import FolderStore
from archive.store.vault import Vault
from tests.commands.conftest import Home
from tests.commands.papers import DECISION, LICENCE, draw, save, save_batch

NO_PAGE = {"pages": 0, "a4": 0}


def columns(home: Home, *arguments: str) -> dict[str, int]:
    """Return the pages of each column that has any."""
    cells = home.ok("count", "--json", *arguments).json["total"]["columns"]
    return {name: cell["pages"] for name, cell in cells.items() if cell != NO_PAGE}


def test_payable_pages_stand_apart_from_blank_and_duplicate_ones(filled: Home) -> None:
    assert columns(filled) == {"payable": 2, "blank": 1, "duplicate": 1}


def test_the_table_fits_a_screen_of_a_hundred_columns(filled: Home) -> None:
    lines = filled.ok("count", "--sheets").out.splitlines()

    assert lines[0] == "Pages (trang) under rule set a4-2026.2"
    assert lines[3].split() == ["total", "2", "2", "0", "0", "1", "0", "0", "0", "1", "0", "4"]
    assert lines[4] == "Sheets (tờ) behind the scanned pages: 2"
    assert max(map(len, lines)) <= 100


def test_machines_get_the_same(filled: Home) -> None:
    values = filled.ok("count", "--sheets", "--json").json

    assert list(values) == [
        "rules",
        "by",
        "breakdown",
        "rows",
        "total",
        "sheets",
        "as_of",
        "cannot_be_read",
        "not_as_sealed",
    ]
    assert list(values["total"]) == ["group", "groups", "pages", "to_measure", "columns"]
    assert (values["total"]["pages"], values["sheets"]) == (4, {"sheets": 2, "pages_without_sides": 0, "rows": []})


def test_sheets_are_counted_for_who_asks(filled: Home, home: Home, tmp_path: Path) -> None:
    """Each answer goes through all pages; the sums of pages do not."""
    assert "Sheets" not in filled.ok("count").out
    assert filled.ok("count", "--json").json["sheets"] is None
    home.ok("import", save(3, tmp_path / "a.png"), "--batch", "b")
    assert "No batch says how many sides were scanned" in home.ok("count", "--sheets").out
    assert filled("count", "--sheets", "--recount").code == Exit.USAGE


def test_the_pages_listed_are_the_pages_counted(filled: Home) -> None:
    listed = Counter(page["column"] for page in filled.ok("count", "--pages", "--json").lines)

    assert listed == columns(filled)
    assert len(filled.ok("count", "--pages").out.splitlines()) == listed.total()


def test_a_page_is_listed_with_all_that_decided(filled: Home) -> None:
    out = filled.ok("count", "--pages").out

    line = "Hộp 7 · quyết định.tif · page 2 · blank · 210×297 mm · 200 dpi · blank 1 A4 (a blank side) · record "
    assert [len(one) for one in out.splitlines() if one.startswith(line)] == [len(line) + 12]


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("agency", {"ỦY BAN NHÂN DÂN XÃ SƠN HÀ": 4}),
        ("kind", {"giay-phep-xay-dung": 2, "quyet-dinh": 2}),
        ("batch", {"Hộp 7": 4}),
        ("operator", {"thu": 4}),
        ("size", {"A4": 4}),
        ("outcome", {"blank": 1, "recognised": 3}),
    ],
)
def test_a_count_is_broken_down_and_its_rows_add_up(filled: Home, by: str, groups: dict[str, int]) -> None:
    values = filled.ok("count", "--by", by, "--json").json

    assert {row["group"]: row["pages"] for row in values["rows"]} == groups
    assert sum(row["pages"] for row in values["rows"]) == values["total"]["pages"]
    shown = {"giay-phep-xay-dung": "Giấy phép xây dựng", "quyet-dinh": "Quyết định"}
    assert all(shown.get(group, group) in filled.ok("count", "--by", by).out for group in groups)


def test_people_read_names_and_words_where_data_have_slugs(filled: Home) -> None:
    by_kind, pages = filled.ok("count", "--by", "kind").out, filled.ok("count", "--pages").out

    assert "Giấy phép xây dựng" in by_kind
    assert "giay-phep-xay-dung" not in by_kind
    assert "_" not in pages


def test_by_month_there_is_one_row_a_month(filled: Home) -> None:
    (row,) = filled.ok("count", "--by", "month", "--json").json["rows"]

    assert len(row["group"]) == len("2026-03")
    assert row["pages"] == 4


def test_days_bound_the_count(filled: Home) -> None:
    assert columns(filled, "--to", "2000-01-01") == {}
    assert columns(filled, "--from", "2000-01-01", "--to", "2999-12-31") == columns(filled)
    assert columns(filled, "--as-of", "2000-01-01") == {}
    assert filled.ok("count", "--as-of", "2000-01-01").out.startswith(
        "Pages (trang) under rule set a4-2026.2, as of 2000-01-01\n"
    )


def test_an_unproven_size_counts_as_one_and_is_listed_for_measuring(home: Home, tmp_path: Path) -> None:
    draw(3).save(tmp_path / "a.png")
    assert home("import", tmp_path / "a.png", "--batch", "b").code in (Exit.OK, Exit.NEEDS_PERSON)
    said = home.ok("count")

    assert said.out.splitlines()[-1] == "1 page to measure by hand: archive count --to-measure"
    (page,) = home.ok("count", "--to-measure", "--json").lines
    assert (page["a4"], page["size"], page["width_mm"], page["column"]) == (1, "unproven", None, "payable")
    assert "size not proven" in home.ok("count", "--to-measure").out


def test_pages_below_the_norm_are_not_paid(home: Home, tmp_path: Path) -> None:
    draw(3, colour=False).save(tmp_path / "grey.png", dpi=(200, 200))
    home.ok("import", tmp_path / "grey.png", "--batch", "b")

    assert columns(home) == {"below_norm": 1}
    (page,) = home.ok("count", "--pages", "--json").lines
    assert page["column"] == "below_norm"
    assert "grey instead of colour" in page["why"]
    assert " · below norm 1 A4 (" in home.ok("count", "--pages").out


def test_a_recount_of_the_originals_agrees(filled: Home) -> None:
    said = filled.ok("count", "--recount")
    values = filled.ok("count", "--recount", "--json").json

    assert said.out.splitlines()[-1] == "The recount agrees."
    assert "From 2 originals measured again:" in said.out
    assert list(values) == ["agrees", "scans", "originals", "ledger", "again", "differences", "not_as_sealed"]
    assert (values["agrees"], values["ledger"]) == (True, values["again"])


def test_a_ledger_that_lies_is_found_out(home: Home, tmp_path: Path) -> None:
    home("import", save_batch(tmp_path / "b"))
    vault = Vault(FolderStore(home.folder / "vault"))
    (batch,) = vault.batches()
    line = next(line for line in vault.lines(batch.id) if line.path == "quyết định.tif")
    shape = line.pages[0].shape
    assert shape is not None
    larger = replace(line.pages[0], shape=replace(shape, width_mm=297.0, height_mm=420.0))
    vault.append_line(replace(line, version=2, pages=(larger, *line.pages[1:])))
    home.ok("reindex")
    said = home("count", "--recount")

    assert said.code == Exit.VERIFY_FAILED
    assert "  b · quyết định.tif: Page 1: the ledger says 297 × 420 mm" in said.out
    assert said.out.splitlines()[-1] == "1 difference: see above."
    (difference,) = home("count", "--recount", "--json").json["differences"]
    assert difference["path"] == "quyết định.tif"
    assert home("count", "--json").json["total"]["columns"]["payable"] == {"pages": 2, "a4": 3}


def test_a_missing_original_proves_nothing(home: Home, tmp_path: Path) -> None:
    home.ok("import", save(3, tmp_path / "a.png"), "--batch", "b")
    (page,) = home.ok("count", "--pages", "--json").lines
    (home.folder / "vault" / "content" / page["sha256"][:2] / page["sha256"][2:4] / page["sha256"]).unlink()
    said = home("count", "--recount")

    assert said.code == Exit.VERIFY_FAILED
    assert "b · a.png: object content/" in said.out
    assert "is not in the store; run `archive verify`" in said.out


def test_a_damaged_page_table_is_said_and_mended(home: Home, tmp_path: Path) -> None:
    home.ok("import", save(3, tmp_path / "a.png"), "--batch", "b")
    (home.folder / "index" / "pages.sqlite").write_bytes(b"garbage" * 100)
    broken = home("count")

    assert (broken.code, broken.out) == (Exit.INDEX, "")
    assert broken.err.endswith("pages.sqlite is damaged; run `archive reindex`\n")
    home.ok("reindex")
    assert columns(home) == {"payable": 1}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--from", "5/3/2026"], "'5/3/2026' is no day; write it as YYYY-MM-DD"),
        (["--as-of", "2026-02-31"], "'2026-02-31' is no day"),
        (["--from", "2026-03-02", "--to", "2026-03-01"], "exchange --from and --to"),
        (["--batch", "Hộp 9"], "there is no batch 'Hộp 9'"),
        (["--by", "colour"], "nothing can be counted by 'colour'; possible are agency, kind, month"),
        (["--where", "box"], "write --where as NAME=VALUE"),
        (["--where", "batch=Hộp 9"], "no page of this archive has the batch 'Hộp 9'; there are: Hộp 7"),
        (["--where", "size=A4", "--sheets"], "sheets cannot be counted by size"),
        (["--recount", "--csv", "x.csv"], "--recount has no table"),
    ],
)
def test_a_question_that_cannot_be_meant_gets_no_number(filled: Home, arguments: list[str], complaint: str) -> None:
    """A wrong filter that counted nothing would look like a number."""
    said = filled("count", *arguments)

    assert (said.code, said.out) == (Exit.USAGE, "")
    assert complaint in said.err


def test_counts_follow_the_fields_of_the_records(filled: Home) -> None:
    kinds = {page["record"]: page for page in filled.ok("count", "--pages", "--json").lines}

    assert set(kinds) == {*filled.ids(LICENCE.number), *filled.ids(DECISION.number)}
