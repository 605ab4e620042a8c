"""About: what is said of a batch, by the file in its folder and by the command line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import Any

from archive.errors import SettingsError
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
            raise SettingsError(f"--about {pair!r} is not key=value")
        about[_known(key.strip(), "--about")] = _one_line(key, value)
    return _sound(about)


def _read(batch_file: BatchFile) -> dict[str, Any]:
    try:
        content = tomllib.loads(batch_file.content.decode("utf-8"))
    except ValueError as error:
        raise SettingsError(f"{batch_file.where} cannot be read: {error}; mend or remove it") from error
    if any(isinstance(value, dict | list) for value in content.values()):
        raise SettingsError(f"{batch_file.where} may hold lines of key = value only")
    return content


def _one_line(key: str, value: str) -> str:
    text = nfc(value).strip()
    if not is_line(text):
        raise SettingsError(f"what is said about {key} must be one line of text")
    return text


def _sound(about: dict[str, str]) -> dict[str, str]:
    if about.get("sides", "1") not in ("1", "2"):
        raise SettingsError("sides says how many sides of each sheet were scanned: 1 or 2")
    return about


def _known(key: str, where: str) -> str:
    if key not in ABOUT_KEYS and not _OWN_KEY.fullmatch(key):
        raise SettingsError(f"{where}: unknown key {key!r}; known are {', '.join(ABOUT_KEYS)}, and your own as x_…")
    return key
