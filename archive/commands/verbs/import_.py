"""archive import: import scans."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import click

from archive.commands.batch_name import BATCH_NAME
from archive.commands.batch_sums import print_sums, sums_values
from archive.commands.common import CommandContext, StreamedList, json_option, pass_context, print_json, text_option
from archive.commands.imports.ask import ACCEPTING, ask
from archive.commands.imports.dry_run import describe_looked, print_report
from archive.commands.imports.given_scans import (
    Batches,
    Links,
    Places,
    add_override,
    batch_files,
    by_batch,
    each_scan,
    refuse_empty,
)
from archive.commands.imports.lists import print_links, print_problems
from archive.commands.printing import say, shown
from archive.commands.progress import ProgressLine
from archive.errors import Exit, RequestRefused
from archive.messages.catalogue import quantity, tr
from archive.pipeline.context import Override
from archive.rules.fields.dates import time_as_written
from archive.services.exchange.export import problem_values
from archive.services.imports.batch_metadata import metadata_from
from archive.services.imports.digest_set import DigestSet
from archive.services.imports.dry_run import DryRunReport
from archive.services.imports.folders import GivenFile
from archive.services.imports.overrides import false_alarm
from archive.services.imports.problems import ScanProblem
from archive.services.imports.questions import QuestionKind
from archive.services.imports.run import Intake, OtherImports, RunSummary
from archive.wiring import Archive


@click.command("import", help=tr("import.help"))
@click.argument("paths", nargs=-1)
@click.option("--batch", "name", type=BATCH_NAME, help=tr("import.name_of_the_batch_without"))
@click.option("--jobs", type=click.IntRange(1, 256), help=tr("import.worker_processes_without_it_one"))
@click.option("--about", multiple=True, metavar="KEY=VALUE", help=tr("import.what_payment_needs_to_know"))
@click.option("--retry", is_flag=True, help=tr("import.read_scans_again_that_have"))
@click.option(
    "--accept-unscreened",
    "unscreened",
    multiple=True,
    metavar="FILE",
    help=tr("import.take_this_one_file_in"),
)
@click.option(
    "--clear",
    "cleared",
    multiple=True,
    metavar="FILE",
    help=tr("import.let_this_one_quarantined_file"),
)
@click.option("--reason", metavar="TEXT", help=tr("import.why_what_was_seen_on"))
@click.option("--dry-run", is_flag=True, help=tr("import.say_what_would_be_done"))
@click.option(ACCEPTING[QuestionKind.NO_SCANS], "non_scans", is_flag=True, help=tr("import.import_a_folder_of_which"))
@click.option(
    ACCEPTING[QuestionKind.REUSED_NAMES], "reused_names", is_flag=True, help=tr("import.import_other_scans_under")
)
@json_option
@pass_context
def import_(
    context: CommandContext,
    paths: tuple[str, ...],
    name: str | None,
    jobs: int | None,
    about: tuple[str, ...],
    retry: bool,
    unscreened: tuple[str, ...],
    cleared: tuple[str, ...],
    reason: str | None,
    dry_run: bool,
    non_scans: bool,
    reused_names: bool,
    as_json: bool,
) -> int:
    """Take scans in: files and folders, PDF, TIFF, JPEG, PNG."""
    overrides = _overrides(unscreened, cleared, text_option("--reason", reason))
    if dry_run and overrides:
        raise RequestRefused(tr("import.a_dry_run_screens_nothing"))
    if not paths and not overrides:
        raise click.UsageError(tr("import.missing_argument_paths"))
    archive = context.archive(jobs, begin=True, logged=not dry_run)
    with ExitStack() as to_close:
        places = {path: to_close.enter_context(archive.given_path(path)) for path in dict.fromkeys(paths)}
        links: Links = {}
        name = text_option("--batch", name)
        if dry_run:
            report = _dry_run(archive, places, name, about, retry, links)
            print_report(report, links, as_json)
            return Exit.NEEDS_PERSON if any(links.values()) or report.needs_person else Exit.OK
        batches = by_batch(places, name, links)
        for option, path, override in overrides:
            add_override(to_close.enter_context(archive.given_path(path)), option, override, batches, name)
        known = {batch: metadata_from(about, batch_file) for batch, (_, batch_file) in batches.items()}
        accepted = {QuestionKind.NO_SCANS: non_scans, QuestionKind.REUSED_NAMES: reused_names}
        _ask(archive, batches, retry, {kind for kind, given in accepted.items() if given})
        context.make_missing(archive)
        workers = archive.workers()
        to_close.callback(workers.close)
        intake = archive.intake(workers)
        summaries = [_import_one(intake, batch, files, known[batch], retry) for batch, (files, _) in batches.items()]
    if as_json:
        print_json([{**_values(summary), "linked_folders": links.get(summary.batch.name, [])} for summary in summaries])
    else:
        for summary in summaries:
            _print(summary)
            print_links(links.get(summary.batch.name, []))
            _name_secret(summary)
    return Exit.NEEDS_PERSON if any(links.values()) or any(one.needs_person for one in summaries) else Exit.OK


def _dry_run(
    archive: Archive, places: Places, name: str | None, about: Sequence[str], retry: bool, links: Links
) -> DryRunReport:
    refuse_empty(places)
    said = {batch: metadata_from(about, batch_file) for batch, batch_file in batch_files(places, name).items()}
    line = ProgressLine()
    with ExitStack() as to_close:
        workers = archive.workers()
        to_close.callback(workers.close)
        to_close.callback(line.end)
        met = to_close.enter_context(DigestSet())
        for event in archive.dry_run(workers).run(each_scan(places, name, links, met.add), said, retry):
            if isinstance(event, DryRunReport):
                return event
            words = describe_looked(event)
            line.say(lambda _, words=words: words)  # type: ignore[misc]  # bound now
    raise AssertionError  # a dry run ends with its report


def _ask(archive: Archive, batches: Batches, retry: bool, accepted: set[QuestionKind]) -> None:
    """Ask what must be asked about each batch, before anything is written. Raises RequestRefused."""
    questions = archive.questions()
    for batch, (files, _) in batches.items():
        ask(questions.about(batch, files, retry), accepted)


def _overrides(
    unscreened: Sequence[str], cleared: Sequence[str], reason: str | None
) -> list[tuple[str, str, Override]]:
    """Return option, file and override of each file that a person answers for. Raises RequestRefused."""
    if bool(cleared) != bool(reason and reason.strip()):
        raise RequestRefused(tr("import.clear_file_and_reason_text"))
    overrides = [("--accept-unscreened", path, Override(unscreened=True)) for path in unscreened]
    return overrides + [("--clear", path, false_alarm(reason or "")) for path in cleared]


def _import_one(intake: Intake, name: str, files: list[GivenFile], about: dict[str, str], retry: bool) -> RunSummary:
    line = ProgressLine()
    try:
        for event in intake.run(name, files, about, retry):
            if isinstance(event, RunSummary):
                return event
            if isinstance(event, OtherImports):
                line.end()
                for one in event.imports:
                    since = time_as_written(one.at)
                    say(tr("import.another_import_runs", name=name, actor=one.actor, since=since), err=True)
            else:
                line.show(event)
    finally:
        line.end()
    raise AssertionError  # a run ends with its summary


def _print(summary: RunSummary) -> None:
    fresh, settled = summary.fresh.total(), summary.settled.total()
    say(tr("import.batch", name=summary.batch.name))
    if summary.batch.action == "opened_again":
        say(tr("import.it_was_closed_and_is"))
    say(tr("import.this_run_given_new_settled", scans=quantity("scan", summary.given), fresh=fresh, settled=settled))
    if summary.sums is not None:
        print_sums(summary.sums)
    if summary.left_behind:
        some = quantity("entry", summary.left_behind)
        say(tr("import.not_yet_searchable", some=some, why_left=summary.why_left))
        say(tr("import.nothing_is_lost_when_that"))
    print_problems(summary.problems, summary.batch.name)


def _name_secret(summary: RunSummary) -> None:
    """Name quarantined files so that the paper is found: to the terminal alone, and in nothing that a program logs."""
    if summary.secret:
        say(tr("import.quarantined_and_named_nowhere_but"), err=True)
    for one in summary.secret:
        say(f"  {one.number}: {shown(one.path)}" + (f" ({one.notice})" if one.notice else ""), err=True)


def _values(summary: RunSummary) -> dict[str, Any]:
    return {
        "batch": summary.batch.name,
        "opened_again": summary.batch.action == "opened_again",
        "given": summary.given,
        "new": {outcome.value: count for outcome, count in summary.fresh.items()},
        "settled_before": {outcome.value: count for outcome, count in summary.settled.items()},
        "left_for_reindex": summary.left_behind,
        "why_left": str(summary.why_left) if summary.why_left else None,
        "sums": sums_values(summary.sums) if summary.sums else None,
        "needs_person": StreamedList(len(summary.problems), lambda: map(_problem_values, summary.problems)),
    }


def _problem_values(found: ScanProblem) -> dict[str, Any]:
    return {"path": found.path, **problem_values(found.problem)}
