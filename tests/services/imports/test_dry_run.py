"""A dry run, with worker processes: hostile files cost themselves alone, and memory does not grow with the folder."""

from __future__ import annotations

import io
import os
import shutil
import tracemalloc
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pytest

from archive.model.limits import Limits
from archive.services.imports.dry_run import DryRun, DryRunReport, Looked, PlannedBatch
from archive.services.imports.expected_outcome import ExpectedOutcome
from archive.services.imports.folders import GivenFile
from archive.sources.source import FileSource, SourceStat
from archive.store.vault import Vault
from archive.work.api import Workers
from archive.work.local.pool import ProcessWorkers
from tests.commands.papers import save
from tests.doubles.inline_workers import InlineWorkers
from tests.doubles.memory_store import MemoryStore


class Usage(NamedTuple):
    """What shutil tells of a disk, in bytes."""

    total: int
    used: int
    free: int


@dataclass(frozen=True)
class NumberedSource:
    """A scan of a few bytes that exists only while it is looked at."""

    number: int

    @property
    def location(self) -> str:
        """Its number."""
        return str(self.number)

    def stat(self) -> SourceStat:
        """See Source."""
        return SourceStat(self, 8)

    def open(self) -> BinaryIO:
        """See Source."""
        return io.BytesIO(self.number.to_bytes(8, "big"))

    @contextmanager
    def local_copy(self) -> Iterator[Path]:
        """See Source."""
        raise NotImplementedError
        yield


@dataclass(frozen=True)
class DeadlySource(NumberedSource):
    """A file that ends the worker which opens it, as one that breaks a library would."""

    @contextmanager
    def local_copy(self) -> Iterator[Path]:
        """See Source."""
        os._exit(1)
        yield


def report_of(given: Iterator[tuple[str, GivenFile]], workers: Workers, limits: Limits | None = None) -> PlannedBatch:
    run = DryRun(Vault(MemoryStore()), workers, limits or Limits(), None)
    return last(run.run(given, {"b": {}})).batches[0]


def last(events: Iterator[Looked | DryRunReport]) -> DryRunReport:
    """Return the report at the end of a dry run, and keep nothing of the progress before it."""
    (report,) = deque(events, maxlen=1)
    assert isinstance(report, DryRunReport)
    return report


def test_a_file_that_kills_its_worker_is_said_and_the_others_are_counted(tmp_path: Path) -> None:
    files = [GivenFile(FileSource(save(n, tmp_path / f"{n}.png")), f"{n}.png") for n in (3, 5, 7)]
    files.insert(1, GivenFile(DeadlySource(1), "deadly.pdf"))
    workers = ProcessWorkers(1)
    try:
        batch = report_of((("b", one) for one in files), workers)
    finally:
        workers.close()

    assert batch.outcomes == {ExpectedOutcome.NEW: 3, ExpectedOutcome.REJECTED: 1}
    (found,) = batch.rejected
    assert (found.path, found.problem.code) == ("deadly.pdf", "unreadable")
    assert "the reader broke down" in found.problem.params["text"]


def test_limits_of_an_import_are_limits_of_its_dry_run(tmp_path: Path) -> None:
    large = save(3, tmp_path / "a.png")
    limits = Limits(scan_bytes=large.stat().st_size - 1)

    batch = report_of(iter([("b", GivenFile(FileSource(large), "a.png"))]), InlineWorkers(), limits)

    assert [found.problem.code for found in batch.rejected] == ["over_limit"]
    assert [(kind, sums.unopened) for kind, sums in batch.by_kind] == [("PNG", 1)], "its first bytes are looked at"


def test_memory_does_not_grow_with_the_number_of_files() -> None:
    limits = Limits(scan_bytes=4)  # all are over it: looking at them costs nothing

    def peak(count: int) -> int:
        tracemalloc.start()
        report_of((("b", GivenFile(NumberedSource(n), f"{n}.pdf")) for n in range(count)), InlineWorkers(), limits)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(1500)  # what is made once
    few, many = peak(1500), peak(9000)

    assert many - few < 7500 * 50, "fifty bytes a file: less than its name"


def test_a_disk_too_small_for_what_is_new_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = save(3, tmp_path / "a.png")
    looked = []

    def usage(folder: Path) -> Usage:
        looked.append(folder)
        return Usage(2**40, 2**40, scan.stat().st_size)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    run = DryRun(Vault(MemoryStore()), InlineWorkers(), Limits(), tmp_path / "home" / "vault")
    report = last(run.run([("b", GivenFile(FileSource(scan), "a.png"))], {"b": {}}))

    assert (report.fits, report.needs_person) == (False, True)
    assert report.needed > scan.stat().st_size
    assert looked == [tmp_path], "the nearest folder that is there"
