"""The journey of a scan: read first, keep after.

    accept ── settled before? ── duplicate? ─┐
       │                                     │
      read   in units of pages, by workers   │   nothing of the scan is in vault, index or log so far
       │                                     │
     screen ── secret mark? ── quarantined ──┤
       │                                     │
      keep   the original, checked           │
       │                                     │
    reading, record, ledger line ────────────┴──> ScanReport; the index comes after

Only ``keep`` happens in a worker. All else that lasts is written here, in the parent, in this order:
content, reading, record, ledger line. Killed anywhere in between, the next run finds what is there and goes on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace

from archive.errors import InputRejected, ScanChanged, VersionConflict
from archive.model.ledger import ScanOutcome
from archive.model.results import ResultRecord
from archive.steps import ledger, record
from archive.steps.accept import Accepted, accept
from archive.steps.desk import Desk, GivenScan, ScanReport
from archive.steps.keep import keep
from archive.steps.read import Unit
from archive.steps.units import read_scan
from archive.store.readings import decode_reading
from archive.work.workers import Done, Ending, Task, Workers

_TRIES = 5  # each lost race shows the winner's work; a file that still changes is a person's matter


@dataclass(frozen=True, slots=True)
class Claim:
    """A journey's wish to be the only one with these bytes; it waits while another has them."""

    sha256: str


Journey = Generator[list[Task] | Claim, list[Ending], ScanReport]


def journey(scan: GivenScan, desk: Desk) -> Journey:
    """Take one scan from the operator's file to its ledger line.

    Yields the tasks to run (and receives their endings) and its Claim. Raises StoreError when truth cannot be kept.
    """
    for _ in range(_TRIES):
        try:
            return (yield from _attempt_or_reject(scan, desk))
        except (ScanChanged, VersionConflict):
            continue  # the file changed, or another run was faster: look at everything again
    changing = InputRejected("the file kept changing while it was read; give it again when it is finished", "changing")
    return ledger.rejected(scan, changing, desk)


def _attempt_or_reject(scan: GivenScan, desk: Desk) -> Journey:
    try:
        return (yield from _attempt(scan, desk))
    except InputRejected as error:
        return ledger.rejected(scan, error, desk)


def _attempt(scan: GivenScan, desk: Desk) -> Journey:
    accepted = accept(scan, desk)
    yield Claim(accepted.sha256)
    known = desk.vault.head(accepted.record_id)
    settled = _settled(accepted, known, desk)
    if settled is not None:
        return settled
    reading = record.earlier_reading(accepted, desk)
    if reading is not None:
        pages = record.pages_of(reading)
    else:
        pages = yield from read_scan(accepted, desk)
        if any(page.secret for page in pages):
            return _kept_secret(accepted, known, desk) if known else ledger.quarantined(accepted, desk)
    yield from keep(accepted, desk)
    if reading is None:
        reading = record.keep_reading(accepted, pages, desk)
    made = record.append(accepted, pages, reading, known, desk)
    return ledger.stored(accepted, made, [page.read.entry for page in pages], desk)


def _kept_secret(accepted: Accepted, known: ResultRecord, desk: Desk) -> ScanReport:
    """Say on the record that a page which could not be read when the scan was kept bears a secret mark.

    The vault destroys nothing by itself; the scan stays in the sum until a decision takes it out.
    """
    return ledger.stored(accepted, record.marked(known, desk), ledger.pages_behind(known, desk), desk)


def _settled(accepted: Accepted, kept: ResultRecord | None, desk: Desk) -> ScanReport | None:
    """Return the report of a scan that needs no reading: settled before, kept elsewhere, or all but its line done."""
    before = accepted.before
    if kept is None:
        return None
    if kept.provenance.line != accepted.line_id:
        return ledger.duplicate(accepted, kept, desk)
    if desk.retry and any(page.outcome.failed for page in ledger.pages_behind(kept, desk)):
        return None
    if before is not None and before.outcome is ScanOutcome.STORED:
        return ScanReport(accepted.scan, before, kept, fresh=False)
    reading = decode_reading(desk.vault.fetch_reading(kept.parts[0]))
    return ledger.stored(accepted, kept, [page.entry for page in reading], desk)


@dataclass(frozen=True, slots=True)
class PagesRead:
    """So many pages came back from the workers: for progress."""

    pages: int


def take_in(scans: Iterable[GivenScan], desk: Desk, workers: Workers) -> Iterator[PagesRead | ScanReport]:
    """Walk every scan through its journey, many at once; yield progress, and a report for each scan.

    Raises StoreError when truth cannot be kept; journeys under way are then left, and the next run finds them.
    """
    crowd = _Crowd(iter(scans), desk)
    limit = 2 * workers.count  # the next task waits beside each worker, so that none stands idle
    while not crowd.finished:
        for ending in workers.run(crowd.tasks(), limit):
            if isinstance(ending, Done) and isinstance(ending.value, Unit):
                yield PagesRead(len(ending.value.pages))
            crowd.take(ending)
            yield from crowd.reports()
        yield from crowd.reports()


