"""InboxBucket: a bucket in which an operator leaves scans; read-only for the archive."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from botocore.exceptions import ClientError

from archive.errors import ScanChanged, SettingsError, StoreUnavailable, Unreadable
from archive.store.backends.s3.client import S3Client
from archive.store.backends.s3.errors import code_of, status_of

# Keys are names of scans, which may be secret or hold a person's name: no message here repeats one.

_BUFFER = 1 << 20
_PAUSE_SECONDS = 0.5  # before the first new try of a broken download; doubled each time
_LONGEST_PAUSE_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class BucketObject:
    """One object: its key as the bucket has it, its size, and the tag that changes with its bytes."""

    key: str
    bytes: int
    etag: str


class InboxBucket:
    """One bucket, for reading alone. Picklable; a process keeps one connection for all the inboxes that reach it."""

    def __init__(self, bucket: str, client: S3Client) -> None:
        self.bucket = bucket
        self._client = client

    def address(self, key: str) -> str:
        """Return the one name of an object, server included: no other object has it."""
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
        """Return what lies under ``key`` now. Raises Unreadable (nothing), SettingsError, StoreUnavailable."""
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
        """Open the object with this tag from its start; the caller closes it.

        It and the stream's ``read`` raise Unreadable (it is gone), ScanChanged (another lies there), SettingsError,
        StoreUnavailable. A broken connection is taken up again where it broke.
        """
        return io.BufferedReader(_InboxStream(self, key, etag), _BUFFER)

    def close(self) -> None:
        """Close this process's connections."""
        self._client.close()

    def _get(self, key: str, etag: str, start: int) -> Any:
        """Return the body from byte ``start`` on. Not every server heeds If-Match: the answer's tag is compared too."""
        rest = {"Range": f"bytes={start}-"} if start else {}
        with self._translating():
            try:
                answer = self._client.boto.get_object(Bucket=self.bucket, Key=key, IfMatch=etag, **rest)
            except ClientError as error:
                if code_of(error) == "NoSuchKey":
                    self._refuse_missing_bucket()
                    raise _vanished() from error
                if status_of(error) == 412:
                    raise _changed() from error
                if status_of(error) == 416 and start:  # all bytes had come, only the end had not
                    return io.BytesIO()
                raise
        problem = self._problem_with(answer, etag, start)
        if problem is not None:
            answer["Body"].close()
            raise problem
        return answer["Body"]

    def _problem_with(self, answer: Any, etag: str, start: int) -> Exception | None:
        if answer["ETag"] != etag:
            return _changed()
        if start and answer["ResponseMetadata"]["HTTPStatusCode"] != 206:
            return StoreUnavailable(
                f"reading the inbox bucket {self.bucket}: the connection broke, and {self._client.endpoint} cannot go "
                "on in the middle; run again"
            )
        return None

    def _refuse_missing_bucket(self) -> None:
        """Raise when it is the bucket that is missing: not every server says so of an object, but all do in a list."""
        self._client.boto.list_objects_v2(Bucket=self.bucket, MaxKeys=1)

    @contextmanager
    def _translating(self) -> Iterator[None]:
        what = f"reading the inbox bucket {self.bucket}"
        with self._client.translating(what):
            try:
                yield
            except ClientError as error:
                if code_of(error) != "NoSuchBucket":
                    raise
                raise SettingsError(
                    f"there is no bucket {self.bucket} at {self._client.endpoint}; check the spelling after s3://"
                ) from error


class _InboxStream(io.RawIOBase):
    """The bytes of one object, however often the connection breaks on the way."""

    def __init__(self, inbox: InboxBucket, key: str, etag: str) -> None:
        super().__init__()
        self._inbox, self._key, self._etag = inbox, key, etag
        self._at = 0
        self._body: Any = None  # until it is opened: closing must be possible when that fails
        self._body = inbox._get(key, etag, 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        tries = 0
        while True:
            try:
                return self._read_some(buffer)
            except StoreUnavailable:  # the network's fault: the rest is asked for as often as settings say
                tries += 1
                if tries > self._inbox._client.options.retries:
                    raise
                time.sleep(min(_PAUSE_SECONDS * 2 ** (tries - 1), _LONGEST_PAUSE_SECONDS))

    def _read_some(self, buffer: Any) -> int:
        if self._body is None:
            self._body = self._inbox._get(self._key, self._etag, self._at)
        try:
            with self._inbox._translating():
                chunk = self._body.read(len(buffer))
        except OSError as error:
            self._drop()
            bucket = self._inbox.bucket
            raise StoreUnavailable(
                f"reading the inbox bucket {bucket}: the connection broke; check the network, then run again"
            ) from error
        except BaseException:
            self._drop()
            raise
        buffer[: len(chunk)] = chunk
        self._at += len(chunk)
        return len(chunk)

    def close(self) -> None:
        self._drop()
        super().close()

    def _drop(self) -> None:
        body, self._body = self._body, None
        if body is not None:
            body.close()


def _vanished() -> Unreadable:
    return Unreadable("the scan was gone from the inbox when its turn came; give it again", "vanished")


def _changed() -> ScanChanged:
    return ScanChanged("another scan lies in the inbox under the same key now")
