"""Crowd: many journeys under way at once, so that no worker waits for the store and the store for no worker.

The steps of a journey between two tasks (looking up, keeping, appending) run in threads: a store at the other end of
a network answers many at a time as fast as one. What journeys share is touched by the caller's thread alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from queue import SimpleQueue

from archive.pipeline.context import GivenScan, ScanReport
from archive.work.api import Ending, Task, Workers

STEP = "journey"  # how threads are called that take a step


@dataclass(frozen=True, slots=True)
class Claim:
    """A journey's wish to be the only one with these bytes; it waits while another has them."""

    sha256: str


Journey = Generator[list[Task] | Claim, list[Ending], ScanReport]


@dataclass(slots=True, eq=False)
class _Traveller:
    """One journey under way and what it waits for."""

    scan: GivenScan
    steps: Journey
    sha256: str | None = None
    wanted: str | None = None  # what it claimed first, while an earlier scan has not come so far
    waiting: int = 0
    endings: list[Ending | None] = field(default_factory=list)


_Step = tuple[_Traveller, "Future[list[Task] | Claim | ScanReport]"]


class Crowd:
    """All journeys under way: starts them when workers want tasks, hands endings to whom they belong.

    ``set_out`` begins the journey of a scan; ``abreast`` steps run at the same time; a task of more than ``heavy_mib``
    runs alone. A context manager: at its end no step is running any more, but after Ctrl-C.
    """

    _REPORTS = 50  # settled scans need no worker; they are reported in such portions

    def __init__(
        self,
        scans: Iterator[GivenScan],
        set_out: Callable[[GivenScan], Journey],
        workers: Workers,
        abreast: int,
        heavy_mib: int,
    ) -> None:
        self._scans = scans
        self._set_out_on = set_out
        self._workers = workers
        self._abreast = abreast
        self._heavy_mib = heavy_mib
        self._threads = ThreadPoolExecutor(abreast, STEP)
        self._stepped: SimpleQueue[_Step] = SimpleQueue()  # steps that ended in their threads
        self._stepping = 0
        self._ready: deque[Task] = deque()
        self._waits: deque[Task] = deque()  # tasks that take no worker's place go first
        self._heavy: deque[Task] = deque()  # large pages: each may take the memory of many, so one at a time
        self._heavy_under_way = False
        self._in_flight = 0  # tasks handed out
        self._reports: deque[ScanReport] = deque()
        self._travelling = 0
        self._exhausted = False
        self._order: deque[_Traveller] = deque()  # as given; of equal scans the first one given shall be kept
        self._held: dict[str, deque[_Traveller]] = {}  # by digest: who waits for the one that has these bytes
        self._paths: dict[str, deque[GivenScan]] = {}  # by path id: scans of one path go one after the other
        self._taken: dict[str, frozenset[str]] = {}  # by path id that several scans share: lines of this run

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Wait for the steps under way; but not for Ctrl-C: a silent store would hold a person for minutes."""
        hasty = kind is not None and issubclass(kind, KeyboardInterrupt)
        self._threads.shutdown(wait=not hasty, cancel_futures=True)

    @property
    def finished(self) -> bool:
        """True when no scan is left and no journey is under way."""
        return self._exhausted and not self._travelling and not self._reports

    @property
    def limit(self) -> int:
        """How many tasks may be in flight now: the next one waits beside each worker, and as many upload beside them.

        Machines join a cluster and leave it, so it is asked anew for each task.
        """
        return 3 * self._workers.count

    def tasks(self) -> Iterator[Task | None]:
        """Yield tasks while there are any, and room; None when endings, steps or reports must be waited for."""
        while not self.finished:
            self._settle()
            task = self._next_task() if self._in_flight < self.limit else None
            if task is not None:
                self._in_flight += 1
                yield task
            elif self._in_flight < self.limit and self._may_start:
                self._start_next()
            else:
                yield None

    def _next_task(self) -> Task | None:
        if self._waits:
            return self._waits.popleft()
        if self._ready:
            return self._ready.popleft()
        if self._heavy and not self._heavy_under_way:
            self._heavy_under_way = True
            return self._heavy.popleft()
        return None

    def take(self, ending: Ending) -> None:
        """Hand an ending to its traveller, who goes on when it was the last one it waited for."""
        self._in_flight -= 1
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

    def wait(self) -> None:
        """Wait until a step ends, when nothing else can go on. Raises what the step raised."""
        if self._stepping and not (self._reports or self._ready or self._waits or self._heavy):
            self._settle(self._stepped.get())

    @property
    def _may_start(self) -> bool:
        """True while another journey would not be one too many: for the threads, and for what waits in memory."""
        crowded = self._stepping >= self._abreast or self._travelling >= self.limit + 2 * self._abreast
        return not (self._exhausted or crowded or len(self._reports) >= self._REPORTS)

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
        traveller = _Traveller(scan, self._set_out_on(scan))
        self._order.append(traveller)
        self._go_on(traveller, None)

    def _go_on(self, traveller: _Traveller, endings: list[Ending] | None) -> None:
        """Let a traveller take its next step, in a thread."""
        self._stepping += 1
        step = self._threads.submit(_step, traveller.steps, endings)
        step.add_done_callback(lambda done: self._stepped_on(traveller, done))

    def _stepped_on(self, traveller: _Traveller, step: Future[list[Task] | Claim | ScanReport]) -> None:
        """Note, from the step's own thread, that it ended."""
        self._stepped.put((traveller, step))
        self._workers.wake()

    def _settle(self, first: _Step | None = None) -> None:
        """Look at every step that ended. Raises what a step raised."""
        if first is not None:
            self._look(*first)
        while not self._stepped.empty():  # only this thread takes from it
            self._look(*self._stepped.get())

    def _look(self, traveller: _Traveller, step: Future[list[Task] | Claim | ScanReport]) -> None:
        self._stepping -= 1
        wish = step.result()
        if isinstance(wish, ScanReport):
            self._arrived(traveller, wish)
        elif isinstance(wish, Claim):
            self._claims(traveller, wish.sha256)
        elif wish:
            self._queue(traveller, wish)
        else:
            self._go_on(traveller, [])  # nothing to run: go on at once

    def _claims(self, traveller: _Traveller, sha256: str) -> None:
        """Let a traveller claim bytes, the first time when all who were given before it have claimed theirs."""
        if traveller not in self._order:
            self._grant(traveller, sha256)
            return
        traveller.wanted = sha256
        self._advance()

    def _advance(self) -> None:
        while self._order and self._order[0].wanted is not None:
            following = self._order.popleft()
            assert following.wanted is not None  # noqa: S101 - looked at a line above
            self._grant(following, following.wanted)

    def _grant(self, traveller: _Traveller, sha256: str) -> None:
        if self._claimed(traveller, sha256):
            self._go_on(traveller, None)

    def _queue(self, traveller: _Traveller, wish: list[Task]) -> None:
        traveller.waiting = len(wish)
        traveller.endings = [None] * len(wish)
        for place, task in enumerate(wish):
            tasks = self._waits if task.waits else self._heavy if self._is_heavy(task) else self._ready
            tasks.append(replace(task, tag=(traveller, place)))

    def _is_heavy(self, task: Task) -> bool:
        return task.mib > self._heavy_mib

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
            self._go_on(following, None)
        traveller.sha256 = None

    def _arrived(self, traveller: _Traveller, report: ScanReport) -> None:
        self._travelling -= 1
        if traveller in self._order:  # it was rejected before it could claim anything
            self._order.remove(traveller)
            self._advance()
        path_id = traveller.scan.path_id
        if traveller.scan.shared:
            self._taken[path_id] = self._taken.get(path_id, frozenset()) | {report.line.id}
        self._reports.append(report)
        self._release(traveller)
        waiting = self._paths.pop(path_id)
        if waiting:
            scan = waiting.popleft()
            self._paths[scan.path_id] = waiting
            self._set_out(scan)


def _step(journey: Journey, endings: list[Ending] | None) -> list[Task] | Claim | ScanReport:
    """Let a journey go on to its next wish, or to its end."""
    try:
        return next(journey) if endings is None else journey.send(endings)
    except StopIteration as stop:
        report: ScanReport = stop.value
        return report
