"""Pauses between tries of one request: growing, and bounded in number and in time."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Final

_FIRST_PAUSE: Final = 0.2  # seconds: a busy queue has moved on by then
_MAX_PAUSE: Final = 5.0
_SPREAD: Final = 0.5  # jitter: imports that were refused together must not retry together


def pauses(retries: int, seconds: float) -> Iterator[float]:
    """Yield the pause before each retry, in seconds; stop when ``seconds`` have passed since the first try.

    So a server on which every try times out costs twice the timeout, not five times.
    """
    end = time.monotonic() + seconds
    pause = _FIRST_PAUSE
    for _ in range(retries):
        if time.monotonic() >= end:
            return
        yield pause * (1 + _SPREAD * random.random())  # noqa: S311 - spreads load, keeps no secret
        pause = min(pause * 2, _MAX_PAUSE)