@dataclass(slots=True)
class _Traveller:
    """One journey under way and what it waits for."""

    scan: GivenScan
    steps: Journey
    sha256: str | None = None
    waiting: int = 0
    endings: list[Ending | None] = field(default_factory=list)


class _Crowd:
    """All journeys under way: starts them when workers want tasks, hands endings to whom they belong."""

    _REPORTS = 50  # settled scans need no worker; they are reported in such portions

    def __init__(self, scans: Iterator[GivenScan], desk: Desk) -> None:
        self._scans = scans
        self._desk = desk
        self._ready: deque[Task] = deque()
        self._heavy: deque[Task] = deque()  # large pages: each may take the memory of many, so one at a time
        self._heavy_under_way = False
        self._reports: deque[ScanReport] = deque()
        self._travelling = 0
        self._exhausted = False
        self._held: dict[str, deque[_Traveller]] = {}  # by digest: who waits for the one that has these bytes
        self._paths: dict[str, deque[GivenScan]] = {}  # by path id: scans of one path go one after the other
        self._taken: dict[str, frozenset[str]] = {}  # by path id: lines of this run; two boxes may both begin with 0001

    @property
    def finished(self) -> bool:
        """True when no scan is left and no journey is under way."""
        return self._exhausted and not self._travelling and not self._reports

    def tasks(self) -> Iterator[Task | None]:
        """Yield tasks while there are any; None when endings or reports must be taken first."""
        while self._travelling or not self._exhausted:
            if self._ready:
                yield self._ready.popleft()
            elif self._heavy and not self._heavy_under_way:
                self._heavy_under_way = True
                yield self._heavy.popleft()
            elif len(self._reports) >= self._REPORTS or self._exhausted:
                yield None
            else:
                self._start_next()

    def take(self, ending: Ending) -> None:
        """Hand an ending to its traveller, who goes on when it was the last one it waited for."""
        traveller, place = ending.task.tag
        if self._is_heavy(ending.task):
            self._heavy_under_way = False
        traveller.endings[place] = ending
        traveller.waiting -= 1
        if not traveller.waiting:
            self._go_on(traveller, traveller.endings)

    def reports(self) -> Iterator[ScanReport]:
        """Yield the reports of journeys that ended."""
        while self._reports:
            yield self._reports.popleft()

    def _start_next(self) -> None:
        scan = next(self._scans, None)
        if scan is None:
            self._exhausted = True
        elif scan.path_id in self._paths:
            self._paths[scan.path_id].append(scan)
            self._travelling += 1
        else:
            self._paths[scan.path_id] = deque()
            self._travelling += 1
            self._set_out(scan)

    def _set_out(self, scan: GivenScan) -> None:
        scan = replace(scan, taken=self._taken.get(scan.path_id, frozenset()))
        self._go_on(_Traveller(scan, journey(scan, self._desk)), None)

    def _go_on(self, traveller: _Traveller, endings: list[Ending] | None) -> None:
        while True:
            try:
                wish = next(traveller.steps) if endings is None else traveller.steps.send(endings)
            except StopIteration as stop:
                self._arrived(traveller, stop.value)
                return
            if isinstance(wish, Claim):
                if not self._claimed(traveller, wish.sha256):
                    return
                endings = None
            elif wish:
                traveller.waiting = len(wish)
                traveller.endings = [None] * len(wish)
                for place, task in enumerate(wish):
                    tasks = self._heavy if self._is_heavy(task) else self._ready
                    tasks.append(replace(task, tag=(traveller, place)))
                return
            else:
                endings = []  # nothing to run: go on at once

    def _is_heavy(self, task: Task) -> bool:
        return task.mib > self._desk.tools.limits.worker_mib

    def _claimed(self, traveller: _Traveller, sha256: str) -> bool:
        if traveller.sha256 is not None and traveller.sha256 != sha256:
            self._release(traveller)
        if traveller.sha256 == sha256:
            return True
        if sha256 in self._held:
            self._held[sha256].append(traveller)
            return False
        self._held[sha256] = deque()
        traveller.sha256 = sha256
        return True

    def _release(self, traveller: _Traveller) -> None:
        """Let the next one with the same bytes go on; it looks at everything anew from its Claim on."""
        if traveller.sha256 is None:
            return
        waiting = self._held.pop(traveller.sha256)
        if waiting:
            following = waiting.popleft()
            self._held[traveller.sha256] = waiting
            following.sha256 = traveller.sha256
            traveller.sha256 = None
            self._go_on(following, None)
        traveller.sha256 = None

    def _arrived(self, traveller: _Traveller, report: ScanReport) -> None:
        self._travelling -= 1
        path_id = traveller.scan.path_id
        self._taken[path_id] = self._taken.get(path_id, frozenset()) | {report.line.id}
        self._reports.append(report)
        self._release(traveller)
        waiting = self._paths.pop(traveller.scan.path_id)
        if waiting:
            scan = waiting.popleft()
            self._paths[scan.path_id] = waiting
            self._set_out(scan)
