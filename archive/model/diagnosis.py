"""Health checks: what a store, an index or a cluster reports of itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """The result of one check. ``seen``: the observation; ``advice``: the remedy when the check is not ``ok``."""

    name: str
    ok: bool
    seen: str
    advice: str | None = None


@runtime_checkable
class HealthChecks(Protocol):
    """Capability of a backend that can report its own health, beyond the operations of its contract."""

    def health_checks(self) -> Iterator[HealthCheck]:
        """Yield one value for each check. An unreachable backend is a failed check, never an exception."""
