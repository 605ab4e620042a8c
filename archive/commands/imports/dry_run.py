"""Dry run: what an import would do, as text and as JSON."""

from __future__ import annotations

from typing import Any

from archive.commands.common import StreamedList, print_json, print_table
from archive.commands.imports.ask import ACCEPTING
from archive.commands.imports.given_scans import Links
from archive.commands.imports.lists import print_links, print_problems
from archive.commands.printing import say
from archive.messages.catalogue import MessageGroup, quantity, tr
from archive.rules.fields.dates import time_as_written
from archive.services.exchange.export import problem_values
from archive.services.imports.dry_run import DryRunReport, Looked, PlannedBatch
from archive.services.imports.expected_outcome import ExpectedOutcome

_ACTIONS = MessageGroup("dry_run.batch")


def describe_looked(now: Looked) -> str:
    """Return the progress of a dry run as one line."""
    return tr("dry_run.looked_at", files=quantity("file", now.files), pages=quantity("page", now.pages))


def print_report(report: DryRunReport, links: Links, as_json: bool) -> None:
    """Print a report."""
    if as_json:
        print_json(_values(report, links))
        return
    say(tr("dry_run.nothing_was_written"))
    for batch in report.batches:
        _print_batch(batch)
        print_links(links.get(batch.name, []))
    _print_space(report)


def _print_batch(batch: PlannedBatch) -> None:
    say(tr("import.batch", name=batch.name))
    since = time_as_written(batch.since) if batch.since else ""
    given = quantity("scan", batch.given_before)
    say(f"  {_ACTIONS.sentence(batch.action, {'since': since, 'scans': given})}")
    rows = [
        (kind or tr("dry_run.no_scan"), sums.files, sums.unopened, sums.pages, sums.bytes)
        for kind, sums in batch.by_kind
    ]
    print_table(("kind", "files", "unopened", "pages", "bytes"), rows, numbers=4)
    made = batch.outcomes
    say(
        tr(
            "dry_run.of_files",
            files=quantity("file", batch.given),
            new=made[ExpectedOutcome.NEW],
            further=made[ExpectedOutcome.FURTHER],
            duplicate=made[ExpectedOutcome.DUPLICATE],
            settled=made[ExpectedOutcome.SETTLED],
            rejected=made[ExpectedOutcome.REJECTED],
        )
    )
    for question in batch.questions:
        say(tr("dry_run.will_ask", question=question.text, option=ACCEPTING[question.kind]))
    print_problems(batch.rejected)


def _print_space(report: DryRunReport) -> None:
    needed = report.needed / 2**20
    if report.free is None:
        say(tr("dry_run.space_of_a_bucket", needed=needed))
        return
    say(tr("dry_run.space", needed=needed, free=report.free / 2**20))
    if not report.fits:
        say(tr("dry_run.does_not_fit"))


def _values(report: DryRunReport, links: Links) -> dict[str, Any]:
    return {
        "batches": [{**_batch_values(batch), "linked_folders": links.get(batch.name, [])} for batch in report.batches],
        "bytes_needed": report.needed,
        "bytes_free": report.free,
        "fits": report.fits,
    }


def _batch_values(batch: PlannedBatch) -> dict[str, Any]:
    return {
        "batch": batch.name,
        "action": batch.action,
        "since": batch.since,
        "given_before": batch.given_before,
        "given": batch.given,
        "kinds": {
            kind or "no_scan": {"files": one.files, "unopened": one.unopened, "pages": one.pages, "bytes": one.bytes}
            for kind, one in batch.by_kind
        },
        "scans": {one.value: batch.outcomes[one] for one in ExpectedOutcome},
        "questions": [question.kind.value for question in batch.questions],
        "needs_person": StreamedList(
            len(batch.rejected),
            lambda: ({"path": found.path, **problem_values(found.problem)} for found in batch.rejected),
        ),
    }
