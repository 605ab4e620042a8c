"""Whatever the network or the server does: an object is whole or not there, written once, and never wrong bytes."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from archive.errors import AlreadyStored, StoreUnavailable
from archive.model.options import UploadCheck
from archive.store.backends.s3.store import S3Store
from tests.doubles.fault_proxy import Fault, FaultProxy, fault_proxy
from tests.servers.fixtures import Bucket

LARGE = bytes(range(256)) * 4096 * 6  # 6 MiB: more than is held in memory, or two parts of the smallest size
IN_PARTS = {"whole_mib": 5}
ACCESS_DENIED = b"<Error><Code>AccessDenied</Code></Error>"


@pytest.fixture
def proxy(bucket: Bucket) -> Iterator[FaultProxy]:
    with fault_proxy(bucket.server.endpoint) as proxy:
        yield proxy


@pytest.fixture
def store(bucket: Bucket, proxy: FaultProxy) -> S3Store:
    return through(bucket, proxy)


def through(bucket: Bucket, proxy: FaultProxy, **options: Any) -> S3Store:
    """Return a store behind the proxy; without retries unless a test wants them, so that tests are quick."""
    chosen = bucket.options(**{"endpoint": proxy.endpoint, "part_mib": 5, **options})
    return S3Store(bucket.name, bucket.prefix, chosen, plain_text=False)


def direct(bucket: Bucket) -> S3Store:
    return S3Store(bucket.name, bucket.prefix, bucket.options(), plain_text=False)


def bytes_of(store: S3Store, key: str) -> bytes:
    with store.read(key) as stream:
        return stream.read()


def test_a_busy_server_is_asked_again(bucket: Bucket, proxy: FaultProxy) -> None:
    store = through(bucket, proxy, retries=1)
    proxy.plan(Fault("PUT", status=503))
    proxy.plan(Fault("GET", status=503))

    store.create("a/1", io.BytesIO(b"x"))

    assert [line.split()[0] for line in proxy.seen] == ["PUT", "PUT", "GET", "GET"]
    assert bytes_of(store, "a/1") == b"x"


@pytest.mark.parametrize("failing", [Fault("PUT", status=503), Fault("PUT", drop=True), Fault("PUT", refuse=True)])
def test_a_large_object_that_failed_is_sent_again_from_its_beginning(
    bucket: Bucket, proxy: FaultProxy, failing: Fault
) -> None:
    store = through(bucket, proxy, retries=1)
    proxy.plan(replace(failing))

    store.create("a/1", io.BytesIO(LARGE))

    assert bytes_of(store, "a/1") == LARGE


def test_a_server_that_stays_busy_is_unavailable_and_has_nothing(
    bucket: Bucket, proxy: FaultProxy, store: S3Store
) -> None:
    proxy.plan(Fault("PUT", status=503, times=-1))

    with pytest.raises(StoreUnavailable) as caught:
        store.create("a/1", io.BytesIO(b"x"))
    assert caught.value.retryable
    assert list(direct(bucket).keys()) == []


@pytest.mark.parametrize("retries", [0, 1])
def test_a_lost_answer_is_no_second_writer(bucket: Bucket, proxy: FaultProxy, retries: int) -> None:
    """The server did it. Asked again it says that the key is taken: by ourselves."""
    store = through(bucket, proxy, retries=retries)
    lost = proxy.plan(Fault("PUT", drop=True))

    store.create("a/1", io.BytesIO(b"x"))

    assert lost.met == 1
    assert bytes_of(store, "a/1") == b"x"


@pytest.mark.parametrize("retries", [0, 1])
def test_a_lost_answer_to_the_completion_of_parts_is_no_second_writer(
    bucket: Bucket, proxy: FaultProxy, retries: int
) -> None:
    store = through(bucket, proxy, retries=retries, **IN_PARTS)
    lost = proxy.plan(Fault("POST", "uploadId=", drop=True))

    store.create("a/1", io.BytesIO(LARGE))

    assert lost.met == 1
    assert bytes_of(store, "a/1") == LARGE


@pytest.mark.parametrize("retries", [0, 1])
def test_a_lost_refusal_is_still_a_refusal(bucket: Bucket, proxy: FaultProxy, retries: int) -> None:
    direct(bucket).create("a/1", io.BytesIO(b"another's"))
    store = through(bucket, proxy, retries=retries)
    lost = proxy.plan(Fault("PUT", drop=True))

    with pytest.raises(AlreadyStored):
        store.create("a/1", io.BytesIO(b"x"))
    assert lost.met == 1
    assert bytes_of(store, "a/1") == b"another's"


def test_a_lost_answer_while_mending_is_asked_after(bucket: Bucket, proxy: FaultProxy, store: S3Store) -> None:
    direct(bucket).create("a/1", io.BytesIO(b"damaged"))
    proxy.plan(Fault("PUT", drop=True))

    store.repair("a/1", io.BytesIO(b"whole"))

    assert bytes_of(store, "a/1") == b"whole"


def test_a_conflict_with_a_writer_that_gave_up_is_tried_again(store: S3Store, proxy: FaultProxy) -> None:
    conflict = b"<Error><Code>ConditionalRequestConflict</Code></Error>"
    proxy.plan(Fault("PUT", status=409, body=conflict, times=2))

    store.create("a/1", io.BytesIO(b"x"))

    assert bytes_of(store, "a/1") == b"x"


def test_a_conflict_with_a_writer_that_won_is_a_refusal(bucket: Bucket, store: S3Store, proxy: FaultProxy) -> None:
    other = direct(bucket)
    conflict = b"<Error><Code>ConditionalRequestConflict</Code></Error>"
    won = Fault("PUT", status=409, body=conflict, act=lambda: other.create("a/1", io.BytesIO(b"another's")))
    proxy.plan(won)

    with pytest.raises(AlreadyStored):
        store.create("a/1", io.BytesIO(b"x"))


@pytest.mark.parametrize("cut", [0, 1, 100_000, 5_000_000])
def test_a_connection_that_breaks_while_reading_is_taken_up_where_it_was(
    store: S3Store, proxy: FaultProxy, cut: int
) -> None:
    store.create("a/1", io.BytesIO(LARGE))
    proxy.heal()
    broken = proxy.plan(Fault("GET", cut_after=cut, times=2))

    assert bytes_of(store, "a/1") == LARGE
    assert broken.met == 2


def test_a_connection_that_only_breaks_is_given_up(store: S3Store, proxy: FaultProxy) -> None:
    store.create("a/1", io.BytesIO(b"x" * 1000))
    proxy.plan(Fault("GET", cut_after=0, times=-1))

    with pytest.raises(StoreUnavailable, match="again and again"):
        bytes_of(store, "a/1")


def test_halves_of_two_objects_are_never_one(bucket: Bucket, store: S3Store, proxy: FaultProxy) -> None:
    """Mended while it was read: what follows the break would be another object's."""
    store.create("a/1", io.BytesIO(LARGE))
    proxy.plan(Fault("GET", cut_after=100_000))
    with store.read("a/1") as stream:
        direct(bucket).repair("a/1", io.BytesIO(LARGE[::-1]))

        with pytest.raises(StoreUnavailable, match="changed while it was read"):
            stream.read()


