"""Printing of gaps, the same for all verbs; the exit code is 7 then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import click

from archive.errors import Exit
from archive.messages.catalogue import quantity, tr
from archive.services.vault_gaps import Gap

_SHOWN = 20  # on a screen; --json has all


def print_gaps(gaps: Sequence[Gap], consequence: str, err: bool = False) -> int:
    """Say what could not be had, and what that means for the answer. Return the exit code: 7 when there is a gap."""
    for gap in gaps[:_SHOWN]:
        click.echo(f"{gap.why}: {gap.key}: {gap.error}", err=err)
    if not gaps:
        return Exit.OK
    click.echo(
        tr("gaps.cannot_be_read_run_archive", objects=quantity("object", len(gaps)), consequence=consequence), err=err
    )
    return Exit.VERIFY_FAILED


def gap_values(gaps: Iterable[Gap]) -> list[dict[str, Any]]:
    """Return gaps as JSON values."""
    return [{"key": gap.key, "why": gap.why.value} for gap in gaps]
