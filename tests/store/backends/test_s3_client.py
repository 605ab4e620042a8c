"""The way to a bucket: addresses, authorities, credentials; and what is said when one of them is wrong."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from archive.backend_factory import open_store
from archive.errors import ArchiveError, SettingsError, StoreUnavailable
from archive.model.options import Addressing, S3Options
from archive.settings import load
from archive.store.backends.s3.client import S3Client
from archive.store.backends.s3.store import S3Store
from tests.doubles.fault_proxy import Fault, FaultProxy, fault_proxy
from tests.servers.fixtures import DOMAIN, Bucket
from tests.servers.seaweedfs import SECRET


def store_of(bucket: Bucket, **options: Any) -> S3Store:
    return S3Store(bucket.name, bucket.prefix, bucket.options(**options), plain_text=False)


def works(store: S3Store) -> None:
    store.create("a/1", io.BytesIO(b"x"))
    assert list(store.keys()) == ["a/1"]
    with store.read("a/1") as stream:
        assert stream.read() == b"x"


@pytest.fixture
def proxy(bucket: Bucket) -> Iterator[FaultProxy]:
    with fault_proxy(bucket.server.endpoint) as proxy:
        yield proxy


@pytest.mark.parametrize("addressing", [Addressing.AUTO, Addressing.PATH])
def test_at_an_endpoint_of_ones_own_the_bucket_is_the_first_segment(
    bucket: Bucket, proxy: FaultProxy, addressing: Addressing
) -> None:
    works(store_of(bucket, endpoint=proxy.endpoint, addressing=addressing))

    assert all(line.split()[1].startswith(f"/{bucket.name}") for line in proxy.seen)


def test_a_bucket_may_stand_in_the_name_of_the_host(
    bucket: Bucket, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy stands for the name server that would lead the bucket's name to this machine."""
    monkeypatch.setenv("HTTP_PROXY", proxy.endpoint)
    works(store_of(bucket, endpoint=f"http://{DOMAIN}", addressing=Addressing.VIRTUAL))

    assert proxy.seen[0] == f"PUT /{bucket.prefix}/a/1"
    assert not any(bucket.name in line for line in proxy.seen)


@pytest.fixture
def authority(tmp_path: Path) -> tuple[trustme.CA, Path]:
    authority = trustme.CA()
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    return authority, file


def test_an_authority_of_ones_own_is_trusted_when_it_is_named(
    bucket: Bucket, authority: tuple[trustme.CA, Path]
) -> None:
    with fault_proxy(bucket.server.endpoint, authority=authority[0]) as proxy:
        store = store_of(bucket, endpoint=proxy.endpoint, ca_bundle=str(authority[1]))
        works(store)
        assert {sign.name: sign.seen for sign in store.health_checks()}["wire"] == "TLS"


def test_a_certificate_of_strangers_is_refused_and_says_what_to_set(
    bucket: Bucket, authority: tuple[trustme.CA, Path]
) -> None:
    with fault_proxy(bucket.server.endpoint, authority=trustme.CA()) as proxy:
        for bundle in ("", str(authority[1])):
            with pytest.raises(SettingsError, match=r"s3\.ca_bundle"):
                list(store_of(bucket, endpoint=proxy.endpoint, ca_bundle=bundle).keys())


