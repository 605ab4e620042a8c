"""Merkle seals: one Merkle root over all announcements of a day, chained to the previous seal."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from archive.model.results import Actor


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal. ``day`` is None for the adoption of what an earlier release wrote without witnesses."""

    version: int  # from 1: all seals of an archive form one chain
    day: str | None  # YYYY-MM-DD, UTC
    count: int  # lines of the list
    empty: int  # of these: announced but never written
    root: str  # Merkle root over the list
    list: str  # digest of the list, which is content
    actor: Actor
    at: str  # UTC, ISO
    previous: str | None = None
    digest: str | None = dataclasses.field(default=None, compare=False)  # SHA-256 of the stored seal
