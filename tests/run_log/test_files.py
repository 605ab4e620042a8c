"""Files of the run log: one a run, whole lines, bounded, their owner's alone, and never a reason to stop."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from archive.run_log.folder import LogFolder
from archive.run_log.run_log import RunLog

START = {"command": "import", "pid": 1}


def begun(folder: LogFolder, warnings: list[str] | None = None, failures_only: bool = False) -> RunLog:
    log = RunLog()
    log.begin(folder, START, (warnings if warnings is not None else []).append, failures_only)
    return log


def files(folder: LogFolder) -> list[Path]:
    return sorted(folder.path.glob("*.jsonl")) if folder.path.exists() else []


def lines(*paths: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in paths for line in path.read_text("ascii").splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> LogFolder:
    return LogFolder(tmp_path / "home" / "log", files=10, mib=1)


def test_a_run_is_a_file_from_its_start_to_its_end(folder: LogFolder) -> None:
    log = begun(folder)
    log.write("scan", pages=2, outcome="stored")
    run = log.id
    log.end(3)
    (file,) = files(folder)
    start, scan, end = lines(file)

    assert (start["event"], start["command"], start["part"]) == ("start", "import", 1)
    assert (scan["event"], scan["pages"], scan["outcome"]) == ("scan", 2, "stored")
    assert (end["event"], end["exit"], end["events"]) == ("end", 3, {"scan": 1})
    assert {"seconds", "cpu_seconds", "worker_cpu_seconds", "peak_mib", "worker_peak_mib"} <= end.keys()
    assert {one["run"] for one in (start, scan, end)} == {run}
    assert file.name == f"{run}.001.jsonl"
    assert all(one["at"].endswith("Z") for one in (start, scan, end))


def test_files_are_their_owners_alone(folder: LogFolder) -> None:
    before = os.umask(0)
    try:
        begun(folder).end(0)
    finally:
        os.umask(before)

    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert [stat.S_IMODE(file.stat().st_mode) for file in files(folder)] == [0o600]


def test_the_oldest_files_make_room_and_nothing_else_does(folder: LogFolder) -> None:
    folder.path.mkdir(parents=True)
    (folder.path / "notes.txt").write_text("of the administrator")
    for _ in range(14):
        begun(folder).end(0)
    before = files(folder)
    begun(folder).end(0)

    assert len(before) == len(files(folder)) == 10
    assert (folder.path / "notes.txt").exists()


def test_a_long_run_goes_on_in_parts_and_loses_its_oldest(folder: LogFolder) -> None:
    log = begun(folder)
    for number in range(20_000):  # about 2 MiB
        log.write("scan", pages=number, outcome="stored")
    log.end(0)
    kept = files(folder)

    assert 2 < len(kept) <= 8
    assert sum(file.stat().st_size for file in kept) <= 1 << 20
    assert all(lines(file)[0]["event"] == "start" for file in kept)
    assert lines(kept[-1])[-1]["events"] == {"scan": 20_000}
    numbers = [one["pages"] for one in lines(*kept) if one["event"] == "scan"]
    assert numbers == list(range(numbers[0], 20_000)), "no line between two parts is lost"


def test_a_run_takes_no_file_from_another_that_is_under_way(tmp_path: Path) -> None:
    folder = LogFolder(tmp_path / "log", files=1, mib=1)
    one = begun(folder)
    other = begun(folder)
    for log in (one, other):
        log.write("scan", pages=1)
        log.end(0)

    assert [line["event"] for line in lines(*files(folder))] == 2 * ["start", "scan", "end"]
    begun(folder).end(0)
    assert len(files(folder)) == 1


def test_lines_of_many_threads_stay_whole(folder: LogFolder) -> None:
    log = begun(folder)
    threads = [threading.Thread(target=lambda: [log.write("scan", pages=7) for _ in range(200)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.end(0)

    assert sum(one["event"] == "scan" for one in lines(*files(folder))) == 1_600


def test_of_an_event_that_damage_brings_by_the_million_a_thousand_are_written(folder: LogFolder) -> None:
    log = begun(folder)
    for _ in range(1_500):
        log.write("finding", code="missing")
    log.end(7)
    written = lines(*files(folder))

    assert sum(one["event"] == "finding" for one in written) == 1_000
    assert written[-1]["events"] == {"finding": 1_500}


def test_a_folder_that_cannot_be_made_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    warnings: list[str] = []
    log = begun(LogFolder(tmp_path / "file" / "log", 10, 1), warnings)
    log.write("scan", pages=1)
    log.end(0)

    assert warnings == ["Not a directory"]
    assert log.id is None


class FullDisk(LogFolder):
    """A folder on a disk without room."""

    def create(self, run: str, part: int) -> int:
        return os.open("/dev/full", os.O_WRONLY)


def test_a_full_disk_is_told_once(tmp_path: Path) -> None:
    warnings: list[str] = []
    log = begun(FullDisk(tmp_path, 10, 1), warnings)
    log.write("scan", pages=1)
    log.end(0)

    assert warnings == ["No space left on device"]


def test_a_log_of_no_files_is_off(tmp_path: Path) -> None:
    log = begun(LogFolder(tmp_path / "log", 0, 1))
    log.write("scan", pages=1)
    log.end(0)

    assert not (tmp_path / "log").exists()


def test_a_command_that_only_answers_leaves_a_file_when_it_fails_unexpectedly(folder: LogFolder) -> None:
    answered = begun(folder, failures_only=True)
    answered.write("result", ok=True)
    answered.error(ValueError("Nguyễn Văn Mẫu"))
    answered.end(2)
    assert files(folder) == []

    failed = begun(folder, failures_only=True)
    try:
        int("Nguyễn Văn Mẫu")
    except ValueError as error:
        failed.error(error, unexpected=True)
    failed.end(1)
    start, told, end = lines(*files(folder))
    assert (start["command"], told["class"], end["exit"]) == ("import", "ValueError", 1)


def test_an_error_is_told_by_class_and_place_and_never_by_what_it_says(folder: LogFolder) -> None:
    log = begun(folder)
    try:
        try:
            raise KeyError("Nguyễn Văn Mẫu")
        except KeyError as error:
            raise OSError("/srv/scans/Mẫu.png") from error
    except OSError as error:
        log.error(error)
    log.end(1)
    (file,) = files(folder)
    told = lines(file)[1]

    assert told["class"] == "OSError"
    assert told["place"] == told["stack"][-1]
    assert told["place"].startswith("test_files.py:")  # no module of ours was at work
    assert [one.partition(":")[0] for one in told["caused_by"]] == ["KeyError@test_files.py"]
    assert "Mẫu" not in file.read_text()
    assert "srv" not in file.read_text()
