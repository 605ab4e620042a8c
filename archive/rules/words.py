"""Words of the ledger as people read them: outcomes, states, origins, names of fields, parts of an examination."""

from __future__ import annotations

from archive.messages.catalogue import MessageGroup

_WORDS = MessageGroup("word")


def word(value: str) -> str:
    """Return a slug as people read it; one that the catalogue does not have stands for itself."""
    return _WORDS.get(value.replace(" ", "_"), value)
