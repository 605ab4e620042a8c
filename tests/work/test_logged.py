"""Failures of tasks in the run log: class, file, line and stage, and nothing of the error's text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.run_log.folder import LogFolder
from archive.run_log.run_log import RunLog
from archive.work.api import Task
from archive.work.local.pool import ProcessWorkers
from archive.work.logged import LoggedWorkers
from tests.doubles import tasks


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessWorkers]:
    workers = ProcessWorkers(1)
    yield workers
    workers.close()


def logged(call: Callable[..., Any], argument: object, workers: ProcessWorkers, folder: Path, seconds: float) -> Any:
    """Return the line of a task that fails."""
    log = RunLog()
    log.begin(LogFolder(folder, 10, 1), {"command": "import"}, [].append)
    task = Task(call, (argument,), seconds, 300, about="8ca7efe31411d82f")
    (ending,) = LoggedWorkers(workers, log).run(iter([task]), 1)
    assert ending.task is task
    log.end(0)
    (file,) = folder.iterdir()
    assert "never shown" not in file.read_text()
    _, line, _ = map(json.loads, file.read_text().splitlines())
    return line


@pytest.mark.parametrize(
    ("call", "argument", "seconds", "expected"),
    [
        (
            tasks.stumble,
            0,
            30.0,
            {"code": "worker_error", "class": "KeyError"},
        ),
        (tasks.die, 0, 30.0, {"code": "worker_died", "status": -9}),
        (tasks.reject, 0, 30.0, {"code": "raised", "class": "Unreadable", "reason": "torn"}),
        (tasks.sleep, 60.0, 0.5, {"code": "timed_out", "seconds": 0.5}),
    ],
    ids=["error", "crash", "rejection", "late"],
)
def test_a_failure_is_told_by_code_class_and_place(
    call: Callable[..., Any],
    argument: object,
    seconds: float,
    expected: dict[str, object],
    processes: ProcessWorkers,
    tmp_path: Path,
) -> None:
    line = logged(call, argument, processes, tmp_path / "log", seconds)
    place = line.pop("place", None)
    common = {"event": "failure", "stage": call.__name__, "about": "8ca7efe31411d82f"}

    assert {name: value for name, value in line.items() if name not in ("at", "run")} == {**common, **expected}
    if "class" in expected:
        assert re.fullmatch(r"archive/work/local/worker_process\.py:\d+", place)
    else:
        assert place is None


def test_a_task_that_returns_leaves_no_line(processes: ProcessWorkers, tmp_path: Path) -> None:
    log = RunLog()
    log.begin(LogFolder(tmp_path / "log", 10, 1), {"command": "import"}, [].append)
    (ending,) = LoggedWorkers(processes, log).run(iter([Task(tasks.double, (2,), 30.0, 300)]), 1)
    log.end(0)
    (file,) = (tmp_path / "log").iterdir()

    assert ending.value == 4  # type: ignore[union-attr]  # it is Done
    assert len(file.read_text().splitlines()) == 2


def test_who_goes_away_before_the_end_drops_what_is_in_flight(processes: ProcessWorkers) -> None:
    given = iter([Task(tasks.double, (1,), 30.0, 300), Task(tasks.sleep, (60.0,), 90.0, 300)])
    endings = LoggedWorkers(processes, RunLog()).run(given, 2)
    next(endings)
    endings.close()  # type: ignore[attr-defined]  # a generator

    assert processes._in_flight == 0
