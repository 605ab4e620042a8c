"""Whose fault it is when bytes end in an error of the system: the store's, or the scan's."""

from __future__ import annotations

import io

import pytest

from archive.errors import ObjectUnreadable, Unreadable
from archive.store import keys
from archive.store.integrity import read_whole, verify_object
from archive.store.vault import Vault
from tests.doubles.memory_store import MemoryStore


class Failing(io.RawIOBase):
    """A disk with a bad block, as a stream that nobody translates."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        raise OSError(5, "Input/output error")


class RawStore(MemoryStore):
    """A store that hands out such streams."""

    def read(self, key: str) -> Failing:  # type: ignore[override]  # on purpose
        return Failing()


DIGEST = keys.digest_of(b"bytes")


def test_kept_bytes_are_the_fault_of_the_store() -> None:
    vault = Vault(RawStore())

    with pytest.raises(ObjectUnreadable):
        vault.fetch(DIGEST)
    with pytest.raises(ObjectUnreadable):
        vault.check(DIGEST)
    with pytest.raises(ObjectUnreadable):
        verify_object(vault.store, keys.content_key(DIGEST))
    with pytest.raises(ObjectUnreadable):
        read_whole(vault.store, "records/ab/cd/x")


def test_bytes_that_are_to_be_kept_are_the_fault_of_the_scan() -> None:
    store = MemoryStore()

    with pytest.raises(Unreadable):
        Vault(store).keep(Failing(), DIGEST)  # type: ignore[arg-type]  # read() is all that is used
    assert store.objects == {}
