"""A bucket of a real S3 server keeps the contract, and everything that it can do beside it."""

from __future__ import annotations

import configparser
import contextlib
import datetime
import io
import multiprocessing
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from archive.errors import AlreadyStored, ObjectMissing, SettingsError, StoreUnavailable
from archive.model.diagnosis import HealthChecks
from archive.model.options import UploadCheck
from archive.store.api import ObjectStore
from archive.store.backends.s3.client import S3Client
from archive.store.backends.s3.store import S3Store
from tests.contracts.object_store import ObjectStoreContract
from tests.contracts.store_capabilities import DestroyingContract, LinkingContract, MendingContract
from tests.doubles.fault_proxy import Fault, fault_proxy
from tests.doubles.sources import Meeting
from tests.servers.fixtures import Bucket
from tests.servers.seaweedfs import KEY, SECRET

MIB = 1 << 20
LARGE = bytes(range(256)) * 4096 * 6  # 6 MiB: more than is held in memory, or two parts of the smallest size
IN_PARTS = {"whole_mib": 5}


def store_of(bucket: Bucket, **options: Any) -> S3Store:
    return S3Store(bucket.name, bucket.prefix, bucket.options(**{"part_mib": 5, **options}), plain_text=False)


@pytest.fixture
def destroyers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3_keys: None) -> None:
    """A profile with the rights to destroy."""
    profiles = configparser.ConfigParser()
    profiles["disposal"] = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET}
    with (tmp_path / "credentials").open("w") as file:
        profiles.write(file)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture
def client(bucket: Bucket) -> Iterator[Any]:
    """A way behind the store's back."""
    client = bucket.server.client()
    yield client
    client.close()


@contextlib.contextmanager
def torn_in(bucket: Bucket) -> Iterator[Callable[[str], ObjectStore]]:
    """Give what makes a store behind a network that breaks in the middle of one object, however often it is asked."""
    with fault_proxy(bucket.server.endpoint) as proxy:

        def tear(key: str) -> ObjectStore:
            proxy.plan(Fault("GET", key, cut_after=100_000))
            proxy.plan(Fault("GET", key, times=-1, cut_after=0))
            return store_of(bucket, endpoint=proxy.endpoint)

        yield tear


class TestS3Store(ObjectStoreContract, MendingContract, DestroyingContract, LinkingContract):
    """A prefix of a bucket."""

    @pytest.fixture
    def store(self, bucket: Bucket, destroyers: None) -> ObjectStore:
        return store_of(bucket, destroy_profile="disposal")

    lists_by_folder = True  # SeaweedFS

    @pytest.fixture
    def torn(self, bucket: Bucket) -> Iterator[Callable[[str], ObjectStore]]:
        with torn_in(bucket) as tear:
            yield tear


class TestS3StoreByChecksum(ObjectStoreContract):
    """The same, where the server's checksum is trusted."""

    @pytest.fixture
    def store(self, bucket: Bucket) -> ObjectStore:
        return store_of(bucket, upload_check=UploadCheck.CHECKSUM)

    lists_by_folder = True  # SeaweedFS

    @pytest.fixture
    def torn(self, bucket: Bucket) -> Iterator[Callable[[str], ObjectStore]]:
        with torn_in(bucket) as tear:
            yield tear


def create_large(store: S3Store, number: int) -> bool:
    try:
        store.create("race/1", io.BytesIO(LARGE + bytes([number])))
    except AlreadyStored:
        return False
    return True


def create_small(store: S3Store, number: int) -> bool:
    try:
        store.create("race/1", io.BytesIO(bytes([number]) * 1000))
    except AlreadyStored:
        return False
    return True


def of_twelve(store: S3Store, first: int, large: bool) -> list[int]:
    """Let twelve threads of this process create one key; return the numbers of those that won."""
    create = create_large if large else create_small
    with ThreadPoolExecutor(12) as threads:
        won = threads.map(lambda number: (number, create(store, number)), range(first, first + 12))
        return [number for number, has_won in won if has_won]


