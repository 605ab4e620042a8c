"""DigestSet: a set of digests that takes the same memory however many it holds."""

from __future__ import annotations

import sqlite3
from types import TracebackType
from typing import Self


class DigestSet:
    """Digests that were met, in a temporary file without a name, which ends with this object. A context manager.

    For one thread.
    """

    def __init__(self) -> None:
        # An empty name: SQLite keeps a few MiB in memory and the rest in a file that it removes as it opens it.
        self._table = sqlite3.connect("", isolation_level=None)
        self._table.execute("CREATE TABLE met (digest BLOB PRIMARY KEY) WITHOUT ROWID")
        self._table.execute("PRAGMA journal_mode = OFF")  # nobody reads it after us
        self._table.execute("BEGIN")

    def add(self, digest: str) -> bool:
        """Add a digest (hex); return True when it is new."""
        return self._table.execute("INSERT OR IGNORE INTO met VALUES (?)", (bytes.fromhex(digest),)).rowcount > 0

    def __contains__(self, digest: str) -> bool:
        found = self._table.execute("SELECT 1 FROM met WHERE digest = ?", (bytes.fromhex(digest),))
        return found.fetchone() is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._table.close()
