"""Small vaults for tests, whole in every reference."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from archive.model.ledger import LedgerLine
from archive.model.results import Part, ResultRecord
from archive.store import keys
from archive.store.api import ObjectStore
from archive.store.backends.folder import FolderStore
from archive.store.format.canonical_json import encode
from archive.store.format.readings import ReadPage, encode_reading, pack_text
from archive.store.vault import Vault
from tests import makers
from tests.doubles.memory_store import MemoryStore

FINGERPRINT = keys.identity_id({"engine": "fixed"})


def fill(store: ObjectStore, names: Iterable[str] = ("một", "hai"), batch: str = "Hộp 12") -> None:
    """Put a batch into ``store``: for each name a scan with its reading, a record of two versions, and its line."""
    vault = Vault(store)
    names = tuple(names)
    opened = replace(makers.batch(), id=keys.batch_id(batch), name=batch)
    paths = sorted(keys.path_id(opened.id, name) for name in names)
    given = vault.keep_bytes(encode({"format": 1, "type": "given", "paths": paths}))
    vault.append_batch(replace(opened, given=(given,)))
    for name in names:
        line = line_of(name, batch)
        record = vault.append_record(record_of(name, vault, line))
        vault.append_record(makers.of_kind(record, "quyet-dinh", version=2))
        vault.append_line(line)


def record_of(name: str, vault: Vault, line: LedgerLine) -> ResultRecord:
    """Return the first version of a record whose scan and reading are kept in ``vault``."""
    scan = vault.keep_bytes(f"scan {name}".encode())
    pages = [ReadPage(makers.page(1), (), pack_text(makers.text(f"Số: {len(name)} {name}")))]
    kept = vault.keep_reading(scan, FINGERPRINT, 0, encode_reading(scan, {"engine": "fixed"}, pages))
    part = Part(scan, f"{name}.pdf", len(f"scan {name}".encode()), (1,), FINGERPRINT, 0, kept.sha256)
    made = replace(makers.record().provenance, line=line.id)
    return replace(makers.record(), id=keys.result_id(scan, 1), batch=line.batch, parts=(part,), provenance=made)


def line_of(name: str, batch: str = "Hộp 12") -> LedgerLine:
    """Return the ledger line of the scan called ``name``."""
    owner = keys.batch_id(batch)
    path, scan = keys.path_id(owner, name), keys.digest_of(f"scan {name}".encode())
    id_ = keys.line_id(path, 0)
    record = keys.result_id(scan, 1)
    return replace(
        makers.line(), id=id_, batch=owner, path_id=path, sha256=scan, record=record, path=f"{name}.pdf",
        pages=(makers.page(1),),
    )  # fmt: skip


def copy_of(store: MemoryStore) -> MemoryStore:
    """Return a store with the same objects."""
    other = MemoryStore()
    other.objects.update(store.objects)
    return other


def folder_copy(store: MemoryStore, root: Path) -> FolderStore:
    """Return a folder with the same objects."""
    folder = FolderStore(root)
    for key, data in store.objects.items():
        folder.create(key, BytesIO(data))
    return folder
