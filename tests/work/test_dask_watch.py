"""Who is silent, and which task is overdue, is judged by our own clock and by what workers say."""

from __future__ import annotations

from typing import Any

from archive.work.dask.monitor import ClusterMonitor


def worker(last_seen: float, *under_way: str) -> dict[str, Any]:
    """Return what a scheduler knows of a worker."""
    return {"last_seen": last_seen, "metrics": {"archive_under_way": list(under_way)}}


def test_a_worker_that_says_nothing_is_silent_after_a_while() -> None:
    watch = ClusterMonitor(silence=30.0)
    assert watch.silent({"a": worker(7.0), "b": worker(7.0)}, 100.0) == []
    assert watch.silent({"a": worker(7.0), "b": worker(8.0)}, 129.0) == []

    assert watch.silent({"a": worker(7.0), "b": worker(8.0)}, 131.0) == ["a"]


def test_a_scheduler_whose_clock_is_wrong_makes_nobody_silent() -> None:
    watch = ClusterMonitor(silence=30.0)

    assert all(watch.silent({"a": worker(-1e9 - step)}, 100.0 * step) == [] for step in range(9))


def test_a_task_is_overdue_from_when_it_was_seen_under_way() -> None:
    watch = ClusterMonitor(silence=30.0)
    assert watch.overdue({"a": worker(0.0)}, {"x": 10.0}, 0.0) == []
    assert watch.overdue({"a": worker(0.0, "x")}, {"x": 10.0}, 500.0) == []
    assert watch.overdue({"a": worker(0.0, "x")}, {"x": 10.0}, 509.0) == []

    assert watch.overdue({"a": worker(0.0, "x")}, {"x": 10.0}, 511.0) == ["x"]


def test_a_task_that_another_worker_began_anew_has_all_its_time() -> None:
    watch = ClusterMonitor(silence=30.0)
    watch.overdue({"a": worker(0.0, "x")}, {"x": 10.0}, 0.0)

    assert watch.overdue({"b": worker(0.0, "x")}, {"x": 10.0}, 11.0) == []
    assert watch.overdue({"b": worker(0.0, "x")}, {"x": 10.0}, 12.0) == []


def test_tasks_of_other_imports_are_none_of_ours() -> None:
    watch = ClusterMonitor(silence=30.0)
    watch.overdue({"a": worker(0.0, "theirs")}, {}, 0.0)

    assert watch.overdue({"a": worker(0.0, "theirs")}, {}, 9_999.0) == []
