"""Every one of the hostile files that we were given ends in a clear outcome, within time and memory."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from archive.errors import ArchiveError, InputRejected
from archive.ingest.common.document import Document
from archive.ingest.open import open_scan
from archive.model.limits import Limits
from archive.model.pages import PageText

ROOT = Path(__file__).resolve().parent.parent
NASTY = ROOT.parent / "shared" / "nasty"
FILES = sorted(path for path in NASTY.glob("*") if path.suffix != ".tsv") if NASTY.is_dir() else []
PAGES = 5
SECONDS = 120  # generous: a second or two is usual, but the machine may be busy
MAX_MIB = 600  # of a worker: none of these pages is larger than a reduced A3


def outcomes(path: Path) -> dict[str, object]:
    """Return what becomes of a scan and its first pages, in this process."""
    try:
        with open_scan(path, Limits()) as scan:
            count = scan.page_count
            pages = [page_outcome(scan, number) for number in range(1, min(count, PAGES) + 1)]
    except InputRejected as error:
        return {"outcome": type(error).__name__, "reason": error.reason, "message": str(error)}
    return {"outcome": "opened", "page_count": count, "pages": pages, "mib": peak_mib()}


def page_outcome(scan: Document, number: int) -> dict[str, object]:
    """Return what a page measures, says and shows, or with which of our errors it does not."""
    try:
        page = scan.page(number)
        shape, text, problems, image = page.shape, page.text_layer(), page.problems, page.image()
    except ArchiveError as error:
        return {"outcome": type(error).__name__, "message": str(error)}
    canvas = (shape.canvas_width_mm, shape.canvas_height_mm)
    assert canvas == (image.canvas_width_mm, image.canvas_height_mm)
    assert min(canvas) > 0
    assert shape.size_origin.proven == (shape.width_mm is not None)
    assert len(problems) <= 1
    assert image.pixels.dtype.name == "uint8"
    assert image.pixels.flags.c_contiguous
    assert text is None or isinstance(text, PageText)
    return {"outcome": "ok", "width": image.width, "height": image.height, "words": len(text.words) if text else None}


def peak_mib() -> float:
    """Return the most resident memory of this program, in MiB; what its parent had before the start does not count.

    ``ru_maxrss`` would count it: it survives exec, so that a large test process made every child look large.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (line,) = [line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


def in_a_child(path: Path) -> dict[str, object]:
    """Return ``outcomes(path)`` from a process of its own; a crash, a hang or a traceback fails the test."""
    command = [sys.executable, "-W", "error", "-m", "tests.test_nasty", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603 - our own module
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.skipif(not FILES, reason="../shared/nasty is absent: the hostile files are not part of the project")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_hostile_file_ends_in_a_clear_outcome(path: Path) -> None:
    found = in_a_child(path)

    if found["outcome"] == "opened":
        assert found["page_count"] >= 1
        assert found["pages"]
        assert found["mib"] <= MAX_MIB
        assert {page["outcome"] for page in found["pages"]} <= {"ok", "TooLarge", "PageUnreadable"}
    else:
        assert found["outcome"] in ("Unreadable", "Encrypted", "Unsupported", "TooLarge")
        assert found["reason"]


@pytest.mark.skipif(not FILES, reason="../shared/nasty is absent: the hostile files are not part of the project")
@pytest.mark.parametrize(
    ("group", "outcome", "reason"),
    [
        ("password to open", "Encrypted", "encrypted"),
        ("encrypted, opens without password (owner rights)", "opened", None),
        ("many pages", "opened", None),
    ],
)
def test_files_of_a_group_end_alike(group: str, outcome: str, reason: str | None) -> None:
    rows = [line.split("\t") for line in (NASTY / "index.tsv").read_text("utf-8").splitlines()[1:]]
    names = [row[1] for row in rows if row[0] == group]

    assert names
    for name in names:
        found = outcomes(NASTY / name)
        assert (found["outcome"], found.get("reason")) == (outcome, reason), name


if __name__ == "__main__":
    sys.stdout.write(json.dumps(outcomes(Path(sys.argv[1]))))
