"""The page table's schema and its queries in SQL for SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from archive.model.counting import GroupBy

# Raise it whenever tables or their meaning change: a table of another schema must be rebuilt.
SCHEMA_VERSION: Final = 2

TABLES: Final = ("page", "facts", "line_version", "record_version", "batch_version")

# Times are microseconds since 1970, UTC. A version counts from ``at`` until before ``superseded``, the earliest time of
# any later version: so the table as it stood at any time is one scan, in the order of writing. A line is counted on the
# day of ``first_at``, the time of its first version, and for the ``account`` that made that one: it imported the scan.
# Equal pages share one row of facts, so that two million pages are grouped by small numbers.
SCHEMA: Final = (
    """CREATE TABLE line_version (
        row INTEGER PRIMARY KEY, line TEXT NOT NULL, version INTEGER NOT NULL, at INTEGER NOT NULL,
        superseded INTEGER, first_at INTEGER, batch TEXT NOT NULL, actor TEXT NOT NULL, account TEXT, record TEXT,
        sha256 TEXT, scanned INTEGER NOT NULL,
        UNIQUE (line, version)
    )""",
    """CREATE TABLE record_version (
        id TEXT NOT NULL, version INTEGER NOT NULL, at INTEGER NOT NULL, superseded INTEGER, kind TEXT, agency TEXT,
        PRIMARY KEY (id, version)
    ) WITHOUT ROWID""",
    """CREATE TABLE batch_version (
        id TEXT NOT NULL, version INTEGER NOT NULL, at INTEGER NOT NULL, superseded INTEGER, name TEXT NOT NULL,
        about TEXT NOT NULL, PRIMARY KEY (id, version)
    ) WITHOUT ROWID""",
    """CREATE TABLE facts (
        row INTEGER PRIMARY KEY, scan_outcome TEXT NOT NULL, outcome TEXT NOT NULL, size_origin TEXT,
        width_mm REAL, height_mm REAL, dpi REAL, colour TEXT, exclusion TEXT
    )""",
    # SQLite treats two NULLs as different in a UNIQUE constraint, but not in an index over IFNULL.
    """CREATE UNIQUE INDEX facts_once ON facts (
        scan_outcome, outcome, IFNULL(size_origin, ''), IFNULL(width_mm, -1), IFNULL(height_mm, -1), IFNULL(dpi, -1),
        IFNULL(colour, ''), IFNULL(exclusion, '')
    )""",
    """CREATE TABLE page (
        line_version INTEGER NOT NULL, number INTEGER NOT NULL, facts INTEGER NOT NULL,
        PRIMARY KEY (line_version, number)
    ) WITHOUT ROWID""",
)

INSERT_LINE: Final = """INSERT OR IGNORE INTO line_version
    (line, version, at, batch, actor, record, sha256, scanned) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
ORDER_LINES: Final = """UPDATE line_version AS v SET
    superseded = (SELECT MIN(n.at) FROM line_version n WHERE n.line = v.line AND n.version > v.version),
    (first_at, account) = (SELECT n.at, n.actor FROM line_version n WHERE n.line = v.line ORDER BY n.version LIMIT 1)
    WHERE v.line = ?"""
INSERT_RECORD: Final = "INSERT OR IGNORE INTO record_version (id, version, at, kind, agency) VALUES (?, ?, ?, ?, ?)"
ORDER_RECORDS: Final = """UPDATE record_version AS v SET
    superseded = (SELECT MIN(n.at) FROM record_version n WHERE n.id = v.id AND n.version > v.version)
    WHERE v.id = ?"""
INSERT_BATCH: Final = "INSERT OR IGNORE INTO batch_version (id, version, at, name, about) VALUES (?, ?, ?, ?, ?)"
ORDER_BATCHES: Final = """UPDATE batch_version AS v SET
    superseded = (SELECT MIN(n.at) FROM batch_version n WHERE n.id = v.id AND n.version > v.version)
    WHERE v.id = ?"""
