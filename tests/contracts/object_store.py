"""What every ObjectStore must do; a backend joins by giving a ``store`` fixture."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import pytest

from archive.errors import AlreadyStored, ObjectMissing
from archive.store.objects import ObjectStore


class _Breaking(io.BytesIO):
    """A source that fails in the middle, as a pulled cable does."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise RuntimeError("pulled")
        return super().read(3)


class ObjectStoreContract:
    """Inherit, and provide ``store``."""

    def test_what_was_created_is_read_back(self, store: ObjectStore) -> None:
        store.create("content/ab/cd/one", io.BytesIO(b"\x00bytes\xff"))

        with store.read("content/ab/cd/one") as stream:
            assert stream.read() == b"\x00bytes\xff"

    def test_an_empty_object_is_an_object(self, store: ObjectStore) -> None:
        store.create("feed/20260101/01", io.BytesIO(b""))

        assert list(store.keys("feed/")) == ["feed/20260101/01"]
        with store.read("feed/20260101/01") as stream:
            assert stream.read() == b""

    def test_a_key_is_written_once(self, store: ObjectStore) -> None:
        store.create("a/1", io.BytesIO(b"first"))

        with pytest.raises(AlreadyStored):
            store.create("a/1", io.BytesIO(b"second"))
        with store.read("a/1") as stream:
            assert stream.read() == b"first"

    def test_a_missing_object_is_an_error_and_not_empty(self, store: ObjectStore) -> None:
        with pytest.raises(ObjectMissing):
            store.read("a/2")
        store.create("a/2/b", io.BytesIO(b"x"))
        with pytest.raises(ObjectMissing):
            store.read("a/2")

    def test_a_source_that_breaks_leaves_nothing(self, store: ObjectStore) -> None:
        with pytest.raises(RuntimeError, match="pulled"):
            store.create("a/3", _Breaking(b"abcdef"))  # type: ignore[arg-type]  # a broken source on purpose

        assert list(store.keys()) == []
        store.create("a/3", io.BytesIO(b"whole"))
        with store.read("a/3") as stream:
            assert stream.read() == b"whole"

    def test_keys_come_in_order_and_by_prefix(self, store: ObjectStore) -> None:
        names = ["b/00/1", "a/ff/2", "a/0f/3", "a/0f/10", "b/00/0.json"]
        for name in names:
            store.create(name, io.BytesIO(name.encode()))

        assert list(store.keys()) == sorted(names)
        assert list(store.keys("a/")) == ["a/0f/10", "a/0f/3", "a/ff/2"]
        assert list(store.keys("a/0f/1")) == ["a/0f/10"]
        assert list(store.keys("c/")) == []

    def test_of_many_creators_of_one_key_one_wins(self, store: ObjectStore) -> None:
        def create(number: int) -> bool:
            try:
                store.create("race/1", io.BytesIO(str(number).encode() * 1000))
            except AlreadyStored:
                return False
            return True

        with ThreadPoolExecutor(24) as threads:
            won = list(threads.map(create, range(24)))

        assert won.count(True) == 1
        with store.read("race/1") as stream:
            assert stream.read() == str(won.index(True)).encode() * 1000
