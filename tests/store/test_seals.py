"""Seals and their lists are stored as the golden files are, for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.errors import ObjectCorrupt
from archive.model.merkle_seals import Seal
from archive.store import keys
from archive.store.keys import ChainKey
from archive.store.seals.chain import decode_seal, encode_seal
from archive.store.seals.seal_list import Mark, SealedVersion, SealListDraft, day_name, read_list
from archive.store.vault import Vault
from tests import makers
from tests.doubles.memory_store import MemoryStore

GOLDEN = Path(__file__).parents[1] / "golden"
VERSIONS = [
    SealedVersion(Mark.KEPT, ChainKey("records", "", makers.record().id, 1), "a" * 64),
    SealedVersion(Mark.EMPTY, ChainKey("records", "", makers.record().id, 2), "b" * 64),
    SealedVersion(Mark.ADOPTED, ChainKey("ledger", makers.BATCH, makers.line().id, 1), "c" * 64),
]


def test_a_seal_is_stored_as_the_golden_one() -> None:
    stored = (GOLDEN / "seal-1.json").read_bytes()
    with SealListDraft(day_name("2026-03-05")) as draft:
        for version in VERSIONS:
            draft.add(version)
        digest = draft.keep(Vault(MemoryStore()))
        at = "2026-03-06T02:00:00Z"
        seal = Seal(
            2, "2026-03-05", draft.count, draft.empty, draft.root(), digest, makers.ACTOR, at, previous="d" * 64
        )

    assert (seal.count, seal.empty) == (3, 1)
    assert encode_seal(seal) == stored
    assert decode_seal(stored) == seal


def test_a_list_is_stored_as_the_golden_one() -> None:
    data = (GOLDEN / "seal-list-1.txt").read_bytes()
    store = MemoryStore()
    digest = Vault(store).keep_bytes(data)

    assert keys.digest_of(data) == decode_seal((GOLDEN / "seal-1.json").read_bytes()).list
    assert list(read_list(store, digest)) == VERSIONS


@pytest.mark.parametrize("line", [b"x", b"=01", b"=01" + b"a" * 38, b"=99" + b"a" * 38 + b"." + b"a" * 64, b"\xff"])
def test_a_line_that_is_none_is_an_error(line: bytes) -> None:
    store = MemoryStore()
    whole = (GOLDEN / "seal-list-1.txt").read_bytes()
    digest = Vault(store).keep_bytes(whole + line + b"\n")

    with pytest.raises(ObjectCorrupt):
        list(read_list(store, digest))
