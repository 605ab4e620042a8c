"""The cost of the run log: CPU of the same import with and without it, and of its lines alone. Asserts nothing.

usage: python -m bench.run_log [--rounds N] [FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from archive.run_log.folder import LogFolder
from archive.run_log.run_log import RunLog

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples" / "scans"
_REPEATS = 200  # of the lines of one import
_ALWAYS = ("at", "run", "event")  # what a line has by itself


def import_seconds(folder: Path, home: Path, files: int) -> float:
    """Import ``folder`` into a new home; return the seconds of CPU of the command and its workers."""
    before = os.times()
    command = [sys.executable, "cli.py", "--home", str(home), "import", str(folder), "--batch", "bench", "--json"]
    surroundings = {**os.environ, "ARCHIVE_LOG_FILES": str(files), "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=ROOT, env=surroundings, check=False, capture_output=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def line_seconds(file: Path, folder: Path) -> tuple[int, float]:
    """Return how many lines an import has left, and the seconds of CPU that writing them takes."""
    lines = [json.loads(line) for line in file.read_text("ascii").splitlines()]
    values = [(one["event"], {name: one[name] for name in one if name not in _ALWAYS}) for one in lines]
    log = RunLog()
    log.begin(LogFolder(folder, 1_000, 100), {"command": "import"}, print)
    before = time.process_time()
    for _ in range(_REPEATS):
        for event, fields in values:
            log.write(event, **fields)
    return len(lines), (time.process_time() - before) / _REPEATS


def main() -> None:
    """Import the samples with and without the log, in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLES)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    spent: dict[int, list[float]] = {0: [], 1_000: []}
    with tempfile.TemporaryDirectory() as place:
        for number in range(options.rounds):
            for files in (0, 1_000) if number % 2 else (1_000, 0):
                home = Path(place) / f"{number}-{files}"
                spent[files].append(import_seconds(options.folder, home, files))
        (file,) = (Path(place) / "0-1000" / "log").iterdir()
        count, seconds = line_seconds(file, Path(place) / "log")
    without, with_log = (statistics.median(spent[files]) for files in (0, 1_000))
    print(f"import without the log {without:7.2f} s CPU  {', '.join(f'{one:.2f}' for one in spent[0])}")
    print(f"import with the log    {with_log:7.2f} s CPU  {', '.join(f'{one:.2f}' for one in spent[1_000])}")
    print(f"ratio {with_log / without:.4f}; its {count} lines alone {seconds * 1e3:.2f} ms: {seconds / without:.4%}")


if __name__ == "__main__":
    main()
