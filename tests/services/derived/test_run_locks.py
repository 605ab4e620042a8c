"""Run locks: imports under way are seen by others, and those that were killed are not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from archive.services.derived.run_locks import RunningImport, Runs

THU = RunningImport("b" * 32, "os:thu", "2026-03-05T08:00:00Z")
LAN = RunningImport("c" * 32, "os:lan", "2026-03-05T07:00:00Z")

KILLED = """
import os, sys
from pathlib import Path
from archive.services.derived.run_locks import RunningImport, Runs
with Runs(Path(sys.argv[1])).register(RunningImport("d" * 32, "os:minh", "2026-03-05T06:00:00Z")):
    os._exit(9)
"""


def test_imports_under_way_are_seen_but_for_the_one_that_asks(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "running")
    assert runs.imports() == []
    with runs.register(THU) as mine, runs.register(LAN), runs.register():
        assert Runs(tmp_path / "running").imports() == [LAN, THU]
        assert runs.imports(beside=mine) == [LAN]
    assert runs.imports() == []


def test_a_killed_import_is_not_under_way_and_is_caught_up_with(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "running")], check=False)  # noqa: S603 - our own code

    assert Runs(tmp_path / "running").imports() == []
    assert len(Runs(tmp_path / "running").killed()) == 1


def test_a_file_that_says_nothing_is_no_import(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "running")
    with runs.register() as run:
        run.file.write_text('{"batch": 1}')
        assert runs.imports() == []
