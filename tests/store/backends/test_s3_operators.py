"""What operators do, on a real bucket: examine it, copy a vault into it and out of it, mend from it and in it."""

from __future__ import annotations

import configparser
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from archive.errors import Exit, StoreUnavailable
from archive.services.health.store_probe import StoreProbe
from archive.services.preservation.copy import Copying, CopyProgress
from archive.services.preservation.repair import Repair
from archive.settings import load
from archive.store.api import ObjectStore
from archive.store.backends.folder import FolderStore
from archive.store.backends.s3.store import S3Store
from archive.store.verify.check import Check
from archive.wiring import open_archive
from tests.commands.conftest import Home
from tests.doubles.fault_proxy import Fault, FaultProxy
from tests.doubles.memory_store import MemoryStore
from tests.doubles.vaults import fill, folder_copy
from tests.servers.fixtures import Bucket
from tests.servers.seaweedfs import KEY, REGION, SECRET, SeaweedFS


@pytest.fixture
def source() -> MemoryStore:
    store = MemoryStore()
    fill(store)
    return store


@pytest.fixture
def client(bucket: Bucket) -> Iterator[Any]:
    """A way behind the store's back."""
    client = bucket.server.client()
    yield client
    client.close()


def store_of(bucket: Bucket, **options: Any) -> S3Store:
    return S3Store(bucket.name, bucket.prefix, bucket.options(**{"part_mib": 5, **options}), plain_text=False)


def copied(source: ObjectStore, target: ObjectStore) -> CopyProgress:
    *_, last = Copying(source, target).run()
    assert isinstance(last, CopyProgress)
    assert last.damaged == 0
    return last


def objects_of(store: ObjectStore) -> dict[str, bytes]:
    found = {}
    for key in store.keys(""):
        with store.read(key) as stream:
            found[key] = stream.read()
    return found


def test_a_real_bucket_keeps_all_that_an_archive_needs_and_keeps_no_probe(bucket: Bucket) -> None:
    store = store_of(bucket)
    signs = list(StoreProbe(store, (5 << 20) + 1).run())

    assert [sign for sign in signs if not sign.ok] == []
    assert [sign.name for sign in signs] == ["write once", "race", "large object", "listing", "probes"]
    assert "removed again" in signs[-1].seen
    assert list(store.keys()) == []


def test_where_nothing_may_be_deleted_the_probes_are_said_to_stay(bucket: Bucket) -> None:
    with closing(FaultProxy(bucket.server.endpoint)) as proxy:
        denied = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
        proxy.plan(Fault(method="DELETE", times=-1, status=403, body=denied))
        store = store_of(bucket, endpoint=proxy.endpoint)
        sign = list(StoreProbe(store, 1 << 20).run())[-1]
        store.close()

    assert sign.ok
    assert "stay below doctor/; they do no harm" in sign.seen


def test_probes_go_again_with_the_credentials_for_it(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles = configparser.ConfigParser()
    profiles["disposal"] = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET}
    with (tmp_path / "credentials").open("w") as file:
        profiles.write(file)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    store = store_of(bucket, destroy_profile="disposal")

    assert [sign for sign in StoreProbe(store, 1 << 20).run() if not sign.ok] == []
    assert list(store.keys()) == []


def test_a_vault_goes_to_a_bucket_and_comes_back_byte_for_byte(
    source: MemoryStore, bucket: Bucket, tmp_path: Path
) -> None:
    there, back = store_of(bucket), FolderStore(tmp_path / "back")
    first, again = copied(source, there), copied(source, there)
    copied(there, back)

    assert (first.copied, again.copied, again.there) == (len(source.objects), 0, len(source.objects))
    assert objects_of(back) == source.objects
    assert list(Check(there).run()) == []