@pytest.mark.parametrize("large", [False, True])
def test_of_24_creators_in_two_processes_one_wins(bucket: Bucket, large: bool) -> None:
    store = store_of(bucket)
    with multiprocessing.get_context("spawn").Pool(2) as processes:
        by_process = processes.starmap(of_twelve, [(store, first, large) for first in (0, 12)], chunksize=1)
    winners = [number for numbers in by_process for number in numbers]

    assert len(winners) == 1
    with store.read("race/1") as stream:
        assert stream.read() == (LARGE + bytes(winners) if large else bytes(winners) * 1000)


@pytest.mark.parametrize("way", [{}, IN_PARTS])
@pytest.mark.parametrize("check", list(UploadCheck))
def test_a_large_object_comes_back_whole(bucket: Bucket, client: Any, check: UploadCheck, way: dict[str, int]) -> None:
    store = store_of(bucket, upload_check=check, **way)
    store.create("content/ab/1", io.BytesIO(LARGE))

    with store.read("content/ab/1") as stream:
        assert stream.read() == LARGE
    with pytest.raises(AlreadyStored):
        store.create("content/ab/1", io.BytesIO(LARGE))
    assert open_uploads(client, bucket) == []


def test_parts_are_refused_when_another_was_faster(bucket: Bucket, client: Any) -> None:
    """The other one comes after the key was found free, and before the parts are completed."""
    store = store_of(bucket, **IN_PARTS)

    with pytest.raises(AlreadyStored):
        store.create("content/ab/1", Meeting(LARGE, lambda: store.create("content/ab/1", io.BytesIO(b"first"))))

    with store.read("content/ab/1") as stream:
        assert stream.read() == b"first"
    assert open_uploads(client, bucket) == []


@pytest.mark.parametrize("way", [{}, IN_PARTS])
def test_a_large_source_that_breaks_leaves_nothing(bucket: Bucket, client: Any, way: dict[str, int]) -> None:
    store = store_of(bucket, **way)

    with pytest.raises(RuntimeError, match="pulled"):
        store.create("content/ab/1", Pulled(LARGE))

    assert list(store.keys()) == []
    assert open_uploads(client, bucket) == []


def test_no_room_for_a_temporary_file_is_said(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/dev/full")  # no folder: what a temporary file meets on a full disk
    store = store_of(bucket)

    with pytest.raises(StoreUnavailable, match="TMPDIR"):
        store.create("content/ab/1", io.BytesIO(LARGE))
    assert list(store.keys()) == []


class Pulled(io.BytesIO):
    """A source that fails when all its bytes have been read, as a check of their digest does."""

    def read(self, size: int | None = -1) -> bytes:
        chunk = super().read(size)
        if not chunk:
            raise RuntimeError("pulled")
        return chunk


def test_a_small_source_that_fails_at_its_very_end_leaves_nothing(bucket: Bucket) -> None:
    store = store_of(bucket)

    with pytest.raises(RuntimeError, match="pulled"):
        store.create("content/ab/1", Pulled(b"whole, and yet not what was promised"))

    assert list(store.keys()) == []


def open_uploads(client: Any, bucket: Bucket) -> list[str]:
    listed = client.list_multipart_uploads(Bucket=bucket.name).get("Uploads", [])
    return [upload["Key"] for upload in listed if upload["Key"].startswith(bucket.prefix)]


def test_more_keys_than_a_page_holds_are_all_listed(bucket: Bucket, client: Any) -> None:
    names = [f"feed/20260101/{number:05d}" for number in range(1005)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda name: client.put_object(Bucket=bucket.name, Key=f"{bucket.prefix}/{name}"), names))

    assert list(store_of(bucket).keys("feed/")) == names


def test_foreign_names_are_no_keys_and_are_listed_apart(bucket: Bucket, client: Any) -> None:
    store = store_of(bucket)
    store.create("a/1", io.BytesIO(b"x"))
    names = ["README", "a/1 copy", "a/B", "a/Ảnh chụp.jpg"]
    for name in (*names, "", "a/"):  # some programs put the last two there for a folder
        client.put_object(Bucket=bucket.name, Key=f"{bucket.prefix}/{name}")

    assert list(store.keys()) == ["a/1"]
    assert list(store.other_names()) == names


