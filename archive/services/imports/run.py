"""Run: folders of scans become a batch in the vault, its ledger, the index and the page table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from archive.errors import ArchiveError, IndexUnavailable, SettingsError
from archive.messages.catalogue import tr
from archive.model.ledger import Batch, ScanOutcome
from archive.model.pages import PageOutcome
from archive.model.results import Problem, RecordState
from archive.pipeline.context import GivenScan, ImportContext, ScanReport
from archive.pipeline.journey import PagesRead, take_in
from archive.run_log.run_log import RunLog
from archive.services.derived.catch_up import CatchUp
from archive.services.derived.indexer import Indexer
from archive.services.derived.run_locks import Run, RunningImport, Runs
from archive.services.imports.batches import Batches, BatchSums, checked_name, paths_given
from archive.services.imports.folders import GivenFile
from archive.services.imports.further_scans import further_scans
from archive.services.imports.overrides import check_false_alarms
from archive.services.imports.problems import ScanProblem, problems_of_line
from archive.services.spooled_list import SpooledList
from archive.store import keys


@dataclass(frozen=True, slots=True)
class QuarantinedName:
    """The number of a quarantined scan with its name: for the terminal of the import alone; it must never be stored.

    ``notice``: why the scan was not accepted although a person cleared it.
    """

    number: str
    path: str
    notice: str | None = None


@dataclass
class RunSummary:
    """The result of one import run for one batch: counts of this run, and problems for a person."""

    batch: Batch
    given: int
    fresh: Counter[ScanOutcome] = field(default_factory=Counter)
    settled: Counter[ScanOutcome] = field(default_factory=Counter)
    pages: Counter[PageOutcome] = field(default_factory=Counter)
    problems: SpooledList[ScanProblem] = field(
        default_factory=lambda: SpooledList[ScanProblem]()
    )  # those of one scan side by side
    left_behind: int = 0  # records and lines in the vault that are not yet searchable or counted
    why_left: ArchiveError | None = None
    sums: BatchSums | None = None
    secret: list[QuarantinedName] = field(default_factory=list)

    @property
    def needs_person(self) -> bool:
        """True when a person must examine problems of this batch, or index and table lack some of it."""
        return bool(self.problems) or self.left_behind > 0

    def note(self, report: ScanReport) -> None:
        """Count one report."""
        line, path = report.line, report.scan.path
        (self.fresh if report.fresh else self.settled)[line.outcome] += 1
        self.pages.update(page.outcome for page in line.pages)
        if line.outcome is ScanOutcome.QUARANTINED:
            path = tr(
                "batch.scan_without_name", id=line.id[:12]
            )  # problems are logged and spooled: nothing of it may be
            self.secret.append(QuarantinedName(path, report.scan.path, report.notice))
        for problem in problems_of_line(line, report.record):
            self.problems.append(ScanProblem(path, problem))
        if report.record is not None and report.record.state is RecordState.WITHHELD:
            self.problems.append(ScanProblem(path, Problem("record_withheld", record=report.record.id)))


@dataclass(frozen=True, slots=True)
class OtherImports:
    """Other imports into the same batch, under way on this machine. Scans that both were given are imported once."""

    imports: tuple[RunningImport, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a run: pages read, scans settled and given, problems so far."""

    pages: int
    scans: int
    given: int
    problems: int


