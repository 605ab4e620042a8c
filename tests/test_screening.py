"""The screen: what was seen survives whatever fails later, and what nobody could look at is not kept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from archive.errors import PageUnreadable
from archive.ingest.raster.document import ImageDocument, ImagePage
from archive.model.image import PageImage
from archive.model.ledger import LedgerLine, ScanOutcome
from archive.model.pages import PageOutcome, PageText, ScreenAnswer
from archive.ocr.stamps.reader import StampReader
from archive.pipeline.reading_fingerprint import WORDS_SCREEN
from archive.services.imports.folders import GivenFile
from archive.services.imports.run import Intake, RunSummary
from archive.sources.source import FileSource, SourceStat
from archive.store.backends.folder import FolderStore
from archive.store.keys import digest_of
from archive.store.vault import Vault
from archive.store.verify.check import Check
from archive.work.api import Workers
from archive.work.local.pool import ProcessWorkers
from tests import makers
from tests.doubles.inline_workers import InlineWorkers
from tests.doubles.screens import AllSeeing, GuiltyScreen
from tests.doubles.whole_import import EchoEngine, draw_page, intake_over, make_context, run_import
from tests.test_pipeline import MoodyEngine, draw_guilty


@dataclass(frozen=True)
class BrokenEngine(EchoEngine):
    """Gives up on every page."""

    @property
    def identity(self) -> str:
        """Name the reader."""
        return "broken-1"

    def read(self, image: PageImage) -> PageText:
        """Give up."""
        raise PageUnreadable("gave up")


@dataclass(frozen=True)
class HeadedEngine(EchoEngine):
    """Reads a mark of secrecy in the head of every page, under its number."""

    @property
    def identity(self) -> str:
        """Name the reader."""
        return "headed-1"

    def read(self, image: PageImage) -> PageText:
        """Return a few lines."""
        return makers.text("ỦY BAN NHÂN DÂN", "Số: 1/KH-UBND", "TUYỆT MẬT", "KẾ HOẠCH", engine=self.identity)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(FolderStore(tmp_path / "home" / "vault"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One scan of one page."""
    folder = tmp_path / "scans"
    folder.mkdir()
    draw_page(1).save(folder / "a.png", dpi=(50, 50))
    return folder


@pytest.fixture
def guilty(tmp_path: Path) -> Path:
    """A scan of ten pages of which the fourth is guilty, and an innocent scan beside it."""
    draw_guilty(tmp_path / "guilty")
    return tmp_path / "guilty"


@pytest.fixture(scope="module")
def pool() -> Iterator[Workers]:
    workers = ProcessWorkers(2)
    yield workers
    workers.close()


def intake(
    vault: Vault,
    home: Path,
    stamps: StampReader,
    engine: EchoEngine | None = None,
    workers: Workers | None = None,
    seconds: float = 120.0,
) -> Intake:
    """Return an intake with a screen and a reader of our choice; memory is no matter."""
    context = make_context(home / "home", vault.store, workers or InlineWorkers(), engine or EchoEngine())
    limits = replace(context.tools.limits, page_seconds=seconds)
    tools = replace(context.tools, stamps=stamps, limits=limits)
    return intake_over(home / "home", replace(context, tools=tools))


def lines(vault: Vault) -> dict[str, LedgerLine]:
    """Return the ledger by path; quarantined scans have none."""
    return {line.path or "?": line for batch in vault.batches() for line in vault.lines(batch.id)}


def answers(line: LedgerLine) -> list[ScreenAnswer | None]:
    return [page.screening.answer if page.screening is not None else None for page in line.pages]


def test_a_mark_that_was_seen_is_not_forgotten_when_the_reader_fails(
    vault: Vault, folder: Path, tmp_path: Path
) -> None:
    summary = run_import(intake(vault, tmp_path, AllSeeing(), BrokenEngine()), folder)

    assert summary.fresh == {ScanOutcome.QUARANTINED: 1}
    assert not vault.has(digest_of((folder / "a.png").read_bytes()))


@pytest.mark.parametrize("mood", ["crash", "hang", "stumble"])
def test_a_mark_on_a_page_that_the_reader_never_survives_is_seen(
    mood: str, vault: Vault, guilty: Path, pool: Workers, tmp_path: Path
) -> None:
    seconds = 5.0 if mood == "hang" else 120.0
    importing = intake(vault, tmp_path, GuiltyScreen("see"), MoodyEngine(mood=mood), pool, seconds)
    summary = run_import(importing, guilty)

    assert summary.fresh == {ScanOutcome.QUARANTINED: 1, ScanOutcome.STORED: 1}
    assert not vault.has(digest_of((guilty / "guilty.tif").read_bytes()))


