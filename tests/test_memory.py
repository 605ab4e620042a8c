"""Memory is bounded by jobs, not by the size of a scan or a batch. Run with ``-s`` to see the figures."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageDraw

from archive.model.image import PageImage
from archive.model.pages import Box, Line, PageText, Word
from archive.ocr.registry import engine_named
from archive.store.backends.folder import FolderStore
from archive.work.local.pool import ProcessWorkers
from tests.doubles.whole_import import EchoEngine, draw_page, intake_over, make_context, run_import

ROOT = Path(__file__).parents[1]
PARENT_MIB, WORKER_MIB, LARGE_WORKER_MIB = 400, 600, 1_536  # what we promise (docs, limits table)
NOISE_MIB = 40  # allocators and caches breathe; 1,200 scans that were all held would take hundreds

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peaks are read from /proc: Linux only"),
]


@dataclass(frozen=True)
class WordyEngine(EchoEngine):
    """Reads every page as a full one: 45 lines of nine words, other words on every page."""

    def read(self, image: PageImage) -> PageText:
        """Return some 400 words, as an A4 of running text has."""
        letters = random.Random(os.urandom(8))  # noqa: S311 - words for a test
        lines = []
        for top in range(45):
            words = ["".join(letters.choices("aăâbcdđeêghiklmnoôơpqrstuưvxy", k=5)) for _ in range(9)]
            boxes = [Box(20.0 + 18 * at, 20.0 + 5 * top, 36.0 + 18 * at, 24.0 + 5 * top) for at in range(9)]
            lines.append(Line(tuple(Word(word, box, 0.9) for word, box in zip(words, boxes, strict=True))))
        return PageText(tuple(lines), self.identity)


@dataclass(frozen=True)
class Figures:
    """Peaks of resident memory in MiB, and how many pages had which outcome."""

    parent: float
    worker: float
    pages: dict[str, int]


def import_measured(home: Path, folder: Path, reader: str = "wordy", jobs: int = 2, **variables: str) -> Figures:
    """Import ``folder`` in a process of its own; return its peaks. A peak of ours would hide behind pytest's."""
    surroundings = {**os.environ, **variables}
    command = [sys.executable, "-m", "tests.test_memory", str(home), str(folder), reader, str(jobs)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=surroundings)  # noqa: S603 - this module
    figures = Figures(**json.loads(done.stdout))
    print(f"\n{folder.name}: parent {figures.parent:.0f} MiB, worker {figures.worker:.0f} MiB")  # noqa: T201 - the figures
    return figures


def test_a_pdf_of_500_pages(tmp_path: Path) -> None:
    folder = tmp_path / "500 pages"
    folder.mkdir()
    write_pdf(folder / "long.pdf", 500)
    figures = import_measured(tmp_path / "home", folder)

    assert figures.pages == {"recognised": 500}
    assert figures.parent <= PARENT_MIB
    assert figures.worker <= WORKER_MIB


def test_a_batch_takes_no_more_than_a_small_one(tmp_path: Path) -> None:
    # The index commits from threads, and glibc keeps an arena for many a thread: few arenas show what we hold.
    small, large = (
        import_measured(tmp_path / f"home {scans}", write_batch(tmp_path, scans), MALLOC_ARENA_MAX="2")
        for scans in (300, 1_500)
    )

    assert (small.pages, large.pages) == ({"recognised": 300}, {"recognised": 1_500})
    assert large.parent <= small.parent + NOISE_MIB
    assert large.worker <= small.worker + NOISE_MIB
    assert large.parent <= PARENT_MIB


def test_an_a3_in_colour_at_300_dpi_by_the_real_reader(tmp_path: Path) -> None:
    folder = tmp_path / "A3"
    folder.mkdir()
    printed((4961, 3508), "RGB").save(folder / "a3.jpg", dpi=(300, 300), quality=85)
    figures = import_measured(tmp_path / "home", folder, "real", 1)

    assert figures.pages == {"recognised": 1}
    assert figures.worker <= WORKER_MIB


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_an_a1_at_300_dpi_by_the_real_reader(suffix: str, tmp_path: Path) -> None:
    folder = tmp_path / f"A1 {suffix}"
    folder.mkdir()
    printed((7016, 9933), "L").save(folder / f"a1.{suffix}", dpi=(300, 300))
    figures = import_measured(tmp_path / "home", folder, "real", 1)

    assert figures.pages == {"recognised": 1}
    assert figures.worker <= LARGE_WORKER_MIB


def write_pdf(file: Path, pages: int) -> None:
    """Write a scanned PDF of A4 pages at 100 dpi that share one image."""
    image = file.with_suffix(".jpg")
    draw_page(1, (827, 1169)).convert("RGB").save(image, dpi=(100, 100))
    with pikepdf.new() as pdf:
        stream = pdf.make_stream(
            image.read_bytes(),
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=827,
            Height=1169,
            ColorSpace=pikepdf.Name.DeviceRGB,
            BitsPerComponent=8,
            Filter=pikepdf.Name.DCTDecode,
        )
        for _ in range(pages):
            page = pdf.add_blank_page(page_size=(595.44, 841.68))
            page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Scan=stream))
            page.Contents = pdf.make_stream(b"q 595.44 0 0 841.68 0 0 cm /Scan Do Q")
        pdf.save(file)
    image.unlink()


def write_batch(folder: Path, scans: int) -> Path:
    """Write so many different scans of one small page."""
    batch = folder / f"{scans:,} scans"
    batch.mkdir()
    page = draw_page(1)
    for number in range(scans):
        page.putpixel((number % 400, number // 400), 0)
        page.save(batch / f"{number:04d}.png", dpi=(50, 50))
    return batch


@cache
def printed(size: tuple[int, int], mode: str) -> Image.Image:
    """Return a page at 300 dpi that is full of print, in letters of 3 mm."""
    page = Image.new(mode, size, "white")
    pen = ImageDraw.Draw(page)
    line = "Giay phep xay dung so 12 cap cho nguoi su dung dat tai thon Ha, to ban do so 5. " * (size[0] // 1500)
    for top in range(200, size[1] - 200, 90):
        pen.text((200, top), line[: (size[0] - 400) // 24], fill="black", font_size=46)
    return page


def peak_mib(process: int | str) -> float:
    """Return a process's peak of resident memory since it began its program."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main() -> None:
    """Import and print the figures: HOME FOLDER READER JOBS."""
    home, folder, reader, jobs = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    workers = ProcessWorkers(jobs)
    engine = WordyEngine() if reader == "wordy" else engine_named("tesseract:vie")
    context = make_context(home, FolderStore(home / "vault"), workers, engine)  # type: ignore[arg-type]  # readers alike
    intake = intake_over(home, replace(context, commit_every=200))  # as settings have it
    summary = run_import(intake, folder)
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    peaks = [peak_mib(child) for child in children]  # they live until the workers are closed
    workers.close()
    pages = {outcome.value: count for outcome, count in summary.pages.items()}
    print(json.dumps({"parent": peak_mib("self"), "worker": max(peaks), "pages": pages}))  # noqa: T201 - our answer


if __name__ == "__main__":
    main()