@pytest.mark.parametrize("key", ["../x", "a/../b", "/a", "a//b", "A/b", "", "a b"])
def test_a_key_cannot_leave_the_prefix(bucket: Bucket, key: str) -> None:
    store = store_of(bucket)

    with pytest.raises(ValueError, match="not an object key"):
        store.create(key, io.BytesIO(b"x"))
    with pytest.raises(ValueError, match="not an object key"):
        store.read(key)


def test_two_prefixes_are_two_stores(bucket: Bucket) -> None:
    store = store_of(bucket)
    other = S3Store(bucket.name, f"{bucket.prefix}2/", bucket.options(), plain_text=False)
    store.create("a/1", io.BytesIO(b"x"))

    assert list(other.keys()) == []
    other.create("a/1", io.BytesIO(b"y"))
    assert list(store.keys()) == ["a/1"]


def test_a_prefix_may_be_vietnamese(bucket: Bucket) -> None:
    store = S3Store(bucket.name, f"{bucket.prefix}/Hồ sơ một cửa/Đợt 1", bucket.options(), plain_text=False)
    store.create("a/1", io.BytesIO(b"x"))

    assert list(store.keys()) == ["a/1"]
    with store.read("a/1") as stream:
        assert stream.read() == b"x"


def test_it_travels_to_workers_without_credentials(bucket: Bucket) -> None:
    store = store_of(bucket)
    store.create("a/1", io.BytesIO(b"x"))
    packed = pickle.dumps(store)

    assert SECRET.encode() not in packed
    assert list(pickle.loads(packed).keys()) == ["a/1"]  # noqa: S301 - our own bytes


def test_a_forked_process_opens_connections_of_its_own(bucket: Bucket) -> None:
    client = S3Client(bucket.options(), plain_text=False)
    parents = client.boto

    def answer() -> None:
        sys.exit(0 if client.boto is not parents and client.boto.list_buckets() else 1)

    child = multiprocessing.get_context("fork").Process(target=answer)
    child.start()
    child.join()
    assert child.exitcode == 0
    assert client.boto is parents


def test_a_missing_bucket_is_a_setting_to_mend(bucket: Bucket) -> None:
    store = S3Store("no-such-bucket", "", bucket.options(), plain_text=False)

    for act in (lambda: store.read("a/1"), lambda: list(store.keys()), lambda: store.create("a/1", io.BytesIO(b"x"))):
        with pytest.raises(SettingsError, match=r"NoSuchBucket.*make the bucket"):
            act()


def test_locked_objects_go_only_with_the_right_to_bypass(bucket: Bucket, client: Any, destroyers: None) -> None:
    client.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    for check in UploadCheck:
        options = bucket.options(lock_days=2, destroy_profile="disposal", part_mib=5, upload_check=check)
        store = S3Store("locked", bucket.prefix, options, plain_text=False)
        store.create("a/1", io.BytesIO(b"x"))
        store.create("a/2", io.BytesIO(LARGE))
        until = client.head_object(Bucket="locked", Key=f"{bucket.prefix}/a/2")["ObjectLockRetainUntilDate"]
        assert datetime.timedelta(days=1) < until - datetime.datetime.now(datetime.UTC) < datetime.timedelta(days=2)

        version = client.head_object(Bucket="locked", Key=f"{bucket.prefix}/a/1")["VersionId"]
        with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
            client.delete_object(Bucket="locked", Key=f"{bucket.prefix}/a/1", VersionId=version)
        client.delete_object(Bucket="locked", Key=f"{bucket.prefix}/a/1")  # a mark of deletion: it still lies below

        store.destroy(["a/1", "a/2"])
        assert "Versions" not in client.list_object_versions(Bucket="locked", Prefix=bucket.prefix)
        assert "DeleteMarkers" not in client.list_object_versions(Bucket="locked", Prefix=bucket.prefix)


def test_a_lock_needs_a_bucket_made_for_it(bucket: Bucket) -> None:
    store = store_of(bucket, lock_days=2)

    with pytest.raises(SettingsError):
        store.create("a/1", io.BytesIO(b"x"))
    assert list(store.keys()) == []


