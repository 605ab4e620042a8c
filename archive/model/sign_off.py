"""Sign-off: who decided something, and when."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignOff:
    """The actor (identity) who decided something, and the time (UTC, ISO)."""

    actor: str
    at: str
