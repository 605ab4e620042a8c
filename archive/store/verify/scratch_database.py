"""ScratchDatabase: temporary SQLite tables with facts about every object, which do not fit in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from archive.store import keys
from archive.store.keys import ChainKey

_MAX_WAITING_ROWS = 2_000
_CACHE_KIB = 32 * 1024  # the rest stays in the file, which the system caches
# Digests and ids as bytes, half the size of their hex. `chain` is code, owner and id of a chain (see ``pack_chain``).
_SCHEMA = """
CREATE TABLE content (digest BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE reading (key BLOB PRIMARY KEY, digest BLOB) WITHOUT ROWID;
CREATE TABLE head (chain BLOB, version INT, digest BLOB, batch BLOB, PRIMARY KEY (chain, version)) WITHOUT ROWID;
CREATE TABLE announced (chain BLOB, version INT, digest BLOB);
CREATE TABLE content_ref (digest BLOB, chain BLOB, version INT, what TEXT);
CREATE TABLE reading_ref (key BLOB, digest BLOB, chain BLOB, version INT);
CREATE TABLE chain_ref (target BLOB, chain BLOB, version INT);
CREATE TABLE adopted (chain BLOB, version INT, digest BLOB, PRIMARY KEY (chain, version)) WITHOUT ROWID;
CREATE TABLE empty (chain BLOB, version INT, digest BLOB, PRIMARY KEY (chain, version, digest)) WITHOUT ROWID;
CREATE TABLE lost (chain BLOB, version INT, PRIMARY KEY (chain, version)) WITHOUT ROWID;
CREATE TEMP TABLE sealed (chain BLOB PRIMARY KEY, version INT) WITHOUT ROWID;
"""
# Created after all rows: sorting once costs less than keeping the order.
_INDICES = """
CREATE INDEX announced_by_version ON announced (chain, version, digest);
CREATE INDEX content_ref_by_digest ON content_ref (digest);
CREATE INDEX reading_ref_by_key ON reading_ref (key);
CREATE INDEX head_by_batch ON head (batch) WHERE batch IS NOT NULL;
"""


class ScratchDatabase:
    """Tables in a temporary folder, which is removed when the database is closed. A context manager."""

    def __init__(self) -> None:
        self._resources = ExitStack()
        self._waiting: dict[str, list[tuple[Any, ...]]] = {}
        folder = self._resources.enter_context(TemporaryDirectory(prefix="archive-verify-"))
        self._base = sqlite3.connect(Path(folder) / "scratch.sqlite", isolation_level=None)
        self._resources.callback(self._base.close)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}", "temp_store = FILE"):
            self._base.execute(f"PRAGMA {pragma}")
        self._base.executescript(_SCHEMA)

    def __enter__(self) -> ScratchDatabase:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def add(self, table: str, *row: Any) -> None:
        """Add a row to one of the tables above; an existing row is no error."""
        rows = self._waiting.setdefault(table, [])
        rows.append(row)
        if len(rows) >= _MAX_WAITING_ROWS:
            self._flush(table)

    def index(self) -> None:
        """Create the secondary indices, once all rows are in."""
        self._flush_all()
        self._base.executescript(_INDICES)

    def clear(self, table: str) -> None:
        """Empty a table."""
        self._flush(table)
        self._base.execute(f"DELETE FROM {table}")  # noqa: S608 - one of our own names

    def ask(self, question: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of an SQL query."""
        self._flush_all()
        yield from self._base.execute(question, values)

    def one(self, question: str, *values: Any) -> tuple[Any, ...] | None:
        """Return the first row of an SQL query, None for an empty answer."""
        self._flush_all()
        row: tuple[Any, ...] | None = self._base.execute(question, values).fetchone()
        return row

    def _flush_all(self) -> None:
        for table in self._waiting:
            self._flush(table)

    def _flush(self, table: str) -> None:
        rows = self._waiting.get(table)
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self._base.execute("BEGIN")
            self._base.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own names
            self._base.execute("COMMIT")
            rows.clear()


def pack_chain(entry: ChainKey) -> bytes:
    """Return the chain of a version as bytes, in the sort order of the feed's names.

    Raises ValueError for a malformed id, which a damaged version may name.
    """
    name = entry.feed_name
    if keys.named_in_feed(name) != entry:
        raise ValueError("not a chain")
    return bytes.fromhex(name[:-6])


def unpack_chain(chain: bytes, version: int) -> ChainKey:
    """Return the version of a chain that ``pack_chain`` packed."""
    entry = keys.named_in_feed(f"{chain.hex()}{version:06d}")
    if entry is None:
        raise ValueError("not a packed chain")
    return entry


def pack_reading(key: str) -> bytes:
    """Return a reading's key as bytes: scan, fingerprint, attempt. Raises ValueError as ``pack_chain`` does."""
    scan, fingerprint, attempt = key.split("/")[3:]
    name = bytes.fromhex(f"{scan}{fingerprint}{int(attempt):04x}")
    if unpack_reading(name) != key:
        raise ValueError("not a reading")
    return name


def unpack_reading(packed_key: bytes) -> str:
    """Return the key that ``pack_reading`` packed."""
    text = packed_key.hex()
    return keys.reading_key(text[:64], text[64:80], int(text[80:], 16))
