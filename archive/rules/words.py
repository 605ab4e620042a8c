"""Words of the ledger as people read them: outcomes, states, origins, names of fields, parts of an examination."""

from __future__ import annotations

from archive.messages.catalogue import MessageGroup

_WORDS = MessageGroup("word")


def word(value: str) -> str:
    """Return the text of a slug; a slug that is not in the catalogue is returned unchanged."""
    return _WORDS.get(value.replace(" ", "_"), value)
