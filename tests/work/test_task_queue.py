"""The order in which tasks go to workers."""

from __future__ import annotations

from archive.work.api import Task
from archive.work.task_queue import TaskQueue
from tests.doubles import tasks

HEAVY_MIB = 600


def task(tag: str, mib: int = 100, waits: bool = False) -> Task:
    return Task(tasks.double, (1,), 1.0, mib, tag=tag, waits=waits)


def queue_of(*given: Task) -> TaskQueue:
    queue = TaskQueue(HEAVY_MIB)
    for one in given:
        queue.put(one)
    return queue


def taken(queue: TaskQueue) -> list[str]:
    """Take all that may go now; return their tags."""
    return [one.tag for one in iter(queue.next, None)]


def test_the_first_given_goes_first_but_uploads_go_before_reading() -> None:
    queue = queue_of(task("a"), task("b"), task("upload", waits=True), task("c"))

    assert taken(queue) == ["upload", "a", "b", "c"]
    assert not queue


def test_one_large_page_is_in_flight_at_a_time_and_the_others_stay_queued() -> None:
    first, second = task("large 1", mib=1500), task("large 2", mib=1500)
    queue = queue_of(first, second, task("small"))

    assert taken(queue) == ["small", "large 1"]
    assert len(queue) == 1
    queue.ended(task("small"))
    assert taken(queue) == []
    queue.ended(first)
    assert taken(queue) == ["large 2"]


def test_the_limit_of_a_worker_is_not_large_and_an_upload_never_is() -> None:
    queue = queue_of(*(task(str(number), mib=HEAVY_MIB) for number in range(3)))
    queue.put(task("upload 1", mib=1500, waits=True))
    queue.put(task("upload 2", mib=1500, waits=True))

    assert taken(queue) == ["upload 1", "upload 2", "0", "1", "2"]
