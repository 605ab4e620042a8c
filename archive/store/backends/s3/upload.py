"""Upload: writes one object atomically, only if its key is free, and verifies what the server stored."""

from __future__ import annotations

import base64
import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import IO, Any

from botocore.exceptions import BotoCoreError, ClientError

from archive.errors import ObjectMissing, SettingsError, StoreUnavailable
from archive.messages.catalogue import tr
from archive.model.options import S3Options, UploadCheck
from archive.store.api import Readable
from archive.store.backends.s3.address import S3Address
from archive.store.backends.s3.conditional_write import MARK, ConditionalWrite

_CHUNK = 1 << 20
_MAX_READ_BACKS = 3  # three times wrong: the stored bytes are wrong; once or twice may be a fault of the network


class Upload:
    """One upload to one key.

    Up to one part is sent from memory. Larger objects go through a temporary file, because their source must have
    been read to its end without an error before the one request that makes the object. Only above ``whole_mib`` is
    multipart used: not every server lets exactly one of several concurrent completions win.
    """

    def __init__(self, address: S3Address, key: str, only_new: bool) -> None:
        self._address = address
        self._write = ConditionalWrite(address, key, only_new)
        self._boto = address.client.boto
        self._options = address.client.options
        self._hash = hashlib.sha256()
        self._size = 0

    def run(self, data: Readable) -> None:
        """Send ``data``. Raises AlreadyStored, StoreUnavailable, SettingsError, and errors of ``data``."""
        first = self._take(data, self._options.part_mib << 20)
        if len(first) < self._options.part_mib << 20:
            self._one(first)
        else:
            self._large(first, data)
        if not self._trusts_checksums:
            self._read_back()

    def _take(self, data: Readable, size: int) -> bytes:
        """Read ``size`` bytes; fewer only at the end of ``data``."""
        pieces, left = [], size
        while left and (piece := data.read(min(left, _CHUNK))):
            pieces.append(piece)
            left -= len(piece)
        whole = b"".join(pieces)
        self._hash.update(whole)
        self._size += len(whole)
        return whole

    # In one request, which is atomic.

    def _one(self, body: bytes | IO[bytes]) -> None:
        checksum = _coded(self._hash.digest()) if self._sends_checksums else {}

        def send() -> dict[str, Any]:
            answer: dict[str, Any] = self._boto.put_object(
                **self._write.location, **self._write.condition, **self._about, **checksum, Body=body
            )
            return answer

        answer = self._write.execute(send)
        if self._trusts_checksums:
            self._compare(checksum, answer)

    def _large(self, first: bytes, data: Readable) -> None:
        if self._write.only_new and self._address.head(self._write.key) is not None:
            raise self._write.taken()  # checked before a large upload; the condition still decides
        with _room(self._write.description):
            spool = tempfile.TemporaryFile()  # noqa: SIM115 - opened apart: room is one matter, what is read another
        with spool:
            if self._fill(spool, first, data):
                self._one(spool)
            else:
                self._in_parts(spool, data)

    def _fill(self, spool: IO[bytes], first: bytes, data: Readable) -> bool:
        """Write to ``spool`` as much as one request may hold; return True when that is everything."""
        piece = first
        while piece:
            with _room(self._write.description):
                spool.write(piece)
            if self._size > self._options.whole_mib << 20:
                break
            piece = self._take(data, _CHUNK)
        with _room(self._write.description):
            spool.seek(0)
        return not piece

    # In parts, which become an object only by a last request.

    def _in_parts(self, spool: IO[bytes], data: Readable) -> None:
        algorithm = {"ChecksumAlgorithm": "SHA256"} if self._sends_checksums else {}
        with self._address.client.translating(self._write.description):
            begun = self._boto.create_multipart_upload(**self._write.location, **self._about, **algorithm)
        upload = self._write.location | {"UploadId": begun["UploadId"]}
        with self._aborted(upload):
            parts = [self._part(upload, number, part) for number, part in enumerate(self._parts(spool, data), 1)]
            self._write.execute(
                lambda: self._boto.complete_multipart_upload(
                    **upload, **self._write.condition, MultipartUpload={"Parts": parts}
                )
            )
        if self._write.only_new and not self._write.holds():
            raise self._write.taken()  # by a writer whose parts were completed at the same moment

    def _parts(self, spool: IO[bytes], data: Readable) -> Iterator[bytes]:
        size = self._options.part_mib << 20
        while part := spool.read(size):
            yield part if len(part) == size else part + self._take(data, size - len(part))
        while part := self._take(data, size):
            yield part

    def _part(self, upload: dict[str, str], number: int, body: bytes) -> dict[str, Any]:
        checksum = _coded(hashlib.sha256(body).digest()) if self._sends_checksums else {}
        with self._address.client.translating(self._write.description):
            answer = self._boto.upload_part(**upload, **checksum, PartNumber=number, Body=body)
        if self._trusts_checksums:
            self._compare(checksum, answer)
        return {"PartNumber": number, "ETag": answer["ETag"], **checksum}

    @contextmanager
    def _aborted(self, upload: dict[str, str]) -> Iterator[None]:
        """Delete the parts after any error."""
        try:
            yield
        except BaseException:
            with suppress(ClientError, BotoCoreError):  # report the first failure
                self._boto.abort_multipart_upload(**upload)
            raise

    # Verification.

    def _read_back(self) -> None:
        """Read the stored bytes and hash them. If they differ, delete them if permitted, and raise StoreUnavailable."""
        for _ in range(_MAX_READ_BACKS):
            if self._stored() == (self._size, self._hash.digest()):
                return
        became = self._write.discard()
        raise StoreUnavailable(
            tr("store.s3.other_bytes_came_back_than_were", description=self._write.description, became=became)
        )

    def _stored(self) -> tuple[int, bytes] | None:
        """Return size and digest of the stored object; None when it is missing despite the server's success."""
        digest, size = hashlib.sha256(), 0
        try:
            with self._address.open(self._write.key, self._write.version) as stream:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
        except ObjectMissing:
            return None
        return size, digest.digest()

    def _compare(self, sent: dict[str, str], answer: dict[str, Any]) -> None:
        """Compare the server's checksum with ours. Raises StoreUnavailable, SettingsError (it computes none)."""
        echoed = answer.get("ChecksumSHA256")
        if echoed == sent["ChecksumSHA256"]:
            return
        became = self._write.discard()
        if echoed is None:
            raise SettingsError(
                tr("store.s3.the_server_computes_no_sha_256", description=self._write.description, became=became)
            )
        raise StoreUnavailable(
            tr("store.s3.the_server_received_other_bytes_than", description=self._write.description, became=became)
        )

    # Headers.

    @property
    def _trusts_checksums(self) -> bool:
        return self._options.upload_check is UploadCheck.CHECKSUM

    @property
    def _sends_checksums(self) -> bool:
        return self._trusts_checksums or self._options.lock_days > 0  # S3 requires one for a locked object

    @property
    def _about(self) -> dict[str, Any]:
        about = {"Metadata": {MARK: self._write.mark}, "ContentType": "application/octet-stream"}
        return about | _lock(self._options)


def _lock(options: S3Options) -> dict[str, Any]:
    """Return the arguments that lock a new object for the days of the setting (S3 object lock, governance mode)."""
    if not options.lock_days:
        return {}
    until = datetime.now(UTC) + timedelta(days=options.lock_days)
    return {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": until}


def _coded(digest: bytes) -> dict[str, str]:
    return {"ChecksumSHA256": base64.b64encode(digest).decode()}


@contextmanager
def _room(description: str) -> Iterator[None]:
    """Translate errors of the temporary file, such as a full disk; the source must not be read within."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(
            tr(
                "store.s3.no_temporary_file_could_be_written",
                description=description,
                folder=tempfile.gettempdir(),
                reason=error.strerror,
            )
        ) from error
