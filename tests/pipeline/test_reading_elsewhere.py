"""Reading on another machine: its reader is the one that the records will name, or it reads nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.errors import EngineUnavailable
from archive.model.image import PageImage
from archive.model.limits import Limits
from archive.model.pages import PageText
from archive.ocr.stamps.reader import StampReader
from archive.pipeline.context import ReadingTools
from archive.pipeline.read_pages import read_unit
from archive.pipeline.reading_fingerprint import pipeline_identity
from archive.sources.source import FileSource
from archive.store.backends.folder import FolderStore
from archive.store.vault import Vault
from tests.doubles.whole_import import EchoEngine, draw_page, make_intake, run_import

HERE = pipeline_identity(EchoEngine(), StampReader()).fingerprint


@dataclass(frozen=True)
class LeavingEngine(EchoEngine):
    """Is not there any more when a page that lies on its long side is to be read."""

    def read(self, image: PageImage) -> PageText:
        """Read, or be gone."""
        if image.width > image.height:
            raise EngineUnavailable("the reader of this machine is gone; install it again")
        return EchoEngine.read(self, image)


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """Ten pages, of which the ninth, in the second unit, lies on its long side."""
    file = tmp_path / "scans" / "a.tif"
    file.parent.mkdir()
    pages = [draw_page(number, (585, 413) if number == 8 else (413, 585)) for number in range(10)]
    pages[0].save(file, dpi=(50, 50), save_all=True, append_images=pages[1:])
    return file


def test_a_reader_as_expected_reads(scan: Path) -> None:
    unit = read_unit(ReadingTools(EchoEngine(), StampReader(), Limits(), HERE), FileSource(scan), 1, large=False)

    assert len(unit.pages) == 8


@pytest.mark.parametrize("name", ["engine", "prepare", "screen", "pdfium", "opencv"])
def test_another_reader_than_the_import_expects_reads_nothing(name: str, scan: Path) -> None:
    tools = ReadingTools(EchoEngine(), StampReader(), Limits(), {**HERE, name: "another"})

    with pytest.raises(EngineUnavailable, match=rf"its {name} is '.*', not 'another'; install the same there"):
        read_unit(tools, FileSource(scan), 1, large=False)


def test_a_part_of_the_identity_that_is_not_known_here_reads_nothing(scan: Path) -> None:
    tools = ReadingTools(EchoEngine(), StampReader(), Limits(), {**HERE, "dream": "1"})

    with pytest.raises(EngineUnavailable, match="its dream is None, not '1'"):
        read_unit(tools, FileSource(scan), 1, large=False)


def test_no_page_pays_for_a_reader_that_is_not_there(scan: Path, tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "vault")
    with pytest.raises(EngineUnavailable, match="is gone"):
        run_import(make_intake(tmp_path, store, engine=LeavingEngine()), scan.parent)

    (batch,) = Vault(store).batches()
    assert list(Vault(store).lines(batch.id)) == []
