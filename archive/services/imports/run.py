"""Intake: folders of scans become a batch in the vault, its ledger, the index and the page table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from archive.clock import Clock
from archive.errors import ArchiveError, IndexUnavailable, SettingsError
from archive.index.api import SearchIndex
from archive.index.page_table_api import PageTable
from archive.model.ledger import Batch, ScanOutcome
from archive.model.pages import PageOutcome
from archive.model.results import Actor
from archive.pipeline.context import Desk, GivenScan, ReadingTools, ScanReport
from archive.pipeline.journey import PagesRead, take_in
from archive.services.derived.catch_up import CatchUp
from archive.services.derived.indexer import Indexer
from archive.services.derived.runs import Runs
from archive.services.disk_list import DiskList
from archive.services.imports.batches import Batches, BatchSums
from archive.services.imports.folders import GivenFile
from archive.services.imports.overrides import check_false_alarms
from archive.services.imports.problems import ScanProblem, problems_of_line
from archive.store import keys
from archive.store.vault import Vault
from archive.work.api import Workers


@dataclass(frozen=True)
class Bench:
    """What an import works with, made by wiring."""

    vault: Vault
    index: SearchIndex
    table: PageTable
    workers: Workers
    tools: ReadingTools
    fingerprint: dict[str, str]
    software: str
    runs: Runs
    catch_up: CatchUp
    commit_every: int
    abreast: int = 1  # journeys that may speak to the store at the same time


@dataclass(frozen=True, slots=True)
class QuarantinedName:
    """The number of a quarantined scan with its name: for the importing terminal alone, to be written down nowhere.

    ``notice``: why it was not let in although somebody cleared it.
    """

    number: str
    path: str
    notice: str | None = None


@dataclass
class RunSummary:
    """What one import run did to one batch: counts of this run, and what needs a person."""

    batch: Batch
    given: int
    fresh: Counter[ScanOutcome] = field(default_factory=Counter)
    settled: Counter[ScanOutcome] = field(default_factory=Counter)
    pages: Counter[PageOutcome] = field(default_factory=Counter)
    problems: DiskList[ScanProblem] = field(
        default_factory=lambda: DiskList[ScanProblem]()
    )  # those of one scan side by side
    left_behind: int = 0  # records and lines that are kept and neither searchable nor counted yet
    why_left: ArchiveError | None = None
    sums: BatchSums | None = None
    secret: list[QuarantinedName] = field(default_factory=list)

    @property
    def needs_person(self) -> bool:
        """True when something of this batch must be looked at, or mended before it can be found."""
        return bool(self.problems) or self.left_behind > 0

    def note(self, report: ScanReport) -> None:
        """Count one report."""
        line, path = report.line, report.scan.path
        (self.fresh if report.fresh else self.settled)[line.outcome] += 1
        self.pages.update(page.outcome for page in line.pages)
        if line.outcome is ScanOutcome.QUARANTINED:
            path = f"no. {line.id[:12]}"  # problems are logged and spooled: nothing of it may be
            self.secret.append(QuarantinedName(path, report.scan.path, report.notice))
        for problem in problems_of_line(line, report.record):
            self.problems.append(ScanProblem(path, problem))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: pages read, scans settled of those given, problems so far."""

    pages: int
    scans: int
    given: int
    problems: int


class Intake:
    """Takes folders of scans in, for one actor."""

    def __init__(self, bench: Bench, actor: Actor, now: Clock) -> None:
        self._bench = bench
        self._actor = actor
        self._now = now
        self._batches = Batches(bench.vault, actor, now)

    def run(
        self, name: str, files: Sequence[GivenFile], about: Mapping[str, str], retry: bool = False
    ) -> Iterator[Progress | RunSummary]:
        """Import ``files`` into batch ``name``; yield progress, and the summary at the end.

        Raises RequestRefused (a closed batch, a false alarm that may not be cleared), StoreError (truth cannot be
        kept: run again later), SettingsError. An index that fails by then stops nothing: the summary says what it
        lacks.
        """
        check_false_alarms(files, name, self._bench.vault, self._actor)
        with self._bench.runs.register() as run:
            with suppress(IndexUnavailable):  # the work goes on without it
                self._bench.catch_up.recover_killed_runs(self._bench.runs)
                self._bench.catch_up.run_daily()  # what killed runs of other machines left
            batch = self._batches.open(name, about, [given.path for given in files], retry)
            summary = RunSummary(batch, len(files))
            publisher = Indexer(self._bench.index, self._bench.table, batch, self._bench.commit_every)
            yield from self._take_in(files, self._desk(batch, retry), publisher, summary)
            if publisher.left_behind and not self._caught_up():
                run.unpublished, summary.left_behind, summary.why_left = True, publisher.left_behind, publisher.why
            summary.sums = self._batches.sums(name)
        yield summary

    def _take_in(
        self, files: Sequence[GivenFile], desk: Desk, publisher: Indexer, summary: RunSummary
    ) -> Iterator[Progress]:
        pages = scans = 0
        twice = _duplicate_paths(files)
        given = (
            GivenScan(
                one.source,
                one.path,
                keys.path_id(desk.batch.id, one.path),
                one.path in twice,
                override=one.override,
            )
            for one in files
        )
        try:
            for event in take_in(given, desk, self._bench.workers, self._bench.abreast):
                if isinstance(event, PagesRead):
                    pages += event.pages
                else:
                    scans += 1
                    summary.note(event)
                    publisher.add(event)
                yield Progress(pages, scans, len(files), len(summary.problems))
        finally:
            publisher.flush()  # what is true is published even when the run is broken off

    def _caught_up(self) -> bool:
        """Say whether what was left behind could be published after all, and all of it."""
        try:
            return not self._bench.catch_up.run().gaps
        except (IndexUnavailable, SettingsError):
            return False

    def _desk(self, batch: Batch, retry: bool) -> Desk:
        bench = self._bench
        identity = "\n".join(f"{name}={value}" for name, value in sorted(bench.fingerprint.items()))
        return Desk(
            vault=bench.vault,
            batch=batch,
            actor=self._actor,
            tools=bench.tools,
            fingerprint=bench.fingerprint,
            fingerprint_id=keys.fingerprint_id(identity),
            software=bench.software,
            now=self._now,
            retry=retry,
        )


def _duplicate_paths(files: Sequence[GivenFile]) -> frozenset[str]:
    """Return the paths that several scans share: two boxes may both begin with 0001."""
    seen: set[str] = set()
    twice: set[str] = set()
    for one in files:
        (twice if one.path in seen else seen).add(one.path)
    return frozenset(twice)
