"""A scan whose place is out of reach is neither rejected nor full of failed pages: the run ends and can go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest

from archive.errors import ArchiveError, EngineUnavailable, SettingsError, StoreUnavailable, Unreadable
from archive.model.image import PageImage
from archive.model.ledger import LedgerLine, ScanOutcome
from archive.model.pages import PageText
from archive.services.imports.folders import GivenFile
from archive.services.imports.run import RunSummary
from archive.sources.source import FileSource, SourceStat
from archive.store.vault import Vault
from tests.doubles.memory_store import MemoryStore
from tests.doubles.whole_import import EchoEngine, draw_page, make_intake


@dataclass
class MoodySource:
    """A file that is brought to hand ``good`` times, then fails."""

    file: FileSource
    good: int
    error: ArchiveError
    counted: list[int] = field(default_factory=list)

    @property
    def location(self) -> str:
        return self.file.location

    def stat(self) -> SourceStat:
        return SourceStat(self, self.file.stat().bytes)

    def open(self) -> BinaryIO:
        return self.file.open()

    @contextmanager
    def local_copy(self) -> Iterator[Path]:
        self.counted.append(1)
        if len(self.counted) > self.good:
            raise self.error
        yield self.file.path


@pytest.fixture
def scan(tmp_path: Path) -> FileSource:
    """Ten pages: two units."""
    pages = [draw_page(number) for number in range(10)]
    pages[0].save(tmp_path / "a.tif", dpi=(50, 50), save_all=True, append_images=pages[1:])
    return FileSource(tmp_path / "a.tif")


@pytest.fixture
def vault() -> Vault:
    return Vault(MemoryStore())


@pytest.fixture
def run(tmp_path: Path, vault: Vault) -> Callable[..., RunSummary]:
    def run(source: FileSource | MoodySource, engine: EchoEngine | None = None) -> RunSummary:
        intake = make_intake(tmp_path / "home", vault.store, engine=engine)
        *_, summary = intake.run("Hộp 1", [GivenFile(source, "a.tif")], {})
        assert isinstance(summary, RunSummary)
        return summary

    return run


def lines(vault: Vault) -> list[LedgerLine]:
    return [line for batch in vault.batches() for line in vault.lines(batch.id)]


@pytest.mark.parametrize("good", [0, 1])
def test_a_place_out_of_reach_ends_the_run_and_marks_no_page(
    good: int, scan: FileSource, vault: Vault, run: Callable[..., RunSummary]
) -> None:
    with pytest.raises(StoreUnavailable, match="no network"):
        run(MoodySource(scan, good, StoreUnavailable("no network")))
    assert lines(vault) == []

    run(scan)
    assert [line.outcome for line in lines(vault)] == [ScanOutcome.STORED]
    assert not any(page.outcome.failed for page in lines(vault)[0].pages)


@pytest.mark.parametrize("good", [0, 1])
def test_a_worker_that_sees_no_shared_folder_rejects_nothing(
    good: int, scan: FileSource, vault: Vault, run: Callable[..., RunSummary]
) -> None:
    with pytest.raises(SettingsError, match="all machines see"):
        run(MoodySource(scan, good, Unreadable("not here", "vanished")))

    assert lines(vault) == []


def test_a_scan_that_vanished_everywhere_is_rejected(
    scan: FileSource, vault: Vault, run: Callable[..., RunSummary]
) -> None:
    class Vanishing(MoodySource):
        def local_copy(self) -> Iterator[Path]:  # type: ignore[override] - it never yields
            self.file.path.unlink()
            raise Unreadable("gone", "vanished")

    run(Vanishing(scan, 0, Unreadable("gone", "vanished")))

    assert [(line.outcome, line.reason) for line in lines(vault)] == [(ScanOutcome.REJECTED, "vanished")]


def test_a_reader_that_is_missing_later_marks_no_page(
    scan: FileSource, vault: Vault, run: Callable[..., RunSummary]
) -> None:
    """On a cluster the second unit may come to a machine on which no language data is installed."""
    read: list[int] = []

    class Missing(EchoEngine):
        def read(self, image: PageImage) -> PageText:
            read.append(1)
            if len(read) > 8:
                raise EngineUnavailable("no language data here")
            return EchoEngine.read(self, image)

    with pytest.raises(EngineUnavailable):
        run(scan, Missing())

    assert lines(vault) == []
