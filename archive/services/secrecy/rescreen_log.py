"""Rescreen log: which records were rescreened in this home, and with which screen; the file may be deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from archive.errors import SettingsError
from archive.messages.catalogue import tr

_SCHEMA = "CREATE TABLE IF NOT EXISTS looked (record TEXT PRIMARY KEY, screen TEXT NOT NULL) WITHOUT ROWID"
_BUSY_SECONDS = 30.0  # another run of this home commits in milliseconds


class RescreenLog:
    """Remembers records with the identity of the screen, in ``file``; a context manager that closes it.

    Derived: without the file all records are rescreened. For 2 million pages it has about 500,000 rows of 50 bytes.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._base: sqlite3.Connection | None = None

    def __enter__(self) -> RescreenLog:
        with self._border():
            self._base = sqlite3.connect(
                self._file, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._file.chmod(0o600)
            self._base.execute("PRAGMA synchronous = OFF")  # records lost in a power cut are rescreened
            self._base.execute(_SCHEMA)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._base is not None:
            self._base.close()

    def has(self, record: str, screen: str) -> bool:
        """Return True when a record was screened with exactly this screen."""
        with self._border() as base:
            row = base.execute("SELECT 1 FROM looked WHERE record = ? AND screen = ?", (record, screen)).fetchone()
        return row is not None

    def add(self, record: str, screen: str) -> None:
        """Store that a record was screened with this screen."""
        with self._border() as base:
            base.execute("INSERT OR REPLACE INTO looked VALUES (?, ?)", (record, screen))

    @contextmanager
    def _border(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._base  # type: ignore[misc]  # open inside ``with``; __enter__ itself does not use it
        except (sqlite3.Error, OSError) as error:
            raise SettingsError(tr("settings.cannot_be_used_check_disk_and", file=self._file, error=error)) from error
