"""ObjectStore: the contract of every place that can hold the archive's objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Protocol


class ObjectStore(Protocol):
    """Write-once objects under keys. Picklable, safe from many processes at once; it knows nothing of what keys mean.

    A key is segments of ``[0-9a-z.]`` joined by ``/``. There is no delete and no overwrite:
    presigned links, locks and ``destroy`` are separate capabilities.
    """

    def create(self, key: str, data: BinaryIO) -> None:
        """Store what ``data`` yields, whole and durably, or nothing at all.

        An exception raised by ``data.read`` leaves nothing behind and passes through unchanged.
        Raises AlreadyStored (the key exists; nothing is changed), StoreUnavailable (retryable), SettingsError.
        """

    def read(self, key: str) -> BinaryIO:
        """Open the object for reading; the caller closes it. Raises ObjectMissing, StoreUnavailable."""

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Yield all keys that start with ``prefix``, in ascending order. Raises StoreUnavailable."""
