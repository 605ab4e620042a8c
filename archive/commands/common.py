"""Shared parts of all verbs: the command context, the --json option, printing."""

from __future__ import annotations

import functools
import itertools
import json
import os
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from archive import __version__
from archive import settings as settings_module
from archive.commands.printing import print_data, say, shown
from archive.errors import RequestRefused, SettingsError
from archive.messages.catalogue import MessageGroup, tr
from archive.messages.sentence import Sentence
from archive.run_log.run_log import RunLog
from archive.settings import Settings
from archive.store.verify.finding import Finding
from archive.text.vietnamese import nfc
from archive.wiring import Archive, archive_of, log_folder, make_home, missing_vault, open_archive

_COLUMNS = MessageGroup("column")
_COMMAND_LINE = click.core.ParameterSource.COMMANDLINE
_PIECES = 10_000  # JSON fragments that are printed together

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class CommandContext:
    """The options before the verb."""

    home: Path | None
    note: str | None
    log: RunLog

    def settings(self, jobs: int | None = None) -> Settings:
        """Read the settings of this call. Raises SettingsError."""
        return settings_module.load(self.home, jobs=jobs)

    def archive(
        self, jobs: int | None = None, begin: bool = False, logged: bool = True, may_be_empty: bool = False
    ) -> Archive:
        """Open the archive of this call until its end; with ``begin`` it need not be there until ``make_missing``.

        Other verbs never make one: with a mistyped home they would report zero records. So they refuse a home whose
        vault was never written, too, except those that say it themselves (``may_be_empty``). ``logged``: the call is
        logged; a call that only answers a question is logged only when it fails unexpectedly. Raises SettingsError.
        """
        settings = self.settings(jobs)
        there = settings.home.exists()
        if not (there or begin):
            raise SettingsError(tr("common.there_is_no_archive_in", home=settings.home))
        vault = missing_vault(settings)
        if vault is not None and not (begin or may_be_empty):
            raise SettingsError(tr("common.there_is_no_archive_here", home=settings.home, vault=vault))
        archive = (open_archive if there else archive_of)(settings, self.note, self.log)
        if there:
            self._begin_log(settings, logged)
        click.get_current_context().call_on_close(archive.close)
        return archive

    def make_missing(self, archive: Archive) -> None:
        """Make the home of an archive that begins, and report it. Raises SettingsError."""
        settings = archive.settings
        if not settings.home.exists():
            make_home(settings)
            self._begin_log(settings, logged=True)
            say(tr("common.a_new_archive_begins_in", home=settings.home), err=True)

    def _begin_log(self, settings: Settings, logged: bool) -> None:
        call = click.get_current_context()
        given = [
            option.opts[0]
            for option in call.command.params
            if isinstance(option, click.Option) and call.get_parameter_source(option.name or "") is _COMMAND_LINE
        ]
        start = {
            "command": call.command_path.partition(" ")[2],
            "options": given,  # only the names of options: a value may be a person's name
            "version": __version__,
            "python": platform.python_version(),
            "pid": os.getpid(),
        }
        self.log.begin(log_folder(settings), start, _warn, failures_only=not logged)


def _warn(reason: str) -> None:
    say(tr("common.the_run_log_cannot_be", reason=reason), err=True)


pass_context = click.make_pass_decorator(CommandContext)


def json_option(command: Callable[P, R]) -> Callable[P, R]:
    """Add ``--json`` as parameter ``as_json``."""
    option = click.option("--json", "as_json", is_flag=True, help=tr("common.print_json_for_machines"))
    return functools.wraps(command)(option(command))


class StreamedList(list[Any]):
    """Entries for print_json that are made while they are printed; json's encoder accepts only lists."""

    def __init__(self, count: int, entries: Callable[[], Iterator[Any]]) -> None:
        super().__init__()
        self._count, self._entries = count, entries

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Any]:
        return self._entries()


def log_findings(log: RunLog, findings: Iterable[Finding]) -> None:
    """Write the findings of a vault to the run log: codes and keys, which name nobody."""
    for finding in findings:
        log.write("finding", code=finding.code, key=finding.key or None)


def print_json(value: Any) -> None:
    """Print one JSON value, Vietnamese as it is."""
    pieces = json.JSONEncoder(ensure_ascii=False, indent=2).iterencode(as_data(value))
    while portion := "".join(itertools.islice(pieces, _PIECES)):
        print_data(portion, nl=False)
    print_data("")


def as_data(value: Any) -> Any:
    """Return a JSON value with its sentences in English: data do not change with the language."""
    match value:
        case Sentence():
            return value.english
        case dict():
            return {key: as_data(one) for key, one in value.items()}
        case StreamedList():
            return StreamedList(len(value), lambda: map(as_data, value))
        case list() | tuple():
            return [as_data(one) for one in value]
        case _:
            return value


def print_table(header: Sequence[str], rows: Iterable[Sequence[Any]], numbers: int = 0) -> None:
    """Print aligned columns; the last ``numbers`` columns are numbers and aligned to the right.

    A header is a column of the catalogue, or stands as it is; a line feed in it makes it two lines high, so that wide
    tables fit a screen.
    """
    heads = [
        list(line)
        for line in itertools.zip_longest(*(_COLUMNS.get(name, name).split("\n") for name in header), fillvalue="")
    ]
    cells = [[shown(str(cell)) if cell is not None else "–" for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [*heads, *cells]) for i in range(len(header))]
    first_number = len(header) - numbers
    for line in [*heads, *cells]:
        aligned = [
            cell.ljust(width) if place < first_number else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        say("  ".join(aligned).rstrip())


def column_name(name: str) -> str:
    """Return the name of a column of the catalogue on one line; any other name as it is."""
    return _COLUMNS.get(name, name).replace("\n", " ")


def text_option(name: str, value: str | None) -> str | None:
    """Return an option's value in NFC. Raises RequestRefused for bytes that are not text."""
    if value is None:
        return None
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise RequestRefused(tr("common.holds_bytes_that_are_no", name=name))
    return nfc(value)
