"""A whole import into a bucket gives what it gives in a folder, and the vault in it verifies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.errors import StoreUnavailable
from archive.services.exchange.export import export
from archive.store.api import ObjectStore
from archive.store.backends.folder import FolderStore
from archive.store.backends.s3.store import S3Store
from archive.store.vault import Vault
from archive.store.verify.check import Check
from archive.work.local.pool import ProcessWorkers
from tests.doubles.fault_proxy import Fault, FaultProxy, fault_proxy
from tests.doubles.whole_import import draw_batch, make_intake, run_import
from tests.servers.fixtures import Bucket


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A batch on disk."""
    folder = tmp_path_factory.mktemp("scans") / "hop1"
    draw_batch(folder)
    return folder


@pytest.fixture(scope="module")
def in_a_folder(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the import of the batch gives in a folder."""
    home = tmp_path_factory.mktemp("home")
    store = FolderStore(home / "vault")
    run_import(make_intake(home, store), folder)
    return list(export(Vault(store)))


@pytest.fixture
def proxy(bucket: Bucket) -> Iterator[FaultProxy]:
    with fault_proxy(bucket.server.endpoint) as proxy:
        yield proxy


def store_of(bucket: Bucket, **options: Any) -> S3Store:
    return S3Store(bucket.name, bucket.prefix, bucket.options(**options), plain_text=False)


def verifies(store: ObjectStore) -> bool:
    return all(not finding.is_damage for finding in Check(store).run())


def test_an_import_into_a_bucket_is_that_into_a_folder(
    bucket: Bucket, folder: Path, in_a_folder: list[dict[str, Any]], tmp_path: Path
) -> None:
    store = store_of(bucket)
    summary = run_import(make_intake(tmp_path, store), folder)

    assert summary.sums is not None
    assert summary.sums.closes
    assert list(export(Vault(store))) == in_a_folder
    assert verifies(store)


def test_workers_keep_straight_into_the_bucket(
    bucket: Bucket, folder: Path, in_a_folder: list[dict[str, Any]], tmp_path: Path
) -> None:
    store = store_of(bucket)
    workers = ProcessWorkers(2)
    try:
        run_import(make_intake(tmp_path, store, workers), folder)
    finally:
        workers.close()

    assert list(export(Vault(store))) == in_a_folder
    assert verifies(store)


@pytest.mark.parametrize("nth", [pytest.param(1, marks=pytest.mark.long), 15, pytest.param(28, marks=pytest.mark.long)])
def test_an_import_that_lost_the_store_is_run_again_and_misses_nothing(
    bucket: Bucket, folder: Path, in_a_folder: list[dict[str, Any]], tmp_path: Path, proxy: FaultProxy, nth: int
) -> None:
    """The server goes away at some create, before it or after it was done, and stays away for the run."""
    store = store_of(bucket, endpoint=proxy.endpoint)
    creates = iter(range(1, 1000))

    def count() -> None:
        if next(creates) == nth:
            counting.drop = True
            proxy.faults.insert(0, Fault(refuse=True, times=-1))

    counting = proxy.plan(Fault("PUT", act=count, times=-1))
    with pytest.raises(StoreUnavailable):
        run_import(make_intake(tmp_path, store), folder)
    proxy.heal()
    store = store_of(bucket)
    assert verifies(store)

    summary = run_import(make_intake(tmp_path, store), folder)

    assert summary.sums is not None
    assert summary.sums.closes
    assert list(export(Vault(store))) == in_a_folder
    assert verifies(store)