class Intake:
    """Imports folders of scans, for one actor."""

    def __init__(self, context: ImportContext, runs: Runs, catch_up: CatchUp) -> None:
        self._context = context
        self._runs = runs
        self._catch_up = catch_up
        self._batches = Batches(context.vault, context.actor, context.now)

    def run(
        self, name: str, files: Sequence[GivenFile], about: Mapping[str, str], retry: bool = False
    ) -> Iterator[OtherImports | Progress | RunSummary]:
        """Import ``files`` into batch ``name``; yield other imports into it, progress, and the summary at the end.

        Other imports are looked for before this one begins and when it ends, so that both are told of each other.

        Raises RequestRefused (a closed batch, a false alarm that may not be cleared), StoreError (the vault cannot be
        written: run again later), SettingsError. A failing index stops nothing: the summary says what it
        lacks.
        """
        context = self._context
        check_false_alarms(files, name, context.vault, context.actor)
        log = context.log
        known = RunningImport(keys.batch_id(checked_name(name)), context.actor.identity, context.now())
        with self._runs.register(known) as run:
            told = self._beside(run, known)
            if told:
                yield OtherImports(told)
            with suppress(IndexUnavailable):  # the import continues without it
                self._catch_up.recover_killed_runs(self._runs)
                self._catch_up.run_daily()  # what killed runs of other machines left
            further = self._further(known.batch, files)
            batch = self._batches.open(name, about, [given.path for given in files], retry, further)
            log.write("batch", batch=batch.id, given=len(files), retry=retry)
            summary = RunSummary(batch, len(files))
            publisher = Indexer(context.index, context.table, batch, context.commit_every)
            yield from self._take_in(_given(files, batch, retry), publisher, summary)
            if publisher.why is not None and not self._caught_up():
                run.unpublished, summary.left_behind, summary.why_left = True, publisher.left_behind, publisher.why
            summary.sums = self._batches.sums(name)
            later = tuple(one for one in self._beside(run, known) if one not in told)
            if later:
                yield OtherImports(later)
        _log_summary(summary, log)
        yield summary

    def _further(self, batch_id: str, files: Sequence[GivenFile]) -> Counter[str]:
        """Return the scans under names that were given before, so that a run that is killed owes them an outcome."""
        batch = self._context.vault.batch(batch_id)
        if batch is None:
            return Counter()
        return further_scans(self._context.vault, batch_id, files, paths_given(batch, self._context.vault))

    def _beside(self, run: Run, known: RunningImport) -> tuple[RunningImport, ...]:
        return tuple(one for one in self._runs.imports(run) if one.batch == known.batch)

    def _take_in(self, given: Iterator[GivenScan], publisher: Indexer, summary: RunSummary) -> Iterator[Progress]:
        pages = scans = 0
        try:
            for event in take_in(given, self._context):
                if isinstance(event, PagesRead):
                    pages += event.pages
                else:
                    scans += 1
                    summary.note(event)
                    _log_scan(event, self._context.log)
                    publisher.add(event)
                yield Progress(pages, scans, summary.given, len(summary.problems))
        finally:
            publisher.flush()  # publish what is in the vault, even when the run is interrupted

    def _caught_up(self) -> bool:
        """Return True when a catch-up published everything that was left behind."""
        try:
            return not self._catch_up.run().unreadable
        except (IndexUnavailable, SettingsError):
            return False


def _log_scan(report: ScanReport, log: RunLog) -> None:
    """Log one scan by the ids of its line and record, without its name and digest, because it may be quarantined."""
    line, record = report.line, report.record
    outcomes = Counter(page.outcome.value for page in line.pages)
    log.write(
        "scan",
        batch=line.batch,
        line=line.id,
        record=line.record,
        outcome=line.outcome.value,
        reason=line.reason,
        fresh=report.fresh,
        bytes=line.bytes,
        pages=len(line.pages),
        page_outcomes=outcomes,
        problems=len(record.problems) if record is not None else 0,
        seconds=report.seconds.get("journey"),
        stages={stage: seconds for stage, seconds in report.seconds.items() if stage != "journey"},
    )


def _log_summary(summary: RunSummary, log: RunLog) -> None:
    log.write(
        "batch_end",
        batch=summary.batch.id,
        given=summary.given,
        new=summary.fresh,
        settled=summary.settled,
        page_outcomes=summary.pages,
        problems=len(summary.problems),
        left_behind=summary.left_behind,
        **({"class": type(summary.why_left).__name__} if summary.why_left is not None else {}),
    )


def _given(files: Sequence[GivenFile], batch: Batch, retry: bool) -> Iterator[GivenScan]:
    """Yield the scans of a batch, in the order of ``files``."""
    shared = _duplicate_paths(files)
    for one in files:
        path_id = keys.path_id(batch.id, one.path)
        yield GivenScan(one.source, one.path, path_id, batch, retry, one.path in shared, override=one.override)


def _duplicate_paths(files: Sequence[GivenFile]) -> frozenset[str]:
    """Return the paths that several scans share: two boxes may both begin with 0001."""
    seen: set[str] = set()
    twice: set[str] = set()
    for one in files:
        (twice if one.path in seen else seen).add(one.path)
    return frozenset(twice)
