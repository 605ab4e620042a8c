"""Error locations: where in the code an error came from, without the text of its message."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path

_MAX_FRAMES = 30  # the innermost ones
_MAX_CAUSES = 8


def stack_of(error: BaseException) -> list[str]:
    """Return module and line of each call that led to ``error``, innermost last."""
    places = [f"{Path(frame.f_code.co_filename).name}:{line}" for frame, line in traceback.walk_tb(error.__traceback__)]
    return places[-_MAX_FRAMES:]


def place_of(error: BaseException) -> str:
    """Return module and line that raised ``error``: no folder, and nothing of what it was about."""
    return (stack_of(error) or ["?:0"])[-1]


def causes_of(error: BaseException) -> list[str]:
    """Return class and place of each error behind ``error``, as ``class@place``, the nearest first."""
    return [f"{type(one).__name__}@{place_of(one)}" for one in _behind(error)]


def _behind(error: BaseException) -> Iterator[BaseException]:
    for _ in range(_MAX_CAUSES):
        before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if before is None:
            return
        yield before
        error = before
