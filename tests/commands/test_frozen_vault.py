"""A vault as the first release wrote it (format 1) opens for ever, and grows on in the format of today."""

from __future__ import annotations

import json
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive.errors import Exit
from archive.model.results import FieldState, RecordState
from archive.store.backends.folder import FolderStore
from archive.store.format.canonical_json import FORMATS, decode
from archive.store.format.readings import decode_reading
from archive.store.keys import ChainKey
from archive.store.vault import Vault
from tests import makers
from tests.commands.conftest import Home

FROZEN = Path(__file__).parents[1] / "golden" / "vault-1.tar.gz"


class Frozen(Home):
    """A home whose vault was written in format 1, and what that release said of it."""

    @property
    def vault(self) -> Vault:
        return Vault(FolderStore(self.folder / "vault"))

    def said(self, name: str) -> Any:
        return json.loads((self.folder.parent / "vault-1" / name).read_text("utf-8"))

    @property
    def exported(self) -> list[dict[str, Any]]:
        lines = (self.folder.parent / "vault-1" / "export.jsonl").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture
def frozen(tmp_path: Path) -> Frozen:
    with tarfile.open(FROZEN) as packed:
        packed.extractall(tmp_path, filter="data")
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "vault-1" / "vault").rename(tmp_path / "home" / "vault")
    return Frozen(tmp_path / "home")


def in_format_2(value: dict[str, Any]) -> dict[str, Any]:
    """Return an exported record of format 1 with every member that it has, as format 2 names them."""
    confirmed = {field.pop("confirmed_by") for field in value["fields"].values()}
    assert confirmed <= {None}, "nobody confirmed anything in the frozen vault"
    return {**value, "format": 2, "state": {"live": "kept"}.get(value["state"], value["state"])}


def only(members: Any, value: Any) -> Any:
    """Return ``value`` reduced to the members that ``members`` has, at every level."""
    if isinstance(members, dict):
        return {name: only(one, value[name]) for name, one in members.items()}
    if isinstance(members, list):
        assert len(members) == len(value)
        return [only(one, other) for one, other in zip(members, value, strict=True)]
    return value


def test_the_export_means_what_it_meant(frozen: Frozen) -> None:
    expected = [in_format_2(value) for value in frozen.exported]
    exported = frozen.ok("export").lines

    assert only(expected, exported) == expected
    for value in exported:
        assert value["kind"] == (value["fields"]["kind"]["value"] if "kind" in value["fields"] else None)


def test_counts_and_sums_are_the_same(frozen: Frozen) -> None:
    (frozen.folder / "settings.toml").write_text('count_rules = "a4-2026.1"\n')  # as that release counted
    assert only(
        frozen.said("count.json"), frozen.ok("count", "--by", "outcome", "--sheets", "--json").json
    ) == frozen.said("count.json")
    batches = frozen.ok("batch", "list", "--json").json
    assert only(frozen.said("batches.json"), batches) == frozen.said("batches.json")


def test_nothing_is_damaged(frozen: Frozen) -> None:
    found = frozen("verify", "--json").json["findings"]

    assert [one for one in found if one["code"] in ("damaged", "missing", "chain", "foreign")] == []


def test_every_version_of_everything_decodes(frozen: Frozen) -> None:
    vault = frozen.vault
    records = [vault.record_at(key) for key in vault.chain_keys("records")]
    lines = [vault.line_at(key) for key in vault.chain_keys("ledger")]
    pages = [page for record in records for part in record.parts for page in decode_reading(vault.fetch_reading(part))]

    assert {record.state for record in records} == {RecordState.KEPT}
    assert {field.state for record in records for field in record.fields.values()} == {FieldState.ACCEPTED}
    assert {line.outcome.value for line in lines} == {"stored", "duplicate", "rejected", "quarantined"}
    assert all(page.text is not None for page in pages if page.entry.outcome.value in ("recognised", "text_layer"))
    assert len(list(vault.batches())) == 3


def test_what_is_found_is_shown(frozen: Frozen) -> None:
    for value in frozen.exported:
        assert value["id"] in frozen.ids(*(("--kind", value["kind"]) if value["kind"] else ()))
        shown = frozen.ok("show", value["id"], "--json").json
        assert [problem["message"] for problem in shown["problems"]] == [one["message"] for one in value["problems"]]


def test_old_chains_grow_on_in_the_format_of_today(frozen: Frozen) -> None:
    vault = frozen.vault
    record = next(vault.heads())
    batch = next(vault.batches())
    line = next(vault.lines(batch.id))

    vault.append_record(makers.of_kind(record, "quyet-dinh", version=record.version + 1))
    vault.append_line(replace(line, version=line.version + 1))
    vault.append_batch(replace(batch, version=batch.version + 1))

    key = ChainKey("records", "", record.id, record.version + 1)
    with vault.store.read(key.key) as stream:
        assert decode(stream.read(), "record")["format"] == FORMATS["record"]
    assert [one.kind for one in vault.history(record.id)][-2:] == [record.kind, "quyet-dinh"]
    test_nothing_is_damaged(frozen)


def test_an_import_goes_on_in_an_old_batch(frozen: Frozen, tmp_path: Path) -> None:
    (tmp_path / "box2").mkdir()
    (tmp_path / "box2" / "nothing.pdf").write_bytes(b"")

    said = frozen("import", tmp_path / "box2")

    assert said.code == Exit.NEEDS_PERSON, said
    assert "scans given 2 = 1 stored + 0 duplicate + 1 rejected + 0 quarantined + 0 withdrawn" in said.out
