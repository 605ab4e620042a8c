"""Batch metadata: what is said of a batch, by the file in its folder and by the command line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import Any

from archive.errors import SettingsError
from archive.messages.catalogue import tr
from archive.services.imports.folders import BATCH_FILE, BatchFile
from archive.text.vietnamese import is_line, nfc

ABOUT_KEYS = ("contract", "contractor", "workstation", "scanner", "box", "operator", "sides", "note")
_OWN_KEY = re.compile(r"x_[a-z0-9_]{1,40}")


def metadata_from(pairs: Iterable[str], batch_file: BatchFile | None) -> dict[str, str]:
    """Return what is said of a batch: ``batch.toml`` of its folder, then ``key=value`` pairs over it.

    Raises SettingsError for an unknown key or a bad file.
    """
    about: dict[str, str] = {}
    if batch_file is not None:
        for key, value in _read(batch_file).items():
            about[_known(key, BATCH_FILE)] = _one_line(key, str(value))
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not value.strip():
            raise SettingsError(tr("settings.about_is_not_key_value", pair=pair))
        about[_known(key.strip(), "--about")] = _one_line(key, value)
    return _sound(about)


def _read(batch_file: BatchFile) -> dict[str, Any]:
    try:
        content = tomllib.loads(batch_file.content.decode("utf-8"))
    except ValueError as error:
        raise SettingsError(tr("settings.cannot_be_read_mend_or_remove", file=batch_file.where, error=error)) from error
    if any(isinstance(value, dict | list) for value in content.values()):
        raise SettingsError(tr("settings.may_hold_lines_of_key_value", where=batch_file.where))
    return content


def _one_line(key: str, value: str) -> str:
    text = nfc(value).strip()
    if not is_line(text):
        raise SettingsError(tr("settings.what_is_said_about_must_be", key=key))
    return text


def _sound(about: dict[str, str]) -> dict[str, str]:
    if about.get("sides", "1") not in ("1", "2"):
        raise SettingsError(tr("settings.sides_says_how_many_sides_of"))
    return about


def _known(key: str, where: str) -> str:
    if key not in ABOUT_KEYS and not _OWN_KEY.fullmatch(key):
        raise SettingsError(
            tr("settings.unknown_key_known_are_and_your", where=where, key=key, about_keys=", ".join(ABOUT_KEYS))
        )
    return key
