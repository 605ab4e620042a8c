"""The whole import as it is beside the import of an earlier commit: same files, same packages, turn by turn.

Each turn imports into a new home with the program itself. Prints ratios, asserts nothing.

usage: python -m bench.releases [--base COMMIT] [--files FOLDER]… [--rounds N] [--jobs N]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

FIRST_RELEASE = "56eb4dd"
FILES = Path("samples/scans")


@dataclass
class Cost:
    """What one state of the code cost over all rounds. ``peak_mib``: the largest process of any round."""

    cpu: float = 0.0
    wall: float = 0.0
    peak_mib: float = 0.0
    pages: int = 0


def checked_out(commit: str, target: Path) -> Path:
    """Return ``target`` with the files of ``commit``."""
    archived = subprocess.run(["git", "archive", commit], check=True, capture_output=True)
    with tarfile.open(fileobj=BytesIO(archived.stdout)) as files:
        files.extractall(target, filter="data")
    return target


def measured(code: Path, folders: list[Path], jobs: int, cost: Cost) -> None:
    """Import ``folders`` once with the program in ``code``; add what it cost with all its children."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, str(code / "cli.py"), "--home", home, "import", *map(str, folders)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ARCHIVE_")}
        started = time.monotonic()
        process = subprocess.Popen(
            [*command, "--batch", "bench", "--jobs", str(jobs), "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment | {"PYTHONPATH": str(code)},
        )
        assert process.stdout is not None  # noqa: S101 - it was asked for
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        cost.wall += time.monotonic() - started
        cost.cpu += usage.ru_utime + usage.ru_stime
        cost.peak_mib = max(cost.peak_mib, usage.ru_maxrss / 1024)
        cost.pages += pages_in(said)


def pages_in(said: bytes) -> int:
    """Return how many pages an import's JSON says that it found."""
    return sum(int(batch["sums"]["pages_found"]) for batch in json.loads(said))


def main() -> None:
    """Import with both states, turn by turn; print what each costs a page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--base", default=FIRST_RELEASE, help="the commit to compare with")
    options.add_argument("--files", type=Path, action="append", help="folder of scans; may be given several times")
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--jobs", type=int, default=1)
    given = options.parse_args()
    folders = [path.resolve() for path in given.files or [FILES]]
    with tempfile.TemporaryDirectory() as folder:
        states = {given.base: checked_out(given.base, Path(folder)), "this state": Path.cwd()}
        costs = {name: Cost() for name in states}
        for turn in range(given.rounds):
            for name in list(states)[:: 1 if turn % 2 == 0 else -1]:  # whoever comes second finds warm disks
                measured(states[name], folders, given.jobs, costs[name])
    base = costs[given.base]
    print(f"{given.rounds} round(s), {given.jobs} process(es); CPU of the program and all its children")
    print(f"{'':<12}{'pages':>7}{'CPU s/page':>12}{'ratio':>7}{'wall s/page':>13}{'ratio':>7}{'peak MiB':>10}")
    for name, cost in costs.items():
        cpu, wall = cost.cpu / cost.pages, cost.wall / cost.pages
        ratios = cpu * base.pages / base.cpu, wall * base.pages / base.wall
        print(
            f"{name:<12}{cost.pages // given.rounds:>7}{cpu:>12.3f}{ratios[0]:>7.2f}{wall:>13.3f}{ratios[1]:>7.2f}"
            f"{cost.peak_mib:>10.0f}"
        )


if __name__ == "__main__":
    main()
