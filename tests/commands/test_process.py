"""The command as a process: interrupted, cut off, before a terminal and without one."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from archive.commands import progress
from archive.commands.progress import ProgressLine, describe
from archive.errors import Exit
from archive.services.imports.run import Progress
from tests.commands.conftest import Home
from tests.commands.papers import LICENCE, draw
from tests.commands.subprocess_cli import finish, start

SCANS = 8
MANY = "9,000 pages · 150 pages/min"
PATIENCE = 60.0  # seconds: how long a test waits for what must come, however slow the machine is


WHILE_IT_IS_LOADED = """
import sys
class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == "archive.commands":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Impatient())
from archive.__main__ import main
main()
"""


def test_ctrl_c_while_the_program_is_loaded_ends_it_without_a_traceback() -> None:
    done = subprocess.run([sys.executable, "-c", WHILE_IT_IS_LOADED], capture_output=True, text=True, check=False)  # noqa: S603 - our own words

    assert (done.returncode, done.stdout, done.stderr) == (Exit.UNEXPECTED, "", "")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A batch of small scans, each with bytes of its own."""
    folder = tmp_path_factory.mktemp("scans") / "Hộp 1"
    folder.mkdir()
    for number in range(SCANS):
        page = draw(3).resize((414, 585))
        page.putpixel((number, 0), (0, 0, 0))
        page.save(folder / f"{number}.png", dpi=(50, 50))
    return folder


