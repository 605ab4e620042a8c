"""A Dask cluster that speaks TLS: certificates of its own authority, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from archive.errors import Exit, SettingsError, WorkersUnavailable
from archive.model.options import DaskOptions
from archive.work.api import Done
from archive.work.dask.workers import DaskWorkers
from tests.contracts.workers import run, task
from tests.doubles import tasks
from tests.servers.dask_cluster import PATIENCE, DaskCluster

Files = tuple[Path, Path, Path]


def certificates(folder: Path) -> Files:
    """Make an authority and a certificate for this machine; return the files of authority, certificate and key."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    files = folder / "ca.pem", folder / "cert.pem", folder / "key.pem"
    authority.cert_pem.write_to_path(files[0])
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(files[1], append=True)
    certificate.private_key_pem.write_to_path(files[2])
    return files


def options(files: Files) -> DaskOptions:
    return DaskOptions(*map(str, files), connect_seconds=5.0)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    folder = tmp_path_factory.mktemp("tls")
    cluster = DaskCluster(folder, certificates(folder))
    try:
        yield cluster.start([1])
    finally:
        cluster.stop()


@pytest.fixture
def others(tmp_path: Path) -> Files:
    """Certificates of another authority."""
    return certificates(tmp_path)


def test_with_certificates_of_the_cluster_work_is_done(cluster: DaskCluster) -> None:
    assert cluster.certificates is not None
    workers = DaskWorkers(cluster.address, options(cluster.certificates), plain_text=False)
    try:
        assert isinstance(run(workers, task(tasks.double, 2, tag="x"))["x"], Done)
    finally:
        workers.close()


def test_an_authority_that_did_not_sign_the_scheduler_is_refused(cluster: DaskCluster, others: Files) -> None:
    with pytest.raises(SettingsError, match=r"do not trust each other's certificates; dask.ca_file"):
        DaskWorkers(cluster.address, options(others), plain_text=False)


def test_a_client_that_the_clusters_authority_did_not_sign_is_refused(cluster: DaskCluster, others: Files) -> None:
    assert cluster.certificates is not None
    with pytest.raises((SettingsError, WorkersUnavailable), match="certificate"):  # it may hang up before it says why
        DaskWorkers(cluster.address, options((cluster.certificates[0], *others[1:])), plain_text=False)


def test_a_worker_of_another_authority_ends_and_says_why(cluster: DaskCluster, others: Files) -> None:
    stranger = DaskCluster(others[0].parent, others, cluster.port).start_worker()

    assert stranger.process.wait(PATIENCE) == Exit.SETTINGS
    assert "do not trust each other's certificates" in stranger.said


def test_a_key_of_another_certificate_is_refused(cluster: DaskCluster, others: Files) -> None:
    assert cluster.certificates is not None
    with pytest.raises(SettingsError, match="the key must belong to the certificate"):
        DaskWorkers("localhost:1", options((*cluster.certificates[:2], others[2])), plain_text=False)
