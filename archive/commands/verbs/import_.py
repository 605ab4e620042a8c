"""archive import: import scans."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import click

from archive.commands.batch_name import BATCH_NAME
from archive.commands.batch_sums import print_sums, sums_values
from archive.commands.common import CommandContext, StreamedList, json_option, pass_context, print_json, text_option
from archive.commands.printing import say, shown
from archive.commands.progress import ProgressLine
from archive.errors import Exit, RequestRefused
from archive.messages.catalogue import quantity, tr
from archive.pipeline.context import Override
from archive.rules.fields.dates import time_as_written
from archive.services.exchange.export import problem_values
from archive.services.imports.batch_metadata import metadata_from
from archive.services.imports.folders import BatchFile, GivenFile, GivenPath
from archive.services.imports.overrides import false_alarm, named_file, with_override
from archive.services.imports.problems import ScanProblem, most_urgent
from archive.services.imports.run import Intake, OtherImports, RunSummary

Batches = dict[str, tuple[list[GivenFile], BatchFile | None]]  # by name: scans given, the batch.toml that speaks for it

_SHOWN = 40  # more problems than a screen holds are read with `archive batch show`


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
    as_json: bool,
) -> int:
    """Take scans in: files and folders, PDF, TIFF, JPEG, PNG."""
    overrides = _overrides(unscreened, cleared, text_option("--reason", reason))
    if not paths and not overrides:
        raise click.UsageError(tr("import.missing_argument_paths"))
    archive = context.archive(jobs, begin=True)
    with ExitStack() as to_close:
        places = {path: to_close.enter_context(archive.given_path(path)) for path in dict.fromkeys(paths)}
        links: dict[str, list[str]] = {}
        name = text_option("--batch", name)
        batches = _batches(places, name, links)
        for option, path, override in overrides:
            _override(to_close.enter_context(archive.given_path(path)), option, override, batches, name)
        known = {batch: metadata_from(about, batch_file) for batch, (_, batch_file) in batches.items()}
        workers = archive.workers()
        to_close.callback(workers.close)
        intake = archive.intake(workers)
        summaries = [_import_one(intake, batch, files, known[batch], retry) for batch, (files, _) in batches.items()]
    if as_json:
        print_json([{**_values(summary), "linked_folders": links.get(summary.batch.name, [])} for summary in summaries])
    else:
        for summary in summaries:
            _print(summary)
            _print_links(links.get(summary.batch.name, []))
            _name_secret(summary)
    return Exit.NEEDS_PERSON if any(links.values()) or any(one.needs_person for one in summaries) else Exit.OK


def _batches(places: Mapping[str, GivenPath], name: str | None, links: dict[str, list[str]]) -> Batches:
    """Return the scans given, by batch; add linked folders to ``links``. Raises RequestRefused for an empty folder."""
    batches: Batches = {}
    given: set[tuple[str, str]] = set()
    for path, place in places.items():
        batch = name or place.batch_name()
        files, batch_file = batches.get(batch, ([], None))
        linked: list[str] = []
        scans = place.scans(linked)
        first = next(scans, None)
        if first is None:
            raise _holds_nothing(path, linked)
        for one in itertools.chain((first,), scans):
            key = (batch, one.source.location) if len(places) > 1 else None  # one place gives each scan once
            if key not in given:  # a folder, and a file of it beside it
                files.append(one)
            if key is not None:
                given.add(key)
        links.setdefault(batch, []).extend(linked)
        batches[batch] = (files, batch_file or place.batch_file())
    return batches


def _holds_nothing(path: str, linked: Sequence[str]) -> RequestRefused:
    """Return the refusal of a PATH without a file: a mistyped folder would become a batch that nobody wanted."""
    if not linked:
        return RequestRefused(tr("import.holds_no_file", path=path))
    some = quantity("linked_folder", len(linked))
    return RequestRefused(tr("import.holds_no_file_but_linked_folders", path=path, linked_folders=some))


def _overrides(
    unscreened: Sequence[str], cleared: Sequence[str], reason: str | None
) -> list[tuple[str, str, Override]]:
    """Return option, file and override of each file that a person answers for. Raises RequestRefused."""
    if bool(cleared) != bool(reason and reason.strip()):
        raise RequestRefused(tr("import.clear_file_and_reason_text"))
    overrides = [("--accept-unscreened", path, Override(unscreened=True)) for path in unscreened]
    return overrides + [("--clear", path, false_alarm(reason or "")) for path in cleared]


def _override(place: GivenPath, option: str, override: Override, batches: Batches, name: str | None) -> None:
    """Add an override to the file at ``place``, which is given now if it was not yet. Raises RequestRefused."""
    one = named_file(place, option)
    found = False
    for batch, (files, batch_file) in batches.items():
        changed, here = with_override(files, one.source.location, override)
        batches[batch] = (changed, batch_file)
        found = found or here
    if not found:
        batch = name or place.batch_name()
        files, batch_file = batches.get(batch, ([], None))
        batches[batch] = ([*files, replace(one, override=override)], batch_file)


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
    if summary.problems:
        waiting, count = most_urgent(summary.problems, _SHOWN)
        say(tr("import.needs_a_person", count=count))
        for line in waiting:
            say(f"  {shown(line)}")
        if count > _SHOWN:
            rest = count - _SHOWN
            say(tr("import.and_more_archive_batch_show", rest=rest, name=summary.batch.name))


def _print_links(links: Sequence[str]) -> None:
    if not links:
        return
    say(tr("import.not_followed_to_take_in", linked_folders=quantity("linked_folder", len(links))))
    for path in links[:_SHOWN]:
        say(f"  {shown(path)}")
    if len(links) > _SHOWN:
        say(tr("import.and_more", links=len(links) - _SHOWN))


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
