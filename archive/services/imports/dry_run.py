"""DryRun: what an import would do, by the files that it would be given and by the vault; nothing is written."""

from __future__ import annotations

import shutil
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from archive.concurrency.ordered import map_ordered
from archive.errors import InputRejected, Unreadable
from archive.ingest.common.formats import Format
from archive.messages.catalogue import tr
from archive.model.ledger import Batch
from archive.model.limits import Limits
from archive.model.results import Problem
from archive.pipeline.tasks import OPENING_SECONDS, fetching_steps
from archive.services.imports.batches import checked_name, paths_given, refuse_contrary
from archive.services.imports.digest_set import DigestSet
from archive.services.imports.expected_outcome import ExpectedOutcome, expected_outcome_of
from archive.services.imports.file_facts import FileFacts, facts_of, kind_of, rejection
from archive.services.imports.folders import GivenFile
from archive.services.imports.problems import ScanProblem
from archive.services.imports.questions import (
    Question,
    about_no_scans,
    about_reused_names,
    first_version,
    names_reused,
    nearly_no_scans,
)
from archive.services.spooled_list import SpooledList
from archive.sources.source import worker_error
from archive.store import keys
from archive.store.vault import Vault
from archive.work.api import Done, Ending, Failed, Lost, Task, Workers

# Beside its original a scan has readings, a record, a line, announcements and an entry in the index: measured on the
# samples, 2.2 MB of disk blocks for 37 pages.
_BYTES_A_PAGE = 60_000


@dataclass
class KindSums:
    """Sums of the files of one format. ``unopened``: files that an import would reject before it reads a page."""

    files: int = 0
    pages: int = 0
    bytes: int = 0
    unopened: int = 0


@dataclass
class PlannedBatch:
    """What an import would make of the files given to one batch. ``before``: the batch that it would continue.

    ``since``: when that began, UTC, ISO; ``given_before``: how many scans it was given. ``kinds``: None for no scan.
    ``needed``: bytes that the new scans would take in the vault.
    """

    name: str
    before: Batch | None
    retry: bool = False
    since: str | None = None
    given_before: int = 0
    kinds: dict[Format | None, KindSums] = field(default_factory=dict)
    outcomes: Counter[ExpectedOutcome] = field(default_factory=Counter)
    needed: int = 0
    questions: list[Question] = field(default_factory=list)
    rejected: SpooledList[ScanProblem] = field(default_factory=lambda: SpooledList[ScanProblem]())

    @property
    def action(self) -> str:
        """What would become of the batch, as its next version would say it; ``refused`` for a closed one."""
        if self.before is None:
            return "opened"
        if self.before.closed:
            return "opened_again" if self.retry else "refused"
        return "retried" if self.retry else "continued"

    @property
    def by_kind(self) -> list[tuple[str | None, KindSums]]:
        """The sums of each format that is there; at the end, under None, those of no scan."""
        kinds = (*Format, None)
        return [(kind.value if kind else None, self.kinds[kind]) for kind in kinds if kind in self.kinds]

    @property
    def given(self) -> int:
        """Number of files."""
        return self.outcomes.total()


@dataclass(frozen=True)
class DryRunReport:
    """All batches of one dry run, and the free bytes on the disk of the vault, None for a vault that is in a bucket."""

    batches: list[PlannedBatch]
    free: int | None

    @property
    def needed(self) -> int:
        """Bytes that the import would take there."""
        return sum(batch.needed for batch in self.batches)

    @property
    def fits(self) -> bool | None:
        """Say whether there is room; None when that is not known."""
        return self.needed <= self.free if self.free is not None else None

    @property
    def needs_person(self) -> bool:
        """True when the import would ask, be refused, reject a file or find no room."""
        return self.fits is False or any(
            batch.questions or batch.rejected or batch.action == "refused" for batch in self.batches
        )


@dataclass(frozen=True, slots=True)
class Looked:
    """The progress of a dry run: files and pages so far."""

    files: int
    pages: int


