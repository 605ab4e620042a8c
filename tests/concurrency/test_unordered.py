"""Many waits at once, in bounds."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from archive.concurrency.unordered import map_unordered


def test_everything_is_done_once() -> None:
    assert sorted(map_unordered(lambda number: number * 2, range(100), threads=7)) == list(range(0, 200, 2))


def test_nothing_is_no_trouble() -> None:
    assert list(map_unordered(str, [], threads=2)) == []


def test_items_wait_with_the_caller_and_not_in_a_queue() -> None:
    given = done = most = 0

    def items() -> Iterator[int]:
        nonlocal given, most
        for number in range(200):
            given += 1
            most = max(most, given - done)
            yield number

    for _ in map_unordered(str, items(), threads=4):
        done += 1

    assert most <= 2 * 4 + 1, "more were in flight than two for each thread, and the one being given"


def test_work_goes_on_side_by_side() -> None:
    meeting = threading.Barrier(5, timeout=60)

    assert len(list(map_unordered(lambda _: meeting.wait(), range(5), threads=5))) == 5


def test_what_goes_wrong_is_raised_and_the_rest_never_begins() -> None:
    begun = []

    def work(number: int) -> None:
        begun.append(number)
        if number == 3:
            raise ValueError(number)

    with pytest.raises(ValueError, match="3"):
        list(map_unordered(work, range(1_000), threads=2))

    assert len(begun) < 20
