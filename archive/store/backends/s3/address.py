"""S3Address: server, bucket and prefix of a store, with the two requests that reading and writing share."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, BinaryIO

from botocore.exceptions import ClientError

from archive.errors import ObjectMissing
from archive.messages.catalogue import tr
from archive.store.api import is_key
from archive.store.backends.s3.body import ResumableBody
from archive.store.backends.s3.client import S3Client
from archive.store.backends.s3.errors import code_of, status_of

_BUFFER = 1 << 16


@dataclass(frozen=True)
class S3Address:
    """A prefix in a bucket, reached through ``client``. Picklable."""

    client: S3Client
    bucket: str
    prefix: str  # without slashes at its ends; may be empty

    def location(self, key: str) -> dict[str, str]:
        """Return bucket and key as arguments of boto3. Raises ValueError for a malformed key."""
        if not is_key(key):
            raise ValueError(f"not an object key: {key!r}")
        return {"Bucket": self.bucket, "Key": self.base + key}

    @property
    def base(self) -> str:
        """Prefix of every key of this store, with its slash."""
        return f"{self.prefix}/" if self.prefix else ""

    def description(self, key: str) -> str:
        """Return the name of the object for messages; keys hold no personal data."""
        return tr("store.s3.object_in_bucket", key=key, bucket=self.bucket)

    def open(self, key: str, version: str | None = None) -> BinaryIO:
        """Open an object, or exactly one version of it. Raises ObjectMissing, StoreUnavailable, SettingsError."""
        location = self.location(key) | ({"VersionId": version} if version else {})
        return io.BufferedReader(_Body(self.client, location, self.description(key), key), _BUFFER)

    def head(self, key: str) -> dict[str, Any] | None:
        """Return the server's HEAD answer, None for a missing object. Raises StoreUnavailable, SettingsError."""
        with self.client.translating(self.description(key)):
            try:
                head: dict[str, Any] = self.client.boto.head_object(**self.location(key))
            except ClientError as error:
                if is_missing(error):
                    return None
                raise
            return head


class _Body(ResumableBody):
    """An object of the store."""

    def __init__(self, client: S3Client, location: dict[str, str], description: str, key: str) -> None:
        self._key = key
        super().__init__(client, location, description, etag=None)

    def refusal(self, error: ClientError, position: int) -> Exception | None:
        """See ResumableBody."""
        if position and status_of(error) in (404, 412):
            return self.changed()
        if is_missing(error):
            return ObjectMissing(tr("store.object_is_not_in_the_store", key=self._key))
        return None


def is_missing(error: ClientError) -> bool:
    """Return True for a missing object, False for a missing bucket. HEAD has no code, only a status."""
    return status_of(error) == 404 and code_of(error) in ("NoSuchKey", "NoSuchVersion", "404")
