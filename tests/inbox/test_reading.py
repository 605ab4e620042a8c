"""The inbox is read as it is: every key, just these bytes or none, through connections that break; never written."""

from __future__ import annotations

import pickle
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from archive.errors import ScanChanged, SettingsError, StoreUnavailable, Unreadable
from archive.sources.bucket import InboxBucket
from archive.store.backends.s3.client import S3Client
from tests.doubles.fault_proxy import Fault, fault_proxy
from tests.inbox.conftest import Operator
from tests.servers.seaweedfs import free_base

NAMES = (
    "Giấy phép xây dựng.pdf",
    unicodedata.normalize("NFD", "Giấy phép xây dựng.pdf"),
    "hộp 12/Trích lục khai sinh.tif",
    "a b+c#d?e%20f&g='1'.pdf",
    "<x>&amp;.pdf",
    "hộp 🗃️.png",
    "đ" * 120 + ".pdf",
    "/".join(["thư mục dài" * 8] * 5) + "/x.pdf",
    "tab\tname.pdf",
)


def test_every_key_is_listed_looked_at_and_read_as_it_is(operator: Operator) -> None:
    for name in NAMES:
        operator.put(name, name.encode())
    found = {entry.key: entry for entry in operator.inbox.list_objects(operator.key(""))}

    assert set(found) == {operator.key(name) for name in NAMES}
    for name in NAMES:
        entry = found[operator.key(name)]
        assert operator.inbox.stat(entry.key) == entry
        with operator.inbox.open(entry.key, entry.etag) as stream:
            assert stream.read() == name.encode()


def test_more_objects_than_one_listing_holds(operator: Operator) -> None:
    names = [f"{number:05d}.pdf" for number in range(1_003)]  # servers answer with 1,000 at most
    with ThreadPoolExecutor(16) as hands:
        list(hands.map(operator.put, names))

    assert sorted(entry.key for entry in operator.inbox.list_objects(operator.key(""))) == [
        operator.key(n) for n in names
    ]


def test_another_scan_under_the_key_is_not_taken_for_the_first(operator: Operator) -> None:
    operator.put("a.pdf", b"first")
    seen = operator.inbox.stat(operator.key("a.pdf"))
    operator.put("a.pdf", b"other")

    with pytest.raises(ScanChanged):
        operator.inbox.open(seen.key, seen.etag)


def test_a_server_that_heeds_no_condition_is_found_out_by_the_tag(operator: Operator) -> None:
    operator.put("a.pdf", b"bytes")
    seen = operator.inbox.stat(operator.key("a.pdf"))
    with fault_proxy(operator.bucket.server.endpoint) as proxy:
        proxy.plan(Fault("GET", headers={"ETag": '"of another"'}))
        inbox = operator.reached_by(proxy.endpoint).inbox
        with pytest.raises(ScanChanged):
            inbox.open(seen.key, seen.etag)
        inbox.close()


def test_a_scan_that_is_gone_is_said_to_have_vanished(operator: Operator) -> None:
    operator.put("a.pdf")
    seen = operator.inbox.stat(operator.key("a.pdf"))
    operator.remove("a.pdf")

    for ask in (lambda: operator.inbox.stat(seen.key), lambda: operator.inbox.open(seen.key, seen.etag)):
        with pytest.raises(Unreadable) as refusal:
            ask()
        assert refusal.value.reason == "vanished"


DATA = bytes(range(256)) * 20_000  # 5 MB: several buffers


def test_a_broken_connection_is_taken_up_where_it_broke(operator: Operator) -> None:
    operator.put("a.pdf", DATA)
    seen = operator.inbox.stat(operator.key("a.pdf"))
    with fault_proxy(operator.bucket.server.endpoint) as proxy:
        proxy.plan(Fault("GET", "a.pdf", cut_after=3_000_000))
        inbox = operator.reached_by(proxy.endpoint, retries=1).inbox
        with inbox.open(seen.key, seen.etag) as stream:
            assert stream.read() == DATA
        inbox.close()

        assert len(proxy.seen) == 2


