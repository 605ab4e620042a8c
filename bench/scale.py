"""The parent's side of an import, to a million pages: what it costs a page, and whether that grows.

Workers are replaced by canned readings, so that nothing but the parent's own work is left: looking up, keeping,
appending, indexing, counting, over a real vault, index and page table. Boxes of scans come one after the other, as a
province gives them. Whenever the pages have doubled, a line says what those since the last line
cost. Asserts nothing.

usage: python -m bench.scale [--pages N] [--scan-pages N] [--box N] [--store URL] [--index URL] [--work FOLDER]
       URLs as in settings; without them a folder store and an embedded index below the work folder
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from archive.backend_factory import open_store
from archive.model.counting import CountQuery
from archive.model.ledger import ScanOutcome
from archive.model.pages import (
    Box,
    Colour,
    Line,
    PageEntry,
    PageOutcome,
    PageShape,
    PageText,
    ScreenAnswer,
    Screening,
    SizeOrigin,
    Word,
)
from archive.model.search import Query
from archive.pipeline.read_pages import ProcessedPage, Unit, observed, read_unit
from archive.services.imports.folders import GivenFile
from archive.services.imports.run import Intake, RunSummary
from archive.settings import load
from archive.sources.source import FileSource
from archive.store.api import ObjectStore
from archive.store.format.readings import ReadPage, pack_text
from archive.store.vault import Vault
from archive.wiring import Archive, open_archive
from archive.work.api import Done, Ending, Task

UNIT = 8
A4 = PageShape(SizeOrigin.IMAGE_DPI, 210.0, 297.0, 210.0, 297.0, 200.0, Colour.COLOUR, 1654, 2339)
WORDS = ("căn", "cứ", "luật", "xây", "dựng", "theo", "đề", "nghị", "của", "phòng", "quản", "lý", "đô", "thị", "cấp")
PAGE_WORDS = 250  # a printed A4


@dataclass
class Counted:
    """What went over the wire to a store; a store itself, to be put between vault and the real one."""

    store: ObjectStore
    creates: int = 0
    reads: int = 0
    listings: int = 0
    keys_listed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def create(self, key: str, data: BinaryIO) -> None:
        """See ObjectStore."""
        with self.lock:
            self.creates += 1
        self.store.create(key, data)

    def read(self, key: str) -> BinaryIO:
        """See ObjectStore."""
        with self.lock:
            self.reads += 1
        return self.store.read(key)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See ObjectStore."""
        with self.lock:
            self.listings += 1
        for key in self.store.keys(prefix):
            with self.lock:
                self.keys_listed += 1
            yield key

    @property
    def figures(self) -> tuple[int, int, int, int]:
        """All counts so far."""
        return self.creates, self.reads, self.listings, self.keys_listed


class CannedWorkers:
    """Answers every unit with pages that were made beforehand; originals are really kept."""

    count = 4

    def __init__(self, scan_pages: int) -> None:
        self._scan_pages = scan_pages
        self._canned = [seen_page(number) for number in range(1, scan_pages + 1)]

    def run(self, tasks: Iterator[Task | None], limit: int) -> Iterator[Ending]:
        """See Workers."""
        for task in tasks:
            if task is None:
                return
            if task.call is read_unit:
                first = task.arguments[2]
                yield Done(task, Unit(self._scan_pages, tuple(self._canned[first - 1 : first - 1 + UNIT]), ()))
            else:
                yield Done(task, task.call(*task.arguments))

    def wake(self) -> None:
        """See Workers."""

    def close(self) -> None:
        """See Workers."""