class DryRun:
    """Looks at scans as an import would, in ``workers`` that keep ``limits``, and writes nothing.

    ``store_folder``: the folder of the vault on this machine, which need not be there yet; None for a bucket.
    """

    def __init__(self, vault: Vault, workers: Workers, limits: Limits, store_folder: Path | None) -> None:
        self._vault = vault
        self._workers = workers
        self._limits = limits
        self._store_folder = store_folder

    def run(
        self, given: Iterable[tuple[str, GivenFile]], about: Mapping[str, Mapping[str, str]], retry: bool = False
    ) -> Iterator[Looked | DryRunReport]:
        """Look at each file, given with the name of its batch; yield progress, and the report at the end.

        ``about``: what would be said of each batch, by the name given. Holds no file in memory longer than its look.
        Of equal files in two batches any may be the new one: workers end in no fixed order.
        Raises RequestRefused (a bad name, a contradiction), StoreError, SettingsError, WorkersUnavailable.
        """
        with ExitStack() as to_close:
            plans = {name: self._plan(name, about[name], retry, to_close) for name in about}
            met = to_close.enter_context(DigestSet())
            files = pages = 0
            for look in map_ordered(self._looks((plans[name], one) for name, one in given), self._placed):
                look.plan.add(look, met)
                files, pages = files + 1, pages + look.facts.pages
                yield Looked(files, pages)
            for plan in plans.values():
                self._ask(plan)
        yield DryRunReport([plan.batch for plan in plans.values()], self._free())

    def _plan(self, name: str, about: Mapping[str, str], retry: bool, to_close: ExitStack) -> _Plan:
        name = checked_name(name)
        before = self._vault.batch(keys.batch_id(name))
        batch = PlannedBatch(name, before, retry)
        known = to_close.enter_context(DigestSet())
        if before is not None:
            refuse_contrary(before, about)
            batch.since = first_version(before, self._vault).at
            for path, count in paths_given(before, self._vault).items():
                batch.given_before += count
                known.add(path)
        return _Plan(keys.batch_id(name), batch, known)

    def _looks(self, given: Iterable[tuple[_Plan, GivenFile]]) -> Iterator[_Look]:
        """Yield what workers found, in the order in which they end."""
        lost: deque[Task] = deque()
        tasks = (self._task(plan, one) for plan, one in given)
        for ending in self._workers.run(tasks, 2 * self._workers.count):
            if isinstance(ending, Lost):
                lost.append(ending.task)  # another task may be at fault: each is tried alone
            else:
                yield self._look(ending)
        for ending in self._workers.run(iter(lost), 1):
            yield self._look(ending)

    def _task(self, plan: _Plan, one: GivenFile) -> Task:
        steps = 1 + fetching_steps(self._limits.scan_bytes, OPENING_SECONDS)
        arguments = (one.source, self._limits)
        return Task(facts_of, arguments, OPENING_SECONDS, self._limits.worker_mib, steps, tag=(plan, one))

    def _look(self, ending: Ending) -> _Look:
        """Return what came of a task. Raises errors that are not the file's fault."""
        plan, one = ending.task.tag
        return _Look(plan, one, keys.path_id(plan.id, one.path), self._facts(ending, one))

    def _facts(self, ending: Ending, one: GivenFile) -> FileFacts:
        if isinstance(ending, Done):
            facts: FileFacts = ending.value
            return facts
        if isinstance(ending, Failed):
            return FileFacts(problem=_rejection_of(ending.error, one))
        broke = tr("rejected.the_reader_broke_down")
        if isinstance(ending, Lost):
            broke = tr("rejected.the_reader_broke_down_because", why=ending.why)
        return FileFacts(_size_of(one), kind_of(one.source), problem=rejection(Unreadable(broke)))

    def _placed(self, look: _Look) -> _Look:
        """Add the expected outcome of a scan that would be read. In a thread: a store may be far away."""
        sha256 = look.facts.sha256
        if look.facts.problem is None and sha256 is not None:
            look.outcome, look.other = expected_outcome_of(self._vault, look.plan.id, look.path_id, sha256)
        return look

    def _ask(self, plan: _Plan) -> None:
        batch = plan.batch
        if batch.action == "refused":
            return
        if nearly_no_scans(batch.given, plan.strange):
            batch.questions.append(about_no_scans(batch.name, batch.given, plan.strange))
        if batch.before is not None and names_reused(batch.given, plan.others):
            batch.questions.append(about_reused_names(batch.before, batch.given, self._vault))

    def _free(self) -> int | None:
        if self._store_folder is None:
            return None
        folder = self._store_folder.absolute()
        return shutil.disk_usage(next(one for one in (folder, *folder.parents) if one.exists())).free


@dataclass
class _Plan:
    """A planned batch with what its sums need. ``known``: path ids that were given before."""

    id: str
    batch: PlannedBatch
    known: DigestSet
    strange: int = 0  # files under new names that are no scans
    others: int = 0  # files under names that were given before with other bytes

    def add(self, look: _Look, met: DigestSet) -> None:
        """Add one file to the sums. ``met``: digests of scans that this run would have kept by then."""
        facts, batch, outcome = look.facts, self.batch, look.outcome
        if outcome in (ExpectedOutcome.NEW, ExpectedOutcome.FURTHER) and not met.add(facts.sha256 or ""):
            outcome = ExpectedOutcome.DUPLICATE
        batch.outcomes[outcome] += 1
        sums = batch.kinds.setdefault(facts.kind, KindSums())
        sums.files, sums.pages, sums.bytes = sums.files + 1, sums.pages + facts.pages, sums.bytes + facts.bytes
        self.strange += facts.kind is None and look.path_id not in self.known
        self.others += look.other
        if facts.problem is not None:
            sums.unopened += 1
            batch.rejected.append(ScanProblem(look.given.path, facts.problem))
        elif outcome in (ExpectedOutcome.NEW, ExpectedOutcome.FURTHER):
            batch.needed += facts.bytes + _BYTES_A_PAGE * facts.pages


@dataclass
class _Look:
    """One file with its facts and its expected outcome."""

    plan: _Plan
    given: GivenFile
    path_id: str
    facts: FileFacts
    outcome: ExpectedOutcome = ExpectedOutcome.REJECTED
    other: bool = False


def _size_of(one: GivenFile) -> int:
    try:
        return one.source.stat().bytes
    except InputRejected:
        return 0


def _rejection_of(error: Exception, one: GivenFile) -> Problem:
    """Return why a file would be rejected. Raises an error that is not the file's fault."""
    try:
        raise worker_error(error, one.source)
    except InputRejected as rejected:
        return rejection(rejected)
