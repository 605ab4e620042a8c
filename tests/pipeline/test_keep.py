"""Keeping an original: what a killed run left is looked at before anybody relies on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.errors import ContentDamaged, ScanChanged, StoreUnavailable, Unreadable
from archive.pipeline.store_original import copy_to_vault
from archive.sources.source import FileSource
from archive.store import keys
from archive.store.vault import Vault
from tests.doubles.memory_store import MemoryStore

BYTES = b"bytes of a scan"
DIGEST = keys.digest_of(BYTES)


@pytest.fixture
def scan(tmp_path: Path) -> FileSource:
    (tmp_path / "a.png").write_bytes(BYTES)
    return FileSource(tmp_path / "a.png")


def test_an_original_is_kept_once(scan: FileSource) -> None:
    vault = Vault(MemoryStore())
    copy_to_vault(vault, scan, DIGEST)
    copy_to_vault(vault, scan, DIGEST)

    assert vault.fetch(DIGEST) == BYTES


def test_what_was_left_damaged_is_not_relied_on(scan: FileSource) -> None:
    store = MemoryStore()
    store.objects[keys.content_key(DIGEST)] = b"bytes of a torn write"

    with pytest.raises(ContentDamaged):
        copy_to_vault(Vault(store), scan, DIGEST)


def test_what_was_left_on_a_bad_block_is_a_fault_of_the_store(scan: FileSource) -> None:
    store = MemoryStore()
    store.objects[keys.content_key(DIGEST)] = BYTES
    store.unreadable.add(keys.content_key(DIGEST))

    with pytest.raises(StoreUnavailable):
        copy_to_vault(Vault(store), scan, DIGEST)


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_scan_that_became_another_is_not_kept(scan: FileSource, is_kept: bool) -> None:
    store = MemoryStore()
    if is_kept:
        store.objects[keys.content_key(DIGEST)] = BYTES
    scan.path.write_bytes(b"bytes of another scan")

    with pytest.raises(ScanChanged):
        copy_to_vault(Vault(store), scan, DIGEST)
    assert len(store.objects) == is_kept


def test_a_scan_on_a_bad_block_is_a_fault_of_the_scan(scan: FileSource) -> None:
    scan.path.unlink()
    scan.path.symlink_to("/proc/self/mem")  # opens, and cannot be read

    with pytest.raises(Unreadable, match="check its permissions and disk"):
        copy_to_vault(Vault(MemoryStore()), scan, DIGEST)
