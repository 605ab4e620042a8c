"""archive copy: copy the vault to another store."""

from __future__ import annotations

from dataclasses import asdict

import click

from archive.commands.common import CommandContext, json_option, pass_context, plural, print_json
from archive.commands.other_store import other_store
from archive.commands.progress import ProgressLine
from archive.errors import Exit
from archive.services.preservation.copy import Copying, CopyProgress
from archive.store.verify.check import Finding


@click.command()
@click.option("--to", "url", required=True, metavar="URL", help="The other store: file:FOLDER or s3://BUCKET/PREFIX.")
@click.option("--check", is_flag=True, help="Also look into what the other store has already.")
@json_option
@pass_context
def copy(context: CommandContext, url: str, check: bool, as_json: bool) -> int:
    """Copy the vault to another store, verified on the way; the same command again copies only what is new.

    What is damaged here is named and left out; originals, words and fields of withheld records stay here. Search index
    and page table are not copied: whoever opens the copy runs archive reindex.
    """
    archive = context.archive()
    url = other_store("--to", url, archive.settings)
    findings, done = _run(archive.copying(url), check)
    if as_json:
        print_json(
            {"ok": not findings, "to": url, **asdict(done), "findings": [asdict(finding) for finding in findings]}
        )
    else:
        for finding in findings:
            click.echo(f"{finding.code}: {finding.key}: {finding.message}")
        _print(done, url, check)
        click.echo("All is well." if not findings else f"{plural(len(findings), 'finding')}: see above.")
    if findings:
        return Exit.VERIFY_FAILED
    return Exit.NEEDS_PERSON if done.exposed else Exit.OK


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
    parts = [f"{plural(now.copied, 'object')} copied", f"{now.bytes / 2**20:,.1f} MiB", f"{rate:,.1f} MiB/s"]
    parts.append(f"{now.there:,} there already")
    if now.damaged:
        parts.append(f"{now.damaged:,} damaged")
    return " · ".join(parts)


def _print(done: CopyProgress, url: str, check: bool) -> None:
    copied = f"{plural(done.copied, 'object')} ({done.bytes / 2**20:,.1f} MiB) copied to {url}, each one verified."
    click.echo(copied if done.copied else f"Nothing to copy: {url} has everything that is whole here.")
    if done.left_out:
        click.echo(f"{plural(done.left_out, 'object')} of withheld records left out.")
    if done.exposed:
        click.echo(
            f"{plural(done.exposed, 'object')} of withheld records {'lies' if done.exposed == 1 else 'lie'} in {url} "
            "from an earlier copy: copy to a new place and remove this one, or remove them there."
        )
    if done.there and check:
        click.echo(f"{plural(done.there, 'object')} there already, and looked into.")
    elif done.there:
        click.echo(
            f"{plural(done.there, 'object')} there already, and not looked into; --check does that, "
            "or `archive verify` on the copy."
        )
