"""The description of the store is that of the files that we promised to read for ever."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.model.pages import PageOutcome
from archive.services.exchange.export import exported
from archive.store.format.readings import ReadPage, encode_reading, pack_text
from archive.store.seals.chain import Seals, decode_seal
from archive.store.vault import Vault
from tests import makers
from tests.documents import ROOT, text_of, ticked
from tests.doubles.memory_store import MemoryStore

GOLDEN = ROOT / "tests" / "golden"


def examples() -> dict[str, list[Any]]:
    """Return the examples of the description of the store, by the golden file that each names."""
    found = {}
    decoder = json.JSONDecoder()
    for name, block in re.findall(
        r"^<!-- (?:golden: )?([\w.-]+) -->\n```json\n(.*?)^```", text_of("docs/format.md"), re.MULTILINE | re.DOTALL
    ):
        values, at = [], 0
        while block[at:].strip():
            at += len(block[at:]) - len(block[at:].lstrip())
            value, at = decoder.raw_decode(block, at)
            values.append(value)
        found[name] = values
    return found


def golden(path: Path) -> list[Any]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in data.splitlines()]


WRITTEN = sorted({*GOLDEN.glob("*-2.*"), GOLDEN / "seal-1.json"})
EVERY = sorted({*GOLDEN.glob("*.json"), *GOLDEN.glob("reading-*.gz")})


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_examples_of_the_store_are_the_golden_files(path: Path) -> None:
    """The example of a reading leaves out its second page, and says so."""
    shown, stored = examples()[path.name], golden(path)

    assert shown == (stored[:2] if path.name.startswith("reading") else stored)


def members(value: Any) -> Iterator[str]:
    """Yield the names of all members; those of ``fields``, ``about`` and ``params`` are data, not format."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from members(list(inner.values()) if name in ("fields", "about", "params") else inner)
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner)


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.name)
def test_every_member_of_the_store_is_explained(path: Path) -> None:
    explained = ticked(text_of("docs/format.md"))

    assert set(members(golden(path))) - explained == set()


@pytest.fixture
def vault() -> Vault:
    """A vault with one of everything."""
    vault = Vault(MemoryStore())
    pages = [
        ReadPage(makers.page(1), (), pack_text(makers.text("Số: 123"))),
        ReadPage(makers.page(2, PageOutcome.BLANK)),
    ]
    record = makers.full_record()
    part = record.parts[0]
    kept = vault.keep_reading(part.sha256, part.fingerprint, 0, encode_reading(part.sha256, {"engine": "fixed"}, pages))
    vault.append_record(dataclasses.replace(record, parts=(dataclasses.replace(part, reading=kept.sha256),)))
    vault.append_line(makers.line())
    vault.append_batch(makers.batch())
    Seals(vault).append(dataclasses.replace(decode_seal((GOLDEN / "seal-1.json").read_bytes()), version=1))
    return vault


def test_the_example_of_an_export_is_what_is_exported(vault: Vault) -> None:
    record = next(vault.heads())

    assert examples()["export"] == [json.loads(json.dumps(exported(record, vault)))]


SHAPES = {
    "AA": "[0-9a-f]{2}",
    "BB": "[0-9a-f]{2}",
    "DIGEST": "[0-9a-f]{64}",
    "SCAN": "[0-9a-f]{64}",
    "RECORD": "[0-9a-f]{32}",
    "LINE": "[0-9a-f]{32}",
    "BATCH": "[0-9a-f]{32}",
    "SEALS": "[0-9a-f]{32}",
    "FINGERPRINT": "[0-9a-f]{16}",
    "NNN": "[0-9]{3}",
    "VVVVVV": "[0-9]{6}",
    "YYYYMMDD": "20[0-9]{6}",
    "NAME": "(?:01|03|04)[0-9a-f]{32}[0-9]{6}|02[0-9a-f]{64}[0-9]{6}",
}


def test_keys_are_shaped_as_described(vault: Vault) -> None:
    """Every kind of key that is described occurs, and no other."""
    described = re.findall(r"^\| `(\w+/[\w/.]+)` \|", text_of("docs/format.md"), re.MULTILINE)
    shapes = {key: re.sub(r"[A-Z]+", lambda name: f"({SHAPES[name[0]]})", key.replace(".", r"\.")) for key in described}
    met = {key: [name for name, shape in shapes.items() if re.fullmatch(shape, key)] for key in vault.store.keys("")}

    assert {key: names for key, names in met.items() if len(names) != 1} == {}
    assert {name for names in met.values() for name in names} == set(described)


def derived(*pieces: str) -> str:
    """Return an id as the description says that ids are made, with nothing of ours."""
    return hashlib.sha256("\0".join(pieces).encode()).hexdigest()[:32]


def test_ids_are_made_as_described() -> None:
    (record,), (line,), (batch,), (body,) = (
        golden(GOLDEN / name) for name in ("record-2.json", "line-2.json", "batch-2.json", "line-body-2.json")
    )

    assert record["id"] == derived("result", record["parts"][0]["sha256"], "1")
    assert batch["id"] == derived("batch", batch["name"])
    assert line["path_id"] == derived("path", batch["id"], body["path"])
    assert line["id"] == derived("line", line["path_id"], "0")


def test_json_is_written_as_described() -> None:
    for path in GOLDEN.glob("*.json"):
        value = json.loads(path.read_bytes())
        again = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"

        assert path.read_text("utf-8") == again, path.name
