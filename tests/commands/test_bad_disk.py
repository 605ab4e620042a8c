"""The vault's disk has a bad block: no scan is blamed, and what else there is can be had."""

from __future__ import annotations

import hashlib
from pathlib import Path

from archive.errors import Exit
from archive.store.backends.folder import FolderStore
from archive.store.keys import batch_id, content_key
from archive.store.vault import Vault
from tests.commands.conftest import Home
from tests.commands.papers import save
from tests.doubles.power import unreadable


def a_folder(place: Path) -> Path:
    (place / "Hộp 3").mkdir()
    return place / "Hộp 3"


def test_an_import_that_meets_a_bad_block_ends_with_the_store_and_blames_no_scan(home: Home, tmp_path: Path) -> None:
    scan = save(3, a_folder(tmp_path) / "a.png")
    digest = hashlib.sha256(scan.read_bytes()).hexdigest()
    vault = Vault(FolderStore(home.folder / "vault"))
    vault.keep_bytes(scan.read_bytes())  # as a run that was killed leaves it
    kept = home.folder / "vault" / content_key(digest)
    unreadable(kept)

    said = home("import", scan.parent)

    assert said.code == Exit.STORE
    assert "check the disk" in said.err
    assert not list(vault.chain_keys("ledger"))

    kept.unlink()
    kept.write_bytes(scan.read_bytes())
    assert home.ok("import", scan.parent)
    assert [line.outcome.value for line in vault.lines(batch_id("Hộp 3"))] == ["stored"]


def test_verify_names_what_the_disk_does_not_give_and_goes_on(home: Home, tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    first, second = save(3, folder / "a.png"), save(5, folder / "b.png")
    home("import", folder)
    keys = [content_key(hashlib.sha256(scan.read_bytes()).hexdigest()) for scan in (first, second)]
    for key in keys:
        unreadable(home.folder / "vault" / key)

    said = home("verify")

    assert said.code == Exit.VERIFY_FAILED
    assert all(key in said.out and "could not be read" in said.out for key in keys)