@pytest.mark.parametrize(
    ("mood", "cause"),
    [("crash", "worker_lost"), ("hang", "timed_out"), ("stumble", "worker_lost"), ("give up", "screen_failed")],
)
def test_a_page_that_the_screen_cannot_look_at_keeps_its_scan_out(
    mood: str, cause: str, vault: Vault, guilty: Path, pool: Workers, tmp_path: Path
) -> None:
    seconds = 5.0 if mood == "hang" else 120.0
    summary = run_import(intake(vault, tmp_path, GuiltyScreen(mood), None, pool, seconds), guilty)
    line = lines(vault)["guilty.tif"]

    assert (line.outcome, line.reason) == (ScanOutcome.REJECTED, "not_screened")
    assert (line.message or "").startswith("page 4 (")
    assert f"[{cause}]" in (line.message or "")
    assert lines(vault)["innocent.png"].outcome is ScanOutcome.STORED
    assert not vault.has(digest_of((guilty / "guilty.tif").read_bytes()))
    assert len(list(vault.store.keys("readings/"))) == 1, "no text of it is kept"
    assert summary.sums is not None
    assert summary.sums.closes
    assert list(Check(vault.store).run()) == []


def test_a_page_without_a_picture_keeps_its_scan_out(vault: Vault, folder: Path, tmp_path: Path) -> None:
    torn = (folder / "a.png").read_bytes()[:200]
    (folder / "a.png").write_bytes(torn)
    run_import(intake(vault, tmp_path, StampReader()), folder)
    line = lines(vault)["a.png"]

    assert (line.outcome, line.reason) == (ScanOutcome.REJECTED, "not_screened")
    assert "page 1 (its picture cannot be had [unreadable])" in (line.message or "")
    assert not vault.has(digest_of(torn))


def test_a_page_over_the_limit_keeps_its_scan_out(vault: Vault, guilty: Path, tmp_path: Path) -> None:
    importing = intake(vault, tmp_path, StampReader())
    context = importing._context
    limits = replace(context.tools.limits, page_side=585 - 1)
    importing._context = replace(context, tools=replace(context.tools, limits=limits))
    run_import(importing, guilty)

    assert lines(vault)["guilty.tif"].reason == "not_screened"
    assert "pages 1-10 (larger than the limits allow [over_limit])" in (lines(vault)["guilty.tif"].message or "")


def test_a_page_that_was_screened_and_could_not_be_read_is_kept(vault: Vault, folder: Path, tmp_path: Path) -> None:
    run_import(intake(vault, tmp_path, StampReader(), BrokenEngine()), folder)
    (page,) = lines(vault)["a.png"].pages

    assert page.outcome is PageOutcome.ENGINE_FAILED
    assert page.screening is not None
    assert (page.screening.answer, page.screening.by) == (ScreenAnswer.CLEAR, (StampReader().identity,))


def test_a_line_and_a_reading_say_by_what_each_page_was_screened(vault: Vault, folder: Path, tmp_path: Path) -> None:
    run_import(intake(vault, tmp_path, StampReader()), folder)
    (page,) = lines(vault)["a.png"].pages

    assert page.screening is not None
    assert page.screening.answer is ScreenAnswer.CLEAR
    assert page.screening.by == (StampReader().identity, WORDS_SCREEN)


def test_words_that_are_read_later_can_only_add_a_mark(vault: Vault, folder: Path, tmp_path: Path) -> None:
    summary = run_import(intake(vault, tmp_path, StampReader(), HeadedEngine()), folder)

    assert summary.fresh == {ScanOutcome.QUARANTINED: 1}


def test_a_mark_that_is_seen_outweighs_a_page_that_nobody_looked_at(
    vault: Vault, guilty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageDocument, "unscreened", ("attached_files",))
    summary = run_import(intake(vault, tmp_path, GuiltyScreen("see")), guilty)

    assert summary.fresh == {ScanOutcome.QUARANTINED: 1, ScanOutcome.REJECTED: 1}


