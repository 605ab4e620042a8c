"""Seals: one root over all that was announced on a day, chained to the seal before."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from archive.model.results import Actor


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal. ``day`` is None for the adoption of what an earlier release wrote without witnesses."""

    version: int  # its number, from 1: all seals of an archive are one chain
    day: str | None  # YYYY-MM-DD, UTC
    count: int  # lines of the list
    empty: int  # of these: announced, and never written
    root: str  # Merkle root over the list
    list: str  # digest of the list, which is content
    actor: Actor
    at: str  # UTC, ISO
    previous: str | None = None
    digest: str | None = dataclasses.field(default=None, compare=False)  # SHA-256 of the stored seal