def seen_page(number: int) -> ProcessedPage:
    """Return a full page of text as workers return it."""
    lines = []
    for row in range(PAGE_WORDS // 10):
        words = [WORDS[(row * 7 + place * 3 + number) % len(WORDS)] for place in range(10)]
        boxes = [Box(20.0 + 17 * i, 30.0 + 9 * row, 35.0 + 17 * i, 35.0 + 9 * row) for i in range(10)]
        lines.append(Line(tuple(Word(word, box, 0.93) for word, box in zip(words, boxes, strict=True))))
    text = PageText(tuple(lines), "canned")
    clear = Screening(ScreenAnswer.CLEAR, ("canned",))  # without it nothing of a scan is kept
    entry = PageEntry(number, PageOutcome.RECOGNISED, A4, confidence=0.93, screening=clear)
    return ProcessedPage(ReadPage(entry, (), pack_text(text)), observed(entry, text))


def main() -> None:
    """Import boxes until there are enough pages; print what each stretch cost."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pages", type=int, default=1_000_000)
    options.add_argument("--scan-pages", type=int, default=4)
    options.add_argument("--box", type=int, default=1_000, help="scans in one import")
    options.add_argument("--store")
    options.add_argument("--index")
    options.add_argument("--work", type=Path, help="where home and scans are made; a temporary folder without it")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(dir=given.work) as folder:
        home = Path(folder) / "home"
        environment = {f"ARCHIVE_{name.upper()}": url for name in ("store", "index") if (url := getattr(given, name))}
        archive = open_archive(load(home, environment))
        counted = Counted(open_store(archive.settings))
        run(archive, counted, Path(folder), given.pages, given.scan_pages, given.box)


def run(archive: Archive, counted: Counted, folder: Path, pages: int, scan_pages: int, box: int) -> None:
    """Import boxes of scans and print the table."""
    archive.__dict__["vault"] = Vault(counted)  # the counting store in the place of the one that settings name
    print(f"{scan_pages} pages a scan, {box} scans a box; costs of each stretch, a page; the store's own calls")
    print(f"{'pages':>9}{'pages/s':>9}{'CPU ms':>8}{'creates':>9}{'reads':>7}{'lists':>7}{'keys':>7}{'peak MiB':>10}")
    done, mark, started, cpu, before = 0, box * scan_pages, time.monotonic(), time.process_time(), counted.figures
    number = 0
    while done < pages:
        number += 1
        done += import_box(archive, folder / f"box{number}", number, scan_pages, box)
        if done < min(mark, pages):
            continue
        stretch = done - (mark // 2 if mark > box * scan_pages else 0)
        wall, now = time.monotonic() - started, time.process_time()
        figures = [(new - old) / stretch for new, old in zip(counted.figures, before, strict=True)]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{done:>9,}{stretch / wall:>9.0f}{1000 * (now - cpu) / stretch:>8.2f}"
            f"{figures[0]:>9.2f}{figures[1]:>7.2f}{figures[2]:>7.2f}{figures[3]:>7.2f}{peak:>10.0f}"
        )
        sys.stdout.flush()
        mark, started, cpu, before = 2 * done, time.monotonic(), time.process_time(), counted.figures
    began = time.monotonic()
    total = sum(tally.pages for tally in archive.table.tally(CountQuery()))
    hits = archive.index.search(Query()).total
    print(f"counted {total:,} pages, {hits:,} records searchable, both asked in {time.monotonic() - began:.2f} s")


def import_box(archive: Archive, folder: Path, number: int, scan_pages: int, box: int) -> int:
    """Import one box of small files, each with bytes of its own; return how many pages it had."""
    folder.mkdir()
    files = []
    for place in range(box):
        file = folder / f"{place:06d}.png"
        file.write_bytes(f"scan {number}/{place}".encode() + bytes(1000))
        files.append(GivenFile(FileSource(file), file.name))
    intake: Intake = archive.intake(CannedWorkers(scan_pages))
    summary = None
    for event in intake.run(f"Hộp {number}", files, {"sides": "2", "contract": f"HĐ-{number % 7}"}):
        summary = event if isinstance(event, RunSummary) else summary
    shutil.rmtree(folder)
    sums = summary.sums if summary is not None else None
    if sums is None or not sums.closes or sums.scans != {ScanOutcome.STORED: box}:
        raise SystemExit(f"not every scan was kept: {dict(sums.scans) if sums is not None else sums}")
    return box * scan_pages


if __name__ == "__main__":
    main()
