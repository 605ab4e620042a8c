"""What every ObjectStore must do; a backend joins by giving a ``store`` fixture."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from archive.errors import AlreadyStored, ObjectMissing, StoreUnavailable
from archive.store.api import ObjectStore, is_key

NOBODYS = ["../x", "a/../b", "a/..", "/a", "a/", "a//b", "A/b", "staging/x", "staging", "", "a b", ".", "./a", "a/./b"]
_names = st.text("09az.", min_size=1, max_size=3)
_keys = st.lists(st.lists(_names, min_size=1, max_size=3).map("/".join).filter(is_key), max_size=6, unique=True)
_ON_PURPOSE = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]  # each store's class, one store
_examples = itertools.count()  # each example has a place of its own in the store of its test


class _Breaking(io.BytesIO):
    """A source that fails in the middle, as a pulled cable does."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise RuntimeError("pulled")
        return super().read(3)


class _Unplugged(io.BytesIO):
    """A source whose own disk fails in the middle."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise OSError(5, "Input/output error")
        return super().read(3)


def _possible(keys: list[str]) -> bool:
    """Say whether no key would be both an object and the folder of another: a disk has no place for both."""
    return not any(other.startswith(f"{key}/") for key in keys for other in keys)


class ObjectStoreContract:
    """Inherit, and provide ``store``, and ``torn``: the same objects, read where this one ends in its middle."""

    lists_by_folder = False  # a server that puts all of ``a/`` before ``a.b``: it is refused, and not believed

    @pytest.mark.parametrize("key", NOBODYS)
    def test_what_is_no_key_is_refused(self, store: ObjectStore, key: str) -> None:
        with pytest.raises(ValueError, match="not an object key"):
            store.create(key, io.BytesIO(b"x"))

    @settings(max_examples=25, suppress_health_check=_ON_PURPOSE)
    @given(_keys.filter(_possible), _names)
    @example(["a/x", "a.b"], "a")
    @example(["a.b", "a.b.", "a/0", "a0"], "a")
    def test_keys_of_any_kind_come_in_the_order_of_their_bytes(
        self, store: ObjectStore, keys: list[str], start: str
    ) -> None:
        place = f"order/{next(_examples)}/"
        for key in keys:
            store.create(place + key, io.BytesIO(b""))

        wanted = sorted(key for key in keys if key.startswith(start))
        if self.lists_by_folder and sorted(keys) != sorted(keys, key=lambda key: key.split("/")):
            with pytest.raises(StoreUnavailable, match="out of order"):
                list(store.keys(place))
            return
        assert [key.removeprefix(place) for key in store.keys(place)] == sorted(keys)
        assert [key.removeprefix(place) for key in store.keys(place + start)] == wanted

    def test_a_stream_that_breaks_is_a_fault_of_the_store(
        self, store: ObjectStore, torn: Callable[[str], ObjectStore]
    ) -> None:
        store.create("content/ab/torn", io.BytesIO(bytes(200_000)))
        broken = torn("content/ab/torn")

        with broken.read("content/ab/torn") as stream, pytest.raises(StoreUnavailable) as piece:
            list(iter(lambda: stream.read(1_000), b""))
        with broken.read("content/ab/torn") as stream, pytest.raises(StoreUnavailable) as whole:
            stream.read()

        assert piece.value.retryable
        assert whole.value.retryable

    def test_a_source_on_a_failing_disk_is_no_fault_of_the_store(self, store: ObjectStore) -> None:
        with pytest.raises(OSError, match="Input/output error"):
            store.create("a/4", _Unplugged(b"abcdef"))

        assert list(store.keys()) == []

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