def wait_until(what: Callable[[], bool]) -> None:
    """Wait until something has come about."""
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def group_is_gone(group: int) -> bool:
    """Say whether no process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize(
    ("name", "whole_group"),
    [
        pytest.param("SIGINT", True, id="Ctrl-C"),
        pytest.param("SIGTERM", False, id="asked to end", marks=pytest.mark.long),
        pytest.param("SIGKILL", False, id="killed", marks=pytest.mark.long),
    ],
)
def test_a_broken_off_import_leaves_no_process_and_goes_on(
    name: str, whole_group: bool, folder: Path, tmp_path: Path
) -> None:
    home, number = tmp_path / "home", signal.Signals[name]
    process = start(home, "import", folder, "--jobs", "2", pause=0.5)
    wait_until(lambda: len(list(home.glob("vault/ledger/*/*/*/*/*.json"))) >= 2)
    os.killpg(process.pid, number) if whole_group else process.send_signal(number)
    code, out, err = finish(process)
    wait_until(lambda: group_is_gone(process.pid))

    assert out == ""
    if number is signal.SIGKILL:
        assert code == -signal.SIGKILL
    else:
        assert code == Exit.UNEXPECTED
        assert err.splitlines()[-1] == (
            "Interrupted. Nothing is lost: run the same command again, it goes on where it was."
        )
        assert "Traceback" not in err

    goes_on(home, folder)


@pytest.mark.long
@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.1], ids=["at once", "while workers end", "at the very end"])
def test_ctrl_c_pressed_twice_is_no_worse_than_once(seconds: float, folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    process = start(home, "import", folder, "--jobs", "2", pause=0.5)
    wait_until(lambda: len(list(home.glob("vault/ledger/*/*/*/*/*.json"))) >= 2)
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(seconds)
    with suppress(ProcessLookupError):  # it has ended by then
        os.killpg(process.pid, signal.SIGINT)
    _, _, err = finish(process)
    wait_until(lambda: group_is_gone(process.pid))

    assert "Traceback" not in err
    goes_on(home, folder)


def goes_on(home: Path, folder: Path) -> None:
    """Import once more after an import that was broken off: nothing is lost, and nothing kept twice."""
    again = Home(home)
    (summary,) = again.ok("import", folder, "--json").json
    assert summary["sums"]["closes"] is True
    assert summary["settled_before"]["stored"] >= 2
    assert summary["sums"]["scans"]["stored"] == SCANS
    assert again.ok("search", "--json").json["total"] == SCANS
    again.ok("verify")


@pytest.mark.parametrize("verb", ["export", "count"])
def test_a_reader_that_goes_away_is_no_error(verb: str, filled: Home) -> None:
    process = start(filled.folder, verb)
    assert process.stdout is not None
    process.stdout.close()  # as head does
    process.stdout = None
    code, _, err = finish(process)

    assert (code, err) == (Exit.OK, "")


def test_a_terminal_shows_one_moving_line_that_is_cleared(folder: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = start(tmp_path / "home", "import", folder, "--jobs", "1", pause=0.2, stderr=theirs)
    os.close(theirs)
    shown = read_all(ours)
    code, out, _ = finish(process)
    moving = re.findall(
        r"\r(\d+ pages?) · \d+ pages/min · (\d+ of 8 scans) · (?:about \d+ s left · )?0 problems *", shown
    )

    assert code == Exit.OK
    assert len(moving) >= 2
    assert shown.count("\n") == 1, "the only line beside it is the announcement of a new home"
    assert re.search(r"\r +\r$", shown), "it is cleared at the end"
    assert "scans given 8 = 8 stored" in out


def test_a_number_that_is_asked_for_does_not_show_on_the_terminal(filled: Home) -> None:
    ours, theirs = pty.openpty()
    process = start(filled.folder, "search", "--json", "--holder-id", "-", stdin=theirs, stdout=theirs, stderr=theirs)
    shown = ""
    while "Holder's number: " not in shown:
        shown += os.read(ours, 1024).decode()
    os.write(ours, LICENCE.holder_id.encode() + b"\n")
    os.close(theirs)
    shown += read_all(ours)
    process.wait(PATIENCE)

    assert process.returncode == Exit.OK
    assert json.loads(shown[shown.index("{") :])["total"] == 1
    assert LICENCE.holder_id not in shown


def read_all(terminal: int) -> str:
    """Return everything that is written to a terminal until its other side is closed."""
    data = b""
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # how Linux says that nobody has the other side open
            break
        if not chunk:
            break
        data += chunk
    os.close(terminal)
    return data.decode()


def test_without_a_terminal_there_are_plain_lines_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 1.0, 16.0, 17.0, 32.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    line = ProgressLine()
    for pages in (1, 40, 41, 80):
        line.show(Progress(pages, pages // 4, 100, 0))
    line.end()

    assert capsys.readouterr().err.splitlines() == [
        "40 pages · 150 pages/min · 10 of 100 scans · about 2 min left · 0 problems",
        "80 pages · 150 pages/min · 20 of 100 scans · about 2 min left · 0 problems",
    ]


@pytest.mark.parametrize(
    ("now", "seconds", "text"),
    [
        (Progress(0, 0, 5, 0), 0.0, "0 pages · 0 pages/min · 0 of 5 scans · 0 problems"),
        (Progress(1, 1, 1, 1), 60.0, "1 page · 1 pages/min · 1 of 1 scan · 1 problem"),
        (Progress(9_000, 5_000, 10_000, 9), 3600.0, f"{MANY} · 5,000 of 10,000 scans · about 60 min left · 9 problems"),
        (Progress(9_000, 1_000, 10_000, 2), 3600.0, f"{MANY} · 1,000 of 10,000 scans · about 9.0 h left · 2 problems"),
    ],
)  # fmt: skip
def test_progress_in_words(now: Progress, seconds: float, text: str) -> None:
    assert describe(now, seconds) == text


def test_a_real_page_goes_through_the_installed_command(tmp_path: Path) -> None:
    """No stand-in anywhere: the command as it is installed reads a sample with its own reader."""
    scan = Path(__file__).parents[2] / "samples" / "scans" / "XNTTHN_143.jpg"
    archive = [Path(sys.executable).with_name("archive"), "--home", tmp_path / "home"]
    verbs = (["import", scan, "--jobs", "1", "--json"], ["search", "--json", "tinh trang hon nhan"])
    imported, found = (
        json.loads(subprocess.run([*archive, *verb], capture_output=True, check=False).stdout)  # noqa: S603 - our own command
        for verb in verbs
    )

    assert imported[0]["new"] == {"stored": 1}
    assert found["total"] == 1
