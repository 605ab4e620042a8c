"""Finding: one thing that a check of the vault has to say."""

from __future__ import annotations

from dataclasses import dataclass

# Needs a person, perhaps, and is no damage: docs/problems.md says what to do.
_NO_DAMAGE = frozenset({"announced_only", "late", "newer"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong in the vault.

    ``lacks`` is the key of the object that is damaged or not there (of versions, the first that is not); None where no
    object could mend it. ``digest`` is what that object has, where another one says so.
    """

    code: str
    key: str
    message: str
    lacks: str | None = None
    digest: str | None = None

    @property
    def is_damage(self) -> bool:
        """True when something was altered or lost; False when the vault is whole all the same."""
        return self.code not in _NO_DAMAGE
