"""archive batch: list, show and close batches."""

from __future__ import annotations

from dataclasses import replace

import click

from archive.commands.batch_name import BATCH_NAME
from archive.commands.batch_sums import print_sums, sums_values
from archive.commands.common import CommandContext, json_option, pass_context, print_json, print_table
from archive.commands.printing import say, shown
from archive.commands.unreadable_printing import print_unreadable, unreadable_values
from archive.errors import Exit
from archive.messages.catalogue import quantity, tr
from archive.model.ledger import Batch, LedgerLine, ScanOutcome
from archive.model.results import SignOff
from archive.rules.fields.dates import time_as_written
from archive.rules.words import word
from archive.services.derived.run_locks import RunningImport
from archive.services.exchange.export import problem_values
from archive.services.imports.batches import Batches
from archive.services.imports.problems import ScanProblem, as_lines
from archive.services.unreadable_objects import UnreadableObjects
from archive.store.keys import ChainKey

_TOO_SMALL = tr("batch.these_numbers_are_too_small")
# The actions of a batch's history that the screen shows.
_TOLD = {"closed": tr("batch.closed"), "opened_again": tr("batch.opened_again")}
_LET_IN = {"unscreened": tr("batch.not_all_of_it_was"), "false_alarm": tr("batch.a_mark_was_taken_for")}


@click.group(help=tr("batch.help"))
def batch() -> None:
    """Batches (đợt số hóa): list, show, close."""


@batch.command("list", help=tr("batch.list.help"))
@json_option
@pass_context
def list_(context: CommandContext, as_json: bool) -> int:
    """List all batches with their sums."""
    archive = context.archive(logged=False)
    batches, running = archive.batches(), archive.runs.imports()
    unreadable = UnreadableObjects()
    found = list(batches.all(unreadable))
    if as_json:
        found = [replace(sums, after_closing=_after_closing(batches, sums.batch, unreadable)) for sums in found]
        print_json([{**sums_values(sums), "importing": _importing(sums.batch, running)} for sums in found])
        return print_unreadable(tuple(unreadable), _TOO_SMALL, err=True)
    print_table(
        ("batch", "state", *(outcome.value for outcome in ScanOutcome), "unfinished", "pages"),
        (
            (
                sums.batch.name,
                tr("batch.closed") if sums.batch.closed else tr("batch.open"),
                *(sums.scans.get(outcome, 0) for outcome in ScanOutcome),
                sums.unfinished,
                sum(sums.pages.values()),
            )
            for sums in found
        ),
        numbers=len(ScanOutcome) + 2,
    )
    names = {sums.batch.id: sums.batch.name for sums in found}
    for one in running:
        name, since = names.get(one.batch, one.batch[:12]), time_as_written(one.at)
        say(tr("batch.is_being_imported", name=shown(name), actor=one.actor, since=since))
    return print_unreadable(tuple(unreadable), _TOO_SMALL)


@batch.command("show", help=tr("batch.show.help"))
@click.argument("name", type=BATCH_NAME)
@click.option("--scans", is_flag=True, help=tr("batch.list_every_scan_not_only"))
@json_option
@pass_context
def show(context: CommandContext, name: str, scans: bool, as_json: bool) -> int:
    """Show a batch: its sums, what is known about it, and what needs a person."""
    batches = context.archive(logged=False).batches()
    unreadable = UnreadableObjects()
    sums = batches.sums(name, unreadable)
    sums = replace(sums, after_closing=_after_closing(batches, sums.batch, unreadable))
    history = batches.history(name, unreadable)
    lines = sorted(batches.lines(name, unreadable), key=lambda line: (line.path or "", line.id))
    problems = [(line, problem) for line in lines for problem in batches.problems(line, unreadable)]
    if as_json:
        listed = [_line_values(line) for line in lines]
        waiting = [{"line": line.id, "path": line.path, **problem_values(problem)} for line, problem in problems]
        told = [
            {"version": made.version, "action": made.action, "at": made.at, "actor": made.actor.identity}
            for made in history
        ]
        rest = {
            "history": told,
            "lines": listed,
            "needs_person": waiting,
            "cannot_be_read": unreadable_values(unreadable),
        }
        print_json({**sums_values(sums), **rest})
    else:
        say(
            tr(
                "batch.batch",
                name=sums.batch.name,
                closed=tr("batch.closed") if sums.batch.closed else tr("batch.open"),
            )
        )
        for key, value in sorted(sums.batch.about.items()):
            say(f"  {key}: {value}")
        print_sums(sums)
        for made in history:
            if made.action in _TOLD:
                who = tr("batch.changed_by", identity=made.actor.identity, time_as_written=time_as_written(made.at))
                say(tr("batch.version_by", version=made.version, told=_TOLD[made.action], who=who))
        if scans:
            _print_lines(lines)
        _print_let_in(lines)
        words = as_lines(
            ScanProblem(line.path or tr("batch.scan_without_name", id=line.id[:12]), problem)
            for line, problem in problems
        )
        if words:
            say(tr("batch.needs_a_person", count=len(words)))
        for one in words:
            say(f"  {shown(one)}")
    if unreadable:
        return print_unreadable(tuple(unreadable), _TOO_SMALL, err=as_json)
    if sums.batch.closed and sums.unfinished:
        return Exit.VERIFY_FAILED  # lines are lost: a batch is not closed while a scan has no outcome
    return Exit.NEEDS_PERSON if problems or sums.unfinished else Exit.OK


