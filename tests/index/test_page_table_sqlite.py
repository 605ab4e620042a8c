"""The SQLite page table keeps the contract, across processes and accidents."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from archive.errors import IndexUnavailable
from archive.index.embedded.page_table import SqlitePageTable
from archive.index.page_table_api import PageTable, TableEntry
from archive.model.counting import CountQuery
from tests.contracts.page_table import PageTableContract, page, scan, total


class TestSqlitePageTable(PageTableContract):
    """SQLite in a file."""

    @pytest.fixture
    def table(self, tmp_path: Path) -> PageTable:
        return SqlitePageTable(tmp_path / "home" / "pages #1?.sqlite", patience_s=0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pages.sqlite"


def test_another_process_sees_what_was_put(path: Path) -> None:
    SqlitePageTable(path).put([scan("a", page(1), page(2))])
    code = (
        "import sys; from pathlib import Path; from archive.index.embedded.page_table import SqlitePageTable;"
        "from archive.model.counting import CountQuery;"
        "print(SqlitePageTable(Path(sys.argv[1])).tally(CountQuery())[0].pages)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)  # noqa: S603 - our own code

    assert done.stdout.strip() == "2"


def test_a_second_writer_is_refused_and_nothing_changes(path: Path) -> None:
    table = SqlitePageTable(path, patience_s=0)
    table.put([scan("a")])
    refused = []

    def entries() -> Iterator[TableEntry]:
        yield scan("b")
        with pytest.raises(IndexUnavailable, match="another process") as caught:
            SqlitePageTable(path, patience_s=0).put([scan("c")])
        refused.append(caught.value.retryable)

    table.replace_all(entries())

    assert refused == [True]
    assert [row.line for row in table.pages(CountQuery())] == ["b"]


def test_a_table_of_another_schema_wants_a_reindex_and_gets_it(path: Path) -> None:
    table = SqlitePageTable(path)
    table.put([scan("a")])
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 999")
        db.execute("DROP TABLE page")

    for refused in (
        lambda: table.tally(CountQuery()),
        lambda: table.put([scan("b")]),
        lambda: list(table.pages(CountQuery())),
        lambda: table.missing({"a": 1}, {}),
    ):
        with pytest.raises(IndexUnavailable, match="archive reindex"):
            refused()
    table.replace_all([scan("c")])
    assert total(table) == 1


@pytest.mark.parametrize("damage", ["head", "middle"])
def test_damage_wants_a_reindex_and_gets_it(path: Path, damage: str) -> None:
    table = SqlitePageTable(path)
    table.put([scan(f"{number}", *(page(n) for n in range(1, 20))) for number in range(300)])
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    if damage == "head":
        content[:100] = b"x" * 100
    else:
        content[4096:] = b"x" * (len(content) - 4096)
    path.write_bytes(content)

    with pytest.raises(IndexUnavailable, match="archive reindex"):
        table.tally(CountQuery())
    table.replace_all([scan("a")])
    assert total(table) == 1


def test_a_file_that_was_made_and_never_written_is_a_fresh_table(path: Path) -> None:
    path.touch()
    table = SqlitePageTable(path)

    assert table.tally(CountQuery()) == []
    assert list(table.pages(CountQuery())) == []
    assert table.missing({"a": 1}, {}) == {"a"}
    table.put([scan("a")])
    assert total(table) == 1


def test_nothing_is_readable_by_others(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    table = SqlitePageTable(folder / "pages.sqlite")
    table.put([scan("a"), scan("b")])
    rows = table.pages(CountQuery())
    next(rows)  # while a reader is there, so are -wal and -shm

    assert len(list(folder.iterdir())) == 3
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_a_file_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(IndexUnavailable, match="cannot be written"):
        SqlitePageTable(tmp_path / "file" / "pages.sqlite").put([scan("a")])


def test_a_list_of_pages_that_is_not_read_to_its_end_blocks_nobody(path: Path) -> None:
    table = SqlitePageTable(path, patience_s=0)
    table.put([scan("a"), scan("b")])
    rows = table.pages(CountQuery())
    next(rows)
    table.replace_all([scan("c")])

    assert [row.line for row in rows] == ["b"]
    assert total(table) == 1
