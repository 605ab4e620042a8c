"""Walk: from the PATHs that a person gives to scans with their batch and relative path."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from archive.errors import RequestRefused, SettingsError, Unreadable
from archive.messages.catalogue import tr
from archive.pipeline.context import NO_OVERRIDE, Override
from archive.sources.source import FileSource, Source
from archive.text.vietnamese import nfc

BATCH_FILE = "batch.toml"
# What operating systems and office programs leave in folders: no paper was ever scanned into these.
_LITTER = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", BATCH_FILE})
# Folders that file servers and systems make: previews, what was deleted, former states. Others are hidden by a dot.
_SERVERS = frozenset(
    {
        "@eadir",  # Synology: previews
        "#recycle",
        "#snapshot",
        "@recycle",  # QNAP
        "@recently-snapshot",
        "~snapshot",  # NetApp
        "$recycle.bin",  # Windows
        "recycler",
        "system volume information",
        "lost+found",  # Linux
        "__macosx",  # what macOS packs beside the files
        "network trash folder",  # Netatalk
        "temporary items",
    }
)


@dataclass(frozen=True, slots=True)
class GivenFile:
    """One scan found below a PATH; ``path`` is relative to that PATH, NFC, with ``/``."""

    source: Source
    path: str
    override: Override = NO_OVERRIDE


@dataclass(frozen=True, slots=True)
class BatchFile:
    """What a folder's ``batch.toml`` holds, nothing when there is none, and where it lies."""

    where: str
    content: bytes


class GivenPath(Protocol):
    """One PATH that a person gave: a scan, or a folder of them."""

    def batch_name(self) -> str:
        """Return the name of the batch that it makes when none is named. Raises RequestRefused (it has none)."""

    def scans(self, links: list[str] | None = None) -> Iterator[GivenFile]:
        """Yield its scans in the order of their relative paths; the hidden and system litter are left out.

        Linked folders are not followed: the paths of those that lead elsewhere are added to ``links``.
        Raises RequestRefused (it is not there, or the archive's own), Unreadable, SettingsError, StoreUnavailable.
        """

    def one(self) -> GivenFile | None:
        """Return the single scan that it is; None for a folder. Raises RequestRefused."""

    def batch_file(self) -> BatchFile | None:
        """Return what its batch.toml says; None for a single scan. Raises SettingsError, StoreUnavailable."""


@dataclass(frozen=True, slots=True)
class DiskPath:
    """A GivenPath of this machine, or of a disk that all machines share. ``home``: the archive's own."""

    path: Path
    home: Path

    def batch_name(self) -> str:
        """See GivenPath."""
        return batch_name_for(self.path)

    def scans(self, links: list[str] | None = None) -> Iterator[GivenFile]:
        """See GivenPath."""
        return walk(self.path, self.home, links)

    def one(self) -> GivenFile | None:
        """See GivenPath. A regular file, or a link to one."""
        _check(self.path, self.home)
        return next(self.scans()) if self.path.is_file() else None

    def batch_file(self) -> BatchFile | None:
        """See GivenPath."""
        if not self.path.is_dir():
            return None
        file = self.path / BATCH_FILE
        try:
            return BatchFile(str(file), file.read_bytes() if file.is_file() else b"")
        except OSError as error:
            raise SettingsError(
                tr("settings.cannot_be_read_mend_or_remove", file=file, error=error.strerror)
            ) from error


def batch_name_for(path: Path) -> str:
    """Return the name of the batch that ``path`` makes when none is named: its folder's name, NFC.

    Raises RequestRefused when there is no such name (the root of a disk), or nothing at ``path``.
    """
    _look_at(path)
    folder = path.resolve()
    name = nfc(_printable(folder.name if folder.is_dir() else folder.parent.name))
    if not name:
        raise RequestRefused(tr("refused.folders.has_no_folder_name_to", path=path))
    return name


def is_left_out(name: str, folder: bool) -> bool:
    """Say whether a file or a ``folder`` of this name is hidden or litter."""
    return name.startswith((".", "~$")) or name.lower() in (_SERVERS if folder else _LITTER)


def walk(path: Path, home: Path, links: list[str] | None = None) -> Iterator[GivenFile]:
    """Yield the files of ``path``, a file or a folder, in the order of their relative paths.

    Hidden files and system litter are left out. Links to folders are not followed, for they may be circular; the
    relative paths of those that lead out of ``path``, so that scans may lie there, are added to ``links``.
    Raises RequestRefused when ``path`` does not exist or lies in the archive's own home; Unreadable when a folder
    cannot be listed: leaving its scans out silently would lose them.
    """
    _check(path, home)
    path = path.absolute()  # workers may run in other folders
    if not path.is_dir():
        yield GivenFile(FileSource(path), nfc(_printable(path.name)))
        return
    yield from _below(path, "", path.resolve(), [] if links is None else links)


def _check(path: Path, home: Path) -> None:
    _look_at(path)
    resolved, own = path.resolve(), home.resolve()
    if resolved == own or own in resolved.parents or (resolved.is_dir() and resolved in own.parents):
        raise RequestRefused(tr("refused.folders.holds_or_lies_in_the", path=path, home=home))


def _look_at(path: Path) -> None:
    """Raise RequestRefused when nothing is at ``path``, or nothing can be: its name is too long, or links to itself."""
    try:
        path.lstat()
        path.resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
        raise RequestRefused(tr("refused.folders.is_not_there_check_the", path=path)) from error


def _below(folder: Path, base: str, root: Path, links: list[str]) -> Iterator[GivenFile]:
    try:
        with os.scandir(folder) as listing:
            found = sorted((nfc(_printable(e.name)), e.name, e.is_dir(follow_symlinks=False)) for e in listing)
    except OSError as error:
        raise Unreadable(tr("rejected.folder_cannot_be_listed", folder=folder, reason=error.strerror)) from error
    for shown, name, is_folder in found:
        is_link = not is_folder and _is_linked_folder(folder / name)
        if is_left_out(shown, is_folder or is_link):
            continue
        if is_folder:
            yield from _below(folder / name, f"{base}{shown}/", root, links)
        elif not is_link:
            yield GivenFile(FileSource(folder / name), base + shown)
        elif not _is_walked(folder / name, root):
            links.append(base + shown)


def _is_walked(link: Path, root: Path) -> bool:
    """True when a linked folder is one of those below ``root``, whose scans are given without the link."""
    target = link.resolve()
    if target != root and root not in target.parents:
        return False
    return not any(is_left_out(name, folder=True) for name in target.relative_to(root).parts)


def _is_linked_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except OSError:
        return False  # a broken link is a scan that cannot be read: it is given, and rejected by name


def _printable(name: str) -> str:
    """Return a file name as text that can be stored and shown, whatever bytes it has."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