def test_bytes_that_were_wrong_on_the_way_back_are_read_again(store: S3Store, proxy: FaultProxy) -> None:
    wrong = proxy.plan(Fault("GET", flip=3, times=2))

    store.create("a/1", io.BytesIO(b"0123456789"))

    assert wrong.met == 2
    assert bytes_of(store, "a/1") == b"0123456789"


@pytest.mark.parametrize("way", [{}, IN_PARTS])
@pytest.mark.parametrize("data", [b"0123456789", LARGE], ids=["small", "large"])
def test_bytes_that_are_wrong_in_the_store_are_taken_away_again(
    bucket: Bucket, proxy: FaultProxy, data: bytes, way: dict[str, int]
) -> None:
    store = through(bucket, proxy, **way)
    proxy.plan(Fault("GET", flip=3, times=-1))

    with pytest.raises(StoreUnavailable, match="taken away again"):
        store.create("a/1", io.BytesIO(data))
    assert list(direct(bucket).keys()) == []


def test_wrong_bytes_that_may_not_be_taken_away_are_said_to_stay(
    bucket: Bucket, store: S3Store, proxy: FaultProxy
) -> None:
    proxy.plan(Fault("GET", flip=3, times=-1))
    proxy.plan(Fault("DELETE", status=403, body=ACCESS_DENIED, times=-1))

    with pytest.raises(StoreUnavailable, match=r"a damaged object stays there; `archive verify --repair-from`"):
        store.create("a/1", io.BytesIO(b"0123456789"))
    assert list(direct(bucket).keys()) == ["a/1"]


