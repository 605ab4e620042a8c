"""Where an import's CPU goes: one process, each stage with its share.

usage: python -m bench.stages [FOLDER]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from archive import settings
from archive.ingest.pdf.page import PdfPage
from archive.ingest.raster.document import ImagePage
from archive.model.results import Actor
from archive.pipeline import append_record, read_pages, screen
from archive.services.imports.folders import walk
from archive.services.imports.run import Intake, RunSummary
from archive.store.vault import Vault
from archive.wiring import Archive
from tests.doubles.inline_workers import InlineWorkers

SPENT: Counter[str] = Counter()
RUNNING: list[str] = []


def timed(stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``call`` with its CPU time booked on ``stage``, and not on the stage that called it."""

    def wrapped(*arguments: Any, **options: Any) -> Any:
        started = time.process_time()
        RUNNING.append(stage)
        try:
            return call(*arguments, **options)
        finally:
            RUNNING.pop()
            spent = time.process_time() - started
            SPENT[stage] += spent
            if RUNNING:
                SPENT[RUNNING[-1]] -= spent

    return wrapped


def wrap(owner: Any, name: str, stage: str) -> None:
    """Book what ``owner.name`` spends on ``stage``."""
    setattr(owner, name, timed(stage, getattr(owner, name)))


def main() -> None:
    """Import a folder with every stage timed; print the shares."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("samples/scans")
    with tempfile.TemporaryDirectory() as home:
        archive = Archive(settings.load(Path(home), {}), Actor("os:bench"))
        intake: Intake = archive.intake(InlineWorkers())
        context = intake._context
        wrap(type(context.tools.engine), "read", "tesseract")
        wrap(type(context.tools.stamps), "read", "screen")
        wrap(read_pages, "recognise", "preparation")
        wrap(screen, "marks_in_text", "screen")
        wrap(read_pages, "open_scan", "open and decode")
        for page in (PdfPage, ImagePage):
            for method in ("image", "text_layer"):
                wrap(page, method, "open and decode")
        wrap(read_pages, "observe_page", "fields")
        wrap(append_record, "combine_pages", "fields")
        for method in ("keep", "keep_reading", "append_record", "append_line"):
            wrap(Vault, method, "hash and store")
        wrap(type(context.index), "put", "index and table")
        wrap(type(context.table), "put", "index and table")
        started = time.process_time()
        *_, summary = timed("the rest", lambda: list(intake.run("bench", list(walk(folder, Path(home))), {})))()
        total = time.process_time() - started
    assert isinstance(summary, RunSummary)  # noqa: S101 - a run ends with its summary
    pages = summary.pages.total()
    print(f"{pages} pages, {total / pages:.2f} CPU s a page in one process")
    for stage, seconds in SPENT.most_common():
        print(f"{stage:<18}{1000 * seconds / pages:>9.1f} ms a page{100 * seconds / total:>8.1f} %")


if __name__ == "__main__":
    main()
