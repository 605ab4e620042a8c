"""Finding: one result of a check of the vault."""

from __future__ import annotations

from dataclasses import dataclass

# Codes without damage; a person may have to act (docs/problems.md).
_NO_DAMAGE = frozenset({"announced_only", "late", "newer"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One deviation in the vault.

    ``lacks``: key of the damaged or missing object (of missing versions, the first); None when no object could repair
    it. ``digest``: the expected digest of that object, where another object names it.
    """

    code: str
    key: str
    message: str
    lacks: str | None = None
    digest: str | None = None

    @property
    def is_damage(self) -> bool:
        """True when something was altered or lost; False when the vault is complete."""
        return self.code not in _NO_DAMAGE
