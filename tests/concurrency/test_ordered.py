"""Reading ahead: many at a time, in order, and no more than is asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from archive.concurrency.ordered import map_ordered
from archive.errors import StoreUnavailable


def test_answers_come_in_the_order_of_the_questions_however_they_arrive() -> None:
    second_answered = threading.Event()

    def answer(number: int) -> int:
        if number == 0:
            assert second_answered.wait(30), "the second question waits for the first"
        if number == 1:
            second_answered.set()
        return number * 2

    assert list(map_ordered(range(5), answer, width=2)) == [0, 2, 4, 6, 8]


def test_what_a_call_raises_comes_at_its_place() -> None:
    def answer(number: int) -> int:
        if number == 2:
            raise StoreUnavailable("gone")
        return number

    answers = map_ordered(range(5), answer, width=2)
    assert [next(answers), next(answers)] == [0, 1]
    with pytest.raises(StoreUnavailable, match="gone"):
        next(answers)


def test_no_more_is_asked_than_may_wait() -> None:
    asked: list[int] = []

    def questions() -> Iterator[int]:
        for number in range(100):
            asked.append(number)
            yield number

    answers = map_ordered(questions(), lambda number: number, width=4)
    assert next(answers) == 0
    assert len(asked) == 4


def test_who_stops_reading_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    answers = map_ordered(range(100), lambda number: number, width=4)
    next(answers)
    answers.close()  # type: ignore[attr-defined]  # it is a generator

    assert threading.active_count() == before
