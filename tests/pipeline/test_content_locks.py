"""Locks by content: one holder at a time, in the order of tickets, and nobody waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from archive.pipeline.content_locks import ContentLocks, JourneyCancelled, Ticket

PATIENCE = 30.0


def hold(ticket: Ticket, content: str) -> None:
    """Wait for a lock, as a journey does."""
    if not ticket.request(content):
        ticket.wait()


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """Start a thread that a failed test does not wait for."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def ended(*threads: threading.Thread) -> bool:
    for thread in threads:
        thread.join(PATIENCE)
    return not any(thread.is_alive() for thread in threads)


def test_a_free_lock_is_held_at_once() -> None:
    locks = ContentLocks()
    with locks.ticket() as ticket:
        assert ticket.request("a")
        assert locks.waiting == 0


def test_a_content_has_one_holder_at_a_time() -> None:
    locks, inside, done = ContentLocks(), threading.Lock(), threading.Semaphore(0)

    def journey(ticket: Ticket) -> None:
        with ticket:
            hold(ticket, "same")
            assert inside.acquire(blocking=False), "two hold the same content"
            inside.release()
        done.release()

    tickets = [locks.ticket() for _ in range(50)]
    threads = [in_thread(lambda ticket=ticket: journey(ticket)) for ticket in tickets]  # type: ignore[misc]  # bound now

    assert ended(*threads)
    assert all(done.acquire(blocking=False) for _ in tickets)
    assert locks.waiting == 0


def test_other_contents_do_not_wait_for_one_another() -> None:
    locks = ContentLocks()
    first, second = locks.ticket(), locks.ticket()

    assert first.request("a")
    assert second.request("b")


def test_the_first_lock_is_granted_in_the_order_of_tickets_whatever_the_timing() -> None:
    locks = ContentLocks()
    first, second, third = locks.ticket(), locks.ticket(), locks.ticket()

    assert not third.request("same"), "two earlier ones may yet ask for it"
    assert not second.request("same")
    assert locks.waiting == 2
    assert first.request("same")
    first.close()
    assert second.granted.is_set()
    assert not third.granted.is_set()
    second.close()
    assert third.granted.is_set()
    assert locks.waiting == 0


def test_a_ticket_that_never_asks_holds_nobody_up_once_it_is_closed() -> None:
    locks = ContentLocks()
    first, second = locks.ticket(), locks.ticket()

    assert not second.request("a")
    first.close()
    assert second.granted.is_set()


def test_a_ticket_keeps_its_lock_when_it_asks_for_the_same_again() -> None:
    locks = ContentLocks()
    first, second = locks.ticket(), locks.ticket()

    assert first.request("same")
    assert not second.request("same")
    assert first.request("same")
    assert not second.granted.is_set()


def test_a_ticket_that_asks_for_another_content_releases_what_it_held() -> None:
    locks = ContentLocks()
    first, second = locks.ticket(), locks.ticket()

    assert first.request("before it changed")
    assert not second.request("before it changed")
    assert first.request("after")
    assert second.granted.is_set()


def test_a_lock_is_released_whatever_is_raised() -> None:
    locks = ContentLocks()
    first, second = locks.ticket(), locks.ticket()

    def fail() -> None:
        with first:
            assert first.request("same")
            assert not second.request("same")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert second.granted.is_set()


def test_a_ticket_that_is_closed_while_it_waits_waits_no_more() -> None:
    locks = ContentLocks()
    first, second, third = locks.ticket(), locks.ticket(), locks.ticket()

    assert first.request("same")
    assert not second.request("same")
    assert not third.request("same")
    second.close()
    assert locks.waiting == 1
    first.close()
    assert third.granted.is_set()


@pytest.mark.parametrize("asked", ["same", "other"])
def test_who_waits_is_cancelled_when_the_import_ends(asked: str) -> None:
    """It waits for a content, or for its turn: an earlier one has not asked for anything."""
    locks, cancelled = ContentLocks(), threading.Event()
    first = locks.ticket()
    if asked == "same":
        assert first.request("same")
    second = locks.ticket()

    def wait() -> None:
        try:
            with second:
                hold(second, asked)
        except JourneyCancelled:
            cancelled.set()

    thread = in_thread(wait)
    while not locks.waiting:
        assert thread.is_alive()
    locks.stop()

    assert ended(thread)
    assert cancelled.is_set()


def test_who_asks_after_the_end_is_cancelled() -> None:
    locks = ContentLocks()
    with locks.ticket() as ticket:
        locks.stop()
        with pytest.raises(JourneyCancelled):
            ticket.request("a")


def test_who_is_granted_a_lock_at_the_end_is_cancelled_all_the_same() -> None:
    locks = ContentLocks()
    first, second = locks.ticket(), locks.ticket()

    assert first.request("same")
    assert not second.request("same")
    locks.stop()
    first.close()
    with pytest.raises(JourneyCancelled):
        second.wait()