def test_a_mended_object_is_never_taken_away(bucket: Bucket, store: S3Store, proxy: FaultProxy) -> None:
    proxy.plan(Fault("GET", flip=3, times=-1))

    with pytest.raises(StoreUnavailable, match="stays there"):
        store.repair("a/1", io.BytesIO(b"0123456789"))
    assert list(direct(bucket).keys()) == ["a/1"]


def test_an_object_that_vanished_after_it_was_acknowledged_is_not_stored(
    bucket: Bucket, store: S3Store, proxy: FaultProxy, behind: Any
) -> None:
    gone = {"Bucket": bucket.name, "Key": f"{bucket.prefix}/a/1"}
    proxy.plan(Fault("GET", act=lambda: behind.delete_object(**gone)))

    with pytest.raises(StoreUnavailable, match="nothing was kept"):
        store.create("a/1", io.BytesIO(b""))


@pytest.fixture
def behind(bucket: Bucket) -> Iterator[Any]:
    """A way behind the store's back."""
    client = bucket.server.client()
    yield client
    client.close()


@pytest.mark.parametrize("way", [{}, IN_PARTS])
def test_a_checksum_that_is_another_is_no_success(bucket: Bucket, proxy: FaultProxy, way: dict[str, int]) -> None:
    store = through(bucket, proxy, upload_check=UploadCheck.CHECKSUM, **way)
    proxy.plan(Fault("PUT", headers={"x-amz-checksum-sha256": "AAAA"}, times=-1))

    with pytest.raises(StoreUnavailable, match="other bytes than were sent"):
        store.create("a/1", io.BytesIO(LARGE))
    assert list(direct(bucket).keys()) == []


def test_a_slow_answer_is_waited_for(store: S3Store, proxy: FaultProxy) -> None:
    proxy.plan(Fault("PUT", delay=0.5))

    store.create("a/1", io.BytesIO(b"x"))

    assert bytes_of(store, "a/1") == b"x"


def test_an_answer_that_never_comes_is_not_waited_for(bucket: Bucket, proxy: FaultProxy) -> None:
    store = through(bucket, proxy, read_seconds=0.3)
    proxy.plan(Fault("GET", delay=3))
    began = time.monotonic()

    with pytest.raises(StoreUnavailable, match="did not answer"):
        list(store.keys())
    assert time.monotonic() - began < 3


def test_a_connection_that_is_refused_while_sending_leaves_nothing(
    bucket: Bucket, store: S3Store, proxy: FaultProxy
) -> None:
    proxy.plan(Fault("PUT", refuse=True, times=-1))

    with pytest.raises(StoreUnavailable):
        store.create("a/1", io.BytesIO(LARGE))
    assert list(direct(bucket).keys()) == []


def test_parts_that_do_not_arrive_are_cleared_away(bucket: Bucket, proxy: FaultProxy, behind: Any) -> None:
    store = through(bucket, proxy, **IN_PARTS)
    proxy.plan(Fault("PUT", "partNumber=2", status=500, times=-1))

    with pytest.raises(StoreUnavailable):
        store.create("a/1", io.BytesIO(LARGE))
    assert list(direct(bucket).keys()) == []
    uploads = behind.list_multipart_uploads(Bucket=bucket.name).get("Uploads", [])
    assert [upload for upload in uploads if upload["Key"].startswith(bucket.prefix)] == []
