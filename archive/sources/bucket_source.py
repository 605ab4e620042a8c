"""BucketSource: a scan in an inbox bucket, passed to a worker by key and downloaded there."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from archive.sources.local_copies import local_copy_of
from archive.sources.source import SourceStat
from archive.work.watchdog import paused

if TYPE_CHECKING:  # the package is installed only where inboxes are used
    from archive.sources.bucket import InboxBucket

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class BucketSource:
    """A Source: one object with one ETag. If the object is replaced, old and new bytes are never mixed."""

    inbox: InboxBucket
    key: str
    etag: str

    @property
    def location(self) -> str:
        """Server, bucket and key."""
        return self.inbox.address(self.key)

    def stat(self) -> SourceStat:
        """See Source."""
        found = self.inbox.stat(self.key)
        return SourceStat(replace(self, etag=found.etag), found.bytes)

    def open(self) -> BinaryIO:
        """See Source. Streamed from the bucket each time."""
        return self.inbox.open(self.key, self.etag)

    def local_copy(self) -> AbstractContextManager[Path]:
        """See Source. A copy that this process keeps for the next unit of the same scan."""
        return local_copy_of((self.location, self.etag), self._fetch)

    def _fetch(self, out: BinaryIO) -> None:
        with paused(), self.open() as stream:
            shutil.copyfileobj(stream, out, _CHUNK)
