"""Progress of an import that a person can read: one line that moves, or plain lines where there is no terminal."""

from __future__ import annotations

import sys
import time

import click

from archive.services.intake import Progress

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
        """Show how far the run is, not more often than a person can read."""
        moment = time.monotonic()
        if moment - self._shown < (_MOVING_SECONDS if self._terminal else _PLAIN_SECONDS):
            return
        self._shown = moment
        text = describe(now, moment - self._started)
        if self._terminal:
            click.echo("\r" + text.ljust(self._width), nl=False, err=True)
            self._width = len(text)
        else:
            click.echo(text, err=True)

    def end(self) -> None:
        """Clear the moving line."""
        if self._terminal and self._width:
            click.echo("\r" + " " * self._width + "\r", nl=False, err=True)


def describe(now: Progress, seconds: float) -> str:
    """Return progress as one line: pages done, pages a minute, scans done, time left, problems so far."""
    rate = now.pages / seconds * 60 if seconds > 0 else 0.0
    parts = [f"{now.pages:,} pages", f"{rate:,.0f} pages/min", f"{now.scans:,} of {now.given:,} scans"]
    if 0 < now.scans < now.given:
        parts.append(f"about {_duration(seconds / now.scans * (now.given - now.scans))} left")
    parts.append(f"{now.problems:,} problems")
    return " · ".join(parts)


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 1:
        return f"{seconds:.0f} s"
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
