"""archive verify: look whether everything is still there and unaltered."""

from __future__ import annotations

from dataclasses import asdict

import click

from archive.commands.common import Call, json_option, pass_call, plural, print_json
from archive.errors import Exit
from archive.store.check import CheckReport, Finding


@click.command()
@json_option
@pass_call
def verify(call: Call, as_json: bool) -> int:
    """Hash every kept object again and follow every record's chain and references."""
    findings: list[Finding] = []
    report = CheckReport()
    for found in call.archive().upkeep().verify():
        if isinstance(found, CheckReport):
            report = found
        else:
            findings.append(found)
            if not as_json:
                click.echo(f"{found.code}: {found.key}: {found.message}")
    if as_json:
        print_json({"ok": not findings, **asdict(report), "findings": [asdict(finding) for finding in findings]})
    else:
        click.echo(
            f"{plural(report.objects, 'object')} ({report.bytes / 2**20:,.1f} MiB) hashed again: "
            f"{plural(report.records, 'record')}, {plural(report.lines, 'ledger line')}, "
            f"{plural(report.batches, 'batch', 'batches')}."
        )
        if report.orphans:
            click.echo(f"{plural(report.orphans, 'object')} left by interrupted runs; they do no harm.")
        click.echo("All is well." if not findings else f"{plural(len(findings), 'finding')}: see above.")
    return Exit.VERIFY_FAILED if findings else Exit.OK
