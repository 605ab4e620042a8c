"""Secret marks: nothing of such a scan enters vault, index, table or screen but an opaque number."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from archive.model.counting import CountQuery
from archive.model.ledger import ScanOutcome
from archive.model.results import RecordState
from archive.model.search import Query
from archive.pipeline.context import Override
from archive.services.imports.folders import walk
from archive.services.imports.run import Intake
from archive.store.backends.folder import FolderStore
from archive.store.keys import digest_of
from archive.store.vault import Vault
from archive.store.verify.check import Check
from tests.doubles.inline_workers import InlineWorkers
from tests.doubles.stamped_pages import office_page, stamp
from tests.doubles.whole_import import EchoEngine, draw_page, intake_over, make_context, make_intake, run_import
from tests.services.secrecy.test_withholding import MINH, THU, Home

NAME = "Ke hoach TOI MAT Nguyen Van Mau.tif"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(FolderStore(tmp_path / "home" / "vault"))


@pytest.fixture
def intake(tmp_path: Path, vault: Vault) -> Intake:
    return make_intake(tmp_path / "home", vault.store)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A scan of three pages whose last bears a stamp, turned a little, and a scan that only speaks of secrecy."""
    folder = tmp_path / "scans"
    folder.mkdir()
    plain, stamped = office_page(), stamp(office_page(), "TỐI MẬT", 200, angle=12)
    plain.save(folder / NAME, dpi=(200, 200), save_all=True, append_images=[plain, stamped])
    office_page().save(folder / "decision.png", dpi=(200, 200))
    return folder


def everything_written(home: Path) -> bytes:
    """Return all bytes and all names below a home."""
    files = [path for path in home.rglob("*") if path.is_file()]
    return b"\n".join(str(path.relative_to(home)).encode() + b"\n" + path.read_bytes() for path in files)


def test_a_stamped_scan_leaves_an_opaque_number_and_nothing_else(
    intake: Intake, folder: Path, vault: Vault, tmp_path: Path
) -> None:
    summary = run_import(intake, folder)
    (batch,) = vault.batches()
    (line,) = [line for line in vault.lines(batch.id) if line.outcome is ScanOutcome.QUARANTINED]

    assert (line.path, line.sha256, line.bytes, line.record, line.message, line.pages) == (*(None,) * 5, ())
    assert summary.sums is not None
    assert summary.sums.closes
    written = everything_written(tmp_path / "home")
    assert b"Ke hoach" not in written
    assert digest_of((folder / NAME).read_bytes()).encode() not in written
    assert len(list(vault.heads())) == 1
    context = make_context(tmp_path / "home", vault.store, InlineWorkers(), EchoEngine())
    assert context.index.search(Query()).total == 1
    assert sum(tally.pages for tally in context.table.tally(CountQuery())) == 1
    assert (folder / NAME).exists(), "the operator's file is never moved or deleted"
    assert list(Check(vault.store).run()) == []


def test_given_again_it_is_the_same_line(intake: Intake, folder: Path, vault: Vault) -> None:
    run_import(intake, folder)
    before = list(vault.store.keys())
    summary = run_import(intake, folder)

    assert list(vault.store.keys()) == before
    assert summary.settled[ScanOutcome.QUARANTINED] == 1


def test_another_scan_in_its_place_is_taken_in(intake: Intake, folder: Path, vault: Vault) -> None:
    run_import(intake, folder)
    draw_page(5).save(folder / NAME, dpi=(50, 50))
    summary = run_import(intake, folder)

    assert summary.sums is not None
    assert summary.sums.closes
    assert summary.sums.scans == {ScanOutcome.STORED: 2, ScanOutcome.QUARANTINED: 1}


def test_running_text_that_speaks_of_secrecy_is_no_mark(intake: Intake, folder: Path, vault: Vault) -> None:
    (folder / NAME).unlink()
    run_import(intake, folder)

    assert [line.outcome for batch in vault.batches() for line in vault.lines(batch.id)] == [ScanOutcome.STORED]


def test_a_mark_on_a_page_that_failed_at_first_is_said_of_the_kept_scan(
    intake: Intake, folder: Path, vault: Vault, tmp_path: Path
) -> None:
    """What is kept cannot be unkept without a decision: it is withheld, and nothing says that it was not kept.

    The first release kept such scans unasked; today a person must have said so.
    """
    blind = make_context(tmp_path / "home", vault.store, InlineWorkers(), EchoEngine())
    limits = replace(blind.tools.limits, page_pixels=1000)
    first = intake_over(tmp_path / "home", replace(blind, tools=replace(blind.tools, limits=limits)))
    files = [replace(one, override=Override(unscreened=True)) for one in walk(folder, folder.parent / "no-home")]
    list(first.run("Hộp 1", files, {}))
    summary = run_import(intake, folder, retry=True)
    kept = [record for record in vault.heads() if any(one.code == "secret_kept" for one in record.problems)]

    assert summary.sums is not None
    assert summary.sums.closes
    assert summary.sums.scans == {ScanOutcome.STORED: 2}
    assert [(record.parts[0].name, record.state) for record in kept] == [(NAME, RecordState.WITHHELD)]
    assert kept[0].id not in [hit.id for hit in blind.index.search(Query()).hits]
    assert "secret_kept" in {doubt.problem.code for doubt in summary.problems}
    assert list(Check(vault.store).run()) == []


def test_two_people_overrule_a_retry_on_the_pages_that_they_were_shown_alone(
    intake: Intake, folder: Path, vault: Vault, tmp_path: Path
) -> None:
    """A lift of a withholding for another reason says nothing of marks; one for the mark says that it is none."""
    blind = make_context(tmp_path / "home", vault.store, InlineWorkers(), EchoEngine())
    limits = replace(blind.tools.limits, page_pixels=1000)
    first = intake_over(tmp_path / "home", replace(blind, tools=replace(blind.tools, limits=limits)))
    files = [replace(one, override=Override(unscreened=True)) for one in walk(folder, folder.parent / "no-home")]
    list(first.run("Hộp 1", files, {}))
    (marked,) = (record for record in vault.heads() if record.parts[0].name == NAME)
    home = Home(tmp_path / "home")

    home.of(THU).withhold(marked.id, "names a wrong person")
    for actor in (THU, MINH):
        home.of(actor).lift(marked.id, "it does not")
    run_import(intake, folder, retry=True)
    assert home.record(marked.id).state is RecordState.WITHHELD

    for actor in (THU, MINH):
        home.of(actor).lift(marked.id, "a seal, no mark")
    run_import(intake, folder, retry=True)
    assert home.record(marked.id).state is RecordState.KEPT