def test_a_scan_that_changes_while_it_is_fetched_is_not_mixed(operator: Operator) -> None:
    operator.put("a.pdf", DATA)
    seen = operator.inbox.stat(operator.key("a.pdf"))
    with fault_proxy(operator.bucket.server.endpoint) as proxy:
        proxy.plan(Fault("GET", "a.pdf", cut_after=3_000_000))
        inbox = operator.reached_by(proxy.endpoint, retries=1).inbox
        with inbox.open(seen.key, seen.etag) as stream:
            operator.put("a.pdf", DATA[::-1])
            with pytest.raises(ScanChanged):
                stream.read()
        inbox.close()


def test_a_network_that_stays_broken_is_no_end_of_the_scan(operator: Operator) -> None:
    operator.put("a.pdf", DATA)
    seen = operator.inbox.stat(operator.key("a.pdf"))
    with fault_proxy(operator.bucket.server.endpoint) as proxy:
        proxy.plan(Fault("GET", "a.pdf", times=-1, cut_after=1_000_000))
        inbox = operator.reached_by(proxy.endpoint).inbox
        with inbox.open(seen.key, seen.etag) as stream, pytest.raises(StoreUnavailable):
            stream.read()
        inbox.close()


def test_a_bucket_that_is_missing_is_a_matter_of_settings_whatever_is_asked(operator: Operator) -> None:
    inbox = InboxBucket("no-such-bucket", S3Client(operator.bucket.options(), plain_text=False))

    for ask in (lambda: list(inbox.list_objects("")), lambda: inbox.stat("a"), lambda: inbox.open("a", '"tag"')):
        with pytest.raises(SettingsError, match="no bucket no-such-bucket"):
            ask()
    inbox.close()


def test_without_permission_it_is_a_matter_of_settings(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    operator.put("a.pdf")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    inbox = operator.reached_by(operator.bucket.server.endpoint).inbox

    for ask in (lambda: list(inbox.list_objects("")), lambda: inbox.stat(operator.key("a.pdf"))):
        with pytest.raises(SettingsError, match="access key"):
            ask()
    inbox.close()


def test_out_of_reach_is_for_another_time(operator: Operator) -> None:
    inbox = operator.reached_by(f"http://127.0.0.1:{free_base()}").inbox

    for ask in (lambda: list(inbox.list_objects("")), lambda: inbox.stat("a"), lambda: inbox.open("a", '"tag"')):
        with pytest.raises(StoreUnavailable):
            ask()
    inbox.close()


def test_no_message_names_a_scan(operator: Operator) -> None:
    """The name of a scan may be secret, and messages are kept in the ledger."""
    name = "TOI MAT Nguyen Van Mau.pdf"
    operator.put(name)
    seen = operator.inbox.stat(operator.key(name))
    operator.remove(name)
    down = operator.reached_by(f"http://127.0.0.1:{free_base()}").inbox

    for ask in (lambda: operator.inbox.open(seen.key, seen.etag), lambda: down.stat(seen.key)):
        with pytest.raises((Unreadable, StoreUnavailable)) as refusal:
            ask()
        assert "Mau" not in str(refusal.value)
    down.close()


def test_neither_credentials_nor_connections_travel(operator: Operator) -> None:
    operator.put("a.pdf")
    operator.inbox.stat(operator.key("a.pdf"))
    packed = pickle.dumps(operator.inbox)
    first, second = pickle.loads(packed), pickle.loads(packed)  # noqa: S301 - our own bytes

    assert b"testsecret" not in packed
    assert first._client is second._client, "a process makes one connection, not one for each task"
    assert first.stat(operator.key("a.pdf")).bytes == 1
    first.close()


def test_the_inbox_has_no_way_to_write() -> None:
    """Read where it lies: not a call that changes a bucket stands in the reader."""
    code = (Path(__file__).parents[2] / "archive" / "sources" / "bucket.py").read_text("utf-8")

    assert [word for word in ("put_object", "delete", "copy_object", "upload", "create_") if word in code] == []
