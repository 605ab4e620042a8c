"""The journey: read first, keep after; every scan and page gets exactly one outcome, whatever happens."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from archive.errors import StoreUnavailable
from archive.model.image import PageImage
from archive.model.ledger import LedgerLine, ScanOutcome
from archive.model.pages import Exclusion, ExclusionState, Measure, Origin, PageOutcome, PageText
from archive.model.results import Field, FieldState, RecordState
from archive.model.sign_off import SignOff
from archive.services.imports.folders import walk
from archive.services.imports.run import Intake, RunSummary
from archive.store import keys
from archive.store.backends.folder import FolderStore
from archive.store.vault import Vault
from archive.store.verify.check import Check
from archive.work.api import Workers
from archive.work.local.pool import ProcessWorkers
from tests import makers
from tests.doubles.memory_store import MemoryStore
from tests.doubles.whole_import import (
    EchoEngine,
    draw_batch,
    draw_page,
    intake_over,
    make_context,
    make_intake,
    run_import,
)


@dataclass(frozen=True)
class MoodyEngine(EchoEngine):
    """Reads like its parent, but does ``mood`` on the guilty page."""

    mood: str = "crash"

    @property
    def identity(self) -> str:
        """Name the mood."""
        return f"moody-{self.mood}"

    def read(self, image: PageImage) -> PageText:
        """Read, or misbehave."""
        if is_guilty(image):
            match self.mood:
                case "crash":
                    os.kill(os.getpid(), signal.SIGKILL)
                case "hang":
                    time.sleep(3600)
                case "devour":
                    held = [b"x" * 2**20 for _ in range(800)]
                    time.sleep(len(held))
                case "stumble":
                    raise ValueError("unforeseen")
        return EchoEngine.read(self, image)


def is_guilty(image: PageImage) -> bool:
    """A guilty page lies on its long side."""
    return image.width > image.height


def draw_guilty(folder: Path) -> None:
    """Write a scan of ten pages of which the fourth is guilty, and an innocent scan beside it."""
    folder.mkdir()
    pages = [draw_page(n) for n in range(10)]
    pages[3] = draw_page(3, (585, 413))
    pages[0].save(folder / "guilty.tif", dpi=(50, 50), save_all=True, append_images=pages[1:])
    draw_page(99).save(folder / "innocent.png", dpi=(50, 50))


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(FolderStore(tmp_path / "vault"))


@pytest.fixture
def intake(tmp_path: Path, vault: Vault) -> Intake:
    return make_intake(tmp_path, vault.store)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "scans" / "hop1"
    draw_batch(folder)
    return folder


@pytest.fixture(scope="module")
def pool() -> Iterator[Workers]:
    workers = ProcessWorkers(2)
    yield workers
    workers.close()


def lines(vault: Vault) -> dict[str, LedgerLine]:
    """Return the ledger by path."""
    return {line.path or "?": line for batch in vault.batches() for line in vault.lines(batch.id)}


def objects(vault: Vault) -> list[str]:
    return list(vault.store.keys())


def test_every_scan_and_page_has_one_outcome(intake: Intake, folder: Path, vault: Vault) -> None:
    summary = run_import(intake, folder)

    assert summary.sums is not None
    assert summary.sums.closes
    assert {path: line.outcome.value for path, line in lines(vault).items()} == {
        "a.png": "stored",
        "b.tif": "stored",
        "c-duplicate.png": "duplicate",
        "d.txt": "rejected",
        "e-broken.png": "rejected",
    }
    assert [page.outcome for page in lines(vault)["b.tif"].pages] == [PageOutcome.RECOGNISED] * 3
    assert lines(vault)["e-broken.png"].reason == "not_screened"
    assert list(Check(vault.store).run()) == []


def test_the_same_again_repeats_nothing(intake: Intake, folder: Path, vault: Vault) -> None:
    run_import(intake, folder)
    before = objects(vault)
    again = run_import(intake, folder)

    assert objects(vault) == before
    assert again.fresh.total() == 0
    assert again.settled.total() == again.given == 5


def test_a_duplicate_points_to_what_is_kept_even_in_another_batch(intake: Intake, folder: Path, vault: Vault) -> None:
    run_import(intake, folder, "Hộp 1")
    run_import(intake, folder, "Hộp 2")
    other = [line for line in vault.lines(keys.batch_id("Hộp 2")) if line.path == "a.png"]

    assert [line.outcome for line in other] == [ScanOutcome.DUPLICATE]
    assert other[0].record == lines(vault)["a.png"].record
    assert len(other[0].pages) == 1
    assert len(list(vault.heads())) == 2


def test_another_scan_under_a_used_name_is_not_lost(intake: Intake, folder: Path, vault: Vault) -> None:
    """Scanners begin with scan0001 every morning."""
    run_import(intake, folder)
    first = lines(vault)["a.png"]
    draw_page(77).save(folder / "a.png", dpi=(50, 50))
    summary = run_import(intake, folder)
    under_a = [line for line in vault.lines(first.batch) if line.path == "a.png"]

    assert sorted(line.occurrence for line in under_a) == [0, 1]
    assert len({line.record for line in under_a}) == 2
    assert summary.sums is not None
    assert (summary.sums.given, summary.sums.closes) == (6, True)


def test_a_rejected_scan_that_was_mended_takes_its_own_line_on(intake: Intake, folder: Path, vault: Vault) -> None:
    run_import(intake, folder)
    draw_page(66).save(folder / "d.txt", "PNG", dpi=(50, 50))
    run_import(intake, folder)
    line = lines(vault)["d.txt"]

    assert (line.version, line.outcome) == (2, ScanOutcome.STORED)
    assert [vault.line_at(one).outcome for one in vault.versions_of_lines(line.batch) if one.id == line.id] == [
        "rejected",
        "stored",
    ]


def test_a_file_that_changes_while_it_is_read_is_read_again(folder: Path, tmp_path: Path, vault: Vault) -> None:
    @dataclass(frozen=True)
    class Meddler(EchoEngine):
        """Somebody saves the file anew while its page is being read, once."""

        def read(self, image: PageImage) -> PageText:
            file, mark = folder / "a.png", tmp_path / "meddled"
            if not mark.exists():
                mark.touch()
                draw_page(55).save(file, dpi=(50, 50))
            return EchoEngine.read(self, image)

    for path in folder.iterdir():
        if path.name != "a.png":
            path.unlink()
    run_import(make_intake(tmp_path, vault.store, engine=Meddler()), folder)
    line = lines(vault)["a.png"]

    assert line.outcome is ScanOutcome.STORED
    assert line.sha256 == keys.digest_of((folder / "a.png").read_bytes())
    assert [key for key in objects(vault) if line.sha256 in key]
    assert list(Check(vault.store).run()) == []


@pytest.mark.parametrize(
    ("mood", "outcome"),
    [
        ("crash", PageOutcome.ENGINE_FAILED),
        ("hang", PageOutcome.TIMED_OUT),
        ("devour", PageOutcome.ENGINE_FAILED),
        ("stumble", PageOutcome.ENGINE_FAILED),
    ],
)
def test_only_the_guilty_page_pays(
    mood: str, outcome: PageOutcome, pool: Workers, tmp_path: Path, vault: Vault
) -> None:
    folder = tmp_path / "guilty"
    draw_guilty(folder)
    summary = run_import(moody(tmp_path, vault, pool, mood), folder)
    found = lines(vault)

    assert [page.outcome for page in found["guilty.tif"].pages] == [
        outcome if number == 4 else PageOutcome.RECOGNISED for number in range(1, 11)
    ]
    assert all(page.shape is not None for page in found["guilty.tif"].pages), "even a guilty page is measured"
    assert [page.outcome for page in found["innocent.png"].pages] == [PageOutcome.RECOGNISED]
    assert (f"page_{outcome}") in {doubt.problem.code for doubt in summary.problems}


@pytest.mark.parametrize("retry", [False, True])
def test_what_was_withdrawn_stays_so_when_it_is_given_again(
    intake: Intake, folder: Path, vault: Vault, retry: bool
) -> None:
    run_import(intake, folder)
    line = next(line for line in lines(vault).values() if line.outcome is ScanOutcome.STORED)
    record = vault.head(line.record or "")
    assert record is not None
    vault.append_record(replace(record, version=record.version + 1, state=RecordState.WITHDRAWN))
    vault.append_line(replace(line, version=line.version + 1, outcome=ScanOutcome.WITHDRAWN, action="withdrawn"))

    summary = run_import(intake, folder, retry=retry)

    assert summary.sums is not None
    assert summary.sums.closes
    assert summary.sums.scans[ScanOutcome.WITHDRAWN] == 1
    last = vault.line(line.batch, line.id), vault.head(record.id)
    assert [one and one.version for one in last] == [line.version + 1, record.version + 1]


def test_a_retry_reads_failed_pages_again_as_next_versions(pool: Workers, tmp_path: Path, vault: Vault) -> None:
    folder = tmp_path / "guilty"
    draw_guilty(folder)
    run_import(moody(tmp_path, vault, pool, "stumble"), folder)
    run_import(moody(tmp_path, vault, pool, "none"), folder)
    assert lines(vault)["guilty.tif"].version == 1, "without --retry nothing is read again"

    run_import(moody(tmp_path, vault, pool, "none"), folder, retry=True)
    line = lines(vault)["guilty.tif"]
    record = vault.head(line.record or "")

    assert line.version == 2
    assert not any(page.outcome.failed for page in line.pages)
    assert record is not None
    assert (record.version, record.provenance.action) == (2, "read_again")
    assert lines(vault)["innocent.png"].version == 1
    assert list(Check(vault.store).run()) == []


def test_what_people_decided_about_a_page_outlives_a_new_reading(pool: Workers, tmp_path: Path, vault: Vault) -> None:
    folder = tmp_path / "guilty"
    draw_guilty(folder)
    run_import(moody(tmp_path, vault, pool, "stumble"), folder)
    line = lines(vault)["guilty.tif"]
    by = (SignOff("os:lan", makers.AT),)
    measure, exclusion = Measure(210.0, 330.0, by), Exclusion("no_result", ExclusionState.DISPUTED, by)
    decided = (replace(line.pages[0], measure=measure, exclusion=exclusion), *line.pages[1:])
    vault.append_line(replace(line, version=2, pages=decided))

    run_import(moody(tmp_path, vault, pool, "none"), folder, retry=True)
    again = lines(vault)["guilty.tif"]

    assert again.version == 3
    assert not any(page.outcome.failed for page in again.pages)
    assert (again.pages[0].measure, again.pages[0].exclusion) == (measure, exclusion)
    run_import(moody(tmp_path, vault, pool, "none"), folder, retry=True)
    assert lines(vault)["guilty.tif"].version == 3, "the same again is no new version"


@pytest.mark.parametrize("state", [FieldState.CONFIRMED, FieldState.ILLEGIBLE, FieldState.NONE])
def test_what_a_person_settled_outlives_a_new_reading(
    pool: Workers, tmp_path: Path, vault: Vault, state: FieldState
) -> None:
    folder = tmp_path / "guilty"
    draw_guilty(folder)
    run_import(moody(tmp_path, vault, pool, "stumble"), folder)
    known = vault.head(lines(vault)["guilty.tif"].record or "")
    assert known is not None
    value = "9999" if state is FieldState.CONFIRMED else None
    settled = Field(value, None, None, 1, None, Origin.KEYED, state, settled_by=(SignOff("os:lan", makers.AT),))
    guessed = Field("XX", "XX", 0.3, 1, None, Origin.OCR, FieldState.PROPOSED)
    vault.append_record(replace(known, version=2, fields={**known.fields, "number": settled, "symbol": guessed}))

    run_import(moody(tmp_path, vault, pool, "none"), folder, retry=True)
    again = vault.head(known.id)

    assert again is not None
    assert (again.version, again.provenance.action) == (3, "read_again")
    assert again.fields["number"] == settled
    assert again.fields.get("symbol") != guessed, "what the machine proposed is read anew"


def moody(home: Path, vault: Vault, pool: Workers, mood: str) -> Intake:
    """Return an intake whose reader misbehaves, with limits that are soon reached."""
    context = make_context(home, vault.store, pool, MoodyEngine(mood=mood))
    seconds = 5.0 if mood == "hang" else 120.0
    limits = replace(context.tools.limits, page_seconds=seconds, worker_mib=600, large_worker_mib=700)
    return intake_over(home, replace(context, tools=replace(context.tools, limits=limits)))


def test_many_runs_at_once_share_one_vault(folder: Path, tmp_path: Path, vault: Vault) -> None:
    """Two desks import the same folder at the same time: as if one had."""

    def run(name: str) -> RunSummary:
        return run_import(make_intake(tmp_path / "home", vault.store), folder, name)

    with ThreadPoolExecutor(3) as desks:
        summaries = list(desks.map(run, ["Hộp 1", "Hộp 1", "Hộp 2"]))

    assert all(summary.sums is not None and summary.sums.closes for summary in summaries)
    assert len(list(vault.heads())) == 2
    assert all(record.version == 1 for record in vault.heads())
    assert list(Check(vault.store).run()) == []


@pytest.mark.parametrize("kind", ["same bytes", "other bytes", "no scans", "no scans alike"])
def test_two_boxes_may_use_the_same_names_in_one_batch(kind: str, tmp_path: Path, vault: Vault) -> None:
    boxes = [tmp_path / "scans" / "box 1", tmp_path / "scans" / "box 2"]
    for number, box in enumerate(boxes):
        box.mkdir(parents=True)
        if kind == "no scans":
            (box / "0001.png").write_bytes(b"" if number else b"no scan")
        elif kind == "no scans alike":
            (box / "0001.png").write_bytes(b"no scan")
        else:
            draw_page(number if kind == "other bytes" else 0).save(box / "0001.png", dpi=(50, 50))
    files = [file for box in boxes for file in walk(box, tmp_path / "no-home")]
    for _ in range(2):
        *_, summary = make_intake(tmp_path / "home", vault.store).run("Cả hai", files, {})
        assert isinstance(summary, RunSummary)
        assert summary.sums is not None
        assert (summary.sums.given, summary.sums.unfinished, summary.sums.closes) == (2, 0, True)

    (batch,) = vault.batches()
    assert sorted((line.occurrence, line.version) for line in vault.lines(batch.id)) == [(0, 1), (1, 1)]


class Lagging(MemoryStore):
    """Lists what it was given with a delay, as some servers do."""

    unlisted: frozenset[str] = frozenset()

    def keys(self, prefix: str = "") -> Iterator[str]:
        """List all but the latest."""
        return (key for key in super().keys(prefix) if key not in self.unlisted)


def test_a_store_whose_lists_lag_behind_makes_no_scan_a_rejected_one(tmp_path: Path) -> None:
    """The file did not change, and nobody may read in the ledger that it did."""
    (tmp_path / "scans").mkdir()
    draw_page(1).save(tmp_path / "scans" / "a.png", dpi=(50, 50))
    store = Lagging()
    run_import(make_intake(tmp_path / "home", store), tmp_path / "scans", "Hộp 1")
    store.unlisted = frozenset(store.keys("records/"))
    with pytest.raises(StoreUnavailable, match="does not list it"):
        run_import(make_intake(tmp_path / "home", store), tmp_path / "scans", "Hộp 2")
    store.unlisted = frozenset()
    again = run_import(make_intake(tmp_path / "home", store), tmp_path / "scans", "Hộp 2")

    assert again.fresh == {ScanOutcome.DUPLICATE: 1}
    assert again.sums is not None
    assert again.sums.scans == {ScanOutcome.DUPLICATE: 1}
