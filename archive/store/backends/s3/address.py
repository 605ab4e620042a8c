"""S3Place: where on a server a store's objects lie, and the two questions that reading and writing both ask there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

from botocore.exceptions import ClientError

from archive.errors import ObjectMissing
from archive.store.api import is_key
from archive.store.backends.s3.body import open_body
from archive.store.backends.s3.client import S3Client
from archive.store.backends.s3.errors import code_of, status_of


@dataclass(frozen=True)
class S3Place:
    """A prefix in a bucket, reached through ``way``. Picklable."""

    way: S3Client
    bucket: str
    prefix: str  # without slashes at its ends; may be empty

    def at(self, key: str) -> dict[str, str]:
        """Return the arguments that name the object. Raises ValueError: no object key."""
        if not is_key(key):
            raise ValueError(f"not an object key: {key!r}")
        return {"Bucket": self.bucket, "Key": self.base + key}

    @property
    def base(self) -> str:
        """What stands before every key of this store."""
        return f"{self.prefix}/" if self.prefix else ""

    def called(self, key: str) -> str:
        """Return what messages call an object: its key holds nothing personal."""
        return f"object {key} in bucket {self.bucket}"

    def open(self, key: str, version: str | None = None) -> BinaryIO:
        """Open an object, or exactly one version of it. Raises ObjectMissing, StoreUnavailable, SettingsError."""
        where = self.at(key) | ({"VersionId": version} if version else {})
        with self.way.border(self.called(key)):
            try:
                return open_body(self.way, where, self.called(key))
            except ClientError as error:
                if is_missing(error):
                    raise ObjectMissing(f"object {key} is not in the store; run `archive verify`") from error
                raise

    def head(self, key: str) -> dict[str, Any] | None:
        """Return what the server says of an object, or None when there is none."""
        with self.way.border(self.called(key)):
            try:
                head: dict[str, Any] = self.way.client.head_object(**self.at(key))
            except ClientError as error:
                if is_missing(error):
                    return None
                raise
            return head


def is_missing(error: ClientError) -> bool:
    """Say whether the object is not there, the bucket being another matter. HEAD has no code, only its status."""
    return status_of(error) == 404 and code_of(error) in ("NoSuchKey", "NoSuchVersion", "404")
