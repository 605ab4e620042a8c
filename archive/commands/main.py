"""The command ``archive`` and its verbs; errors become messages and exit codes here."""

from __future__ import annotations

import contextlib
import ctypes
import io
import logging
import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from archive import __version__
from archive.commands.click_translation import translate_click
from archive.commands.common import CommandContext, text_option
from archive.commands.printing import say
from archive.commands.verbs.batch import batch
from archive.commands.verbs.copy import copy
from archive.commands.verbs.count import count
from archive.commands.verbs.doctor import doctor
from archive.commands.verbs.exclude import exclude
from archive.commands.verbs.export import export
from archive.commands.verbs.import_ import import_
from archive.commands.verbs.measure import measure
from archive.commands.verbs.reconcile import reconcile
from archive.commands.verbs.reindex import reindex
from archive.commands.verbs.rescreen import rescreen
from archive.commands.verbs.seal import seal
from archive.commands.verbs.search import search
from archive.commands.verbs.settings import settings
from archive.commands.verbs.show import show
from archive.commands.verbs.verify import verify
from archive.commands.verbs.withhold import withhold
from archive.commands.verbs.worker import worker
from archive.errors import ArchiveError, Exit
from archive.messages.catalogue import tr
from archive.pipeline.scheduler import THREAD_NAME
from archive.run_log.error_locations import place_of
from archive.run_log.run_log import RunLog

_M_ARENA_MAX = -8  # malloc.h

translate_click()  # before options are made: click looks up some of its words then
_EXITS = tr("main.exit_codes_all_well_unexpected")


@click.group(
    epilog=_EXITS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help=tr("main.cli.help"),
)
@click.option("--home", type=click.Path(path_type=Path), help=tr("main.folder_of_the_archive_archive_home"))
@click.option("--note", metavar="TEXT", help=tr("main.annotates_who_is_at_work"))
@click.option("--debug", is_flag=True, help=tr("main.show_where_an_unexpected_error"))
@click.version_option(__version__, prog_name="archive")
@click.pass_context
def cli(context: click.Context, home: Path | None, note: str | None, debug: bool) -> None:
    """Keep paper results of administrative procedures (kết quả giải quyết TTHC) findable and countable."""
    context.obj = CommandContext(home, text_option("--note", note), context.ensure_object(RunLog))


_VERBS = (
    import_, search, show, count, measure, exclude, batch, withhold, rescreen, doctor, verify, seal, reconcile,
    reindex, copy, export, settings, worker,
)  # fmt: skip

for _verb in _VERBS:
    cli.add_command(_verb)


def main() -> NoReturn:
    """Run the command line and end the process with one of the fixed exit codes."""
    os.umask(0o077)  # every file that we or a library writes may hold personal data: only the owner may read it
    logging.getLogger("tifffile").addHandler(logging.NullHandler())  # it reports damaged files on its own
    _limit_arenas()
    signal.signal(signal.SIGTERM, _interrupt)  # SIGTERM works like Ctrl-C, so that workers end too
    _leave(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; return its exit code. Messages go to standard error."""
    log = RunLog()
    code: int = Exit.UNEXPECTED
    try:
        code = _run(arguments, log)
    finally:
        log.end(code)
    return code


def _run(arguments: list[str], log: RunLog) -> int:
    try:
        code = cli.main(arguments, prog_name="archive", standalone_mode=False, obj=log)
        sys.stdout.flush()
        return int(code or Exit.OK)
    except (click.exceptions.Abort, KeyboardInterrupt) as error:
        log.error(error)
        return _say(tr("main.interrupted_nothing_is_lost_run"), Exit.UNEXPECTED)
    except click.ClickException as error:
        error.show(text := io.StringIO())  # it quotes arguments
        return _say(text.getvalue().rstrip("\n"), Exit.USAGE)
    except ArchiveError as error:
        log.error(error)
        return _say(tr("main.error", error=error), error.exit_code)
    except (BrokenPipeError, SystemExit):  # the output was closed; click turns the first into the second
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Exception as error:  # the last handler: a traceback could show personal data
        log.error(error, unexpected=True)
        if "--debug" in arguments:
            say(traceback.format_exc(), err=True, nl=False)
        said: str = tr("main.unexpected_at_nothing_is_lost", name=type(error).__name__, place=place_of(error))
        if log.id is not None:
            said = f"{said} {tr('main.the_run_log_has_more', id=log.id)}"
        return _say(said, Exit.UNEXPECTED)


def _leave(code: int) -> NoReturn:
    """End the process without waiting for threads: steps of an interrupted import may wait for a silent store."""
    if any(thread.name.startswith(THREAD_NAME) for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _say(message: str, code: Exit) -> int:
    say(message, err=True)
    return code


def _limit_arenas() -> None:
    """Limit glibc to two heaps instead of eight a core: index commits in threads would leave each half full."""
    with contextlib.suppress(OSError, AttributeError):  # another C library: nothing to limit
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
