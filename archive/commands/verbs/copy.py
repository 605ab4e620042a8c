"""archive copy: copy the vault to another store."""

from __future__ import annotations

from dataclasses import asdict

import click

from archive.commands.common import CommandContext, json_option, log_findings, pass_context, print_json
from archive.commands.other_store import other_store
from archive.commands.printing import say
from archive.commands.progress import ProgressLine
from archive.errors import Exit
from archive.messages.catalogue import quantity, tr
from archive.services.preservation.copy import Copying, CopyProgress
from archive.store.verify.check import Finding


@click.command(help=tr("copy.help"))
@click.option("--to", "url", required=True, metavar="URL", help=tr("copy.the_other_store_file_folder"))
@click.option("--check", is_flag=True, help=tr("copy.also_look_into_what_the"))
@json_option
@pass_context
def copy(context: CommandContext, url: str, check: bool, as_json: bool) -> int:
    """Copy the vault to another store, verified on the way; the same command again copies only what is new."""
    archive = context.archive()
    url = other_store("--to", url, archive.settings)
    findings, done = _run(archive.copying(url), check)
    code = Exit.VERIFY_FAILED if findings else Exit.NEEDS_PERSON if done.exposed else Exit.OK
    log_findings(context.log, findings)
    context.log.write("result", counts=asdict(done))
    if as_json:
        print_json(
            {"ok": code is Exit.OK, "to": url, **asdict(done), "findings": [asdict(finding) for finding in findings]}
        )
    else:
        for finding in findings:
            say(f"{finding.code}: {finding.key}: {finding.message}")
        _print(done, url, check)
        if findings:
            say(tr("copy.see_above", findings=quantity("finding", len(findings))))
        elif code is Exit.OK:
            say(tr("copy.all_is_well"))
    return code


def _run(copying: Copying, check: bool) -> tuple[list[Finding], CopyProgress]:
    findings: list[Finding] = []
    done = CopyProgress()
    line = ProgressLine()
    try:
        for event in copying.run(check):
            if isinstance(event, Finding):
                findings.append(event)
            else:
                done = event
                line.say(lambda seconds, now=event: describe(now, seconds))  # type: ignore[misc]  # bound at once
    finally:
        line.end()
    return findings, done


def describe(now: CopyProgress, seconds: float) -> str:
    """Return the progress of a copy as one line."""
    rate = now.bytes / 2**20 / seconds if seconds > 0 else 0.0
    parts = [
        tr("copy.copied", objects=quantity("object", now.copied)),
        tr("copy.mib", bytes=now.bytes / 2**20),
        tr("copy.mib_s", rate=rate),
    ]
    parts.append(tr("copy.there_already", there=now.there))
    if now.damaged:
        parts.append(tr("copy.damaged", damaged=now.damaged))
    return " · ".join(parts)


def _print(done: CopyProgress, url: str, check: bool) -> None:
    copied = tr(
        "copy.mib_copied_to_each_one", objects=quantity("object", done.copied), bytes=done.bytes / 2**20, url=url
    )
    say(copied if done.copied else tr("copy.nothing_to_copy_has_everything", url=url))
    if done.left_out:
        say(tr("copy.of_withheld_records_left_out", objects=quantity("object", done.left_out)))
    if done.exposed:
        say(
            tr(
                "copy.of_withheld_records_in_from",
                objects=quantity("object", done.exposed),
                lies=tr("copy.lies") if done.exposed == 1 else tr("copy.lie"),
                url=url,
            )
        )
    if done.there and check:
        say(tr("copy.there_already_and_looked_into", objects=quantity("object", done.there)))
    elif done.there:
        say(tr("copy.there_already_and_not_looked", objects=quantity("object", done.there)))
