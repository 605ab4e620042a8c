"""Printing of a batch's sums, as text and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from archive.commands.printing import say
from archive.messages.catalogue import quantity, tr
from archive.model.ledger import ScanOutcome
from archive.model.pages import PageOutcome
from archive.rules.words import word
from archive.services.imports.batches import BatchSums


def print_sums(sums: BatchSums) -> None:
    """Print the two sums of the page ledger, and the reasons why they do not close."""
    scans = " + ".join(f"{sums.scans.get(outcome, 0):,} {word(outcome.value)}" for outcome in ScanOutcome)
    say(tr("sums.scans_given", given=sums.given, scans=scans))
    if sums.unfinished:
        some = tr("sums.scan_has") if sums.unfinished == 1 else tr("sums.scans_have", unfinished=sums.unfinished)
        lost = tr("sums.no_outcome_any_more_and")
        say(f"  {some} {(lost if sums.batch.closed else tr('sums.no_outcome_yet_run_the'))}")
    found = sum(sums.pages.values())
    pages = [f"{sums.pages[o.value]:,} {word(o.value)}" for o in PageOutcome if sums.pages.get(o.value)]
    say(tr("sums.pages_found", found=found, pages=" + ".join(pages) or "0"))
    sealed = sums.batch.sealed
    if sealed is not None:
        say(
            tr(
                "sums.sealed_root",
                lines=quantity("line", sealed.lines),
                records=quantity("record", sealed.records),
                root=sealed.root,
            )
        )
    if sums.after_closing is not None:
        say(tr("sums.after_closing", after_closing=sums.after_closing))


def sums_values(sums: BatchSums) -> dict[str, Any]:
    """Return a batch's sums as JSON values."""
    return {
        "batch": sums.batch.name,
        "id": sums.batch.id,
        "about": sums.batch.about,
        "closed": sums.batch.closed,
        "sealed": asdict(sums.batch.sealed) if sums.batch.sealed else None,
        "after_closing": sums.after_closing,
        "scans_given": sums.given,
        "scans": {outcome.value: sums.scans.get(outcome, 0) for outcome in ScanOutcome},
        "unfinished": sums.unfinished,
        "closes": sums.closes,
        "gaps": sums.unreadable,
        "pages_found": sum(sums.pages.values()),
        "pages": {outcome.value: sums.pages.get(outcome.value, 0) for outcome in PageOutcome},
    }
