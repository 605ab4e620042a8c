"""Places: where in the code an error came from, without anything that it says."""

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


def causes_of(error: BaseException) -> list[str]:
    """Return class and place of each error behind ``error``, as ``class@place``, the nearest first."""
    return [f"{type(one).__name__}@{(stack_of(one) or ['?:0'])[-1]}" for one in _behind(error)]


def _behind(error: BaseException) -> Iterator[BaseException]:
    for _ in range(_MAX_CAUSES):
        before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if before is None:
            return
        yield before
        error = before
