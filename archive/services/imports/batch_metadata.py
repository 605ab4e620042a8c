"""Batch metadata, from the file in its folder and from the command line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import Any

from archive.errors import ArchiveError, RequestRefused, SettingsError
from archive.messages.catalogue import tr
from archive.model.batch_metadata import ABOUT_KEYS, OWN_KEY
from archive.services.imports.folders import BATCH_FILE, BatchFile
from archive.text.vietnamese import is_line, nfc


def metadata_from(pairs: Iterable[str], batch_file: BatchFile | None) -> dict[str, str]:
    """Return what is said of a batch: ``batch.toml`` of its folder, then ``key=value`` pairs over it.

    Raises SettingsError for a bad file or a line of it, RequestRefused for a bad pair.
    """
    about: dict[str, str] = {}
    if batch_file is not None:
        for key, value in _read(batch_file).items():
            about[key] = _sound(key, str(value), BATCH_FILE, SettingsError)
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not value.strip():
            raise RequestRefused(tr("settings.about_is_not_key_value", pair=pair))
        about[key.strip()] = _sound(key.strip(), value, "--about", RequestRefused)
    return about


def _read(batch_file: BatchFile) -> dict[str, Any]:
    try:
        content = tomllib.loads(batch_file.content.decode("utf-8"))
    except ValueError as error:
        raise SettingsError(tr("settings.cannot_be_read_mend_or_remove", file=batch_file.where, error=error)) from error
    if any(isinstance(value, dict | list) for value in content.values()):
        raise SettingsError(tr("settings.may_hold_lines_of_key_value", where=batch_file.where))
    return content


def _sound(key: str, value: str, where: str, refused: type[ArchiveError]) -> str:
    """Return the value of a key. Raises ``refused`` for an unknown key and for a value that it cannot have."""
    if key not in ABOUT_KEYS and not re.fullmatch(OWN_KEY, key):
        raise refused(
            tr("settings.unknown_key_known_are_and_your", where=where, key=key, about_keys=", ".join(ABOUT_KEYS))
        )
    text = nfc(value).strip()
    if not is_line(text):
        raise refused(tr("settings.what_is_said_about_must_be", key=key))
    if key == "sides" and text not in ("1", "2"):
        raise refused(tr("settings.sides_says_how_many_sides_of"))
    return text
