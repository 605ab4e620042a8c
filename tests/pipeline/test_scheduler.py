"""Many journeys at once: the store and the workers do not wait for one another."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import BinaryIO

import pytest

from archive.errors import StoreUnavailable
from archive.model.ledger import ScanOutcome
from archive.pipeline.context import GivenScan, ScanReport
from archive.pipeline.scheduler import ScanJob, ScanScheduler
from archive.sources.source import FileSource
from archive.store.backends.folder import FolderStore
from archive.store.vault import Vault
from archive.work.api import Done, Ending, Task
from tests import makers
from tests.doubles.inline_workers import InlineWorkers
from tests.doubles.whole_import import EchoEngine, draw_page, intake_over, make_context, run_import


def scans(count: int) -> Iterator[GivenScan]:
    for number in range(count):
        yield GivenScan(FileSource(Path(f"{number}.png")), f"{number}.png", f"path{number}", makers.batch())


def report(scan: GivenScan) -> ScanReport:
    return ScanReport(scan, replace(makers.line(), id=scan.path_id), None, fresh=True)


def run(scheduler: ScanScheduler) -> list[str]:
    """Run a scheduler to its end; return the paths in the order of the reports."""
    with scheduler:
        return [event.scan.path for event in scheduler.run() if isinstance(event, ScanReport)]


def double(number: int) -> int:
    return 2 * number


def test_a_journey_that_waits_for_the_store_keeps_no_other_from_ending() -> None:
    others = threading.Semaphore(0)

    def journey(scan: GivenScan, job: ScanJob) -> ScanReport:
        if scan.path == "0.png":
            for _ in range(3):
                assert others.acquire(timeout=30), "the others wait for the first"
        (ending,) = job.run_all([Task(double, (1,), 1.0, 100)])
        assert isinstance(ending, Done)
        others.release()
        return report(scan)

    workers = InlineWorkers()
    ended = run(ScanScheduler(scans(4), journey, workers, concurrent_scans=2, heavy_mib=1000))

    assert sorted(ended) == ["0.png", "1.png", "2.png", "3.png"]
    assert ended[-1] == "0.png"


def test_no_more_journeys_are_under_way_than_may_be() -> None:
    under_way = most = 0
    lock = threading.Lock()

    def journey(scan: GivenScan, job: ScanJob) -> ScanReport:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        job.run_all([Task(double, (1,), 1.0, 100)])
        with lock:
            under_way -= 1
        return report(scan)

    workers = InlineWorkers()
    scheduler = ScanScheduler(scans(300), journey, workers, concurrent_scans=3, heavy_mib=1000)

    assert len(run(scheduler)) == 300
    assert most <= scheduler.limit + 2 * 3


def test_what_joins_meanwhile_gets_work_and_no_more_is_handed_out_than_there_is_room_for() -> None:
    class Growing(InlineWorkers):
        """Notes how many tasks it was given before any of them ended; a machine joins after each."""

        count = 1

        def run(self, tasks: Iterator[Task | None], limit: int) -> Iterator[Ending]:
            given = list(itertools.takewhile(lambda task: task is not None, tasks))
            seen.append(len(given))
            Growing.count += 1
            for task in given:
                assert task is not None
                yield Done(task, 2)

    def journey(scan: GivenScan, job: ScanJob) -> ScanReport:
        job.run_all([Task(double, (1,), 1.0, 100)])
        return report(scan)

    seen: list[int] = []
    workers = Growing()
    scheduler = ScanScheduler(scans(60), journey, workers, concurrent_scans=8, heavy_mib=1000)

    assert len(run(scheduler)) == 60
    assert all(count <= 3 * machines for machines, count in enumerate(seen, 1))
    assert max(seen) > 3


def test_journeys_with_the_same_bytes_go_one_after_the_other() -> None:
    inside = threading.Lock()

    def journey(scan: GivenScan, job: ScanJob) -> ScanReport:
        job.lock_content("same")
        assert inside.acquire(blocking=False), "two at once hold the same bytes"
        job.run_all([Task(double, (1,), 1.0, 100)])
        inside.release()
        return report(scan)

    workers = InlineWorkers()
    assert len(run(ScanScheduler(scans(20), journey, workers, concurrent_scans=4, heavy_mib=1000))) == 20


def test_of_scans_with_the_same_bytes_the_first_given_goes_first_however_slow_it_is() -> None:
    second_is_there = threading.Event()
    went: list[str] = []

    def journey(scan: GivenScan, job: ScanJob) -> ScanReport:
        if scan.path == "0.png":
            assert second_is_there.wait(30), "nobody else starts"
        if scan.path == "1.png":
            second_is_there.set()
        job.lock_content("same")
        went.append(scan.path)
        job.run_all([Task(double, (1,), 1.0, 100)])
        return report(scan)

    workers = InlineWorkers()
    run(ScanScheduler(scans(4), journey, workers, concurrent_scans=2, heavy_mib=1000))

    assert went == ["0.png", "1.png", "2.png", "3.png"]


def test_a_scan_that_is_rejected_before_it_locks_content_holds_nobody_up() -> None:
    def journey(scan: GivenScan, job: ScanJob) -> ScanReport:
        if scan.path not in {"0.png", "2.png"}:
            job.lock_content(scan.path)
        job.run_all([Task(double, (1,), 1.0, 100)])
        return report(scan)

    workers = InlineWorkers()
    assert len(run(ScanScheduler(scans(6), journey, workers, concurrent_scans=3, heavy_mib=1000))) == 6


def test_what_a_journey_raises_ends_the_import_and_none_goes_on_after_it() -> None:
    running: list[str] = []

    def journey(scan: GivenScan, job: ScanJob) -> ScanReport:
        running.append(scan.path)
        if scan.path == "3.png":
            raise StoreUnavailable("the store went away")
        job.run_all([Task(double, (1,), 1.0, 100)])
        running.remove(scan.path)
        return report(scan)

    workers = InlineWorkers()
    threads = threading.active_count()
    with pytest.raises(StoreUnavailable, match="went away"):
        run(ScanScheduler(scans(50), journey, workers, concurrent_scans=4, heavy_mib=1000))

    assert threading.active_count() == threads


@pytest.mark.parametrize("concurrent_scans", [1, 2, 5])
@pytest.mark.parametrize("seed", range(4))
def test_whatever_scans_share_every_journey_ends_and_equal_content_goes_in_the_order_given(
    concurrent_scans: int, seed: int
) -> None:
    """Few contents and paths among many scans; some are rejected before they lock, some change and lock another."""
    random, mutex = Random(seed), threading.Lock()  # noqa: S311 - a plan, the same for the same seed
    plan = [(random.choice("abc"), random.choice(["read", "settled", "rejected", "changed"])) for _ in range(80)]
    given = [replace(scan, path_id=f"path{random.randrange(60)}") for scan in scans(80)]
    first_locks: dict[str, list[int]] = {content: [] for content in "abc"}
    held: set[str] = set()
    task = Task(double, (1,), 1.0, 100)

    def journey(scan: GivenScan, job: ScanJob) -> ScanReport:
        number = int(scan.path.removesuffix(".png"))
        content, fate = plan[number]
        if fate == "rejected":
            return report(scan)
        job.lock_content(content)
        with mutex:
            assert content not in held
            held.add(content)
            first_locks[content].append(number)
        job.run_all([task, task] if fate == "read" else [])
        with mutex:
            held.remove(content)
        if fate == "changed":
            job.lock_content(f"{content}, changed")
            job.run_all([task])
            job.lock_content(content)
        return report(scan)

    scheduler = ScanScheduler(iter(given), journey, InlineWorkers(), concurrent_scans=concurrent_scans, heavy_mib=1000)

    assert len(run(scheduler)) == 80
    started_late = waiting_for_paths(given)
    for numbers in first_locks.values():
        prompt = [number for number in numbers if number not in started_late]
        assert prompt == sorted(prompt)


def waiting_for_paths(given: list[GivenScan]) -> set[int]:
    """Return the numbers of scans whose path an earlier one has: they may start late."""
    seen: set[str] = set()
    late = set()
    for number, scan in enumerate(given):
        if scan.path_id in seen:
            late.add(number)
        seen.add(scan.path_id)
    return late


class MeetingStore(FolderStore):
    """A store where two must write at the same time: who writes alone waits, and at last gives up."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.meeting = threading.Barrier(2)
        self.met = False

    def create(self, key: str, data: BinaryIO) -> None:
        """Create; the first originals wait for one another."""
        if key.startswith("ledger/") and not self.met:
            try:
                self.meeting.wait(30)
                self.met = True
            except threading.BrokenBarrierError as error:
                raise StoreUnavailable("nobody else came") from error
        super().create(key, data)


def test_two_scans_are_kept_at_the_same_time(tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(2):
        draw_page(number).save(folder / f"{number}.png", dpi=(50, 50))
    store = MeetingStore(tmp_path / "vault")
    context = replace(make_context(tmp_path, store, InlineWorkers(), EchoEngine()), concurrent_scans=2)
    summary = run_import(intake_over(tmp_path, context), folder)

    assert summary.fresh[ScanOutcome.STORED] == 2
    assert store.met
    assert len(list(Vault(store).record_heads())) == 2
