"""A bell that any thread may ring for one that waits on pipes."""

from __future__ import annotations

import contextlib
import os
import threading


class Bell:
    """Rings until it is hushed; its ``fileno`` stands among the pipes that somebody waits on."""

    def __init__(self) -> None:
        self._ear, self._clapper = os.pipe()
        for end in (self._ear, self._clapper):
            os.set_blocking(end, False)
        self._lock = threading.Lock()  # between ringing and closing: the number of a closed pipe soon is another's
        self._closed = False

    def fileno(self) -> int:
        """Return what can be waited on."""
        return self._ear

    def ring(self) -> None:
        """Make who waits look up, now or when it waits next. Harmless when nobody does, and after ``close``."""
        with self._lock, contextlib.suppress(BlockingIOError):  # full: it rings already
            if not self._closed:
                os.write(self._clapper, b".")

    def hush(self) -> None:
        """Stop ringing: whoever rang is heard."""
        with contextlib.suppress(BlockingIOError):  # nobody rang
            while os.read(self._ear, 512):
                pass

    def close(self) -> None:
        """Take the bell away; more than once does no harm."""
        with self._lock:
            if not self._closed:
                self._closed = True
                os.close(self._ear)
                os.close(self._clapper)
