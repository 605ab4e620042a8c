"""A full disk is told apart from damage and from other errors."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.errors import IndexUnavailable
from archive.index.embedded.disk_space import is_full
from archive.index.embedded.page_table import SqlitePageTable
from archive.model.counting import CountQuery
from tests.contracts.page_table import page, scan
from tests.doubles.small_disk import fill_up, small_disk

TANTIVY = "An IO error occurred: 'No space left on device (os error 28)'"  # its own words


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), ValueError(TANTIVY)])
def test_the_error_says_it(tmp_path: Path, error: Exception) -> None:
    assert is_full(tmp_path, error)
    assert is_full(tmp_path / "gone" / "deeper", error)


@pytest.mark.parametrize("error", [OSError(errno.EACCES, os.strerror(errno.EACCES)), ValueError("corrupt")])
def test_another_error_on_a_disk_with_room_is_another(tmp_path: Path, error: Exception) -> None:
    assert not is_full(tmp_path, error)
    assert not is_full(tmp_path / ("x" * 4_000), error)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", mib=2) as disk:
        yield disk


def test_a_disk_without_room_says_it_where_the_error_does_not(disk: Path) -> None:
    fill_up(disk)

    assert is_full(disk, ValueError("corrupt"))


def test_a_table_is_read_without_shared_memory_only_while_nobody_writes_it(disk: Path) -> None:
    """Whoever writes has that memory already: then it is used, and what was committed is counted."""
    table = SqlitePageTable(disk / "pages.sqlite", patience_s=0.05)
    table.put([scan("a", page(1))])
    fill_up(disk)
    assert table.tally(CountQuery())

    with sqlite3.connect(f"file:{disk / 'pages.sqlite'}?mode=rw", uri=True, isolation_level=None) as alone:
        alone.execute("PRAGMA locking_mode = EXCLUSIVE")
        assert alone.execute("PRAGMA user_version").fetchone()
        with pytest.raises(IndexUnavailable, match="another process"):
            table.tally(CountQuery())
    alone.close()


def test_a_table_that_cannot_be_written_says_that_the_disk_is_full(disk: Path) -> None:
    table = SqlitePageTable(disk / "pages.sqlite")
    table.put([scan("a", page(1))])
    fill_up(disk)
    with pytest.raises(IndexUnavailable, match="is full; free some space"):
        table.put([scan("b", page(1))])
