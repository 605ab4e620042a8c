"""File facts: what a file is before it is imported: its format, bytes, digest and number of pages."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from archive.errors import InputRejected, ScanChanged, TooLarge, Unreadable, Unsupported
from archive.ingest.common.formats import HEAD_BYTES, Format, detect_format
from archive.ingest.open import open_scan
from archive.messages.catalogue import tr
from archive.messages.sentence import in_english
from archive.model.limits import Limits
from archive.model.results import Problem
from archive.pipeline.accept import check_size
from archive.sources.source import Source
from archive.store.streams import open_translated
from archive.work.watchdog import paused

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one file is. ``problem``: why an import would reject it before it reads a page; then it has no pages.

    ``kind`` comes from the first bytes; None: no scan, or not to be opened.
    """

    bytes: int = 0
    kind: Format | None = None
    sha256: str | None = None
    pages: int = 0
    problem: Problem | None = None


def facts_of(source: Source, limits: Limits) -> FileFacts:
    """Return the facts of a file, which is read once. A worker's task: the file may be hostile.

    Pages are counted as an import counts them, from the page tree or the directories; none is decoded.
    Raises Unreadable when the file is not there, StoreError and SettingsError of its source.
    """
    size, kind = 0, None
    try:
        seen = source.stat()
        size = seen.bytes
        check_size(size, limits)
        with seen.source.local_copy() as copy:
            with paused():  # however large it is; opening it has a time of its own
                kind, sha256 = _kind_and_digest(copy)
            with open_scan(copy, limits) as document:
                return FileFacts(size, kind, sha256, document.page_count)
    except TooLarge as error:
        return FileFacts(size, kind or kind_of(source), problem=rejection(error))
    except ScanChanged:
        changing = InputRejected(tr("rejected.the_file_kept_changing_while_it"), "changing")
        return FileFacts(size, kind, problem=rejection(changing))
    except InputRejected as error:
        if error.reason == "vanished":  # perhaps only this worker's machine cannot find it
            raise
        return FileFacts(size, kind, problem=rejection(error))


def kind_of(source: Source) -> Format | None:
    """Return the format of a file by its first bytes, None for one that is no scan or cannot be opened.

    Raises StoreError and SettingsError of its source.
    """
    try:
        with source.stat().source.open() as stream:
            return detect_format(stream.read(HEAD_BYTES))
    except (InputRejected, ScanChanged):
        return None


def rejection(error: InputRejected) -> Problem:
    """Return the problem that an import would note for a file that it cannot take in."""
    return Problem(error.reason, {"text": in_english(error)})


def _kind_and_digest(path: Path) -> tuple[Format | None, str]:
    digest = hashlib.sha256()
    head = b""
    try:
        with open_translated(path, _cannot_be_read) as stream:
            while chunk := stream.read(_CHUNK):
                head = head or chunk[:HEAD_BYTES]
                digest.update(chunk)
    except OSError as error:
        raise _cannot_be_read(error) from error
    try:
        return detect_format(head), digest.hexdigest()
    except Unsupported:
        return None, digest.hexdigest()


def _cannot_be_read(error: OSError) -> Unreadable:
    return Unreadable(tr("rejected.the_file_cannot_be_read_check", reason=error.strerror))
