"""Health checks: what a store, an index or a cluster reports of itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One thing that was looked at: ``ok``, what was seen, and when it is not well, what to mend in plain words."""

    name: str
    ok: bool
    seen: str
    advice: str | None = None


@runtime_checkable
class HealthChecks(Protocol):
    """Capability of a backend that can say how it does, beyond what its contract lets anyone try."""

    def health_checks(self) -> Iterator[HealthCheck]:
        """Yield what was looked at. What cannot be reached is a sign that is not well, never an exception."""
