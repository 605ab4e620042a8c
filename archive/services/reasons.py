"""Reason: why a person decided something, as the archive stores it."""

from __future__ import annotations

from typing import Final

from archive.errors import RequestRefused
from archive.messages.catalogue import tr
from archive.text.vietnamese import is_line, nfc

_LONGEST: Final = 500  # characters


def checked_reason(reason: str) -> str:
    """Return a reason in its stored form: NFC, stripped. Raises RequestRefused unless it is one line of text."""
    text = nfc(reason).strip()
    if not text or len(text) > _LONGEST or not is_line(text):
        raise RequestRefused(tr("refused.reason.is_one_line", longest=_LONGEST))
    return text
