"""archive rescreen: screen kept scans again with this release's screen."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from archive.commands.common import CommandContext, json_option, pass_context, plural, print_json
from archive.commands.progress import ProgressLine
from archive.errors import Exit
from archive.rules.problem_texts import unscreened_in_words
from archive.services.secrecy.rescreen import Rescreened, Rescreening, RescreenProgress, Verdict
from archive.work.api import Workers

_ID_SHOWN = 12
_SHOWN = 1_000  # records that a person has to look at; the counts are whole, and --json names all


@click.command()
@click.option("--batch", help="Only the records of this batch.")
@click.option("--jobs", type=click.IntRange(1), help="How many pages are looked at at the same time.")
@json_option
@pass_context
def rescreen(context: CommandContext, batch: str | None, jobs: int | None, as_json: bool) -> int:
    """Look again for secret marks on all that is kept, after each better screen.

    Where a mark is seen the record is withheld at once, unless people decided before that it is none. What this screen
    has looked at already is passed over, so that the same command again goes on where it was. Code 3 when a person has
    to act.
    """
    archive = context.archive(jobs)
    service = archive.rescreening()
    with closing(archive.workers()) as workers:
        found, progress = _run(service, workers, batch, as_json)
    if as_json:
        print_json(_values(service.screen, found, progress))
    else:
        _print_sum(service.screen, found, progress)
    acts = any(one.verdict is not Verdict.LET_IN for one in found)
    return Exit.NEEDS_PERSON if acts else Exit.OK


def _run(
    service: Rescreening, workers: Workers, batch: str | None, as_json: bool
) -> tuple[list[Rescreened], RescreenProgress]:
    """Return what a person has to look at, which is also said as it is found, and how much was gone through."""
    found: list[Rescreened] = []
    progress = RescreenProgress()
    line = ProgressLine()
    try:
        for event in service.run(workers, batch):
            if isinstance(event, RescreenProgress):
                progress = event
                line.say(lambda seconds, now=event: describe(now, seconds))  # type: ignore[misc]  # bound at once
            elif event.verdict is not Verdict.CLEAR:
                found.append(event)
                if not as_json and len(found) <= _SHOWN:
                    line.end()
                    click.echo(in_words(event))
    finally:
        line.end()
    return found, progress


def describe(now: RescreenProgress, seconds: float) -> str:
    """Return the progress as one line."""
    rate = now.pages / seconds * 60 if seconds > 0 else 0.0
    done = f"{plural(now.records, 'record')} looked at, {now.passed_over:,} passed over"
    return f"{plural(now.pages, 'page')} · {rate:,.0f} pages/min · {done}"


def in_words(one: Rescreened) -> str:
    """Return one record's result as text: id, batch, pages; never words of the page or the name of a file."""
    pages = ", ".join(map(str, one.pages))
    where = f"{one.record[:_ID_SHOWN]} · batch {one.batch or '–'}" + (f" · page {pages}" if pages else "")
    match one.verdict:
        case Verdict.WITHHELD:
            return f"{where}: a mark of state secrecy was seen; the record is withheld [secret_kept]"
        case Verdict.LET_IN if one.causes:
            return f"{where}: not screened ({unscreened_in_words(one.causes)}); a person took it in so [let_in]"
        case Verdict.LET_IN:
            return f"{where}: a mark was seen, and people decided before that it is none; left as it is [let_in]"
        case _:
            return f"{where}: not screened ({unscreened_in_words(one.causes)}); look at the paper [not_screened]"


def _print_sum(screen: str, found: list[Rescreened], progress: RescreenProgress) -> None:
    click.echo(
        f"{plural(progress.pages, 'page')} of {plural(progress.records, 'record')} looked at with {screen}; "
        f"{plural(progress.passed_over, 'record')} passed over."
    )
    counts = {verdict: sum(one.verdict is verdict for one in found) for verdict in Verdict}
    click.echo(
        f"{counts[Verdict.WITHHELD]:,} withheld, {counts[Verdict.LET_IN]:,} let in by people before, "
        f"{counts[Verdict.NOT_SCREENED]:,} not screened."
    )
    if counts[Verdict.WITHHELD]:
        click.echo("Hand the papers to whoever keeps secret papers. Two people lift a false alarm: archive withhold")


def _values(screen: str, found: list[Rescreened], progress: RescreenProgress) -> dict[str, Any]:
    return {
        "screen": screen,
        "records": progress.records,
        "pages": progress.pages,
        "passed_over": progress.passed_over,
        "found": [
            {
                "id": one.record,
                "batch": one.batch or None,
                "verdict": one.verdict.value,
                "pages": list(one.pages),
                "causes": list(one.causes),
            }
            for one in found
        ],
    }
