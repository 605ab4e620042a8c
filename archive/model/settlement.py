"""Settlement: who decided something, and when."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settlement:
    """Who decided something (identity of the actor), and when (UTC, ISO)."""

    actor: str
    at: str
