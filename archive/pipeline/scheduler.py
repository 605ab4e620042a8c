"""Scheduler: runs the journeys of many scans at once, each a plain function in a thread of its own.

In its thread a journey reads and writes the store, and waits for workers and for content that another journey has
locked. So no worker waits for the store, and the store waits for no worker.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from queue import SimpleQueue
from typing import Self

from archive.pipeline.content_locks import ContentLocks, JourneyCancelled, Ticket
from archive.pipeline.context import GivenScan, ScanReport
from archive.work.api import Ending, Task, Workers
from archive.work.task_queue import TaskQueue

THREAD_NAME = "journey"
_UNLIMITED = 1_000_000  # tasks in flight: the scheduler limits them, because the number of machines may change
_MAX_REPORTS = 50  # settled scans need no worker: no journey starts while so many reports are not yet taken


@dataclass(slots=True, eq=False)
class ScanJob:
    """One journey under way, with its waits. Every wait raises JourneyCancelled when the import ends."""

    scan: GivenScan
    ticket: Ticket
    scheduler: ScanScheduler = field(repr=False)
    endings: list[Ending | None] = field(default_factory=list)  # of the tasks that it waits for, in their order
    missing: int = 0  # how many of them are missing
    answers: SimpleQueue[list[Ending] | None] = field(default_factory=SimpleQueue)  # to run_all; None: cancelled
    thread: threading.Thread | None = None
    # Seconds of its waits, by their reason, and of the whole journey.
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def lock_content(self, sha256: str) -> None:
        """Wait until no other journey holds this content; hold it until this journey ends or locks another."""
        self.scheduler.lock_content(self, sha256)

    def run_all(self, tasks: Sequence[Task]) -> list[Ending]:
        """Run tasks on workers, wait for all of them and return their endings, in the order of the tasks."""
        return self.scheduler.run_all(self, tasks)


Journey = Callable[[GivenScan, ScanJob], ScanReport]


class ScanScheduler:
    """A bounded pool of journeys: a journey starts when workers are free, and gets the endings of its own tasks.

    At most ``concurrent_scans`` journeys run while all others wait. At most ``limit`` tasks are in flight and
    ``limit + 2 * concurrent_scans`` scans under way, so that pages do not pile up in memory. Of tasks over
    ``heavy_mib`` MiB one runs at a time. Scans with one path run one after the other.

    A context manager: at its end every thread has ended, except after Ctrl-C those that wait for the store.
    """

    def __init__(
        self, scans: Iterator[GivenScan], journey: Journey, workers: Workers, concurrent_scans: int, heavy_mib: int
    ) -> None:
        self._scans = scans
        self._journey = journey
        self._workers = workers
        self._concurrent_scans = concurrent_scans
        # Shared with the threads of journeys:
        self._locks = ContentLocks()
        self._slots = threading.Semaphore(concurrent_scans)  # for journeys that do not wait
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()  # from journeys, for the caller's thread
        # Used only by the caller's thread:
        self._jobs: set[ScanJob] = set()
        self._waiting = 0  # jobs that wait for endings
        self._tasks = TaskQueue(heavy_mib)
        self._in_flight = 0  # tasks handed out
        self._reports: deque[ScanReport] = deque()
        self._under_way = 0  # scans: one for each job, and those that wait for an earlier scan of their path
        self._exhausted = False
        self._paths: dict[str, deque[GivenScan]] = {}  # by path id of a scan under way: those that wait for it
        self._taken: dict[str, frozenset[str]] = {}  # by path id that several scans share: lines of this run

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Cancel the journeys that wait, and wait until the others come to their next wait; after Ctrl-C do not wait.

        A silent store could otherwise delay the end by minutes.
        """
        self._locks.stop()
        for job in self._jobs:
            job.answers.put(None)
        self._slots.release(len(self._jobs) + 1)
        if kind is None or not issubclass(kind, KeyboardInterrupt):
            for job in self._jobs:
                _join(job)

    @property
    def finished(self) -> bool:
        """True when no scan is left and no journey is under way."""
        return self._exhausted and not self._under_way and not self._reports

    @property
    def limit(self) -> int:
        """How many tasks may be in flight now: for each worker one running, one queued and one upload.

        It is read again for each task, because machines join and leave a cluster.
        """
        return 3 * self._workers.count

    def run(self) -> Iterator[Ending | ScanReport]:
        """Yield the ending of every task, and a report for every scan.

        Raises what a journey raised, WorkersUnavailable.
        """
        while not self.finished:
            for ending in self._workers.run(self._next_tasks(), _UNLIMITED):
                yield ending
                self._deliver(ending)
                yield from self._take_reports()
            self._wait()
            yield from self._take_reports()

    def lock_content(self, job: ScanJob, sha256: str) -> None:
        """See ScanJob; in the thread of ``job``."""
        if not job.ticket.request(sha256):
            with self._slot_released(), _timed(job, "lock_content"):
                self._call_soon(_nothing)  # another journey may start
                job.ticket.wait()

    def run_all(self, job: ScanJob, tasks: Sequence[Task]) -> list[Ending]:
        """See ScanJob; in the thread of ``job``."""
        if not tasks:
            return []
        with self._slot_released(), _timed(job, tasks[0].call.__name__):
            self._call_soon(partial(self._queue, job, tasks))
            endings = job.answers.get()
        if endings is None:
            raise JourneyCancelled
        return endings

    def _run_journey(self, job: ScanJob) -> None:
        """Run a journey from its start to its end: the life of its thread."""
        try:
            with _timed(job, "journey"), self._slots, job.ticket:
                self._locks.check()
                try:
                    report = self._journey(job.scan, job)
                except BaseException:
                    self._locks.stop()  # before the lock is released: no journey continues after this one
                    raise
            self._call_soon(partial(self._finish, job, replace(report, seconds=job.seconds)))
        except JourneyCancelled:
            return
        except BaseException as error:
            self._call_soon(partial(_raise, error))

    @contextmanager
    def _slot_released(self) -> Iterator[None]:
        """Release this journey's slot while it waits. Raises JourneyCancelled."""
        self._slots.release()
        try:
            yield
        finally:
            self._slots.acquire()
        self._locks.check()

    def _call_soon(self, call: Callable[[], None]) -> None:
        """Execute a call in the caller's thread and wake it. Usable from any thread."""
        self._calls.put(call)
        self._workers.wake()

    def _next_tasks(self) -> Iterator[Task | None]:
        """Yield tasks while there are tasks and free places; None when the caller must wait for an event."""
        while not self.finished:
            while not self._calls.empty():  # only this thread takes from it
                self._calls.get()()
            task = self._tasks.next() if self._in_flight < self.limit else None
            if task is not None:
                self._in_flight += 1
                yield task
            elif self._in_flight < self.limit and self._may_start:
                self._start_next()
            else:
                yield None

    def _deliver(self, ending: Ending) -> None:
        """Pass an ending to its job, which continues after its last one."""
        self._in_flight -= 1
        self._tasks.ended(ending.task)
        job, position = ending.task.tag
        job.endings[position] = ending
        job.missing -= 1
        if not job.missing:
            self._waiting -= 1
            job.answers.put(job.endings)
            job.endings = []

    def _take_reports(self) -> Iterator[ScanReport]:
        while self._reports:
            yield self._reports.popleft()

    def _wait(self) -> None:
        """Wait for a call of a journey, when no task is in flight and nothing else can continue."""
        if self._jobs and not (self._reports or self._tasks):
            self._calls.get()()

    @property
    def _may_start(self) -> bool:
        """True while another journey is within the limits for the store and for memory."""
        active = len(self._jobs) - self._waiting - self._locks.waiting
        full = active >= self._concurrent_scans or self._under_way >= self.limit + 2 * self._concurrent_scans
        return not (self._exhausted or full or len(self._reports) >= _MAX_REPORTS)

    def _start_next(self) -> None:
        scan = next(self._scans, None)
        if scan is None:
            self._exhausted = True
            return
        self._under_way += 1
        if scan.path_id in self._paths:
            self._paths[scan.path_id].append(scan)
        else:
            self._paths[scan.path_id] = deque()
            self._start(scan)

    def _start(self, scan: GivenScan) -> None:
        scan = replace(scan, taken=self._taken.get(scan.path_id, frozenset()))
        job = ScanJob(scan, self._locks.ticket(), self)
        job.thread = threading.Thread(target=self._run_journey, args=(job,), name=THREAD_NAME, daemon=True)
        self._jobs.add(job)
        job.thread.start()

    def _finish(self, job: ScanJob, report: ScanReport) -> None:
        """Take the report of a journey that ended; the next scan of its path may start."""
        _join(job)
        self._jobs.remove(job)
        self._under_way -= 1
        self._reports.append(report)
        path_id = job.scan.path_id
        if job.scan.shared:
            self._taken[path_id] = self._taken.get(path_id, frozenset()) | {report.line.id}
        waiting = self._paths.pop(path_id)
        if waiting:
            scan = waiting.popleft()
            self._paths[path_id] = waiting
            self._start(scan)

    def _queue(self, job: ScanJob, tasks: Sequence[Task]) -> None:
        self._waiting += 1
        job.missing = len(tasks)
        job.endings = [None] * len(tasks)
        for position, task in enumerate(tasks):
            self._tasks.put(replace(task, tag=(job, position)))


@contextmanager
def _timed(job: ScanJob, what: str) -> Iterator[None]:
    begun = time.monotonic()
    try:
        yield
    finally:
        job.seconds[what] += time.monotonic() - begun


def _join(job: ScanJob) -> None:
    if job.thread is not None and job.thread.ident is not None:  # None: it was never started
        job.thread.join()


def _raise(error: BaseException) -> None:
    raise error


def _nothing() -> None:
    """Do nothing; a call only wakes the caller's thread."""
