"""MemoryStore: an object store in memory that keeps the contract of stores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import BinaryIO

from archive.errors import AlreadyStored, ObjectMissing, ObjectUnreadable
from archive.store.api import Readable, is_key

_CHUNK = 1 << 20


class MemoryStore:
    """Objects in a dictionary of this process."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.unreadable: set[str] = set()  # keys of which the second half cannot be read, as on a bad block

    def create(self, key: str, data: Readable) -> None:
        """See ObjectStore."""
        if not is_key(key):
            raise ValueError(f"not an object key: {key!r}")
        if key in self.objects:
            raise AlreadyStored(f"object {key} is in the store already; nothing was changed")
        whole = _whole(data)
        if self.objects.setdefault(key, whole) is not whole:  # one winner, whoever else creates the key now
            raise AlreadyStored(f"object {key} is in the store already; nothing was changed")

    def read(self, key: str) -> BinaryIO:
        """See ObjectStore."""
        try:
            data = self.objects[key]
        except KeyError as error:
            raise ObjectMissing(f"object {key} is not in the store; run `archive verify`") from error
        return _Torn(data[: len(data) // 2], key) if key in self.unreadable else BytesIO(data)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See ObjectStore."""
        yield from sorted(key for key in list(self.objects) if key.startswith(prefix))

    def repair(self, key: str, data: Readable) -> None:
        """See Repairing."""
        self.objects[key] = _whole(data)

    def destroy(self, keys: Iterable[str]) -> None:
        """See Destroying."""
        for key in keys:
            self.objects.pop(key, None)


def _whole(data: Readable) -> bytes:
    return b"".join(iter(lambda: data.read(_CHUNK), b""))


class _Torn(BytesIO):
    """Bytes that end in an error."""

    def __init__(self, data: bytes, key: str) -> None:
        super().__init__(data)
        self._key = key

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = super().read(size)
        if size is None or len(chunk) < size or size < 0:
            raise ObjectUnreadable(f"object {self._key} could not be read to its end; check the disk, then run again")
        return chunk
