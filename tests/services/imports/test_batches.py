"""A batch knows what it was given before anything is read, and closes only when its sum does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from archive.errors import RequestRefused, SettingsError
from archive.model.ledger import ScanOutcome
from archive.model.pages import PageOutcome
from archive.services.imports.batch_metadata import metadata_from
from archive.services.imports.batches import Batches
from archive.services.imports.folders import DiskPath
from archive.store import keys
from archive.store.vault import Vault
from tests import makers
from tests.doubles.memory_store import MemoryStore


@pytest.fixture
def vault() -> Vault:
    return Vault(MemoryStore())


@pytest.fixture
def batches(vault: Vault) -> Batches:
    return Batches(vault, makers.ACTOR, lambda: makers.AT)


def settle(vault: Vault, name: str, path: str, outcome: ScanOutcome = ScanOutcome.STORED, occurrence: int = 0) -> None:
    """Write the ledger line of one scan."""
    batch = keys.batch_id(name)
    path_id = keys.path_id(batch, path)
    line = replace(makers.line(), id=keys.line_id(path_id, occurrence), batch=batch, path_id=path_id, outcome=outcome)
    vault.append_line(replace(line, occurrence=occurrence, path=path))


def test_scans_given_and_never_settled_are_missed(vault: Vault, batches: Batches) -> None:
    batches.open("Hộp 1", {}, ["a.pdf", "b.pdf", "c.pdf"])
    settle(vault, "Hộp 1", "a.pdf")
    settle(vault, "Hộp 1", "b.pdf", ScanOutcome.REJECTED)

    sums = batches.sums("Hộp 1")

    assert (sums.given, sums.unfinished, sums.closes) == (3, 1, False)
    with pytest.raises(RequestRefused, match="1 of 3 scans"):
        batches.close("Hộp 1")


def test_a_batch_whose_sum_closes_can_be_closed_and_then_takes_nothing_more(vault: Vault, batches: Batches) -> None:
    batches.open("Hộp 1", {}, ["a.pdf"])
    settle(vault, "Hộp 1", "a.pdf")

    assert batches.close("Hộp 1").batch.closed
    assert batches.close("Hộp 1").batch.closed, "closing twice is no error"
    with pytest.raises(RequestRefused, match="closed"):
        batches.open("Hộp 1", {}, ["b.pdf"])


def test_giving_the_same_again_changes_nothing(vault: Vault, batches: Batches) -> None:
    first = batches.open("Hộp 1", {"box": "1"}, ["a.pdf", "b.pdf"])

    assert batches.open("Hộp 1", {"box": "1"}, ["b.pdf", "a.pdf"]) == first
    assert batches.open("Hộp 1", {}, ["a.pdf"]) == first


def test_giving_more_adds_only_what_is_new(vault: Vault, batches: Batches) -> None:
    batches.open("Hộp 1", {}, ["a.pdf", "b.pdf"])
    batches.open("Hộp 1", {}, ["b.pdf", "c.pdf"])

    assert batches.sums("Hộp 1").given == 3


def test_one_path_given_twice_at_once_is_two_scans(vault: Vault, batches: Batches) -> None:
    """Two folders given to one batch may both hold scan0001.pdf."""
    batches.open("Hộp 1", {}, ["scan0001.pdf", "scan0001.pdf"])
    settle(vault, "Hộp 1", "scan0001.pdf")
    assert batches.sums("Hộp 1").unfinished == 1

    settle(vault, "Hộp 1", "scan0001.pdf", occurrence=1)
    assert batches.sums("Hộp 1").closes


def test_a_name_is_the_same_in_every_normal_form(batches: Batches) -> None:
    decomposed, composed = "Ho\u0323\u0302p 1", "Hộp 1"

    assert batches.open(decomposed, {}, []).id == batches.open(composed, {}, []).id


def test_what_is_known_of_a_batch_is_not_contradicted_silently(batches: Batches) -> None:
    batches.open("Hộp 1", {"operator": "thu"}, [])
    assert batches.open("Hộp 1", {"box": "7"}, []).about == {"operator": "thu", "box": "7"}

    with pytest.raises(RequestRefused, match="operator"):
        batches.open("Hộp 1", {"operator": "an"}, [])


def test_the_vault_learns_no_path_from_what_was_given(vault: Vault, batches: Batches) -> None:
    """Before the screen, not even the name of a scan may enter the vault: it may be secret itself."""
    batches.open("Hộp 1", {}, ["TOI-MAT-ke-hoach.pdf"])

    assert not any(b"MAT" in data for data in vault.store.objects.values())  # type: ignore[attr-defined]  # memory store


def test_about_comes_from_the_folder_and_the_command_wins(tmp_path: Path) -> None:
    (tmp_path / "batch.toml").write_text('contract = "12/2026"\nbox = 7\nx_kho = "A"\n', "utf-8")

    about = metadata_from(["box=8"], DiskPath(tmp_path, tmp_path).batch_file())

    assert about == {"contract": "12/2026", "box": "8", "x_kho": "A"}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("operater = 'thu'", "unknown key"),
        ("sides = 3", "how many sides"),
        ("box = [1]", "key = value"),
        ("box = ", "cannot be read"),
    ],
)
def test_a_mistake_in_batch_toml_is_said(tmp_path: Path, content: str, complaint: str) -> None:
    (tmp_path / "batch.toml").write_text(content, "utf-8")

    with pytest.raises(SettingsError, match=complaint):
        metadata_from([], DiskPath(tmp_path, tmp_path).batch_file())


@pytest.mark.parametrize("pair", ["box", "box=", "=7", "colour=red", "sides=3"])
def test_a_mistake_on_the_command_line_is_no_mistake_of_a_file(pair: str) -> None:
    with pytest.raises(RequestRefused):
        metadata_from([pair], None)


def test_a_batch_with_pages_that_failed_is_not_closed_unawares(vault: Vault, batches: Batches) -> None:
    """A closed batch takes no retry: its failed pages would be lost for payment."""
    batches.open("Hộp 1", {}, ["a.pdf"])
    path_id = keys.path_id(keys.batch_id("Hộp 1"), "a.pdf")
    failed = replace(makers.line(), id=keys.line_id(path_id, 0), batch=keys.batch_id("Hộp 1"), path_id=path_id)
    vault.append_line(replace(failed, pages=(makers.page(1, PageOutcome.TIMED_OUT),)))

    with pytest.raises(RequestRefused, match="--accept-failed"):
        batches.close("Hộp 1")
    assert batches.close("Hộp 1", accept_failed=True).batch.closed


def test_what_was_withdrawn_is_a_term_of_the_sum_and_keeps_nothing_open(vault: Vault, batches: Batches) -> None:
    batches.open("Hộp 1", {}, ["a.pdf", "b.pdf"])
    settle(vault, "Hộp 1", "a.pdf")
    settle(vault, "Hộp 1", "b.pdf")
    line = next(vault.lines(keys.batch_id("Hộp 1")))
    failed = replace(line.pages[0], outcome=PageOutcome.UNREADABLE)
    vault.append_line(replace(line, version=2, outcome=ScanOutcome.WITHDRAWN, action="withdrawn", pages=(failed,)))

    sums = batches.close("Hộp 1")

    assert (sums.given, sums.unfinished, sums.failed_pages) == (2, 0, 0)
    assert sums.scans == {ScanOutcome.STORED: 1, ScanOutcome.WITHDRAWN: 1}
