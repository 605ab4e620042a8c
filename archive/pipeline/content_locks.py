"""Locks by content: journeys with the same bytes run one at a time, in the order of their scans."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Self


class JourneyCancelled(BaseException):
    """The import ends: a journey that waits, or begins to wait, stops."""


class ContentLocks:
    """One exclusive lock for each content (SHA-256).

    Tickets are given out in the order of the scans. The first lock of a ticket is granted only after every earlier
    ticket has asked for its first one, or is closed. So scans with equal bytes run in the order of giving,
    whatever the timing of threads and stores. Usable from many threads; each ticket belongs to one of them.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._new: deque[Ticket] = deque()  # tickets whose first lock is not yet queued for, in their order
        self._queues: dict[str, deque[Ticket]] = {}  # by content: the ticket that holds it, then those that wait
        self._waiting = 0
        self._stopped = False

    @property
    def waiting(self) -> int:
        """How many tickets wait for a lock."""
        return self._waiting

    def ticket(self) -> Ticket:
        """Return the next ticket."""
        ticket = Ticket(self)
        with self._mutex:
            self._new.append(ticket)
        return ticket

    def request(self, ticket: Ticket, sha256: str) -> None:
        """Release what ``ticket`` holds and queue it for another content. Raises JourneyCancelled."""
        with self._mutex:
            self.check()
            self._release(ticket)
            ticket.content = sha256
            ticket.granted.clear()
            self._waiting += 1
            if ticket in self._new:
                self._serve_new()
            else:
                self._enqueue(ticket)

    def close(self, ticket: Ticket) -> None:
        """Release what ``ticket`` holds or waits for; later tickets no longer wait for its first lock."""
        with self._mutex:
            self._release(ticket)
            if ticket in self._new:
                self._new.remove(ticket)
                self._serve_new()

    def stop(self) -> None:
        """Make every wait, under way or to come, raise JourneyCancelled."""
        with self._mutex:
            self._stopped = True
            for queue in (self._new, *self._queues.values()):
                for ticket in queue:
                    ticket.granted.set()

    def check(self) -> None:
        """Raise JourneyCancelled after ``stop``."""
        if self._stopped:
            raise JourneyCancelled

    def _serve_new(self) -> None:
        while self._new and self._new[0].content is not None:
            self._enqueue(self._new.popleft())

    def _enqueue(self, ticket: Ticket) -> None:
        queue = self._queues.setdefault(ticket.content or "", deque())
        queue.append(ticket)
        if queue[0] is ticket:
            self._grant(ticket)

    def _grant(self, ticket: Ticket) -> None:
        self._waiting -= 1
        ticket.granted.set()

    def _release(self, ticket: Ticket) -> None:
        content, ticket.content = ticket.content, None
        if content is None:
            return
        queue = self._queues.get(content, deque())
        held = bool(queue) and queue[0] is ticket
        if ticket in queue:
            queue.remove(ticket)
        if not held:
            self._waiting -= 1
        elif queue:
            self._grant(queue[0])
        else:
            del self._queues[content]


@dataclass(slots=True, eq=False)
class Ticket:
    """A place in the order of locks. A context manager: at its end the lock is released, also after an error."""

    locks: ContentLocks
    content: str | None = None  # the content that it holds or waits for
    granted: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the lock and leave the order."""
        self.locks.close(self)

    def request(self, sha256: str) -> bool:
        """Request the lock of a content; return True when it is held already, so that no wait is needed.

        It is held until the ticket asks for another content or is closed. Raises JourneyCancelled.
        """
        if self.content != sha256:
            self.locks.request(self, sha256)
        return self.granted.is_set()

    def wait(self) -> None:
        """Wait for the requested lock. Raises JourneyCancelled."""
        self.granted.wait()
        self.locks.check()
