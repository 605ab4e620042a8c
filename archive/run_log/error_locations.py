"""Error locations: where in the code an error came from, without the text of its message."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_MAX_FRAMES = 30  # the innermost ones
_MAX_CAUSES = 8


def stack_of(error: BaseException) -> list[str]:
    """Return module and line of each call that led to ``error``, innermost last: where a library may have raised it."""
    places = [location(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    return places[-_MAX_FRAMES:]


def place_of(error: BaseException) -> str:
    """Return the innermost module and line of our package that led to ``error``, else those that raised it."""
    places = [location(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    ours = [place for place in places if place.startswith(f"{_PACKAGE.name}/")]
    return (ours or places or ["?:0"])[-1]


def location(file: str, line: int) -> str:
    """Return ``archive/ocr/engine.py:12`` for a line of our package, ``library.py:12`` for another.

    Folders of the machine may be named after people; those of our package are not.
    """
    path = Path(file)
    name = path.relative_to(_PACKAGE.parent).as_posix() if path.is_relative_to(_PACKAGE) else path.name
    return f"{name}:{line}"


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
