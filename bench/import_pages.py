"""The whole import beside bare readers: same files, same number of processes, turn by turn.

Prints ratios, asserts nothing.

usage: python -m bench.import_pages [--jobs N] [--rounds N] [--files FOLDER] [--truth truth.json] [NAME…]
       OCRMYPDF=path/to/ocrmypdf names the program to compare with, when it is not on the PATH
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from archive.text.vietnamese import tokens

NAMES = ("tesserocr", "import", "pytesseract", "ocrmypdf")


@dataclass
class Result:
    """What a contender cost over all rounds, and what it read in the last."""

    cpu: float = 0.0
    wall: float = 0.0
    peak_mib: float = 0.0
    texts: dict[str, list[str]] = field(default_factory=dict)


def measured(name: str, jobs: int, files: list[Path], result: Result) -> None:
    """Run a contender once; add its CPU seconds (with all its children's), wall seconds and peak of one process."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "texts.json"
        started = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.contenders", name, str(jobs), str(out), *map(str, files)]
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        result.wall += time.monotonic() - started
        result.cpu += usage.ru_utime + usage.ru_stime
        result.peak_mib = max(result.peak_mib, usage.ru_maxrss / 1024)
        result.texts = json.loads(out.read_text("utf-8")) if out.exists() else {}


def word_errors(texts: dict[str, list[str]], truth: dict[str, str]) -> float | None:
    """Return the share of true words that were not read, in %, whatever their order; None without truth."""
    missed = total = 0
    for name, true in truth.items():
        wanted = Counter(token.exact for token in tokens(true))
        found = Counter(token.exact for token in tokens("\n".join(texts.get(name, []))))
        missed += (wanted - found).total()
        total += wanted.total()
    return 100 * missed / total if total else None


def read_truth(file: Path, names: set[str]) -> dict[str, str]:
    """Return the true text of each scan that has pages with text."""
    scans = json.loads(file.read_text("utf-8"))["scans"] if file.exists() else []
    texts = {scan["file"]: "\n".join(page.get("text") or "" for page in scan["pages"]) for scan in scans}
    originals = {scan["file"] for scan in scans if not scan.get("duplicate_of")}
    return {name: text for name, text in texts.items() if name in names & originals and text.strip()}


def print_table(results: dict[str, Result], pages: int, rounds: int, truth: dict[str, str]) -> None:
    """Print costs a page, and ratios to the bare in-process loop."""
    base = results.get("tesserocr")
    print(f"{pages} pages, {rounds} round(s); CPU of the program and all its children; ratio to the tesserocr loop")
    print(f"{'':<12}{'CPU s/page':>11}{'pages/min':>11}{'peak MiB':>10}{'CPU ratio':>11}{'words missed %':>16}")
    for name, result in results.items():
        cpu = result.cpu / rounds / pages
        ratio = f"{result.cpu / base.cpu:.2f}" if base else "–"
        errors = word_errors(result.texts, truth)
        shown = f"{errors:.1f}" if errors is not None else "–"
        speed = 60 * pages * rounds / result.wall
        print(f"{name:<12}{cpu:>11.2f}{speed:>11.1f}{result.peak_mib:>10.0f}{ratio:>11}{shown:>16}")


def main() -> None:
    """Run the contenders turn by turn."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--files", type=Path, default=Path("samples/scans"))
    options.add_argument("--truth", type=Path, default=Path("samples/truth.json"))
    options.add_argument("names", nargs="*", default=NAMES)
    given = options.parse_args()
    names = [name for name in given.names if name != "ocrmypdf" or shutil.which(os.environ.get("OCRMYPDF", name))]
    scans = sorted(path for path in given.files.rglob("*") if path.suffix.lower() in {".pdf", ".tif", ".jpg", ".png"})
    # a duplicate is read once by the import and twice by a loop: that would be no comparison
    files = list({hashlib.sha256(path.read_bytes()).digest(): path for path in reversed(scans)}.values())[::-1]
    results = {name: Result() for name in names}
    for _ in range(given.rounds):
        for name in names:  # turn by turn, so that a slow minute of the machine hurts them alike
            measured(name, given.jobs, files, results[name])
    pages = sum(len(texts) for texts in (results.get("tesserocr") or results[names[0]]).texts.values())
    print_table(results, pages, given.rounds, read_truth(given.truth, {file.name for file in files}))


if __name__ == "__main__":
    main()
