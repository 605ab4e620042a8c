"""ObjectStore: the contract of every place that can hold the archive's objects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Protocol, runtime_checkable

_KEY = re.compile(r"[0-9a-z.]+(/[0-9a-z.]+)*")
STAGING = "staging"  # first segment of no key: a store may keep unfinished writes there


def is_key(key: str) -> bool:
    """Return True for a key that every store accepts: segments of ``[0-9a-z.]``, none of them ``.`` or ``..``."""
    if _KEY.fullmatch(key) is None:
        return False
    segments = key.split("/")
    return segments[0] != STAGING and not {".", ".."} & set(segments)


class Readable(Protocol):
    """A source of bytes: all that writing needs of it."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, b"" at the end. May raise what its source raises."""


class ObjectStore(Protocol):
    """Write-once objects under keys. Picklable, safe for concurrent use by processes; it does not interpret keys.

    A key is segments of ``[0-9a-z.]`` joined by ``/``, none of them ``.`` or ``..``. There is no delete and no
    overwrite: presigned links, locks and ``destroy`` are separate capabilities.
    """

    def create(self, key: str, data: Readable) -> None:
        """Store the bytes of ``data`` atomically and durably.

        An exception raised by ``data.read`` leaves nothing behind and passes through unchanged.
        Raises AlreadyStored (the key exists, durably; nothing is changed), StoreUnavailable (retryable), SettingsError.
        """

    def read(self, key: str) -> BinaryIO:
        """Open the object for reading; the caller closes it. Raises ObjectMissing, StoreUnavailable.

        The stream's ``read`` raises StoreUnavailable, or ObjectUnreadable when only these bytes cannot be read.
        """

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Yield all keys that start with ``prefix``, in the order of their bytes. Raises StoreUnavailable."""


# Capabilities: optional protocols beside the contract. Test for them with isinstance.


@runtime_checkable
class Repairing(Protocol):
    """Can replace damaged or lost bytes; for repair from a verified copy, nothing else."""

    def repair(self, key: str, data: Readable) -> None:
        """Store the bytes of ``data`` under ``key`` atomically and durably; an existing object is replaced.

        Raises StoreUnavailable, SettingsError (the credentials may not do this).
        """


@runtime_checkable
class Syncing(Protocol):
    """Can make an object durable that another writer stored; that writer may have been killed before its own fsync."""

    def sync(self, key: str) -> None:
        """Make an object durable, also when another process stored it. Raises StoreUnavailable, SettingsError."""


@runtime_checkable
class OtherNames(Protocol):
    """Can list what else lies in its place; ``keys`` leaves that out."""

    def other_names(self) -> Iterator[str]:
        """Yield the path of each file that is no key, as the store names it. Raises StoreUnavailable, SettingsError."""


@runtime_checkable
class Linking(Protocol):
    """Can make presigned links: the bearer reads one object for a short time."""

    def link(self, key: str, seconds: int, name: str) -> str:
        """Return a link to an object, valid for at most 60 seconds, that saves it as ``name``.

        Raises ValueError (more than 60 seconds), SettingsError.
        """


@runtime_checkable
class ProbeRemoval(Protocol):
    """Can remove the objects of a probe (`archive doctor`) with the credentials that wrote them, if these allow it."""

    def remove_probes(self, keys: Iterable[str]) -> None:
        """Remove probe objects; nothing refers to them. Raises StoreUnavailable, SettingsError."""


@runtime_checkable
class Destroying(Protocol):
    """Can remove objects permanently, in all versions, with credentials of its own; for disposal by decision."""

    def destroy(self, keys: Iterable[str]) -> None:
        """Remove every version of these objects; missing ones are no error.

        Raises StoreUnavailable, SettingsError (no credentials for it, or the object is locked).
        """