INSERT_FACTS: Final = """INSERT INTO facts
    (scan_outcome, outcome, size_origin, width_mm, height_mm, dpi, colour, exclusion)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
FIND_FACTS: Final = """SELECT row FROM facts WHERE scan_outcome = ? AND outcome = ?
    AND IFNULL(size_origin, '') = IFNULL(?, '') AND IFNULL(width_mm, -1) = IFNULL(?, -1)
    AND IFNULL(height_mm, -1) = IFNULL(?, -1) AND IFNULL(dpi, -1) = IFNULL(?, -1)
    AND IFNULL(colour, '') = IFNULL(?, '') AND IFNULL(exclusion, '') = IFNULL(?, '')"""
INSERT_PAGE: Final = "INSERT INTO page VALUES (?, ?, ?)"
HAS_LINE: Final = "SELECT 1 FROM line_version WHERE line = ? AND version = ?"
HAS_RECORD: Final = "SELECT 1 FROM record_version WHERE id = ? AND version = ?"
HAS_BATCH: Final = "SELECT 1 FROM batch_version WHERE id = ? AND version = ?"

_FACTS: Final = "f.scan_outcome, f.outcome, f.size_origin, f.width_mm, f.height_mm, f.dpi, f.colour, f.exclusion"

# What a count is broken down by.
_GROUPS: Final = {
    GroupBy.AGENCY: "r.agency",
    GroupBy.KIND: "r.kind",
    GroupBy.MONTH: "strftime('%Y-%m', v.first_at / 1000000 + 25200, 'unixepoch')",  # 25200 s: +07:00
    GroupBy.BATCH: "v.batch",
    GroupBy.ACCOUNT: "v.account",
}

# CROSS JOIN keeps SQLite to this order: lines as they were written, with their record, then their pages beside them.
_LINES: Final = "line_version v"
_RECORDS: Final = """LEFT JOIN record_version r
    ON r.id = v.record AND r.at < :until AND (r.superseded IS NULL OR r.superseded >= :until)"""
_PAGES: Final = "CROSS JOIN page p ON p.line_version = v.row"
_COUNTED: Final = """v.at < :until AND (v.superseded IS NULL OR v.superseded >= :until)
    AND v.first_at >= :start AND v.first_at < :end
    AND (:batches IS NULL OR v.batch IN (SELECT value FROM json_each(:batches)))"""

BATCHES: Final = """SELECT id, version, at, name, about FROM batch_version
    WHERE at < :until AND (superseded IS NULL OR superseded >= :until) ORDER BY name"""


def tally_question(by: Sequence[GroupBy]) -> str:
    """Return the question for (groups…, facts…, pages): few rows, however many pages."""
    groups, names = _groups(by)
    return f"""SELECT {names} {_FACTS}, counted.pages FROM (
            SELECT {groups} p.facts AS facts, COUNT(*) AS pages
            FROM {_LINES} {_records(by)} {_PAGES} WHERE {_COUNTED} GROUP BY {names} p.facts
        ) counted JOIN facts f ON f.row = counted.facts
        ORDER BY {names} counted.facts"""  # noqa: S608 - put together from the constants above alone


def sheets_question(by: Sequence[GroupBy]) -> str:
    """Return the question for (groups…, scanned pages, sheets with two sides); no page is looked at."""
    groups, names = _groups(by)
    return f"""SELECT {groups} SUM(v.scanned), SUM((v.scanned + 1) / 2)
        FROM {_LINES} {_records(by)} WHERE {_COUNTED} AND v.scanned > 0
        GROUP BY {names} NULL ORDER BY {names} NULL"""  # noqa: S608 - put together from the constants above alone


def pages_question(by: Sequence[GroupBy]) -> str:
    """Return the question for (batch, line, record, sha256, page, groups…, facts…), ordered by batch, line, page."""
    return f"""SELECT v.batch, v.line, v.record, v.sha256, p.number, {_groups(by)[0]} {_FACTS}
        FROM {_LINES} {_records(by)} {_PAGES} JOIN facts f ON f.row = p.facts WHERE {_COUNTED}
        ORDER BY v.batch, v.line, p.number"""  # noqa: S608 - put together from the constants above alone


def _groups(by: Sequence[GroupBy]) -> tuple[str, str]:
    """Return the columns of the groups, and the names that they get there; each with a comma behind it."""
    columns = [f"{_GROUPS[one]} AS by_{one}," for one in by]
    return " ".join(columns), " ".join(f"by_{one}," for one in by)


def _records(by: Sequence[GroupBy]) -> str:
    return _RECORDS if {GroupBy.AGENCY, GroupBy.KIND} & {*by} else ""
