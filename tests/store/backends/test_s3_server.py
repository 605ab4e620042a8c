"""A server of our own that is killed, stopped, filled to the brim: what it acknowledged stays, and nothing half."""

from __future__ import annotations

import io
import os
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from archive.errors import StoreUnavailable
from archive.model.options import S3Options
from archive.store.backends.s3.store import S3Store
from tests.doubles.small_disk import small_disk
from tests.doubles.sources import Meeting
from tests.servers import fixtures
from tests.servers.fixtures import needs_weed
from tests.servers.seaweedfs import REGION, SeaweedFS

LARGE = bytes(range(256)) * 4096 * 6  # 6 MiB: more than is held in memory, or two parts of the smallest size
BUCKET = "own-bucket"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    needs_weed()
    server = SeaweedFS(tmp_path_factory.mktemp("own")).start()
    make_bucket(server)
    yield server
    server.kill()


def test_where_the_server_is_missing_tests_skip_and_on_ci_they_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixtures, "WEED", Path("no-such-program"))

    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="scripts/setup dev"):
        needs_weed()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="scripts/setup dev"):
        needs_weed()


def make_bucket(server: SeaweedFS) -> None:
    client = server.client()
    client.create_bucket(Bucket=BUCKET)
    client.close()


def store_on(server: SeaweedFS, **options: Any) -> S3Store:
    chosen = {"endpoint": server.endpoint, "region": REGION, "retries": 0, "part_mib": 5, **options}
    return S3Store(BUCKET, secrets.token_hex(8), S3Options(**chosen), plain_text=False)


def bytes_of(store: S3Store, key: str) -> bytes:
    with store.read(key) as stream:
        return stream.read()


def test_what_was_acknowledged_survives_kill_9(server: SeaweedFS, s3_keys: None) -> None:
    """Killed in the middle of eight writers; those that were told of success find their bytes, the others none."""
    store = store_on(server)
    store.create("large/1", io.BytesIO(LARGE))
    enough = threading.Event()
    acknowledged: dict[str, bytes] = {}

    def write(writer: int) -> None:
        with suppress(StoreUnavailable):
            for number in range(10_000):  # until the server is gone
                key, data = f"a/{writer}/{number:05d}", f"{writer} {number}".encode() * 50
                store.create(key, io.BytesIO(data))
                acknowledged[key] = data
                if len(acknowledged) > 60:
                    enough.set()

    with ThreadPoolExecutor(8) as threads:
        writers = [threads.submit(write, writer) for writer in range(8)]
        enough.wait(60)
        server.kill()
        for writer in writers:
            writer.result()
    server.start()

    assert enough.is_set()
    assert {key: bytes_of(store, key) for key in acknowledged} == acknowledged
    assert bytes_of(store, "large/1") == LARGE
    for key in set(store.keys("a/")) - acknowledged.keys():  # done, and the answer was lost: whole all the same
        _, writer, number = key.split("/")
        assert bytes_of(store, key) == f"{writer} {int(number)}".encode() * 50


@pytest.mark.parametrize("way", [{}, {"whole_mib": 5}], ids=["whole", "in parts"])
def test_a_server_stopped_in_the_middle_of_an_upload_and_started_again(
    server: SeaweedFS, s3_keys: None, way: dict[str, int]
) -> None:
    store = store_on(server, **way)

    with pytest.raises(StoreUnavailable):
        store.create("a/1", Meeting(LARGE, server.stop))
    server.start()

    assert list(store.keys()) == []
    store.create("a/1", io.BytesIO(LARGE))
    assert bytes_of(store, "a/1") == LARGE


def test_a_server_that_comes_back_in_time_is_not_noticed(server: SeaweedFS, s3_keys: None) -> None:
    store = store_on(server, retries=12)  # pauses grow to 20 s: far longer than a start takes
    server.kill()
    with ThreadPoolExecutor(1) as threads:
        created = threads.submit(store.create, "a/1", io.BytesIO(b"x"))
        server.start()
        created.result()

    assert bytes_of(store, "a/1") == b"x"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for little."""
    with small_disk(tmp_path / "disk", mib=48) as disk:
        yield disk


@pytest.mark.long
def test_a_full_disk_is_unavailable_and_leaves_nothing_half(disk: Path, s3_keys: None) -> None:
    needs_weed()
    server = SeaweedFS(disk, volume_mib=8).start()
    try:
        make_bucket(server)
        store = store_on(server)
        stored: dict[str, bytes] = {}
        with pytest.raises(StoreUnavailable) as caught:
            fill(store, stored)

        assert caught.value.retryable
        assert len(stored) > 3
        assert list(store.keys()) == sorted(stored)
        assert {key: bytes_of(store, key) for key in stored} == stored
    finally:
        server.kill()


def fill(store: S3Store, stored: dict[str, bytes]) -> None:
    """Store a MiB after the other, more than the disk takes; note what was stored."""
    for number in range(100):
        data = os.urandom(1 << 20)
        store.create(f"a/{number:03d}", io.BytesIO(data))
        stored[f"a/{number:03d}"] = data