def test_an_authority_that_is_none_is_a_setting_to_mend(bucket: Bucket, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no file"):
        list(store_of(bucket, endpoint="https://127.0.0.1:1", ca_bundle=str(tmp_path / "none")).keys())


def test_an_authority_that_cannot_be_read_is_a_setting_to_mend(
    bucket: Bucket, authority: tuple[trustme.CA, Path]
) -> None:
    authority[1].write_bytes(b"not PEM")
    with (
        fault_proxy(bucket.server.endpoint, authority=authority[0]) as proxy,
        pytest.raises(SettingsError, match="PEM"),
    ):
        list(store_of(bucket, endpoint=proxy.endpoint, ca_bundle=str(authority[1])).keys())


def test_tls_to_a_port_without_it_is_a_setting_to_mend(bucket: Bucket) -> None:
    endpoint = bucket.server.endpoint.replace("http:", "https:")

    with pytest.raises(SettingsError, match="TLS"):
        list(store_of(bucket, endpoint=endpoint).keys())


def test_a_wrong_secret_is_a_setting_to_mend_and_is_not_shown(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-secret")

    with pytest.raises(SettingsError, match="check the access key") as caught:
        list(store_of(bucket).keys())
    assert "wrong-secret" not in str(caught.value)


def test_without_credentials_it_is_said_where_they_are_looked_for(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    with pytest.raises(SettingsError, match="AWS_ACCESS_KEY_ID"):
        list(store_of(bucket).keys())


def test_an_unknown_profile_is_a_setting_to_mend(bucket: Bucket) -> None:
    with pytest.raises(SettingsError, match="no profile 'nobody'"):
        list(store_of(bucket, profile="nobody").keys())


def test_credentials_never_stand_in_an_address(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="credentials"):
        open_store(load(tmp_path, {"ARCHIVE_STORE": f"s3://key:{SECRET}@bucket/x"}))
    with pytest.raises(SettingsError, match="credentials") as caught:
        S3Client(S3Options(endpoint=f"https://key:{SECRET}@s3.example.vn"), plain_text=False)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("endpoint", ["s3.example.vn", "ftp://s3.example.vn", "https://", "https://x/y", "http://x:y"])
def test_an_address_that_is_none_is_a_setting_to_mend(endpoint: str) -> None:
    with pytest.raises(SettingsError, match=r"s3\.endpoint"):
        S3Client(S3Options(endpoint=endpoint), plain_text=True)


def test_plain_text_to_another_machine_needs_a_setting() -> None:
    with pytest.raises(SettingsError, match="plain text"):
        S3Client(S3Options(endpoint="http://s3.example.vn"), plain_text=False)
    S3Client(S3Options(endpoint="http://s3.example.vn"), plain_text=True)


def test_plain_text_is_refused_also_when_boto3_itself_was_told_the_address(
    s3_keys: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://s3.example.vn")

    with pytest.raises(SettingsError, match="plain text"):
        list(S3Store("bucket", "", S3Options(retries=0), plain_text=False).keys())


def test_a_server_that_is_not_there_is_worth_another_try(s3_keys: None) -> None:
    store = S3Store("bucket", "", S3Options(endpoint="http://127.0.0.1:1", retries=0), plain_text=False)

    with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1:1.*run again") as caught:
        list(store.keys())
    assert caught.value.retryable


@pytest.fixture(scope="module")
def saying() -> Iterator[tuple[S3Store, FaultProxy]]:
    """A store whose server says what it is told to; one for all, because making a client takes its time."""
    with fault_proxy("http://127.0.0.1:1") as proxy:
        yield S3Store("bucket", "", S3Options(endpoint=proxy.endpoint, retries=0), plain_text=False), proxy


@pytest.mark.parametrize(
    ("status", "code", "kind", "advice"),
    [
        (403, "AccessDenied", SettingsError, "rights"),
        (403, "InvalidAccessKeyId", SettingsError, "access key"),
        (403, "SignatureDoesNotMatch", SettingsError, "access key"),
        (403, "RequestTimeTooSkewed", SettingsError, "NTP"),
        (400, "ExpiredToken", SettingsError, "expired"),
        (400, "AuthorizationHeaderMalformed", SettingsError, r"s3\.region"),
        (404, "NoSuchBucket", SettingsError, "make the bucket, or mend its name"),
        (501, "NotImplemented", SettingsError, "cannot do this"),
        (418, "Teapot", SettingsError, "archive doctor"),
        (503, "SlowDown", StoreUnavailable, "wait"),
        (429, "TooManyRequests", StoreUnavailable, "wait"),
        (500, "InternalError", StoreUnavailable, "free space"),
        (502, "", StoreUnavailable, "wait"),
        (507, "InsufficientStorage", StoreUnavailable, "free some space"),
        (409, "OperationAborted", StoreUnavailable, "wait"),
    ],
)
def test_what_a_server_says_is_told_with_what_to_do(
    saying: tuple[S3Store, FaultProxy], status: int, code: str, kind: type[ArchiveError], advice: str, s3_keys: None
) -> None:
    store, proxy = saying
    proxy.heal()
    body = f"<Error><Code>{code}</Code><Message>m</Message></Error>".encode() if code else b"<html>bad gateway</html>"
    proxy.plan(Fault(status=status, body=body, times=-1))

    with pytest.raises(kind, match=advice) as caught:
        list(store.keys())
    assert type(caught.value) is kind
    assert caught.value.retryable == (kind is StoreUnavailable)
    assert caught.value.__cause__ is not None


def test_a_clock_that_is_wrong_is_a_sign(bucket: Bucket, proxy: FaultProxy) -> None:
    proxy.plan(Fault(times=-1, headers={"Date": "Sun, 01 Jan 2023 00:00:00 GMT"}))
    signs = {sign.name: sign for sign in store_of(bucket, endpoint=proxy.endpoint).health_checks()}

    assert not signs["clock"].ok
    assert "behind" in signs["clock"].seen
    assert "NTP" in str(signs["clock"].advice)


def test_failing_is_silent_but_for_the_exception(s3_keys: None) -> None:
    """boto3 and urllib3 log warnings, which Python prints when nobody listens: not into our user's terminal."""
    script = (
        "from archive.errors import StoreUnavailable\n"
        "from archive.model.options import S3Options\n"
        "from archive.store.backends.s3.store import S3Store\n"
        "try:\n"
        "    list(S3Store('bucket', '', S3Options(endpoint='http://127.0.0.1:1', retries=1), False).keys())\n"
        "except StoreUnavailable:\n"
        "    print('told')\n"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False)  # noqa: S603 - our own words

    assert (done.stdout, done.stderr) == ("told\n", "")
