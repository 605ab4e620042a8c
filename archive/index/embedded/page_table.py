"""SqlitePageTable: the page table on this machine."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from archive.errors import IndexUnavailable
from archive.index.embedded import page_schema as sql
from archive.index.embedded.disk_space import disk_full, is_full
from archive.index.page_query import FACTS, bounds_of, facts_of, facts_values, microseconds, written_time
from archive.index.page_table_api import NO_VERSIONS, TableEntry
from archive.messages.catalogue import tr
from archive.model.counting import CountQuery, PageRow, SheetTally, TableBatch, TableLine, TableRecord, Tally

_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_NEED_ROOM: Final = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)  # for what lies beside the file, too
_NO_SHARED_MEMORY: Final = (sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMMAP)


class SqlitePageTable:
    """PageTable in one SQLite file (with its ``-wal`` and ``-shm``). Any number of processes; one writes at a time.

    Each call opens a connection of its own, so that the object may be used in any thread and after a fork.
    ``patience_s`` is how long a commit waits for another one.
    """

    def __init__(self, path: Path, patience_s: float = 5.0) -> None:
        self._path = path
        self._patience_s = patience_s

    def put(self, entries: Iterable[TableEntry]) -> None:
        """Add versions in one commit; what is already there stays. Raises IndexUnavailable (retryable)."""
        group = list(entries)
        if not group:
            return
        with self._writing() as db, self._translating():
            held = _schema_of(db)
            if held is None:
                _make_tables(db)
            elif held != sql.SCHEMA_VERSION:
                raise self._other_schema()
            for entry in group:
                _insert(db, entry)

    def replace_all(self, entries: Iterable[TableEntry]) -> None:
        """Replace everything in one transaction: readers see the old table until it ends. Raises IndexUnavailable.

        Repairs a damaged file and one of another schema. Puts of other processes are refused meanwhile.
        """
        if self._is_damaged():
            self._remove()
        with self._writing() as db:
            with self._translating():
                _make_tables(db)
            for entry in entries:  # outside _translating: an error of the iterable is not SQLite's
                with self._translating():
                    _insert(db, entry)

    def tally(self, query: CountQuery) -> list[Tally]:
        """Return pages grouped by groups and facts. Raises BadQuery (a malformed day), IndexUnavailable."""
        many = len(query.by)
        rows = self._answer(sql.tally_question(query.by), query)
        return [Tally(row[:many], facts_of(row[many:-1]), row[-1]) for row in rows]

    def sheets(self, query: CountQuery) -> list[SheetTally]:
        """Return the scanned pages by groups. Raises BadQuery (a malformed day), IndexUnavailable."""
        return [SheetTally(row[:-2], *row[-2:]) for row in self._answer(sql.sheets_question(query.by), query)]

    def batches(self, as_of: str | None = None) -> list[TableBatch]:
        """Return the batches as of a day, by name. Raises BadQuery (a malformed day), IndexUnavailable."""
        rows = self._answer(sql.BATCHES, CountQuery(as_of=as_of))
        return [TableBatch(row[0], row[1], written_time(row[2]), row[3], json.loads(row[4])) for row in rows]

    def pages(self, query: CountQuery) -> Iterator[PageRow]:
        """Yield the pages behind the tallies of the same query, by batch, line and page number.

        Raises BadQuery (a malformed day), IndexUnavailable.
        """
        return self._pages(sql.pages_question(query.by), _values_of(query))

    def there(self) -> bool:
        """See PageTable."""
        with self._translating():
            return self._path.exists() and self._path.stat().st_size > 0

    def missing(
        self, lines: Mapping[str, int], records: Mapping[str, int], batches: Mapping[str, int] = NO_VERSIONS
    ) -> set[str]:
        """Return those ids of lines, records and batches whose given version is not there. Raises IndexUnavailable."""
        asked = ((sql.HAS_LINE, lines), (sql.HAS_RECORD, records), (sql.HAS_BATCH, batches))
        with self._reading() as db, self._translating():
            if db is None:
                return {*lines, *records, *batches}
            return {
                id_
                for question, wanted in asked
                for id_, version in wanted.items()
                if db.execute(question, (id_, version)).fetchone() is None
            }

    def _answer(self, question: str, query: CountQuery) -> list[Any]:
        """Return all rows of an answer that is short. Raises BadQuery, IndexUnavailable."""
        values = _values_of(query)
        with self._reading() as db, self._translating():
            return db.execute(question, values).fetchall() if db else []

    def _pages(self, question: str, bounds: dict[str, Any]) -> Iterator[PageRow]:
        with self._reading() as db:
            if db is None:
                return
            with self._translating():
                rows = db.execute(question, bounds)
            while True:
                with self._translating():
                    row = rows.fetchone()
                if row is None:
                    return
                batch, line, record, sha256, number = row[:5]
                yield PageRow(batch, line, record, sha256, number, facts_of(row[-FACTS:]), row[5:-FACTS])

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """Open a connection; None if nothing was ever put. Raises IndexUnavailable for another schema."""
        if not self.there():
            yield None
            return
        with self._translating():
            db, held = self._connect_to_read()
        with closing(db):
            if held not in (None, sql.SCHEMA_VERSION):
                raise self._other_schema()
            yield None if held is None else db

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Open a connection with one transaction, which is committed when the block ends without an error."""
        with self._translating():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))  # -wal and -shm inherit its mode
            db = self._connect()
        with closing(db):
            with self._translating():
                db.execute("PRAGMA journal_mode = WAL")  # readers continue beside the writer
                db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                with self._translating():
                    db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a failed commit may have rolled back by itself
                    db.execute("ROLLBACK")
                raise

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=self._patience_s,
            isolation_level=None,  # this class sends BEGIN itself
            check_same_thread=False,  # an iteration over pages may begin in one thread and continue in another
        )

    def _connect_to_read(self) -> tuple[sqlite3.Connection, int | None]:
        """Return a connection and the schema that it found, also where the disk has no room for shared memory.

        Without it SQLite locks the file for this connection alone: nobody else has it open, else the memory were there.
        """
        for locking in ("NORMAL", "EXCLUSIVE"):
            db = self._connect()
            try:
                db.execute(f"PRAGMA locking_mode = {locking}")
                return db, _schema_of(db)
            except sqlite3.Error as error:
                db.close()
                if locking == "EXCLUSIVE" or error.sqlite_errorcode not in _NO_SHARED_MEMORY:
                    raise
        raise AssertionError  # the second attempt returns or raises

    def _is_damaged(self) -> bool:
        if not self.there():
            return False
        try:
            with closing(self._connect()) as db:
                return bool(db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",))
        except sqlite3.DatabaseError as error:
            return _primary_code(error) in _DAMAGED

    def _remove(self) -> None:
        with self._translating():
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    @contextmanager
    def _translating(self) -> Iterator[None]:
        """Translate errors of SQLite and the file system into IndexUnavailable."""
        try:
            yield
        except sqlite3.Error as error:
            raise _unusable(self._path, error) from error
        except OSError as error:
            if is_full(self._path.parent, error):
                raise disk_full(self._path.parent) from error
            raise IndexUnavailable(
                tr("embedded.the_page_table_cannot_be_written", path=self._path, reason=error.strerror)
            ) from error

    def _other_schema(self) -> IndexUnavailable:
        return IndexUnavailable(tr("embedded.the_page_table_was_made_by", path=self._path))


def _values_of(query: CountQuery) -> dict[str, Any]:
    """Return a query's bounds as SQLite takes them. Raises BadQuery."""
    bounds = bounds_of(query)
    batches = None if bounds.batches is None else json.dumps(sorted(bounds.batches), ensure_ascii=False)
    return {"until": bounds.until, "start": bounds.start, "end": bounds.end, "batches": batches}


def _unusable(path: Path, error: sqlite3.Error) -> IndexUnavailable:
    code = _primary_code(error)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return IndexUnavailable(tr("embedded.table_is_being_written", path=path))
    if code in _DAMAGED:
        return IndexUnavailable(tr("embedded.table_is_damaged", path=path))
    if code == sqlite3.SQLITE_FULL or (code in _NEED_ROOM and is_full(path.parent, error)):
        return disk_full(path.parent)
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    return IndexUnavailable(tr("embedded.table_cannot_be_used", path=path, error=name))


def _primary_code(error: sqlite3.Error) -> int:
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF  # the upper bytes only give details


def _schema_of(db: sqlite3.Connection) -> int | None:
    """Return the schema version, None for a file that was just made."""
    return int(db.execute("PRAGMA user_version").fetchone()[0]) or None


def _make_tables(db: sqlite3.Connection) -> None:
    for name in sql.TABLES:
        db.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in sql.SCHEMA:
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {sql.SCHEMA_VERSION}")


def _insert(db: sqlite3.Connection, entry: TableEntry) -> None:
    if isinstance(entry, TableRecord):
        values = (entry.id, entry.version, microseconds(entry.at), entry.kind, entry.agency)
        if db.execute(sql.INSERT_RECORD, values).rowcount:
            db.execute(sql.ORDER_RECORDS, (entry.id,))
    elif isinstance(entry, TableBatch):
        about = json.dumps(dict(entry.about), ensure_ascii=False)
        batch = (entry.id, entry.version, microseconds(entry.at), entry.name, about)
        if db.execute(sql.INSERT_BATCH, batch).rowcount:
            db.execute(sql.ORDER_BATCHES, (entry.id,))
    else:
        _insert_line(db, entry)


def _insert_line(db: sqlite3.Connection, entry: TableLine) -> None:
    line = entry.line
    facts = [(page.number, facts_values(entry, page)) for page in line.pages]
    scanned = sum(facts_of(values).scanned for _, values in facts)
    whose = (entry.batch_name, line.actor.identity, line.record, line.sha256, scanned)
    added = db.execute(sql.INSERT_LINE, (line.id, line.version, microseconds(line.at), *whose))
    if added.rowcount:
        db.execute(sql.ORDER_LINES, (line.id,))
        for number, values in facts:
            db.execute(sql.INSERT_PAGE, (added.lastrowid, number, _facts_row(db, values)))


def _facts_row(db: sqlite3.Connection, values: tuple[Any, ...]) -> int:
    found = db.execute(sql.FIND_FACTS, values).fetchone()
    return int(found[0]) if found else int(db.execute(sql.INSERT_FACTS, values).lastrowid or 0)
