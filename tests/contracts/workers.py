"""What every Workers must do; a backend joins by giving a ``workers`` fixture with two workers."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.errors import Unreadable
from archive.work.api import Done, Ending, Failed, Lost, Task, TimedOut, Workers
from tests.doubles import tasks

MIB = 2_000


def task(
    call: object,
    *arguments: object,
    seconds: float = 30.0,
    mib: int = MIB,
    tag: object = None,
    waits: bool = False,
) -> Task:
    """Return a task with generous limits."""
    return Task(call, arguments, seconds, mib, tag=tag, waits=waits)  # type: ignore[arg-type]  # any callable


def run(workers: Workers, *todo: Task, limit: int = 4) -> dict[object, Ending]:
    """Run tasks; return endings by tag."""
    return {ending.task.tag: ending for ending in workers.run(iter(todo), limit)}


class WorkersContract:
    """Inherit, and provide ``workers``."""

    def test_every_task_ends_once(self, workers: Workers) -> None:
        endings = list(workers.run(iter([task(tasks.double, n, tag=n) for n in range(20)]), 4))

        assert sorted(ending.task.tag for ending in endings) == list(range(20))
        assert all(isinstance(e, Done) and e.value == 2 * e.task.tag for e in endings)

    def test_our_errors_come_back_as_they_are(self, workers: Workers) -> None:
        ending = run(workers, task(tasks.reject, 1, tag="x"))["x"]

        assert isinstance(ending, Failed)
        assert isinstance(ending.error, Unreadable)
        assert ending.error.reason == "torn"

    def test_an_unforeseen_error_is_a_lost_task_without_its_text(self, workers: Workers) -> None:
        ending = run(workers, task(tasks.stumble, 1, tag="x"))["x"]

        assert isinstance(ending, Lost)
        assert "KeyError" in ending.why
        assert re.search(r"\(\S+\.py:\d+\)", ending.why)  # where to look, and nothing of what it was about
        assert "name" not in ending.why

    def test_none_means_ask_again_later(self, workers: Workers) -> None:
        asked: list[int] = []

        def tasks_with_pauses() -> Iterator[Task | None]:
            yield task(tasks.double, 1)
            for n in range(3):
                asked.append(n)
                yield None
                yield task(tasks.double, n)

        done = 0
        feed = tasks_with_pauses()
        while len(asked) < 3 or done < 4:
            done += sum(1 for _ in workers.run(feed, 2))

        assert done == 4

    def test_tags_need_not_travel(self, workers: Workers) -> None:
        unpicklable = (n for n in range(3))
        (ending,) = workers.run(iter([task(tasks.double, 1, tag=unpicklable)]), 1)

        assert ending.task.tag is unpicklable

    def test_tasks_that_wait_end_like_all_others(self, workers: Workers) -> None:
        endings = run(workers, *(task(tasks.double, n, tag=n, waits=n % 2 == 0) for n in range(6)))

        assert {n: e.value for n, e in endings.items() if isinstance(e, Done)} == {n: 2 * n for n in range(6)}

    def test_a_wake_with_nothing_to_do_does_no_harm(self, workers: Workers) -> None:
        workers.wake()
        ending = run(workers, task(tasks.double, 2, tag="x"))["x"]
        workers.wake()

        assert isinstance(ending, Done)


class GuardedWorkersContract(WorkersContract):
    """For workers apart from the parent: they die alone and keep limits."""

    def test_a_dying_worker_costs_its_own_task_only(self, workers: Workers) -> None:
        endings = run(workers, *(task(tasks.die if n == 3 else tasks.double, n, tag=n) for n in range(8)))

        assert isinstance(endings[3], Lost)
        assert all(isinstance(endings[n], Done) for n in range(8) if n != 3)

    @pytest.mark.parametrize(("sent", "answer"), [(2, 10), (20, 10), (3, 3_000_000), (700_000, 3_000_000)])
    def test_a_worker_killed_in_the_middle_of_its_answer_costs_its_own_task_only(
        self, workers: Workers, sent: int, answer: int
    ) -> None:
        broken = task(tasks.die_answering, sent, answer, tag=3)
        endings = run(workers, *(broken if n == 3 else task(tasks.double, n, tag=n) for n in range(8)))

        assert isinstance(endings[3], Lost)
        assert "died" in endings[3].why
        assert all(isinstance(endings[n], Done) for n in range(8) if n != 3)

    def test_what_a_worker_sends_does_nothing_here(self, workers: Workers, tmp_path: Path) -> None:
        ending = run(workers, task(tasks.plant, tmp_path / "planted", tag="x"))["x"]

        assert isinstance(ending, Lost)
        assert not (tmp_path / "planted").exists()

    def test_a_task_over_its_time_ends(self, workers: Workers) -> None:
        endings = run(workers, task(tasks.sleep, 60.0, seconds=0.3, tag="slow"), task(tasks.double, 2, tag="other"))

        assert isinstance(endings["slow"], TimedOut)
        assert isinstance(endings["other"], Done)

    def test_a_lap_starts_the_clock_anew(self, workers: Workers) -> None:
        patient = task(tasks.lap_and_sleep, 4, 0.4, seconds=1.2, tag="laps")

        assert isinstance(run(workers, patient)["laps"], Done)

    def test_a_task_over_its_memory_ends(self, workers: Workers) -> None:
        endings = run(workers, task(tasks.devour, 600, mib=300, tag="greedy"), task(tasks.double, 2, tag="other"))

        assert isinstance(endings["greedy"], Lost)
        assert "300 MiB" in endings["greedy"].why
        assert isinstance(endings["other"], Done)

    def test_a_task_over_its_memory_ends_though_its_code_keeps_the_interpreter(self, workers: Workers) -> None:
        holding = task(tasks.devour_holding_the_interpreter, 600, 20.0, seconds=60.0, mib=300, tag="greedy")
        endings = run(workers, holding, task(tasks.double, 2, tag="other"))

        assert isinstance(endings["greedy"], Lost)
        assert "300 MiB" in endings["greedy"].why
        assert isinstance(endings["other"], Done)

    def test_tasks_that_wait_take_no_place_of_those_that_compute(self, workers: Workers, tmp_path: Path) -> None:
        sign = tmp_path / "sign"
        waiting = [task(tasks.wait_for, sign, tag=n, waits=True) for n in range(3)]
        endings = run(workers, *waiting, task(tasks.touch, sign, tag="sign"))

        assert all(isinstance(ending, Done) for ending in endings.values()), endings

    def test_tasks_that_compute_take_no_place_of_those_that_wait(self, workers: Workers, tmp_path: Path) -> None:
        sign = tmp_path / "sign"
        computing = [task(tasks.wait_for, sign, tag=n) for n in range(3)]
        endings = run(workers, *computing, task(tasks.touch, sign, tag="sign", waits=True))

        assert all(isinstance(ending, Done) for ending in endings.values()), endings

    def test_a_process_with_models_loaded_gets_no_tasks_that_wait(self, workers: Workers) -> None:
        endings = run(workers, *(task(tasks.process_id, n, tag=n, waits=n % 2 == 0) for n in range(8)))
        processes = [{e.value for n, e in endings.items() if isinstance(e, Done) and n % 2 == odd} for odd in (0, 1)]  # type: ignore[operator]  # tags are numbers here

        assert processes[0]
        assert processes[1]
        assert processes[0].isdisjoint(processes[1])

    def test_no_more_than_the_limit_are_in_flight(self, workers: Workers) -> None:
        under_way = 0

        def todo() -> Iterator[Task]:
            nonlocal under_way
            for n in range(9):
                under_way += 1
                assert under_way <= 3
                yield task(tasks.double, n, waits=n % 3 == 0)

        for _ in workers.run(todo(), 3):
            under_way -= 1

        assert under_way == 0

    def test_a_wake_makes_a_run_that_waits_ask_again(self, workers: Workers, tmp_path: Path) -> None:
        sign, asked, more = tmp_path / "sign", threading.Event(), threading.Event()

        def todo() -> Iterator[Task | None]:
            yield task(tasks.wait_for, sign, tag="held")
            while not more.is_set():
                asked.set()
                yield None
            yield task(tasks.touch, sign, tag="sign")

        def bring_more() -> None:
            asked.wait()
            more.set()
            workers.wake()  # it may come before the run waits, or while it does

        thread = threading.Thread(target=bring_more)
        thread.start()
        endings = {ending.task.tag: ending for ending in workers.run(todo(), 4)}
        thread.join()

        assert isinstance(endings["held"], Done)
        assert isinstance(endings["sign"], Done)

    def test_a_run_that_nobody_follows_to_its_end_leaves_nothing_for_the_next(
        self, workers: Workers, tmp_path: Path
    ) -> None:
        left = workers.run(iter([task(tasks.double, 1), task(tasks.wait_for, tmp_path / "never", tag="left")]), 4)
        next(left)
        left.close()  # type: ignore[attr-defined]  # a generator

        assert list(run(workers, task(tasks.double, 2, tag="x"))) == ["x"]
