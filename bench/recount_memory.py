"""What a recount keeps in memory, to millions of pages: whether it grows with them.

Page table and workers are canned, so that nothing but the parent's own work is left: taking rows, comparing, adding up,
noting differences. One scan in sixteen differs. Asserts nothing.

usage: python -m bench.recount_memory [--pages N] [--scan-pages N]
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from archive.index.page_table_api import NO_VERSIONS, TableEntry
from archive.model.counting import CountQuery, PageFacts, PageRow, SheetTally, TableBatch, Tally
from archive.model.ledger import LedgerLine, ScanOutcome
from archive.model.limits import Limits
from archive.model.pages import Colour, PageEntry, PageOutcome, PageShape, SizeOrigin
from archive.model.results import Actor
from archive.recount import MeasuredPage
from archive.rules.counting.judge import load_rule_set
from archive.services.audit.breakdown import CountRequest
from archive.services.audit.recount import Measured, Recounting
from archive.store.backends.folder import FolderStore
from archive.store.vault import Vault
from archive.work.api import Done, Ending, Task

A4 = PageShape(SizeOrigin.IMAGE_DPI, 210.0, 297.0, 210.0, 297.0, 200.0, Colour.COLOUR, 1654, 2339)
FACTS = PageFacts(ScanOutcome.STORED, "recognised", "image_dpi", 210.0, 297.0, 200.0, "colour")


class CannedTable:
    """A page table of so many pages."""

    def __init__(self, pages: int, scan_pages: int) -> None:
        self._pages, self._scan_pages = pages, scan_pages

    def put(self, entries: Iterable[TableEntry]) -> None:
        """See PageTable; nothing is put here."""

    replace_all = put

    def tally(self, query: CountQuery) -> list[Tally]:
        """See PageTable."""
        return [Tally((), FACTS, self._pages)]

    def pages(self, query: CountQuery) -> Iterator[PageRow]:
        """See PageTable."""
        for scan in range(self._pages // self._scan_pages):
            digest = hashlib.sha256(str(scan).encode()).hexdigest()
            for page in range(1, self._scan_pages + 1):
                yield PageRow("Hộp 1", digest[:32], None, digest, page, FACTS, ())

    def sheets(self, query: CountQuery) -> list[SheetTally]:
        """See PageTable."""
        return []

    def batches(self, as_of: str | None = None) -> list[TableBatch]:
        """See PageTable."""
        return []

    def there(self) -> bool:
        """See PageTable."""
        return True

    def missing(
        self, lines: Mapping[str, int], records: Mapping[str, int], batches: Mapping[str, int] = NO_VERSIONS
    ) -> set[str]:
        """See PageTable."""
        return set()


class CannedWorkers:
    """Answers every task at once; one in sixteen originals is an A3."""

    count = 4

    def __init__(self, scan_pages: int) -> None:
        pages = tuple(
            MeasuredPage(n, SizeOrigin.IMAGE_DPI, 210.0, 297.0, 200.0, Colour.COLOUR) for n in _upto(scan_pages)
        )
        other = tuple(replace(page, width_mm=297.0, height_mm=420.0) for page in pages)
        entries = tuple(PageEntry(n, PageOutcome.RECOGNISED, A4) for n in _upto(scan_pages))
        one, actor, at = "0" * 32, Actor("os:a"), "2026-03-05T08:00:00Z"
        told = (None, None, "0" * 64, 1, None, "quyet dinh 000001.pdf")
        line = LedgerLine(one, 1, one, one, 0, ScanOutcome.STORED, *told, entries, actor, at)
        self._alike, self._differing = Measured(line, pages), Measured(line, other)

    def run(self, tasks: Iterator[Task | None], limit: int) -> Iterator[Ending]:
        """See Workers."""
        for task in tasks:
            assert task is not None  # noqa: S101 - a recount always has one
            yield Done(task, self._differing if task.arguments[3][0] == "0" else self._alike)

    def wake(self) -> None:
        """See Workers."""

    def close(self) -> None:
        """See Workers."""


def _upto(pages: int) -> range:
    return range(1, pages + 1)


def main() -> None:
    """Recount canned archives of growing size; print what each took."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pages", type=int, default=2_000_000)
    options.add_argument("--scan-pages", type=int, default=4)
    given = options.parse_args()
    print(f"{'pages':>10}{'seconds':>9}{'differences':>13}{'peak MiB':>10}")
    pages = given.pages // 100
    while pages <= given.pages:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            table, workers = CannedTable(pages, given.scan_pages), CannedWorkers(given.scan_pages)
            vault = Vault(FolderStore(Path(folder)))
            found = Recounting(vault, table, load_rule_set("a4-2026.1"), workers, Limits()).run(CountRequest())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{pages:>10,}{time.monotonic() - began:>9.0f}{len(found.differences):>13,}{peak:>10.0f}", flush=True)
        pages *= 10


if __name__ == "__main__":
    main()
