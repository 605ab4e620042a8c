"""ResumableBody: the bytes of an object in a bucket, read to their end through connections that break."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from archive.errors import StoreUnavailable
from archive.messages.catalogue import tr
from archive.store.backends.s3.client import S3Client
from archive.store.backends.s3.errors import status_of

_log = logging.getLogger(__name__)

_CHUNK = 1 << 20


class ResumableBody(io.RawIOBase):
    """One object as a raw stream. A broken connection is opened again at the byte where it broke.

    All bytes come from one object: requests carry ``If-Match``, and the answer's ETag is compared as well, because
    some servers ignore the condition. Subclasses translate refusals.
    """

    # Seconds to wait before each retry at the same byte. Every byte that arrives restarts the count, so that a
    # large object arrives over a bad connection, too.
    pauses: Sequence[float] = (0.0,) * 4
    # Whether these retries also cover the request that opens the rest, which boto3 retries itself.
    retries_opening: ClassVar[bool] = False

    def __init__(self, client: S3Client, location: Mapping[str, str], description: str, etag: str | None) -> None:
        """Open the object at its first byte.

        ``location``: arguments of ``get_object`` that name bucket, key and perhaps version. ``description``: the object
        in messages. ``etag``: of the expected bytes; None accepts the object of the first request.
        Raises StoreUnavailable, SettingsError, and what ``refusal`` returns.
        """
        super().__init__()
        self._client = client
        self._location = location
        self._description = description
        self._etag = etag
        self._position = 0
        self._stream: Any = None  # None: no connection
        self._stream = self._open()

    def refusal(self, error: ClientError, position: int) -> Exception | None:
        """Return the error for a refused request of the bytes from ``position`` on; None for the usual translation."""
        del error, position
        return None

    def changed(self) -> Exception:
        """Return the error for an object whose ETag has changed."""
        return _Final(tr("store.s3.was_changed_while_it_was_read", description=self._description))

    def readable(self) -> bool:
        """See io.RawIOBase."""
        return True

    def readinto(self, buffer: Any) -> int:
        """See io.RawIOBase. Raises StoreUnavailable, SettingsError, and what ``refusal`` and ``changed`` return."""
        view = memoryview(buffer).cast("B")
        chunk = self._next(len(view))
        view[: len(chunk)] = chunk
        return len(chunk)

    def readall(self) -> bytes:
        """See io.RawIOBase. Reads 1 MiB at a time: the standard's 8 KiB cost a call each."""
        chunks = []
        while chunk := self._next(_CHUNK):
            chunks.append(chunk)
        return b"".join(chunks)

    def close(self) -> None:
        """See io.RawIOBase."""
        self._disconnect()
        super().close()

    def _next(self, size: int) -> bytes:
        """Return at most ``size`` bytes, b"" at the end."""
        tries = 0
        while True:
            try:
                chunk = self._try_next(size)
            except _Final:
                raise
            except StoreUnavailable as error:
                if tries == len(self.pauses) or not (self.retries_opening or isinstance(error, _BrokenError)):
                    raise
                _log.info("retry", exc_info=True)
                time.sleep(self.pauses[tries])
                tries += 1
                continue
            self._position += len(chunk)
            return chunk

    def _try_next(self, size: int) -> bytes:
        if self._stream is None:
            self._stream = self._open()
        try:
            chunk: bytes = self._stream.read(size)
        except (BotoCoreError, urllib3.exceptions.HTTPError, OSError) as error:  # also for a body that ends too early
            self._disconnect()
            raise _BrokenError(
                tr(
                    "store.s3.the_connection_to_broke_again_and",
                    description=self._description,
                    endpoint=self._client.endpoint,
                    position=self._position,
                )
            ) from error
        except BaseException:
            self._disconnect()
            raise
        return chunk

    def _open(self) -> Any:
        """Return a stream of the bytes from the current position on."""
        condition = {"IfMatch": self._etag} if self._etag else {}
        rest = {"Range": f"bytes={self._position}-"} if self._position else {}
        with self._client.translating(self._description):
            try:
                answer = self._client.boto.get_object(**self._location, **condition, **rest)
            except ClientError as error:
                if self._position and status_of(error) == 416:  # all bytes had arrived, except the end of the stream
                    return io.BytesIO()
                problem = self.refusal(error, self._position)
                if problem is None:
                    raise
                raise problem from error
        problem = self._problem_with(answer)
        if problem is not None:
            answer["Body"].close()
            raise problem
        return answer["Body"]

    def _problem_with(self, answer: Mapping[str, Any]) -> Exception | None:
        etag = answer.get("ETag", "")
        if self._etag is None:
            self._etag = etag
        if etag != self._etag:
            return self.changed()
        if self._position and answer["ResponseMetadata"]["HTTPStatusCode"] != 206:
            return _Final(
                tr(
                    "store.s3.the_connection_broke_and_cannot_go",
                    description=self._description,
                    endpoint=self._client.endpoint,
                )
            )
        return None

    def _disconnect(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()


class _BrokenError(StoreUnavailable):
    """The connection broke during reading; the rest can be requested."""


class _Final(StoreUnavailable):
    """The rest of the same bytes cannot be read by another request."""
