"""archive import: scans come in."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

import click

from archive.backends import make_workers, open_place
from archive.commands.common import Call, Listed, json_option, pass_call, plural, print_json, shown, text_option
from archive.commands.progress import ProgressLine
from archive.commands.sums import print_sums, sums_values
from archive.errors import Exit
from archive.services.batches import about_from
from archive.services.doubts import Doubt, gravest
from archive.services.intake import Intake, RunSummary
from archive.services.walk import GivenFile, Place, Said

_SHOWN = 40  # more doubts than a screen holds are read with `archive batch show`


@click.command("import")
@click.argument("paths", nargs=-1, required=True)
@click.option("--batch", "name", help="Name of the batch (đợt số hóa); without it, the folder's name.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Worker processes; without it, one for each core.")
@click.option("--about", multiple=True, metavar="KEY=VALUE", help="What payment needs to know: contract=…, box=…")
@click.option("--retry", is_flag=True, help="Read scans again that have pages which failed.")
@json_option
@pass_call
def import_(
    call: Call,
    paths: tuple[str, ...],
    name: str | None,
    jobs: int | None,
    about: tuple[str, ...],
    retry: bool,
    as_json: bool,
) -> int:
    """Take scans in: files and folders, PDF, TIFF, JPEG, PNG.

    A path may also be s3://BUCKET/PREFIX: scans in an inbox bucket, reached by the settings under [s3]. The same batch
    name continues the batch and repeats nothing. Files are never moved or changed.
    """
    archive = call.archive(jobs, begin=True)
    with ExitStack() as to_close:
        places = [to_close.enter_context(open_place(path, archive.settings)) for path in dict.fromkeys(paths)]
        links: dict[str, list[str]] = {}
        batches = _batches(places, text_option("--batch", name), links)
        workers = make_workers(archive.settings)
        to_close.callback(workers.close)
        intake = archive.intake(workers)
        summaries = [
            _import_one(intake, batch, files, about_from(about, said), retry)
            for batch, (files, said) in batches.items()
        ]
    if as_json:
        print_json([{**_values(summary), "linked_folders": links.get(summary.batch.name, [])} for summary in summaries])
    else:
        for summary in summaries:
            _print(summary)
            _print_links(links.get(summary.batch.name, []))
    return Exit.NEEDS_PERSON if any(links.values()) or any(one.needs_person for one in summaries) else Exit.OK


def _batches(
    places: Sequence[Place], name: str | None, links: dict[str, list[str]]
) -> dict[str, tuple[list[GivenFile], Said | None]]:
    """Return, by batch name, the scans given and the batch.toml that speaks for it; add linked folders to ``links``."""
    batches: dict[str, tuple[list[GivenFile], Said | None]] = {}
    given: set[tuple[str, str]] = set()
    for place in places:
        batch = name or place.batch_name()
        files, said = batches.get(batch, ([], None))
        for one in place.scans(links.setdefault(batch, [])):
            key = (batch, one.source.place)
            if key not in given:  # a folder, and a file of it beside it
                given.add(key)
                files.append(one)
        batches[batch] = (files, said or place.said())
    return batches


def _import_one(intake: Intake, name: str, files: list[GivenFile], about: dict[str, str], retry: bool) -> RunSummary:
    line = ProgressLine()
    try:
        for event in intake.run(name, files, about, retry):
            if isinstance(event, RunSummary):
                return event
            line.show(event)
    finally:
        line.end()
    raise AssertionError  # a run ends with its summary


def _print(summary: RunSummary) -> None:
    fresh, settled = summary.fresh.total(), summary.settled.total()
    click.echo(f"Batch (đợt số hóa): {summary.batch.name}")
    if summary.batch.action == "opened_again":
        click.echo("  it was closed, and is open again: close it when this is done")
    click.echo(f"  this run: {plural(summary.given, 'scan')} given, {fresh:,} new, {settled:,} settled before")
    if summary.sums is not None:
        print_sums(summary.sums)
    if summary.left_behind:
        some = plural(summary.left_behind, "entry", "entries")
        click.echo(f"  {some} not yet searchable: {summary.why_left};")
        click.echo("  nothing is lost: when that is mended, run `archive reconcile --fix`")
    if summary.doubts:
        waiting, count = gravest(summary.doubts, _SHOWN)
        click.echo(f"Needs a person ({count:,}):")
        for line in waiting:
            click.echo(f"  {shown(line)}")
        if count > _SHOWN:
            rest = count - _SHOWN
            click.echo(f"  … and {rest:,} more: archive batch show {summary.batch.name!r}")


def _print_links(links: Sequence[str]) -> None:
    if not links:
        return
    click.echo(f"{plural(len(links), 'linked folder')} not followed; to take in what is there, give the folder itself:")
    for path in links[:_SHOWN]:
        click.echo(f"  {shown(path)}")
    if len(links) > _SHOWN:
        click.echo(f"  … and {len(links) - _SHOWN:,} more")


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
        "needs_person": Listed(len(summary.doubts), lambda: map(_doubt_values, summary.doubts)),
    }


def _doubt_values(doubt: Doubt) -> dict[str, Any]:
    return {"path": doubt.path, **asdict(doubt.problem)}
