"""Many journeys at once: the store and the workers do not wait for one another."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from archive.errors import StoreUnavailable
from archive.model.ledger import ScanOutcome
from archive.pipeline.context import GivenScan, ScanReport
from archive.pipeline.scheduler import Claim, Crowd, Journey
from archive.services.imports.run import Intake
from archive.sources.source import FileSource
from archive.store.backends.folder import FolderStore
from archive.store.vault import Vault
from archive.work.api import Done, Ending, Task
from tests import makers
from tests.doubles.inline_workers import InlineWorkers
from tests.doubles.whole_import import EchoEngine, draw_page, make_bench, run_import


def scans(count: int) -> Iterator[GivenScan]:
    for number in range(count):
        yield GivenScan(FileSource(Path(f"{number}.png")), f"{number}.png", f"path{number}")


def report(scan: GivenScan) -> ScanReport:
    return ScanReport(scan, replace(makers.line(), id=scan.path_id), None, fresh=True)


def walked(crowd: Crowd, workers: InlineWorkers) -> list[str]:
    """Walk a crowd to its end; return the paths in the order in which they arrived."""
    arrived: list[str] = []
    with crowd:
        while not crowd.finished:
            for ending in workers.run(crowd.tasks(), 1000):
                crowd.take(ending)
            crowd.wait()
            arrived += [one.scan.path for one in crowd.reports()]
    return arrived


def double(number: int) -> int:
    return 2 * number


def test_a_journey_that_waits_for_the_store_keeps_no_other_from_arriving() -> None:
    others = threading.Semaphore(0)

    def set_out(scan: GivenScan) -> Journey:
        if scan.path == "0.png":
            for _ in range(3):
                assert others.acquire(timeout=30), "the others wait for the first"
        (ending,) = yield [Task(double, (1,), 1.0, 100)]
        assert isinstance(ending, Done)
        others.release()
        return report(scan)

    workers = InlineWorkers()
    arrived = walked(Crowd(scans(4), set_out, workers, abreast=2, heavy_mib=1000), workers)

    assert sorted(arrived) == ["0.png", "1.png", "2.png", "3.png"]
    assert arrived[-1] == "0.png"


def test_no_more_journeys_are_under_way_than_may_be() -> None:
    under_way = most = 0
    lock = threading.Lock()

    def set_out(scan: GivenScan) -> Journey:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        yield [Task(double, (1,), 1.0, 100)]
        with lock:
            under_way -= 1
        return report(scan)

    workers = InlineWorkers()
    crowd = Crowd(scans(300), set_out, workers, abreast=3, heavy_mib=1000)

    assert len(walked(crowd, workers)) == 300
    assert most <= crowd.limit + 2 * 3


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

    def set_out(scan: GivenScan) -> Journey:
        yield [Task(double, (1,), 1.0, 100)]
        return report(scan)

    seen: list[int] = []
    workers = Growing()
    crowd = Crowd(scans(60), set_out, workers, abreast=8, heavy_mib=1000)

    assert len(walked(crowd, workers)) == 60
    assert all(count <= 3 * machines for machines, count in enumerate(seen, 1))
    assert max(seen) > 3


def test_journeys_with_the_same_bytes_go_one_after_the_other() -> None:
    inside = threading.Lock()

    def set_out(scan: GivenScan) -> Journey:
        yield Claim("same")
        assert inside.acquire(blocking=False), "two at once hold the same bytes"
        yield [Task(double, (1,), 1.0, 100)]
        inside.release()
        return report(scan)

    workers = InlineWorkers()
    assert len(walked(Crowd(scans(20), set_out, workers, abreast=4, heavy_mib=1000), workers)) == 20


def test_of_scans_with_the_same_bytes_the_first_given_goes_first_however_slow_it_is() -> None:
    second_is_there = threading.Event()
    went: list[str] = []

    def set_out(scan: GivenScan) -> Journey:
        if scan.path == "0.png":
            assert second_is_there.wait(30), "nobody else sets out"
        if scan.path == "1.png":
            second_is_there.set()
        yield Claim("same")
        went.append(scan.path)
        yield [Task(double, (1,), 1.0, 100)]
        return report(scan)

    workers = InlineWorkers()
    walked(Crowd(scans(4), set_out, workers, abreast=2, heavy_mib=1000), workers)

    assert went == ["0.png", "1.png", "2.png", "3.png"]


def test_a_scan_that_is_rejected_before_it_claims_holds_nobody_up() -> None:
    def set_out(scan: GivenScan) -> Journey:
        if scan.path not in {"0.png", "2.png"}:
            yield Claim(scan.path)
        yield [Task(double, (1,), 1.0, 100)]
        return report(scan)

    workers = InlineWorkers()
    assert len(walked(Crowd(scans(6), set_out, workers, abreast=3, heavy_mib=1000), workers)) == 6


def test_what_a_step_raises_ends_the_walk_and_no_step_goes_on_after_it() -> None:
    running: list[str] = []

    def set_out(scan: GivenScan) -> Journey:
        running.append(scan.path)
        if scan.path == "3.png":
            raise StoreUnavailable("the store went away")
        yield [Task(double, (1,), 1.0, 100)]
        running.remove(scan.path)
        return report(scan)

    workers = InlineWorkers()
    threads = threading.active_count()
    with pytest.raises(StoreUnavailable, match="went away"):
        walked(Crowd(scans(50), set_out, workers, abreast=4, heavy_mib=1000), workers)

    assert threading.active_count() == threads


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
    bench = replace(make_bench(tmp_path, store, InlineWorkers(), EchoEngine()), abreast=2)
    summary = run_import(Intake(bench, makers.ACTOR, lambda: makers.AT), folder)

    assert summary.fresh[ScanOutcome.STORED] == 2
    assert store.met
    assert len(list(Vault(store).record_heads())) == 2