@batch.command("close", help=tr("batch.close.help"))
@click.argument("name", type=BATCH_NAME)
@click.option("--accept-failed", is_flag=True, help=tr("batch.close_although_pages_of_it"))
@json_option
@pass_context
def close(context: CommandContext, name: str, accept_failed: bool, as_json: bool) -> int:
    """Close and seal a batch; refused while a scan given has no outcome."""
    sums = context.archive().batches().close(name, accept_failed)
    context.log.write("result", batch=sums.batch.id, given=sums.given, counts=sums.scans, page_outcomes=sums.pages)
    if as_json:
        print_json(sums_values(sums))
    else:
        say(tr("batch.batch_is_closed_with", name=sums.batch.name, scans=quantity("scan", sums.given)))
        print_sums(sums)
    return Exit.OK


def _importing(batch: Batch, running: list[RunningImport]) -> list[dict[str, str]]:
    return [{"actor": one.actor, "since": one.at} for one in running if one.batch == batch.id]


def _after_closing(batches: Batches, batch: Batch, unreadable: UnreadableObjects) -> int | None:
    return unreadable.attempt(
        ChainKey("batches", "", batch.id, batch.version).key, lambda: batches.after_closing(batch)
    )


def _print_lines(lines: list[LedgerLine]) -> None:
    print_table(
        ("scan", "outcome", "record", "pages"),
        (
            (
                line.path or tr("batch.scan_without_name", id=line.id[:12]),
                word(line.outcome.value),
                (line.record or "–")[:12],
                len(line.pages),
            )
            for line in lines
        ),
        numbers=1,
    )


def _let_in(line: LedgerLine) -> list[tuple[str, SignOff, str | None]]:
    """Return the override with which a person let the scan in: its kind, who and when, and the reason."""
    found: list[tuple[str, SignOff, str | None]] = []
    if line.unscreened_by is not None:
        found.append(("unscreened", line.unscreened_by, None))
    if line.cleared_by is not None:
        found.append(("false_alarm", line.cleared_by, line.cleared_because))
    return found


def _print_let_in(lines: list[LedgerLine]) -> None:
    let_in = [(line, *one) for line in lines for one in _let_in(line)]
    if let_in:
        say(tr("batch.let_in_by_a_person", count=len(let_in)))
    for line, why, by, reason in let_in:
        said = tr("batch.let_in_line", why=_LET_IN[why], actor=by.actor, time_as_written=time_as_written(by.at)) + (
            f": {reason}" if reason else ""
        )
        say(shown(f"  {line.path or tr('batch.scan_without_name', id=line.id[:12])}: {said}"))


def _line_values(line: LedgerLine) -> dict[str, object]:
    return {
        "line": line.id,
        "path": line.path,
        "outcome": line.outcome.value,
        "reason": line.reason,
        "sha256": line.sha256,
        "record": line.record,
        "let_in": [{"why": why, "actor": by.actor, "at": by.at, "reason": reason} for why, by, reason in _let_in(line)],
        "pages": [page.outcome.value for page in line.pages],
    }
