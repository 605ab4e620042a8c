"""InboxBucket: a bucket in which an operator leaves scans; read-only for the archive."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from botocore.exceptions import ClientError

from archive.errors import ScanChanged, SettingsError, Unreadable
from archive.messages.catalogue import tr
from archive.store.backends.s3.body import ResumableBody
from archive.store.backends.s3.client import S3Client
from archive.store.backends.s3.errors import code_of, status_of

# Keys are names of scans, which may be secret or hold a person's name: no message repeats one.

_BUFFER = 1 << 20
_PAUSE_SECONDS = 0.5  # before the first retry of a broken download; doubled each time
_MAX_PAUSE_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class BucketObject:
    """One object: its key as stored, its size in bytes, and its ETag, which changes with its bytes."""

    key: str
    bytes: int
    etag: str


class InboxBucket:
    """One bucket, read-only. Picklable; a process keeps one client for all inboxes with the same options."""

    def __init__(self, bucket: str, client: S3Client) -> None:
        self.bucket = bucket
        self._client = client

    def address(self, key: str) -> str:
        """Return the unique name of an object, including the server."""
        return f"{self._client.options.endpoint}|s3://{self.bucket}/{key}"

    def list_objects(self, prefix: str) -> Iterator[BucketObject]:
        """Yield every object whose key starts with ``prefix``, in the server's order.

        Raises SettingsError (no such bucket, no permission), StoreUnavailable.
        """
        with self._translating():
            pages = self._client.boto.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
            for page in pages:
                for one in page.get("Contents", []):
                    yield BucketObject(one["Key"], one["Size"], one["ETag"])

    def stat(self, key: str) -> BucketObject:
        """Return size and ETag of an object. Raises Unreadable (no such object), SettingsError, StoreUnavailable."""
        with self._translating():
            try:
                found = self._client.boto.head_object(Bucket=self.bucket, Key=key)
            except ClientError as error:
                if status_of(error) != 404:
                    raise
                self._refuse_missing_bucket()
                raise _vanished() from error
        return BucketObject(key, found["ContentLength"], found["ETag"])

    def open(self, key: str, etag: str) -> BinaryIO:
        """Open the object with this ETag from its start; the caller closes it.

        It and the stream's ``read`` raise Unreadable (it is gone), ScanChanged (it has another ETag), SettingsError,
        StoreUnavailable. A broken connection is resumed at the same byte.
        """
        return io.BufferedReader(_ScanBody(self, self._client, key, etag), _BUFFER)

    def close(self) -> None:
        """Close this process's connections."""
        self._client.close()

    @property
    def description(self) -> str:
        """The bucket's name in messages about requests."""
        return tr("sources.reading_the_inbox_bucket", bucket=self.bucket)

    def refusal(self, error: ClientError) -> Exception | None:
        """Return the error for a refused download; None for an error that any request may meet."""
        code = code_of(error)
        if code == "NoSuchKey":
            with self._translating():
                self._refuse_missing_bucket()
            return _vanished()
        if code == "NoSuchBucket":
            return self._no_bucket()
        return _changed() if status_of(error) == 412 else None

    def _no_bucket(self) -> SettingsError:
        return SettingsError(
            tr("sources.there_is_no_bucket_at_check", bucket=self.bucket, endpoint=self._client.endpoint)
        )

    def _refuse_missing_bucket(self) -> None:
        """Raise SettingsError when the bucket is missing: some servers report that only for a listing."""
        self._client.boto.list_objects_v2(Bucket=self.bucket, MaxKeys=1)

    @contextmanager
    def _translating(self) -> Iterator[None]:
        with self._client.translating(self.description):
            try:
                yield
            except ClientError as error:
                if code_of(error) != "NoSuchBucket":
                    raise
                raise self._no_bucket() from error


class _ScanBody(ResumableBody):
    """The bytes of one scan."""

    retries_opening = True  # a network failure may last longer than boto3's retries

    def __init__(self, inbox: InboxBucket, client: S3Client, key: str, etag: str) -> None:
        self._inbox = inbox
        self.pauses = tuple(min(_PAUSE_SECONDS * 2**n, _MAX_PAUSE_SECONDS) for n in range(client.options.retries))
        super().__init__(client, {"Bucket": inbox.bucket, "Key": key}, inbox.description, etag)

    def refusal(self, error: ClientError, position: int) -> Exception | None:
        """See ResumableBody."""
        return self._inbox.refusal(error)

    def changed(self) -> Exception:
        """See ResumableBody."""
        return _changed()


def _vanished() -> Unreadable:
    return Unreadable(tr("sources.the_scan_was_gone_from_the"), "vanished")


def _changed() -> ScanChanged:
    return ScanChanged(tr("sources.another_scan_lies_in_the_inbox"))
