"""A pipe by which any thread wakes one that waits on pipes."""

from __future__ import annotations

import contextlib
import os
import threading


class WakeupPipe:
    """Like ``threading.Event`` with a ``fileno``: readable while it is set. A pipe, as only Linux has ``eventfd``."""

    def __init__(self) -> None:
        self._read_end, self._write_end = os.pipe()
        for end in (self._read_end, self._write_end):
            os.set_blocking(end, False)
        self._lock = threading.Lock()  # for set and close: the descriptor of a closed pipe may soon be reused
        self._closed = False

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._read_end

    def set(self) -> None:
        """Set it, from any thread. Without effect after ``close``."""
        with self._lock, contextlib.suppress(BlockingIOError):  # full: it is set already
            if not self._closed:
                os.write(self._write_end, b".")

    def clear(self) -> None:
        """Clear it; without effect when it is not set."""
        with contextlib.suppress(BlockingIOError):  # empty
            while os.read(self._read_end, 512):
                pass

    def close(self) -> None:
        """Close both ends; closing again is harmless."""
        with self._lock:
            if not self._closed:
                self._closed = True
                os.close(self._read_end)
                os.close(self._write_end)
