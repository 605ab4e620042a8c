"""Stores that break the contract in one way each: what an examination must find out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from archive.errors import AlreadyStored, SettingsError, StoreUnavailable
from tests.doubles.memory_store import MemoryStore


class Overwriting(MemoryStore):
    """Takes every write, as a server does that does not know If-None-Match."""

    def create(self, key: str, data: BinaryIO) -> None:
        """Store, whatever was there."""
        self.objects[key] = data.read()


class Racing(MemoryStore):
    """Refuses a second write, unless it comes at the same moment."""

    def __init__(self) -> None:
        super().__init__()
        self._meeting = threading.Barrier(24, timeout=60)

    def create(self, key: str, data: BinaryIO) -> None:
        """Look first and write afterwards, with the others in between."""
        there = key in self.objects
        if key.endswith("/race"):
            self._meeting.wait()
        if there:
            raise AlreadyStored(key)
        self.objects[key] = data.read()


class LoserKeeping(MemoryStore):
    """Tells one writer that it won, and keeps the bytes of another."""

    def create(self, key: str, data: BinaryIO) -> None:
        """Keep the bytes of whoever comes second."""
        if key.endswith("/race") and key in self.objects:
            self.objects[key] = data.read()
        super().create(key, data)


class Latin(MemoryStore):
    """Takes everything for text of western Europe."""

    def read(self, key: str) -> BinaryIO:
        """Give the text with its marks lost."""
        with super().read(key) as stream:
            return BytesIO(stream.read().decode("utf-8", "replace").encode("latin-1", "replace"))


class Truncating(MemoryStore):
    """Keeps no more than half a MiB of an object."""

    def create(self, key: str, data: BinaryIO) -> None:
        """Keep the beginning."""
        super().create(key, BytesIO(data.read()[: 1 << 19]))


class Numbering(MemoryStore):
    """Lists numbers as people do: 9 before 10."""

    def keys(self, prefix: str = "") -> Iterator[str]:
        """List by numbers."""
        yield from sorted(super().keys(prefix), key=lambda key: [(len(part), part) for part in key.split("/")])


class Blurred(MemoryStore):
    """Lists whole folders only, whatever the prefix says."""

    def keys(self, prefix: str = "") -> Iterator[str]:
        """List everything in the prefix's folder."""
        yield from super().keys(prefix[: prefix.rfind("/") + 1])


class Forgetful(MemoryStore):
    """Leaves the last key out of every listing."""

    def keys(self, prefix: str = "") -> Iterator[str]:
        """List all but one."""
        yield from list(super().keys(prefix))[:-1]


class Clinging(MemoryStore):
    """Says that it removed what it keeps."""

    def destroy(self, keys: object) -> None:
        """Do nothing."""


class Guarded(MemoryStore):
    """Lets these credentials remove nothing."""

    def destroy(self, keys: object) -> None:
        """Refuse."""
        raise SettingsError("no credentials for removing; set s3.destroy_profile")


class Away(MemoryStore):
    """Cannot be reached; counts how often it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def create(self, key: str, data: BinaryIO) -> None:
        """Fail."""
        self.asked += 1
        raise StoreUnavailable("nobody answers at https://s3.example.vn; check the network")

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Fail."""
        self.asked += 1
        raise StoreUnavailable("nobody answers at https://s3.example.vn; check the network")