def test_what_lies_outside_the_visible_page_is_screened_too(
    vault: Vault, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = PageImage(np.asarray(draw_page(2, (585, 413))), 210.0, 148.0)
    monkeypatch.setattr(ImagePage, "hidden_images", lambda page: (outside,))
    summary = run_import(intake(vault, tmp_path, GuiltyScreen("see")), folder)

    assert summary.fresh == {ScanOutcome.QUARANTINED: 1}


def test_a_mark_among_the_words_that_the_file_holds_behind_its_picture_is_seen(
    vault: Vault, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImagePage, "stored_words", lambda page: makers.text("Số: 1/KH-UBND", "TUYỆT MẬT"))
    summary = run_import(intake(vault, tmp_path, StampReader()), folder)

    assert summary.fresh == {ScanOutcome.QUARANTINED: 1}


def test_words_of_the_file_that_cannot_be_read_keep_its_scan_out(
    vault: Vault, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(page: ImagePage) -> None:
        raise PageUnreadable("too much text")

    monkeypatch.setattr(ImagePage, "stored_words", fail)
    run_import(intake(vault, tmp_path, StampReader()), folder)
    (line,) = lines(vault).values()

    assert (line.outcome, line.reason) == (ScanOutcome.REJECTED, "not_screened")
    assert "the text that the file holds" in (line.message or "")


def test_words_outside_the_visible_page_are_marks_too_and_are_not_kept(
    vault: Vault, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dataclass(frozen=True)
    class Reader(EchoEngine):
        """Reads a mark outside the page, which lies on its long side."""

        def read(self, image: PageImage) -> PageText:
            return (HeadedEngine() if image.width > image.height else EchoEngine()).read(image)

    outside = PageImage(np.asarray(draw_page(2, (585, 413))), 210.0, 148.0)
    monkeypatch.setattr(ImagePage, "hidden_images", lambda page: (outside,))
    summary = run_import(intake(vault, tmp_path, StampReader(), Reader()), folder)

    assert summary.fresh == {ScanOutcome.QUARANTINED: 1}


@pytest.mark.parametrize("owner", [ImageDocument, ImagePage])
def test_what_is_not_looked_at_in_a_file_keeps_its_scan_out(
    owner: type, vault: Vault, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, "unscreened", ("hidden_layer",))
    run_import(intake(vault, tmp_path, StampReader()), folder)
    line = lines(vault)["a.png"]

    assert (line.outcome, line.reason) == (ScanOutcome.REJECTED, "not_screened")
    assert "page 1 (a layer that is off cannot be shown [hidden_layer])" in (line.message or "")


def test_the_same_rejection_again_changes_nothing(
    vault: Vault, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageDocument, "unscreened", ("attached_files",))
    run_import(intake(vault, tmp_path, StampReader()), folder)
    before = list(vault.store.keys())
    run_import(intake(vault, tmp_path, StampReader()), folder)

    assert list(vault.store.keys()) == before


def test_a_page_is_rendered_and_screened_once(
    vault: Vault, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    image, read = ImagePage.image, StampReader.read
    monkeypatch.setattr(ImagePage, "image", lambda page: (calls.append("image"), image(page))[1])
    monkeypatch.setattr(StampReader, "read", lambda stamps, page: (calls.append("screen"), read(stamps, page))[1])
    run_import(intake(vault, tmp_path, StampReader()), folder)

    assert calls == ["image", "screen"]


def test_a_reading_that_says_nothing_of_its_screening_is_not_trusted(
    vault: Vault, folder: Path, tmp_path: Path
) -> None:
    """Left by a run of the first release that was killed: it may have overlooked what is seen today."""
    first = intake(vault, tmp_path, StampReader())
    run_import(first, folder)
    line = lines(vault)["a.png"]
    for key in list(vault.store.keys("ledger/")) + list(vault.store.keys("records/")):
        (tmp_path / "home" / "vault" / key).unlink()
    run_import(intake(vault, tmp_path, AllSeeing()), folder)

    assert vault.line(line.batch, line.id) is not None
    assert lines(vault)["?"].outcome is ScanOutcome.QUARANTINED


@dataclass(frozen=True)
class SwappedSource:
    """A guilty scan in whose place an innocent one lies for as long as it is read. ``how``: what is exchanged."""

    file: FileSource
    guilty: Path
    innocent: Path
    how: str

    @property
    def location(self) -> str:
        return self.file.location

    def stat(self) -> SourceStat:
        seen = self.file.stat()
        return SourceStat(replace(self, file=seen.source), seen.bytes)

    def open(self) -> BinaryIO:
        return self.file.open()

    @contextmanager
    def local_copy(self) -> Iterator[Path]:
        self._put(self.innocent)
        try:
            with self.file.local_copy() as path:
                yield path
        finally:
            self._put(self.guilty)

    def _put(self, scan: Path) -> None:
        path = self.file.path
        if self.how == "bytes":
            path.write_bytes(scan.read_bytes())
            return
        path.unlink()
        if self.how == "link":
            path.symlink_to(scan)
        else:
            os.link(scan, path)


@pytest.mark.parametrize("how", ["bytes", "link", "name"])
def test_a_scan_that_is_exchanged_while_it_is_screened_is_not_kept(how: str, vault: Vault, tmp_path: Path) -> None:
    guilty, innocent = tmp_path / "guilty.png", tmp_path / "innocent.png"
    draw_page(2, (585, 413)).save(guilty, dpi=(50, 50))
    draw_page(1).save(innocent, dpi=(50, 50))
    source = SwappedSource(FileSource(tmp_path / "scan.png"), guilty, innocent, how)
    source.file.path.write_bytes(b"")
    source._put(guilty)

    *_, summary = intake(vault, tmp_path, GuiltyScreen("see")).run("Hộp 1", [GivenFile(source, "scan.png")], {})

    assert isinstance(summary, RunSummary)
    assert summary.fresh == {ScanOutcome.REJECTED: 1}
    assert [line.reason for line in lines(vault).values()] == ["changing"]
    assert not vault.has(digest_of(guilty.read_bytes()))
    assert not vault.has(digest_of(innocent.read_bytes()))