def test_destroying_needs_credentials_of_its_own(bucket: Bucket) -> None:
    store = store_of(bucket)
    store.create("a/1", io.BytesIO(b"x"))

    with pytest.raises(SettingsError, match="destroy_profile"):
        store.destroy(["a/1"])
    assert list(store.keys()) == ["a/1"]


def test_a_link_is_over_when_its_time_is(bucket: Bucket) -> None:
    store = store_of(bucket)

    assert "X-Amz-Expires=7&" in store.link("a/1", 7, "a.pdf")


def test_the_smallest_part_is_that_of_s3(bucket: Bucket) -> None:
    with pytest.raises(SettingsError, match="part_mib"):
        store_of(bucket, part_mib=4)


def test_a_well_bucket_has_good_signs(bucket: Bucket, client: Any) -> None:
    store = store_of(bucket)
    signs = {sign.name: sign for sign in store.health_checks()}

    assert isinstance(store, HealthChecks)
    assert list(signs) == ["bucket", "clock", "wire", "versions"]
    assert all(sign.ok for sign in signs.values())
    assert signs["wire"].seen == "plain text, on this machine alone"
    assert signs["clock"].seen == "the server's clock agrees with this machine's to the minute"


def test_a_bucket_that_cannot_be_used_is_a_sign_and_no_exception(bucket: Bucket) -> None:
    missing = S3Store("no-such-bucket", "", bucket.options(), plain_text=False)
    [sign, clock] = missing.health_checks()
    assert (sign.name, sign.ok, clock.ok) == ("bucket", False, True)
    assert "make the bucket" in str(sign.advice)

    nowhere = S3Store("x-x", "", bucket.options(endpoint="http://127.0.0.1:1"), plain_text=False)
    [sign] = nowhere.health_checks()
    assert not sign.ok


def test_a_bucket_without_the_lock_that_is_asked_for_is_not_well(bucket: Bucket) -> None:
    signs = {sign.name: sign for sign in store_of(bucket, lock_days=3).health_checks()}

    assert not signs["lock"].ok
    assert "lock_days" in str(signs["lock"].advice)


def test_requests_are_few(bucket: Bucket) -> None:
    """What one operation costs is what a far server makes slow."""
    with fault_proxy(bucket.server.endpoint) as proxy:
        store = store_of(bucket, endpoint=proxy.endpoint)
        parts = store_of(bucket, endpoint=proxy.endpoint, **IN_PARTS)

        def cost(act: Callable[[], object], *expected: type[Exception]) -> list[str]:
            proxy.heal()
            with contextlib.suppress(*expected):
                act()
                assert not expected
            return [line.split()[0] for line in proxy.seen]

        assert cost(lambda: store.create("a/1", io.BytesIO(b"x"))) == ["PUT", "GET"]
        assert cost(lambda: store.create("a/1", io.BytesIO(b"x")), AlreadyStored) == ["PUT", "HEAD"]
        assert cost(lambda: store.create("a/2", io.BytesIO(LARGE))) == ["HEAD", "PUT", "GET"]
        assert cost(lambda: parts.create("a/3", io.BytesIO(LARGE))) == [
            "HEAD",
            "POST",
            "PUT",
            "PUT",
            "POST",
            "HEAD",
            "GET",
        ]
        assert cost(lambda: store.create("a/2", io.BytesIO(LARGE)), AlreadyStored) == ["HEAD"]
        assert cost(lambda: store.read("a/1").close()) == ["GET"]
        assert cost(lambda: store.read("a/4"), ObjectMissing) == ["GET"]
        assert cost(lambda: list(store.keys())) == ["GET"]
        assert cost(lambda: store.link("a/1", 60, "x")) == []


def test_a_server_that_lists_out_of_order_is_refused(bucket: Bucket, client: Any) -> None:
    """This one lists folder by folder: a/1 comes before a.json; S3 goes by bytes. Our own keys have no such pair."""
    for name in ("a/1", "a.json"):
        client.put_object(Bucket=bucket.name, Key=f"{bucket.prefix}/{name}")

    with pytest.raises(StoreUnavailable, match="out of order"):
        list(store_of(bucket).keys())
