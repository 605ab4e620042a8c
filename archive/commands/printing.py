"""Printing: the one address from which text goes to standard output and standard error.

Paths, arguments and messages hold foreign text. A control sign of it would move the cursor of the terminal, colour its
text or reorder a line, and so show what is not there.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

import click

from archive.text.vietnamese import is_line

_STYLE = re.compile(r"(\x1b\[[0-9;]*m)")  # as click.style makes it; split keeps it because of the group


def say(text: str = "", err: bool = False, nl: bool = True) -> None:
    """Print text for people: line feeds stay, every other control sign is written out."""
    click.echo(_line_by_line(shown, text), nl=nl, err=err)


def say_styled(text: str) -> None:
    """Print text for people that holds parts of ``styled``; other foreign text in it went through ``shown``."""
    parts = _STYLE.split(text)
    click.echo("".join(part if _STYLE.fullmatch(part) else _line_by_line(shown, part) for part in parts))


def styled(text: str, **style: bool | str) -> str:
    """Return ``text`` on one line in a style of ``click.style``; click leaves the style away without a terminal."""
    return click.style(shown(text), **style)  # type: ignore[arg-type]  # keywords of click.style, by their names


def print_data(text: str, nl: bool = True) -> None:
    r"""Print data for programs to standard output, as they are; only a terminal gets control signs as ``\uXXXX``.

    JSON means the same with them, because they stand only within its texts.
    """
    click.echo(_line_by_line(_as_json, text) if is_terminal() else text, nl=nl)


def redraw(text: str) -> None:
    """Print ``text`` over the line of standard error on which the cursor stands."""
    click.echo("\r" + shown(text), nl=False, err=True)


def shown(text: str) -> str:
    """Return ``text`` on one line without control characters: a file name must not control the terminal."""
    return text if is_line(text) else "".join(part if is_line(part) else ascii(part)[1:-1] for part in text)


def is_terminal() -> bool:
    """Say whether a person watches the output."""
    return sys.stdout.isatty()


def can_ask() -> bool:
    """Say whether a person can see a question, on standard error, and answer it."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirm(question: str) -> bool:
    """Ask for yes or no on standard error; no is what a bare return means. Raises click.Abort at the end of input."""
    return click.confirm(_line_by_line(shown, question), default=False, err=True)


def _line_by_line(form: Callable[[str], str], text: str) -> str:
    return "\n".join(map(form, text.split("\n")))


def _as_json(line: str) -> str:
    return line if is_line(line) else "".join(part if is_line(part) else f"\\u{ord(part):04x}" for part in line)
