"""Overrides: single named files that a person accepts after examining the paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from archive.errors import RequestRefused
from archive.messages.catalogue import tr
from archive.model.ledger import LedgerLine, ScanOutcome
from archive.model.results import Actor
from archive.pipeline.accept import lines_under
from archive.pipeline.context import Override
from archive.services.imports.folders import GivenFile, GivenPath
from archive.services.reasons import checked_reason
from archive.store import keys
from archive.store.vault import Vault
from archive.text.vietnamese import nfc


def named_file(place: GivenPath, option: str) -> GivenFile:
    """Return the one scan that ``option`` names. Raises RequestRefused: a person must examine each paper."""
    one = place.one()
    if one is None:
        raise RequestRefused(tr("refused.overrides.takes_one_file_at_a", option=option))
    return one


def false_alarm(reason: str) -> Override:
    """Return the override of a person who says by ``reason`` why a mark is none. Raises RequestRefused."""
    return Override(false_alarm=checked_reason(reason))


def with_override(files: Iterable[GivenFile], source: str, override: Override) -> tuple[list[GivenFile], bool]:
    """Return ``files`` with ``override`` added to the one at ``source``, and whether it was found."""
    found = False
    changed = []
    for one in files:
        if one.source.location == source:
            found = True
            one = replace(one, override=_joined(one.override, override))
        changed.append(one)
    return changed, found


def check_false_alarms(files: Sequence[GivenFile], batch_name: str, vault: Vault, actor: Actor) -> None:
    """Raise RequestRefused unless each false alarm is another person's quarantined scan, of this batch and path.

    A quarantined scan has no other identity; so the name of the file says which line it is.
    """
    batch = keys.batch_id(nfc(batch_name).strip())
    for given in files:
        if given.override.false_alarm is not None:
            _check(list(lines_under(vault, batch, keys.path_id(batch, given.path))), batch_name, actor)


def _check(lines: Sequence[LedgerLine], batch_name: str, actor: Actor) -> None:
    secret = [line for line in lines if line.outcome is ScanOutcome.QUARANTINED]
    if not secret and not any(line.cleared_by for line in lines):
        raise RequestRefused(tr("refused.overrides.no_scan_of_this_name", batch_name=batch_name))
    if any(line.actor.identity == actor.identity for line in secret):
        raise RequestRefused(tr("refused.overrides.whoever_imported_a_quarantined_scan"))


def _joined(one: Override, other: Override) -> Override:
    return Override(one.unscreened or other.unscreened, other.false_alarm or one.false_alarm)
