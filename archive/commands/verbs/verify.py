"""archive verify: check that all objects of the vault are present and unaltered."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

import click

from archive.commands.common import CommandContext, json_option, log_findings, pass_context, print_json
from archive.commands.other_store import other_store
from archive.commands.printing import say
from archive.errors import Exit
from archive.messages.catalogue import quantity, tr
from archive.services.preservation.repair import Repaired
from archive.store.verify.check import CheckReport, Finding

_SHOWN = 40  # keys of objects without a reference


@click.command(help=tr("verify.help"))
@click.option("--repair-from", "url", metavar="URL", help=tr("verify.another_store_with_a_copy"))
@json_option
@pass_context
def verify(context: CommandContext, url: str | None, as_json: bool) -> int:
    """Hash every kept object again; follow every chain and reference; hold all against feed and seals."""
    archive = context.archive(may_be_empty=True)
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
    waits = _waits(findings, repaired) or _is_empty(report, findings)
    code = Exit.VERIFY_FAILED if not well else Exit.NEEDS_PERSON if waits else Exit.OK
    log_findings(context.log, findings)
    mended = Counter("mended" if one.mended else "not_mended" for one in repaired)
    counts = {name: count for name, count in asdict(report).items() if isinstance(count, int)}
    context.log.write("result", ok=code is Exit.OK, counts={**counts, **mended})
    if as_json:
        values = {"ok": code is Exit.OK, **asdict(report), "findings": [asdict(finding) for finding in findings]}
        print_json(values if url is None else {**values, "repaired": [asdict(one) for one in repaired]})
    else:
        _print_sum(report, findings, repaired, well)
    return code


def _is_well(findings: list[Finding], repaired: list[Repaired]) -> bool:
    """Say whether nothing was found, or every finding was repaired."""
    damage = [finding for finding in findings if finding.is_damage]
    if not repaired:
        return not damage
    return all(one.mended for one in repaired) and not any(_is_about_all(finding) for finding in damage)


def _waits(findings: list[Finding], repaired: list[Repaired]) -> bool:
    """Say whether findings remain that are no damage but need a person."""
    mended = {one.key for one in repaired if one.mended}
    return any(not finding.is_damage and finding.lacks not in mended for finding in findings)


def _is_empty(report: CheckReport, findings: list[Finding]) -> bool:
    """Say whether the vault is empty: the home may be mistyped, and an empty vault must not count as verified."""
    return not report.objects and not findings


def _is_about_all(finding: Finding) -> bool:
    """Say whether a finding is about no single object: such findings are searched for after the repair."""
    return finding.key == ""


def _print(found: Finding | Repaired) -> None:
    if isinstance(found, Finding):
        say(": ".join(part for part in (found.code, found.key, found.message) if part))
    elif found.mended:
        say(tr("verify.mended", key=found.key))
    else:
        say(tr("verify.not_mended", key=found.key, reason=found.reason))


def _print_unreferenced(report: CheckReport, faults: bool) -> None:
    """Print how many objects nothing refers to; name them only if no fault may hide what refers to them."""
    what = tr("verify.that_nothing_refers_to_or") if faults else tr("verify.without_a_reference")
    say(f"{quantity('object', report.orphans)} {what}.")
    if faults:
        return
    for key in report.unreferenced[:_SHOWN]:
        say(f"  {key}")
    if report.orphans > _SHOWN:
        say(tr("verify.and_more_with_json", more=report.orphans - _SHOWN))
    say(tr("verify.unreferenced_advice"))


def _print_sum(report: CheckReport, findings: list[Finding], repaired: list[Repaired], well: bool) -> None:
    seals = f", {quantity('seal', report.seals)}" if report.seals else ""
    say(
        tr(
            "verify.mib_hashed_again",
            objects=quantity("object", report.objects),
            bytes=report.bytes / 2**20,
            records=quantity("record", report.records),
            ledger_lines=quantity("ledger_line", report.lines),
            batches=quantity("batch", report.batches),
            seals=seals,
        )
    )
    if report.orphans:
        _print_unreferenced(report, bool(findings))
    if report.withheld:
        one = quantity("reference", report.withheld)
        say(tr("verify.to_what_is_not_here", one=one))
    if _is_empty(report, findings):
        say(tr("verify.holds_nothing"))
        return
    if not findings:
        say(tr("verify.all_is_well"))
        return
    if repaired:
        left = sum(not one.mended for one in repaired)
        say(tr("verify.mended_from_the_other_store", objects=quantity("object", len(repaired) - left), left=left))
    elif any(finding.lacks for finding in findings):
        say(tr("verify.archive_verify_repair_from_url_mends"))
    if well:
        told = (
            tr("verify.nothing_is_damaged_see_above") if _waits(findings, repaired) else tr("verify.all_is_well_again")
        )
        say(told)
        return
    say(tr("verify.see_above", findings=quantity("finding", len(findings))))
