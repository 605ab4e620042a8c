"""What stores that can do more must do; a backend joins by giving a ``store`` fixture."""

from __future__ import annotations

import io
import urllib.request
from typing import Protocol

import pytest

from archive.errors import ObjectMissing
from archive.store.api import Destroying, Linking, ObjectStore, Repairing
from tests.contracts.object_store import _Breaking


class RepairingStore(ObjectStore, Repairing, Protocol):
    """A store that mends."""


class DestroyingStore(ObjectStore, Destroying, Protocol):
    """A store that destroys."""


class LinkingStore(ObjectStore, Linking, Protocol):
    """A store that gives links."""


def bytes_of(store: ObjectStore, key: str) -> bytes:
    with store.read(key) as stream:
        return stream.read()


class MendingContract:
    """Inherit, and provide ``store``."""

    def test_it_says_that_it_mends(self, store: RepairingStore) -> None:
        assert isinstance(store, Repairing)

    def test_a_damaged_object_is_replaced(self, store: RepairingStore) -> None:
        store.create("content/ab/1", io.BytesIO(b"damaged"))

        store.repair("content/ab/1", io.BytesIO(b"whole"))

        assert bytes_of(store, "content/ab/1") == b"whole"
        assert list(store.keys()) == ["content/ab/1"]

    def test_a_lost_object_is_put_back(self, store: RepairingStore) -> None:
        store.repair("content/ab/2", io.BytesIO(b"whole"))

        assert bytes_of(store, "content/ab/2") == b"whole"
        assert list(store.keys()) == ["content/ab/2"]

    def test_a_source_that_breaks_leaves_what_was_there(self, store: RepairingStore) -> None:
        store.create("content/ab/3", io.BytesIO(b"damaged"))

        with pytest.raises(RuntimeError, match="pulled"):
            store.repair("content/ab/3", _Breaking(b"abcdef"))

        assert bytes_of(store, "content/ab/3") == b"damaged"
        assert list(store.keys()) == ["content/ab/3"]


class DestroyingContract:
    """Inherit, and provide ``store``."""

    def test_it_says_that_it_destroys(self, store: DestroyingStore) -> None:
        assert isinstance(store, Destroying)

    def test_what_was_destroyed_is_gone_and_nothing_else(self, store: DestroyingStore) -> None:
        for name in ("a/1", "a/11", "a/2", "b/1"):
            store.create(name, io.BytesIO(name.encode()))

        store.destroy(["a/1", "b/1"])

        assert list(store.keys()) == ["a/11", "a/2"]
        with pytest.raises(ObjectMissing):
            store.read("a/1")
        assert bytes_of(store, "a/11") == b"a/11"

    def test_what_is_not_there_is_gone_already(self, store: DestroyingStore) -> None:
        store.destroy(["a/1", "a/1/2"])

        assert list(store.keys()) == []


class LinkingContract:
    """Inherit, and provide ``store`` and a server that answers its links."""

    def test_it_says_that_it_links(self, store: LinkingStore) -> None:
        assert isinstance(store, Linking)

    def test_a_link_gives_the_object_under_its_vietnamese_name(self, store: LinkingStore) -> None:
        store.create("content/ab/1", io.BytesIO(b"paper"))

        link = store.link("content/ab/1", 60, "Giấy phép số 12 – Đặng.pdf")

        with urllib.request.urlopen(link) as answer:  # noqa: S310 - a link of our own server
            assert answer.read() == b"paper"
            said = answer.headers["Content-Disposition"]
        assert said.startswith("attachment;")
        assert "filename*=UTF-8''Gi%E1%BA%A5y%20ph%C3%A9p%20s%E1%BB%91%2012%20%E2%80%93%20%C4%90%E1%BA%B7ng.pdf" in said

    def test_a_name_cannot_add_a_header(self, store: LinkingStore) -> None:
        store.create("content/ab/2", io.BytesIO(b"paper"))

        link = store.link("content/ab/2", 60, 'a"\r\nSet-Cookie: x=1; .pdf')

        with urllib.request.urlopen(link) as answer:  # noqa: S310 - a link of our own server
            assert "Set-Cookie" not in answer.headers
            assert answer.read() == b"paper"

    @pytest.mark.parametrize("seconds", [-1, 0, 61, 3600])
    def test_a_link_lives_for_at_most_a_minute(self, store: LinkingStore, seconds: int) -> None:
        with pytest.raises(ValueError, match="60 seconds"):
            store.link("content/ab/1", seconds, "a.pdf")
