"""Reading an object of a bucket to its end, through connections that break."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from archive.errors import StoreUnavailable
from archive.store.backends.s3.client import S3Client
from archive.store.backends.s3.errors import status_of

_CHUNK = 1 << 20
_BUFFER = 1 << 16
_MAX_RESUMES = (
    4  # after the same byte; any byte more begins the count anew, so that a long way over a bad line ends too
)


def open_body(client: S3Client, location: dict[str, str], description: str) -> BinaryIO:
    """Open an object for reading. Raises what boto3 raises; what is read later raises StoreUnavailable, SettingsError.

    ``location`` names bucket, key and perhaps version; ``description`` is what messages call the object.
    """
    return io.BufferedReader(_Body(client, location, description, client.boto.get_object(**location)), _BUFFER)


class _Body(io.RawIOBase):
    """The bytes of one object; a connection that breaks in the middle is opened anew, from where it was."""

    def __init__(self, client: S3Client, location: dict[str, str], description: str, answer: dict[str, Any]) -> None:
        self._client = client
        self._location = location
        self._description = description
        self._etag = answer.get("ETag", "")
        self._stream = answer["Body"]
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        chunk = self._next(len(view))
        view[: len(chunk)] = chunk
        return len(chunk)

    def readall(self) -> bytes:
        """Read the rest in pieces larger than the standard's, which are made for terminals."""
        pieces = []
        while chunk := self._next(_CHUNK):
            pieces.append(chunk)
        return b"".join(pieces)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()

    def _next(self, size: int) -> bytes:
        resumes = 0
        while True:
            try:
                chunk: bytes = self._stream.read(size)
            except (BotoCoreError, urllib3.exceptions.HTTPError, OSError) as error:
                if resumes == _MAX_RESUMES:
                    raise StoreUnavailable(
                        f"{self._description}: the connection to {self._client.endpoint} broke again and again at byte "
                        f"{self._at}; check the network, then run again"
                    ) from error
                resumes += 1
                self._resume()
                continue
            self._at += len(chunk)
            return chunk

    def _resume(self) -> None:
        """Go on from where it was, in the very same bytes: another object under this key is another matter."""
        self._stream.close()
        same = {"IfMatch": self._etag} if self._etag else {}
        with self._client.translating(self._description):
            try:
                answer = self._client.boto.get_object(**self._location, **same, Range=f"bytes={self._at}-")
            except ClientError as error:
                if status_of(error) in (404, 412):
                    raise StoreUnavailable(
                        f"{self._description} was changed while it was read; read it again"
                    ) from error
                if status_of(error) == 416:  # all bytes had come, only the end had not
                    self._stream = io.BytesIO()
                    return
                raise
        if self._at and status_of_answer(answer) != 206:
            answer["Body"].close()
            raise StoreUnavailable(
                f"{self._description}: the connection broke, and {self._client.endpoint} cannot go on in the "
                "middle; run again"
            )
        self._stream = answer["Body"]


def status_of_answer(answer: dict[str, Any]) -> int:
    """Return the HTTP status of an answer that is no error."""
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])
