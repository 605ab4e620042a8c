"""A spool keeps what it is given, in order, however much it is."""

from __future__ import annotations

import pytest

from archive.services.spooled_list import SpooledList


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 5432])
def test_what_is_given_comes_back_in_order_and_as_often_as_asked(count: int) -> None:
    spool = SpooledList[tuple[int, str]]()
    for number in range(count):
        spool.append((number, "ư" * (number % 7)))

    expected = [(number, "ư" * (number % 7)) for number in range(count)]
    assert len(spool) == count
    assert bool(spool) is bool(count)
    assert list(spool) == expected
    assert list(spool) == expected
    assert spool == expected


def test_it_may_grow_while_it_is_read() -> None:
    spool = SpooledList(range(2500))
    found = []
    for number in spool:
        found.append(number)
        if number < 10:
            spool.append(2500 + number)

    assert found == list(range(2510))