def test_damage_in_a_folder_is_mended_from_a_bucket(source: MemoryStore, bucket: Bucket, tmp_path: Path) -> None:
    there, ours = store_of(bucket), folder_copy(source, tmp_path / "vault")
    copied(source, there)
    for number, key in enumerate(list(ours.keys())):
        if not key.startswith("feed/"):  # that nothing refers to
            (ours.root / key).unlink() if number % 2 else (ours.root / key).write_bytes(b"cut")
    repair = Repair(ours, there)
    mended = list(repair.run([*Check(ours).run(), *repair.lost()]))

    assert [one for one in mended if not one.mended] == []
    assert objects_of(ours) == source.objects


def test_damage_in_a_bucket_is_mended_from_a_folder(
    source: MemoryStore, bucket: Bucket, client: Any, tmp_path: Path
) -> None:
    ours, there = store_of(bucket), folder_copy(source, tmp_path / "copy")
    copied(source, ours)
    cut, lost = (next(ours.keys(space)) for space in ("readings/", "records/"))
    client.put_object(Bucket=bucket.name, Key=f"{bucket.prefix}/{cut}", Body=b"cut")
    client.delete_object(Bucket=bucket.name, Key=f"{bucket.prefix}/{lost}")
    mended = list(Repair(ours, there).run(list(Check(ours).run())))

    assert {one.key for one in mended if one.mended} == {cut, lost}
    assert objects_of(ours) == source.objects


@pytest.mark.long
def test_a_copy_whose_server_goes_away_is_a_failure_and_goes_on_when_it_is_back(
    source: MemoryStore, s3_keys: None, tmp_path: Path
) -> None:
    server = SeaweedFS(tmp_path / "server").start()
    try:
        with closing(server.client()) as client:
            client.create_bucket(Bucket="own")
        there = store_of(Bucket(server, "own", "vault"))
        copying = Copying(source, there).run()
        next(far for far in copying if isinstance(far, CopyProgress) and far.copied)  # the first may be about nothing
        server.kill()
        with pytest.raises(StoreUnavailable):
            list(copying)
        server.start()

        done = copied(source, there)
        assert done.there > 0, "what was acknowledged was lost"
        assert objects_of(there) == source.objects
    finally:
        server.stop()


def sockets() -> set[str]:
    """Return the sockets that this process has open."""
    return {str(file.readlink()) for file in Path("/proc/self/fd").iterdir() if file.is_socket()}


def test_an_archive_that_is_closed_holds_no_connection(bucket: Bucket, tmp_path: Path) -> None:
    variables = {"ARCHIVE_STORE": f"s3://{bucket.name}/{bucket.prefix}", "ARCHIVE_S3_ENDPOINT": bucket.server.endpoint}
    archive, before = open_archive(load(tmp_path, variables)), sockets()
    other = archive.store_at(f"s3://{bucket.name}/elsewhere")
    assert list(archive.vault.batches()) == list(other.keys("")) == []
    made = sockets() - before
    archive.close()

    assert len(made) >= 2
    assert made & sockets() == set()


def test_the_doctor_examines_a_bucket_in_plain_words(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    home.folder.mkdir(mode=0o700)
    (home.folder / "settings.toml").write_text(
        f'store = "s3://{bucket.name}/{bucket.prefix}"\n[s3]\nendpoint = "{bucket.server.endpoint}"\n'
        f'region = "{REGION}"\nretries = 0\npart_mib = 5\nwhole_mib = 6\n'
    )
    said = home("doctor")
    assert "MEND  store" not in said.out
    assert "6.0 MiB come back as they were" in said.out, "in parts"
    assert f"bucket {bucket.name} at {bucket.server.endpoint} answers" in said.out

    (home.folder / "settings.toml").write_text(
        f'store = "s3://not-there/x"\n[s3]\nendpoint = "{bucket.server.endpoint}"\nregion = "{REGION}"\nretries = 0\n'
    )
    said = home("doctor")
    assert said.code in (Exit.STORE, Exit.SETTINGS)
    assert "MEND  store" in said.out
    assert "ok    search index" in said.out
