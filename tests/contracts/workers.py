"""What every Workers must do; a backend joins by giving a ``workers`` fixture with two workers."""

from __future__ import annotations

from collections.abc import Iterator

from archive.errors import Unreadable
from archive.work.workers import Done, Ending, Failed, Lost, Task, TimedOut, Workers
from tests.doubles import tasks

MIB = 2_000


def task(call: object, *arguments: object, seconds: float = 30.0, mib: int = MIB, tag: object = None) -> Task:
    """Return a task with generous limits."""
    return Task(call, arguments, seconds, mib, tag=tag)  # type: ignore[arg-type]  # any callable


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


class GuardedWorkersContract(WorkersContract):
    """For workers apart from the parent: they die alone and keep limits."""

    def test_a_dying_worker_costs_its_own_task_only(self, workers: Workers) -> None:
        endings = run(workers, *(task(tasks.die if n == 3 else tasks.double, n, tag=n) for n in range(8)))

        assert isinstance(endings[3], Lost)
        assert all(isinstance(endings[n], Done) for n in range(8) if n != 3)

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
