"""Rescreen: screen kept scans again with this release's screen; a mark withholds the record at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from archive.concurrency.ordered import map_ordered
from archive.errors import RequestRefused
from archive.model.ledger import LedgerLine, ScanOutcome
from archive.model.pages import ScreenAnswer
from archive.model.results import Part, RecordState, ResultRecord
from archive.pipeline.append_record import secret_kept
from archive.pipeline.context import ReadingTools
from archive.pipeline.reading_fingerprint import screen_identity
from archive.pipeline.rescreen.override_pages import accepted_unscreened, false_alarms
from archive.pipeline.rescreen.rescreen_pages import UNIT_PAGES, PageScreening, rescreen_pages
from archive.pipeline.screen import TIMED_OUT, WORKER_LOST, is_screened, not_screened
from archive.pipeline.unscreened import ranges
from archive.services.imports.batches import Batches
from archive.services.secrecy.rescreen_log import RescreenLog
from archive.services.secrecy.withhold import Withholding
from archive.store.integrity import INTEGRITY_ERRORS
from archive.store.vault import Vault
from archive.work.api import Done, Ending, Failed, Task, TimedOut, Workers

RECORD_DAMAGED: Final = "record_damaged"  # `archive verify` reports the fault
_OUT_OF_SIGHT: Final = (RecordState.WITHHELD, RecordState.TOMBSTONE)
_OPENING_SECONDS: Final = 150.0  # for fetching and opening the original, in addition to the time for its pages


class Verdict(StrEnum):
    """The verdict on a rescreened record."""

    CLEAR = "clear"
    WITHHELD = "withheld"  # a mark was seen, and the record is withheld
    LET_IN = "let_in"  # people let in just these pages: false alarms, or not wholly screened (``causes``)
    NOT_SCREENED = "not_screened"  # not all of it could be screened


@dataclass(frozen=True, slots=True)
class Rescreened:
    """One rescreened record. ``pages``: those with a mark, or not wholly screened; ``causes``: why not screened."""

    record: str
    batch: str
    verdict: Verdict
    pages: tuple[int, ...] = ()
    causes: tuple[str, ...] = ()


@dataclass(slots=True)
class RescreenProgress:
    """Progress of a run: records and pages screened, and records skipped."""

    records: int = 0
    pages: int = 0
    passed_over: int = 0


@dataclass(slots=True)
class _PendingRecord:
    """A record whose pages are being screened. ``waiting``: number of tasks in flight."""

    record: ResultRecord
    waiting: int = 0
    looks: list[PageScreening] = field(default_factory=list)


class Rescreening:
    """Rescreens records in guarded workers, a few at a time."""

    def __init__(
        self, vault: Vault, batches: Batches, withholding: Withholding, tools: ReadingTools, rescreen_log: RescreenLog
    ) -> None:
        self._vault = vault
        self._batches = batches
        self._withholding = withholding
        self._tools = tools
        self._rescreen_log = rescreen_log
        self.screen = screen_identity(tools.stamps)
        self._damaged: list[Rescreened] = []

    def run(self, workers: Workers, batch: str | None = None) -> Iterator[Rescreened | RescreenProgress]:
        """Rescreen all records (of one batch) that this screen has not screened; yield each, and the progress.

        Rescreened records are logged, so that an interrupted run resumes. Raises RequestRefused (no such
        batch), EngineUnavailable, WorkersUnavailable, StoreError, SettingsError.
        """
        with self._rescreen_log:
            run = _Run(self._wanted(batch), self._tools, self._vault)
            for ending in workers.run(run.tasks(), 2 * workers.count):
                looking = run.take(ending)
                if looking is not None:
                    yield self._settled(looking)
                yield run.progress
            yield run.progress
        yield from self._damaged

    def _wanted(self, batch: str | None) -> Iterator[ResultRecord | None]:
        """Yield the records to rescreen; None for each that is skipped."""
        for found in map_ordered(self._ids(batch), self._found):
            if found is None:
                continue
            record, line = found
            hidden = record.state in _OUT_OF_SIGHT
            done = hidden or self._rescreen_log.has(record.id, self.screen) or self._is_clear(record, line)
            yield None if done else record

    def _ids(self, batch: str | None) -> Iterator[str]:
        if batch is None:
            yield from (last.id for last in self._vault.record_heads())
            return
        for line in self._vault.bare_lines(self._batches.named(batch).id):
            if line.outcome is ScanOutcome.STORED and line.record is not None:
                yield line.record

    def _found(self, record_id: str) -> tuple[ResultRecord, LedgerLine | None] | None:
        """Return a record and its line; None for a damaged one, so that the run continues."""
        try:
            record = self._vault.head(record_id)
            return (record, self._line(record)) if record is not None else None
        except INTEGRITY_ERRORS:
            self._damaged.append(Rescreened(record_id, "", Verdict.NOT_SCREENED, causes=(RECORD_DAMAGED,)))
            return None

    def _line(self, record: ResultRecord) -> LedgerLine | None:
        return self._vault.line(record.batch, record.provenance.line)

    def _is_clear(self, record: ResultRecord, line: LedgerLine | None) -> bool:
        """Return True when this same screen found every page clear at import."""
        numbers = {number for part in record.parts for number in part.pages}
        pages = [page for page in line.pages if page.number in numbers] if line is not None else []
        return len(pages) == len(numbers) and all(is_screened(page, self._tools.stamps) for page in pages)

    def _settled(self, looking: _PendingRecord) -> Rescreened:
        record = looking.record
        looks = sorted(looking.looks, key=lambda look: look.number)
        seen = tuple(look.number for look in looks if look.screening.answer is ScreenAnswer.SEEN)
        lacking = [look for look in looks if look.screening.answer is ScreenAnswer.NOT_SCREENED]
        if not seen and not lacking:
            return self._final(record, Verdict.CLEAR)
        line = self._line(record)
        false = false_alarms(record, line, self._vault) if seen else frozenset()
        marks = tuple(number for number in seen if number not in false)
        if marks:
            return self._withheld(record, marks)
        accepted = accepted_unscreened(line, self._vault) if lacking else frozenset()
        unknown = [look for look in lacking if look.number not in accepted]
        if not lacking:
            return self._final(record, Verdict.LET_IN, seen)
        # Named again by the next run: a person must examine the paper, or did.
        verdict, named = (Verdict.NOT_SCREENED, unknown) if unknown else (Verdict.LET_IN, lacking)
        causes = tuple(dict.fromkeys(cause for look in named for cause in look.screening.causes))
        return Rescreened(record.id, record.batch_name, verdict, tuple(look.number for look in named), causes)

    def _final(self, record: ResultRecord, verdict: Verdict, pages: tuple[int, ...] = ()) -> Rescreened:
        """Return the verdict, which this screen need not find again."""
        self._rescreen_log.add(record.id, self.screen)
        return Rescreened(record.id, record.batch_name, verdict, pages)

    def _withheld(self, record: ResultRecord, marks: tuple[int, ...]) -> Rescreened:
        """Withhold a record, unless somebody did meanwhile: then a lift of that does not concern these marks."""
        reason = f"{self.screen} saw a mark of state secrecy on page {ranges(marks)}"
        try:
            self._withholding.withhold(record.id, reason, secret_kept(marks))
        except RequestRefused:
            now = self._vault.head(record.id)
            if now is None or now.state not in _OUT_OF_SIGHT:
                raise
            return Rescreened(record.id, record.batch_name, Verdict.WITHHELD, marks)
        return self._final(record, Verdict.WITHHELD, marks)


class _Run:
    """Records cut into tasks as workers ask for them; a lost unit is tried again page by page."""

    def __init__(self, records: Iterator[ResultRecord | None], tools: ReadingTools, vault: Vault) -> None:
        self._records = records
        self._tools = tools
        self._vault = vault
        self._next: deque[Task] = deque()
        self._open = 0  # records that are under way
        self.progress = RescreenProgress()

    def tasks(self) -> Iterator[Task | None]:
        """Yield tasks; None when the caller must wait for an ending."""
        while True:
            while not self._next and self._begin_one():
                pass
            if self._next:
                yield self._next.popleft()
            elif self._open:
                yield None
            else:
                return

    def take(self, ending: Ending) -> _PendingRecord | None:
        """Store the result of a task; return its record when that is complete. Raises errors that end the whole run."""
        looking: _PendingRecord
        looking, part, numbers = ending.task.tag
        if isinstance(ending, Done):
            looking.looks += ending.value
        elif isinstance(ending, Failed):
            raise ending.error
        elif len(numbers) > 1:
            for number in numbers:
                self._add(looking, part, (number,), self._tools.limits.large_worker_mib)
        else:
            cause = TIMED_OUT if isinstance(ending, TimedOut) else WORKER_LOST
            looking.looks.append(PageScreening(numbers[0], not_screened(cause)))
        looking.waiting -= 1
        if looking.waiting:
            return None
        self._open -= 1
        self.progress.records += 1
        self.progress.pages += len(looking.looks)
        return looking

    def _begin_one(self) -> bool:
        """Cut the next record into tasks; False after the last one."""
        try:
            record = next(self._records)
        except StopIteration:
            return False
        if record is None:
            self.progress.passed_over += 1
            return True
        looking = _PendingRecord(record)
        self._open += 1
        for part in record.parts:
            for first in range(0, len(part.pages), UNIT_PAGES):
                self._add(looking, part, part.pages[first : first + UNIT_PAGES], self._tools.limits.worker_mib)
        return True

    def _add(self, looking: _PendingRecord, part: Part, numbers: tuple[int, ...], mib: int) -> None:
        seconds = self._tools.limits.page_seconds
        opening = 1 + round(_OPENING_SECONDS / seconds)
        arguments = (self._tools, self._vault, part, numbers)
        tag = (looking, part, numbers)
        looking.waiting += 1
        steps = len(numbers) + opening
        self._next.append(Task(rescreen_pages, arguments, seconds, mib, steps, tag, about=looking.record.id))
