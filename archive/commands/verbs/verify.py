"""archive verify: check that all objects of the vault are present and unaltered."""

from __future__ import annotations

from dataclasses import asdict

import click

from archive.commands.common import CommandContext, json_option, pass_context, plural, print_json
from archive.commands.other_store import other_store
from archive.errors import Exit
from archive.services.preservation.repair import Repaired
from archive.store.verify.check import CheckReport, Finding


@click.command()
@click.option(
    "--repair-from", "url", metavar="URL", help="Another store with a copy: what is damaged or lost comes back from it."
)
@json_option
@pass_context
def verify(context: CommandContext, url: str | None, as_json: bool) -> int:
    """Hash every kept object again; follow every chain and reference; hold all against feed and seals.

    With --repair-from, exit code 0 means that whatever was found is mended. Exit code 3: nothing is damaged, and
    something should be looked at.
    """
    archive = context.archive()
    other = archive.store_at(other_store("--repair-from", url, archive.settings)) if url else None
    findings: list[Finding] = []
    repaired: list[Repaired] = []
    report = CheckReport()
    for found in archive.maintenance().verify(other):
        if isinstance(found, CheckReport):
            report = found
            continue
        if isinstance(found, Repaired):
            repaired.append(found)
        else:
            findings.append(found)
        if not as_json:
            _print(found)
    well = _is_well(findings, repaired)
    if as_json:
        values = {"ok": well, **asdict(report), "findings": [asdict(finding) for finding in findings]}
        print_json(values if url is None else {**values, "repaired": [asdict(one) for one in repaired]})
    else:
        _print_sum(report, findings, repaired, well)
    if not well:
        return Exit.VERIFY_FAILED
    return Exit.NEEDS_PERSON if _waits(findings, repaired) else Exit.OK


def _is_well(findings: list[Finding], repaired: list[Repaired]) -> bool:
    """Say whether nothing was found, or everything that was found was mended."""
    damage = [finding for finding in findings if finding.is_damage]
    if not repaired:
        return not damage
    return all(one.mended for one in repaired) and not any(_is_about_all(finding) for finding in damage)


def _waits(findings: list[Finding], repaired: list[Repaired]) -> bool:
    """Say whether a person should look at something that is no damage, and that a copy did not settle."""
    mended = {one.key for one in repaired if one.mended}
    return any(not finding.is_damage and finding.lacks not in mended for finding in findings)


def _is_about_all(finding: Finding) -> bool:
    """Say whether a finding is about no single object: it was looked for after the repair."""
    return finding.key == ""


def _print(found: Finding | Repaired) -> None:
    if isinstance(found, Finding):
        click.echo(": ".join(part for part in (found.code, found.key, found.message) if part))
    elif found.mended:
        click.echo(f"mended: {found.key}")
    else:
        click.echo(f"not mended: {found.key}: {found.reason}")


def _print_sum(report: CheckReport, findings: list[Finding], repaired: list[Repaired], well: bool) -> None:
    seals = f", {plural(report.seals, 'seal')}" if report.seals else ""
    click.echo(
        f"{plural(report.objects, 'object')} ({report.bytes / 2**20:,.1f} MiB) hashed again: "
        f"{plural(report.records, 'record')}, {plural(report.lines, 'ledger line')}, "
        f"{plural(report.batches, 'batch', 'batches')}{seals}."
    )
    if report.orphans:
        harm = (
            "that nothing refers to, or nothing any more" if findings else "left by interrupted runs; they do no harm"
        )
        click.echo(f"{plural(report.orphans, 'object')} {harm}.")
    if report.withheld:
        one = plural(report.withheld, "reference")
        click.echo(f"{one} to what is not here of withheld records: a copy leaves that out.")
    if not findings:
        click.echo("All is well.")
        return
    if repaired:
        left = sum(not one.mended for one in repaired)
        click.echo(f"{plural(len(repaired) - left, 'object')} mended from the other store; {left:,} could not be.")
    elif any(finding.lacks for finding in findings):
        click.echo("`archive verify --repair-from URL` mends what a copy in another store has whole.")
    if well:
        told = "Nothing is damaged; see above." if _waits(findings, repaired) else "All is well again."
        click.echo(told)
        return
    click.echo(f"{plural(len(findings), 'finding')}: see above.")
