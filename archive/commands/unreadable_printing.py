"""Printing of unreadable objects, the same for all verbs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from archive.commands.printing import say
from archive.errors import Exit
from archive.messages.catalogue import quantity, tr
from archive.services.unreadable_objects import UnreadableObject

_SHOWN = 20  # on the screen; --json lists all


def print_unreadable(unreadable: Sequence[UnreadableObject], consequence: str, err: bool = False) -> int:
    """Print the unreadable objects and their consequence for the answer. Return the exit code: 7 if there are any."""
    for one in unreadable[:_SHOWN]:
        say(f"{one.why}: {one.key}: {one.error}", err=err)
    if not unreadable:
        return Exit.OK
    say(
        tr("gaps.cannot_be_read_run_archive", objects=quantity("object", len(unreadable)), consequence=consequence),
        err=err,
    )
    return Exit.VERIFY_FAILED


def unreadable_values(unreadable: Iterable[UnreadableObject]) -> list[dict[str, Any]]:
    """Return unreadable objects as JSON values."""
    return [{"key": one.key, "why": one.why.value} for one in unreadable]
