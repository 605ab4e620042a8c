"""Walk: from the PATHs that a person gives to scans with their batch and relative path."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.errors import RequestRefused, Unreadable
from archive.text import nfc

BATCH_FILE = "batch.toml"
# What operating systems and office programs leave in folders: no paper was ever scanned into these.
_LITTER = frozenset({"thumbs.db", "desktop.ini", BATCH_FILE})


@dataclass(frozen=True, slots=True)
class GivenFile:
    """One file found below a PATH; ``path`` is relative to that PATH, NFC, with ``/``."""

    file: Path
    path: str


def batch_name_for(path: Path) -> str:
    """Return the name of the batch that ``path`` makes when none is named: its folder's name, NFC.

    Raises RequestRefused when there is no such name (the root of a disk).
    """
    folder = path.resolve()
    name = nfc(_printable(folder.name if folder.is_dir() else folder.parent.name))
    if not name:
        raise RequestRefused(f"{path} has no folder name to call the batch by; add --batch NAME")
    return name


def walk(path: Path, home: Path) -> Iterator[GivenFile]:
    """Yield the files of ``path``, a file or a folder, in the order of their relative paths.

    Hidden files and system litter are left out; links to folders are not followed (they may be circular).
    Raises RequestRefused when ``path`` does not exist or lies in the archive's own home; Unreadable when a folder
    cannot be listed: leaving its scans out silently would lose them.
    """
    _check(path, home)
    if not path.is_dir():
        yield GivenFile(path, nfc(_printable(path.name)))
        return
    yield from _below(path, "")


def _check(path: Path, home: Path) -> None:
    try:
        path.lstat()
    except OSError as error:
        raise RequestRefused(f"{path} is not there; check the spelling") from error
    resolved, own = path.resolve(), home.resolve()
    if resolved == own or own in resolved.parents or (resolved.is_dir() and resolved in own.parents):
        raise RequestRefused(f"{path} holds or lies in the archive's own home {home}; give the folder of scans alone")


def _below(folder: Path, base: str) -> Iterator[GivenFile]:
    try:
        with os.scandir(folder) as listing:
            found = sorted((nfc(_printable(e.name)), e.name, e.is_dir(follow_symlinks=False)) for e in listing)
    except OSError as error:
        raise Unreadable(f"folder {folder} cannot be listed ({error.strerror}); check its permissions") from error
    for shown, name, is_folder in found:
        if shown.startswith((".", "~$")) or shown.lower() in _LITTER:
            continue
        if is_folder:
            yield from _below(folder / name, f"{base}{shown}/")
        elif not _is_linked_folder(folder / name):
            yield GivenFile(folder / name, base + shown)


def _is_linked_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except OSError:
        return False  # a broken link is a scan that cannot be read: it is given, and rejected by name


def _printable(name: str) -> str:
    """Return a file name as text that can be stored and shown, whatever bytes it has."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
