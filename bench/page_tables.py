"""How page tables grow: putting group commits, rebuilding and counting, on SQLite and on Elasticsearch.

Prints a table, asserts nothing. The lines are made up: 3 pages a scan, its record with it, every tenth changed once.

usage: python -m bench.page_tables [--elastic http://127.0.0.1:9200/NAME] [LINES …]
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from archive.index.embedded.page_table import SqlitePageTable
from archive.index.page_table_api import PageTable, TableEntry
from archive.model.counting import CountQuery, GroupBy, TableLine, TableRecord
from archive.model.ledger import LedgerLine, ScanOutcome
from archive.model.pages import Colour, PageEntry, PageOutcome, PageShape, SizeOrigin
from archive.model.results import Actor

_BEGUN = datetime(2026, 1, 5, tzinfo=UTC)
_A4 = PageShape(SizeOrigin.IMAGE_DPI, 210.0, 297.0, 210.0, 297.0, 200.0, Colour.GREY)
_COMMIT = 200  # scans in a group commit, as the import has it
_TIMED = 10  # group commits
_QUERIES = {
    "tally": CountQuery(),
    "tally by agency": CountQuery(by=(GroupBy.AGENCY,)),
    "tally by month, as of": CountQuery(by=(GroupBy.MONTH,), as_of="2026-03-01"),
}


def records(first: int, count: int) -> Iterator[TableRecord]:
    """Yield the records of so many scans."""
    for number in range(first, first + count):
        made = TableRecord(f"{number:032x}", 1, _at(number), f"kind-{number % 30}", f"UBND xã {number % 300}")
        yield made
        if number % 10 == 0:
            yield replace(made, version=2, at=_at(number + 5_000))


def lines(first: int, count: int) -> Iterator[TableLine]:
    """Yield the ledger lines of so many scans."""
    for number in range(first, first + count):
        shapes = (_A4, _A4, replace(_A4, width_mm=297.0, height_mm=420.0) if number % 5 == 0 else _A4)
        pages = tuple(PageEntry(page, PageOutcome.RECOGNISED, shape) for page, shape in enumerate(shapes, 1))
        line = LedgerLine(
            id=f"{number:032x}",
            version=1,
            batch="0" * 32,
            path_id=f"{number:064x}",
            occurrence=0,
            outcome=ScanOutcome.STORED,
            reason=None,
            message=None,
            sha256=f"{number:064x}",
            bytes=1,
            record=f"{number:032x}",
            path=None,
            pages=pages,
            actor=Actor(f"os:{number % 20}"),
            at=_at(number),
        )
        yield TableLine(line, f"Hộp {number // 500}")
        if number % 10 == 0:
            yield TableLine(replace(line, version=2, at=_at(number + 5_000)), f"Hộp {number // 500}")


def everything(count: int) -> Iterator[TableEntry]:
    """Yield what a table of so many scans is rebuilt from: records before the lines that refer to them."""
    yield from records(0, count)
    yield from lines(0, count)


def _at(number: int) -> str:
    return (_BEGUN + timedelta(minutes=number)).isoformat()


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def measure(name: str, table: PageTable, count: int) -> None:
    """Print how long a table of ``count`` scans takes for what it is asked."""

    def report(what: str, seconds: float, per: str = "") -> None:
        print(f"{name:14} {count:>9,} {what:28} {seconds:9.3f} s {per}", flush=True)

    seconds = _timed(lambda: table.replace_all(everything(count)))
    report("rebuild", seconds, f"{count / seconds:,.0f} scans/s")
    commits = []
    for turn in range(_TIMED):
        first = count + turn * _COMMIT
        group: list[TableEntry] = [*records(first, _COMMIT), *lines(first, _COMMIT)]
        commits.append(_timed(partial(table.put, group)))
    report(f"put of {_COMMIT} scans, median", sorted(commits)[_TIMED // 2], f"longest {max(commits):.3f} s")
    report("the last put again", _timed(lambda: table.put(group)))
    for what, query in _QUERIES.items():
        seconds = _timed(partial(table.tally, query))
        report(what, seconds, f"{len(table.tally(query))} rows")
    by_batch = CountQuery(by=(GroupBy.BATCH,))
    report("sheets by batch", _timed(partial(table.sheets, by_batch)), f"{len(table.sheets(by_batch))} rows")
    report("list all pages", _timed(lambda: sum(1 for _ in table.pages(CountQuery()))))
    known = {f"{number:032x}": 1 for number in range(min(count, 10_000))}
    report(f"missing, {len(known):,} each", _timed(lambda: table.missing(known, known)))
    print(
        f"{name:14} {count:>9,} most memory so far {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:>10,} MB"
    )


def main() -> None:
    """Measure each table at each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elastic", metavar="URL", help="an index in Elasticsearch; it is replaced")
    parser.add_argument("lines", nargs="*", type=int, default=[2_000, 10_000], metavar="LINES")
    chosen = parser.parse_args()
    for count in chosen.lines:
        if chosen.elastic:
            from archive.index.elastic.address import ElasticAddress
            from archive.index.elastic.page_table import ElasticPageTable

            elastic = ElasticPageTable(ElasticAddress.of(chosen.elastic))
            measure("elasticsearch", elastic, count)
            elastic.close()
        with tempfile.TemporaryDirectory() as folder:
            measure("sqlite", SqlitePageTable(Path(folder) / "pages.sqlite"), count)


if __name__ == "__main__":
    main()
