"""archive rescreen: screen kept scans again with this release's screen."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from archive.commands.batch_name import BATCH_NAME
from archive.commands.common import CommandContext, json_option, pass_context, print_json
from archive.commands.printing import say
from archive.commands.progress import ProgressLine
from archive.errors import Exit
from archive.messages.catalogue import quantity, tr
from archive.rules.problem_texts import unscreened_in_words
from archive.services.secrecy.rescreen import Rescreened, Rescreening, RescreenProgress, Verdict
from archive.work.api import Workers

_ID_SHOWN = 12
_SHOWN = 1_000  # records for a person, named on the screen; the counts are complete, and --json names all


@click.command(help=tr("rescreen.help"))
@click.option("--batch", type=BATCH_NAME, help=tr("rescreen.only_the_records_of_this"))
@click.option("--jobs", type=click.IntRange(1), help=tr("rescreen.how_many_pages_are_looked"))
@json_option
@pass_context
def rescreen(context: CommandContext, batch: str | None, jobs: int | None, as_json: bool) -> int:
    """Look again for secret marks on all that is kept, after each better screen."""
    archive = context.archive(jobs)
    service = archive.rescreening()
    with closing(archive.workers()) as workers:
        found, progress = _run(service, workers, batch, as_json)
    for one in found:
        context.log.write("rescreened", record=one.record, verdict=one.verdict.value, causes=one.causes)
    counts = {"records": progress.records, "pages": progress.pages, "passed_over": progress.passed_over}
    context.log.write("result", counts=counts)
    if as_json:
        print_json(_values(service.screen, found, progress))
    else:
        _print_sum(service.screen, found, progress)
    acts = any(one.verdict is not Verdict.LET_IN for one in found)
    return Exit.NEEDS_PERSON if acts else Exit.OK


def _run(
    service: Rescreening, workers: Workers, batch: str | None, as_json: bool
) -> tuple[list[Rescreened], RescreenProgress]:
    """Return the records for a person, which are also printed when they are found, and the final progress."""
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
                    say(in_words(event))
    finally:
        line.end()
    return found, progress


def describe(now: RescreenProgress, seconds: float) -> str:
    """Return the progress as one line."""
    rate = now.pages / seconds * 60 if seconds > 0 else 0.0
    done = tr("rescreen.looked_at_passed_over", records=quantity("record", now.records), passed_over=now.passed_over)
    return tr("rescreen.pages_min", pages=quantity("page", now.pages), rate=rate, done=done)


def in_words(one: Rescreened) -> str:
    """Return one record's result as text: id, batch, pages; never words of the page or the name of a file."""
    pages = ", ".join(map(str, one.pages))
    where = tr("rescreen.batch", record=one.record[:_ID_SHOWN], batch=one.batch or "–") + (
        tr("rescreen.page", pages=pages) if pages else ""
    )
    match one.verdict:
        case Verdict.WITHHELD:
            return tr("rescreen.a_mark_of_state_secrecy", where=where)
        case Verdict.LET_IN if one.causes:
            return tr(
                "rescreen.not_screened_a_person_took", where=where, unscreened_in_words=unscreened_in_words(one.causes)
            )
        case Verdict.LET_IN:
            return tr("rescreen.a_mark_was_seen_and", where=where)
        case _:
            return tr(
                "rescreen.not_screened_look_at_the", where=where, unscreened_in_words=unscreened_in_words(one.causes)
            )


def _print_sum(screen: str, found: list[Rescreened], progress: RescreenProgress) -> None:
    say(
        tr(
            "rescreen.of_looked_at_with_passed",
            pages=quantity("page", progress.pages),
            records=quantity("record", progress.records),
            screen=screen,
            passed_over=quantity("record", progress.passed_over),
        )
    )
    counts = {verdict: sum(one.verdict is verdict for one in found) for verdict in Verdict}
    say(
        tr(
            "rescreen.withheld_let_in_by_people",
            withheld=counts[Verdict.WITHHELD],
            let_in=counts[Verdict.LET_IN],
            not_screened=counts[Verdict.NOT_SCREENED],
        )
    )
    if counts[Verdict.WITHHELD]:
        say(tr("rescreen.hand_the_papers_to_whoever"))


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
