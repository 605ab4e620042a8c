"""An import as a province runs it, but for the reader: settings choose store and index, words are made up.

usage: python -m tests.doubles.province HOME FOLDER BATCH     settings from HOME and from ARCHIVE_… variables
"""

from __future__ import annotations

import sys
from pathlib import Path

from archive.ocr.stamps.reader import StampReader
from archive.pipeline.context import ImportContext, ReadingTools
from archive.services.imports.folders import walk
from archive.services.imports.run import Intake, RunSummary
from archive.settings import load
from archive.wiring import Archive, open_archive
from tests import makers
from tests.doubles.inline_workers import InlineWorkers
from tests.doubles.whole_import import EchoEngine


def take_in(archive: Archive, folder: Path, name: str) -> RunSummary:
    """Import a folder into a batch; return the summary."""
    engine = EchoEngine()
    context = ImportContext(
        vault=archive.vault,
        index=archive.index,
        table=archive.table,
        workers=InlineWorkers(),
        tools=ReadingTools(engine, StampReader(), archive.settings.limits),
        fingerprint={"engine": engine.identity},
        software="test",
        actor=makers.ACTOR,
        now=lambda: makers.AT,
        commit_every=10,
        concurrent_scans=4,
    )
    files = list(walk(folder, archive.settings.home))
    *_, summary = Intake(context, archive.runs, archive.catch_up).run(name, files, {})
    assert isinstance(summary, RunSummary)
    return summary


def main() -> None:
    """Import; print how many scans are new and whether the sums close."""
    archive = open_archive(load(Path(sys.argv[1])))
    summary = take_in(archive, Path(sys.argv[2]), sys.argv[3])
    closes = summary.sums is not None and summary.sums.closes
    sys.stdout.write(f"{summary.fresh.total()} new, {'closes' if closes else 'open'}, {summary.left_behind} left\n")


if __name__ == "__main__":
    main()
