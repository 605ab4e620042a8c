"""A whole import with a reader that costs nothing: real files, vault, index and table; only the words are made up."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from archive.index.embedded.page_table import SqlitePageTable
from archive.index.embedded.search import EmbeddedIndex
from archive.model.image import PageImage
from archive.model.limits import Limits
from archive.model.pages import PageText
from archive.ocr.stamps.reader import StampReader
from archive.pipeline.context import ImportContext, ReadingTools
from archive.services.derived.catch_up import CatchUp
from archive.services.derived.run_locks import Runs
from archive.services.imports.folders import walk
from archive.services.imports.run import Intake, RunSummary
from archive.store.api import ObjectStore
from archive.store.vault import Vault
from archive.work.api import Workers
from tests import makers
from tests.doubles.inline_workers import InlineWorkers
from tests.doubles.stores import DyingStore


@dataclass(frozen=True)
class EchoEngine:
    """Reads every page as a licence whose number comes from the page's pixels: other page, other number."""

    @property
    def identity(self) -> str:
        """Name the reader."""
        return "echo-1"

    def read(self, image: PageImage) -> PageText:
        """Return a few lines, the same for the same pixels."""
        number = int(hashlib.sha256(image.pixels.tobytes()).hexdigest()[:4], 16)
        return makers.text(
            "ỦY BAN NHÂN DÂN XÃ SƠN HÀ", f"Số: {number}/GP-UBND", "GIẤY PHÉP XÂY DỰNG", engine=self.identity
        )


def draw_page(seed: int, size: tuple[int, int] = (413, 585)) -> Image.Image:
    """Return a small A4 at 50 dpi with bars like lines of text, different for every seed."""
    random = np.random.default_rng(seed)
    pixels = np.full((size[1], size[0]), 255, np.uint8)
    for top in range(40, size[1] - 60, 16):
        pixels[top : top + 6, 40 : 40 + int(random.integers(120, size[0] - 80))] = 0
    return Image.fromarray(pixels)


def draw_batch(folder: Path) -> None:
    """Write a batch with everything: single pages, several pages, a duplicate, no scan at all, a broken one."""
    folder.mkdir(parents=True)
    draw_page(1).save(folder / "a.png", dpi=(50, 50))
    draw_page(2).save(folder / "b.tif", dpi=(50, 50), save_all=True, append_images=[draw_page(3), draw_page(4)])
    (folder / "c-duplicate.png").write_bytes((folder / "a.png").read_bytes())
    (folder / "d.txt").write_text("no scan")
    (folder / "e-broken.png").write_bytes((folder / "a.png").read_bytes()[:200])


def make_intake(
    home: Path, store: ObjectStore, workers: Workers | None = None, engine: EchoEngine | None = None
) -> Intake:
    """Return an intake over real parts."""
    return intake_over(home, make_context(home, store, workers or InlineWorkers(), engine or EchoEngine()))


def make_context(home: Path, store: ObjectStore, workers: Workers, engine: EchoEngine) -> ImportContext:
    """Return what an import works with."""
    return ImportContext(
        vault=Vault(store),
        index=EmbeddedIndex(home / "index" / "search"),
        table=SqlitePageTable(home / "index" / "pages.sqlite"),
        workers=workers,
        tools=ReadingTools(engine, StampReader(), Limits()),
        fingerprint={"engine": engine.identity},
        software="test",
        actor=makers.ACTOR,
        now=lambda: makers.AT,
        commit_every=2,
    )


def intake_over(home: Path, context: ImportContext) -> Intake:
    """Return an intake that works with ``context``."""
    return Intake(context, Runs(home / "running"), catch_up_over(home, context))


def catch_up_over(home: Path, context: ImportContext) -> CatchUp:
    """Return what brings the index and page table of ``context`` up to the feed."""
    return CatchUp(context.vault, context.index, context.table, home / "index" / "caught-up")


def run_import(intake: Intake, folder: Path, name: str = "Hộp 1", retry: bool = False) -> RunSummary:
    """Import a folder; return the summary."""
    *_, summary = intake.run(name, list(walk(folder, folder.parent / "no-home")), {}, retry)
    assert isinstance(summary, RunSummary)
    return summary


def main() -> None:
    """Import until killed: HOME FOLDER NTH MOMENT."""
    home, folder, nth, moment = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    run_import(make_intake(home, DyingStore(home / "vault", nth, moment)), folder)


if __name__ == "__main__":
    main()
