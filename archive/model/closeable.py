"""Closeable: anything that holds connections and closes them at the end of a command."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Closeable(Protocol):
    """Capability of a backend that holds connections."""

    def close(self) -> None:
        """Close this process's connections; the next use opens new ones."""
