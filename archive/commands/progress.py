"""Progress display: one line that is overwritten, or plain lines without a terminal."""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from collections.abc import Callable
from functools import partial

from archive.commands.printing import redraw, say
from archive.messages.catalogue import quantity, tr
from archive.services.imports.run import Progress

_MOVING_SECONDS = 0.5
_PLAIN_SECONDS = 15.0


class ProgressLine:
    """Writes to standard error, so that output stays clean for pipes."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._started = time.monotonic()
        self._shown = self._started
        self._width = 0

    def show(self, now: Progress) -> None:
        """Show the progress at a readable rate."""
        self.say(lambda seconds: describe(now, seconds))

    def say(self, words: Callable[[float], str]) -> None:
        """Show the text that ``words`` returns for the seconds since the start, at a readable rate."""
        moment = time.monotonic()
        if moment - self._shown < (_MOVING_SECONDS if self._terminal else _PLAIN_SECONDS):
            return
        self._shown = moment
        text = words(moment - self._started)
        if self._terminal:
            text = text[: shutil.get_terminal_size().columns - 1]  # a wrapped line cannot be overwritten
            self._write(redraw, text.ljust(self._width))
            self._width = len(text)
        else:
            self._write(partial(say, err=True), text)

    def end(self) -> None:
        """Clear the moving line."""
        if self._terminal and self._width:
            self._write(redraw, " " * self._width)
            self._write(redraw, "")

    @staticmethod
    def _write(print_: Callable[[str], None], text: str) -> None:
        with contextlib.suppress(OSError):  # the reader of a pipe may close it; the work goes on
            print_(text)


def describe(now: Progress, seconds: float) -> str:
    """Return progress as one line: pages done, pages a minute, scans done, time left, problems so far."""
    rate = now.pages / seconds * 60 if seconds > 0 else 0.0
    parts = [
        quantity("page", now.pages),
        tr("progress.pages_min", rate=rate),
        tr("progress.scans_done", scans=now.scans, given=quantity("scan", now.given)),
    ]
    if 0 < now.scans < now.given:
        parts.append(tr("progress.about_left", duration=_duration(seconds / now.scans * (now.given - now.scans))))
    parts.append(quantity("problem", now.problems))
    return " · ".join(parts)


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 1:
        return tr("progress.seconds", seconds=seconds)
    return tr("progress.minutes", minutes=minutes) if minutes < 90 else tr("progress.hours", minutes=minutes / 60)
