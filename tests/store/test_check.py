"""A check finds every kind of damage, and nothing in a vault that is whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from archive.model.results import ResultRecord
from archive.store import keys
from archive.store.api import ObjectStore
from archive.store.backends.folder import FolderStore
from archive.store.format.canonical_json import encode
from archive.store.format.readings import ReadPage, encode_reading, pack_text
from archive.store.vault import Vault
from archive.store.verify.check import Check, CheckReport, Finding
from tests import makers
from tests.doubles.memory_store import MemoryStore

FINGERPRINT = keys.fingerprint_id("")  # of a reading that names nothing


def whole() -> tuple[MemoryStore, ResultRecord]:
    """Return a store with one scan, two versions of its record, its line and its batch."""
    store = MemoryStore()
    vault = Vault(store)
    given = vault.keep_bytes(encode({"format": 1, "type": "given", "paths": [makers.line().path_id]}))
    vault.append_batch(replace(makers.batch(), given=(given,)))
    vault.keep_bytes(b"scan bytes")
    pages = [ReadPage(makers.page(1), (), pack_text(makers.text("Số: 123"))), ReadPage(makers.page(2))]
    reading = vault.keep_reading(makers.SCAN, FINGERPRINT, 0, encode_reading(makers.SCAN, {}, pages))
    part = replace(makers.record().parts[0], fingerprint=FINGERPRINT, reading=reading.sha256)
    first = vault.append_record(replace(makers.record(), parts=(part,)))
    second = vault.append_record(makers.of_kind(first, "quyet-dinh", version=2))
    vault.append_line(makers.line())
    return store, second


def checked(store: ObjectStore) -> tuple[list[Finding], CheckReport]:
    check = Check(store)
    return list(check.run()), check.report


def test_a_whole_vault_has_no_findings_and_is_counted() -> None:
    store, _ = whole()
    findings, report = checked(store)

    assert findings == []
    assert (report.records, report.lines, report.batches, report.orphans) == (1, 1, 1, 0)
    assert report.objects == len(store.objects)


def put(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x")
    return file


def in_a_folder(root: Path) -> FolderStore:
    """Return the store of ``whole`` on disk."""
    memory, _ = whole()
    store = FolderStore(root)
    for key, data in memory.objects.items():
        store.create(key, BytesIO(data))
    return store


def test_files_with_names_of_their_own_are_one_finding_without_these_names(tmp_path: Path) -> None:
    store = in_a_folder(tmp_path)
    for name in ("content/NguyenA", "content/Mẫu/1.pdf", "records/Ab/x.json", "run-1.jsonl", "content/00/A"):
        put(tmp_path / name)
    (finding,), _ = checked(store)

    assert (finding.code, finding.key, finding.lacks, finding.is_damage) == ("foreign", "", None, True)
    assert finding.message == (
        "5 files below its top folder, content, content/00, records with names that the archive never gives; "
        "move them out of the vault"
    )


def test_folders_with_such_files_are_named_up_to_a_number(tmp_path: Path) -> None:
    """A mistyped copy may have put a million files there."""
    store = in_a_folder(tmp_path)
    for number in range(40):
        put(tmp_path / f"content/{number:02}/A")
    (finding,), _ = checked(store)

    assert finding.message.startswith("40 files below content/")
    assert finding.message.count("content/") == 10
    assert ", other folders with names" in finding.message


def test_neither_unfinished_writes_nor_empty_folders_are_files_of_others(tmp_path: Path) -> None:
    store = in_a_folder(tmp_path)
    put(tmp_path / "staging" / "12.ABC")
    (tmp_path / "lost+found").mkdir()
    findings, _ = checked(store)

    assert findings == []


def test_what_a_killed_run_left_is_no_finding() -> None:
    store, record = whole()
    digest = Vault(store).keep_bytes(b"kept, and then the power went")
    part = record.parts[0]
    reading = Vault(store).fetch_reading(part)
    Vault(store).keep_reading(part.sha256, part.fingerprint, 1, reading)
    findings, report = checked(store)

    assert findings == []
    assert report.orphans == 2
    assert report.unreferenced == (keys.content_key(digest), keys.reading_key(part.sha256, part.fingerprint, 1))


def chain(record: ResultRecord, version: int) -> str:
    return keys.ChainKey("records", "", record.id, version).key


Damage = Callable[[MemoryStore, ResultRecord], None]


def lose_original(store: MemoryStore, record: ResultRecord) -> None:
    del store.objects[keys.content_key(record.parts[0].sha256)]


def alter_original(store: MemoryStore, record: ResultRecord) -> None:
    store.objects[keys.content_key(record.parts[0].sha256)] = b"scan bytez"


def lose_reading(store: MemoryStore, record: ResultRecord) -> None:
    del store.objects[keys.reading_key(record.parts[0].sha256, FINGERPRINT, 0)]


def swap_reading(store: MemoryStore, record: ResultRecord) -> None:
    other = encode_reading(makers.SCAN, {}, [ReadPage(makers.page(1))])
    store.objects[keys.reading_key(record.parts[0].sha256, FINGERPRINT, 0)] = other


def cut_reading(store: MemoryStore, record: ResultRecord) -> None:
    key = keys.reading_key(record.parts[0].sha256, FINGERPRINT, 0)
    store.objects[key] = store.objects[key][:-9]


def lose_first_version(store: MemoryStore, record: ResultRecord) -> None:
    del store.objects[chain(record, 1)]


def alter_first_version(store: MemoryStore, record: ResultRecord) -> None:
    store.objects[chain(record, 1)] = store.objects[chain(record, 1)].replace(b"os:thu", b"os:tho")


def rename_version(store: MemoryStore, record: ResultRecord) -> None:
    store.objects[chain(record, 3)] = store.objects[chain(record, 2)]


def lose_whole_record(store: MemoryStore, record: ResultRecord) -> None:
    for version in (1, 2):
        del store.objects[chain(record, version)]


def lose_bodies(store: MemoryStore, record: ResultRecord) -> None:
    for key in [key for key, data in store.objects.items() if b'"type":"line-body"' in data]:
        del store.objects[key]


def lose_given_list(store: MemoryStore, record: ResultRecord) -> None:
    for key in [key for key, data in store.objects.items() if b'"type":"given"' in data]:
        del store.objects[key]


def lose_batch(store: MemoryStore, record: ResultRecord) -> None:
    for key in [key for key in store.objects if key.startswith("batches/")]:
        del store.objects[key]


def scribble(store: MemoryStore, record: ResultRecord) -> None:
    store.objects[chain(record, 2)] = b"not json"


def bring_a_stranger(store: MemoryStore, record: ResultRecord) -> None:
    store.objects["photo.jpg"] = b"x"


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lose_original, "missing"),
        (alter_original, "damaged"),
        (lose_reading, "missing"),
        (swap_reading, "missing"),
        (cut_reading, "damaged"),
        (lose_first_version, "chain"),
        (alter_first_version, "chain"),
        (rename_version, "chain"),
        (lose_whole_record, "missing"),
        (lose_bodies, "missing"),
        (lose_given_list, "missing"),
        (lose_batch, "missing"),
        (scribble, "damaged"),
        (bring_a_stranger, "foreign"),
    ],
)
def test_damage_is_found(damage: Damage, code: str) -> None:
    store, record = whole()
    damage(store, record)
    findings, _ = checked(store)

    assert code in {finding.code for finding in findings}
