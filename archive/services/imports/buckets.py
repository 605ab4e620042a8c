"""Walk an inbox: from ``s3://BUCKET/PREFIX`` to scans, by the rules that hold for folders."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.errors import RequestRefused, SettingsError, Unreadable
from archive.messages.catalogue import tr
from archive.services.imports.folders import BATCH_FILE, BatchFile, GivenFile, is_left_out
from archive.sources.bucket_source import BucketSource
from archive.text.vietnamese import nfc

if TYPE_CHECKING:  # the package is installed only where inboxes are used
    from archive.sources.bucket import BucketObject, InboxBucket

_BATCH_FILE_BYTES = 1 << 20  # a few lines of key = value; a larger file is something else


@dataclass(frozen=True, slots=True)
class BucketPath:
    """A GivenPath in an inbox bucket. ``base``: the folder's prefix with its slash; ``single``: the only object."""

    inbox: InboxBucket
    base: str
    entries: tuple[BucketObject, ...]
    single: BucketObject | None = None

    def batch_name(self) -> str:
        """See GivenPath. The last segment of the folder's prefix; the bucket's name when there is none."""
        segments = [part for part in self.base.split("/") if part]
        return nfc(segments[-1] if segments else self.inbox.bucket)

    def scans(self, links: list[str] | None = None) -> Iterator[GivenFile]:
        """See GivenPath. A bucket has no links."""
        if self.single is not None:
            yield self._given(self.single, nfc(self.single.key.rpartition("/")[2]))
            return
        found = [(_segments(entry.key[len(self.base) :]), entry) for entry in self.entries if not _is_marker(entry)]
        for segments, entry in sorted(found, key=lambda one: one[0]):
            shown = [name for name, _ in segments]
            if not (is_left_out(shown[-1], folder=False) or any(is_left_out(name, folder=True) for name in shown[:-1])):
                yield self._given(entry, "/".join(shown))

    def one(self) -> GivenFile | None:
        """See GivenPath."""
        return next(self.scans()) if self.single is not None else None

    def batch_file(self) -> BatchFile | None:
        """See GivenPath."""
        if self.single is not None:
            return None
        where = f"s3://{self.inbox.bucket}/{self.base}{BATCH_FILE}"
        found = next((entry for entry in self.entries if entry.key == self.base + BATCH_FILE), None)
        if found is None:
            return BatchFile(where, b"")
        if found.bytes > _BATCH_FILE_BYTES:
            raise SettingsError(tr("settings.has_bytes_and_is_no_list", where=where, bytes=found.bytes))
        with self.inbox.open(found.key, found.etag) as stream:
            return BatchFile(where, stream.read())

    def _given(self, entry: BucketObject, path: str) -> GivenFile:
        return GivenFile(BucketSource(self.inbox, entry.key, entry.etag), path)


def find_in_bucket(inbox: InboxBucket, prefix: str, own: str | None) -> BucketPath:
    """Return what lies under ``prefix``: an object, or all below ``prefix/``.

    ``own`` is the prefix of the archive's own vault when that lies in this bucket. Vietnamese letters have two
    spellings (NFC, NFD): if nothing lies under the given one, the other is tried.
    Raises RequestRefused (missing, ambiguous, or the vault itself), SettingsError, StoreUnavailable.
    """
    address = f"s3://{inbox.bucket}/{prefix}"
    _refuse_own(prefix, own, address)
    for spelling in dict.fromkeys((prefix, nfc(prefix), unicodedata.normalize("NFD", prefix))):
        single = None if not spelling or spelling.endswith("/") else _look(inbox, spelling)
        base = spelling if not spelling or spelling.endswith("/") else f"{spelling}/"
        entries = tuple(inbox.list_objects(base))
        if single is not None and entries:
            raise RequestRefused(tr("refused.buckets.is_an_object_and_a", address=address))
        if single is not None:
            return BucketPath(inbox, single.key[: single.key.rfind("/") + 1], (), single)
        if entries or not prefix:
            return BucketPath(inbox, base, entries)
    raise RequestRefused(tr("refused.buckets.is_not_there_check_the", address=address))


def _look(inbox: InboxBucket, key: str) -> BucketObject | None:
    try:
        return inbox.stat(key)
    except Unreadable:
        return None


def _refuse_own(prefix: str, own: str | None, address: str) -> None:
    if own is None:
        return
    given, vault = _with_slash(prefix), _with_slash(own)
    if given.startswith(vault) or vault.startswith(given):
        raise RequestRefused(tr("refused.buckets.holds_or_lies_in_the", address=address))


def _segments(path: str) -> list[tuple[str, str]]:
    """Return the segments of a key, each normalised and as stored: the sort key of folders."""
    return [(nfc(name), name) for name in path.split("/")]


def _is_marker(entry: BucketObject) -> bool:
    """Return True for the marker object of an empty folder, which some programs make."""
    return entry.key.endswith("/") and entry.bytes == 0


def _with_slash(prefix: str) -> str:
    return f"{prefix.strip('/')}/" if prefix.strip("/") else ""
