"""The run log of real commands: what an administrator needs, and nothing of persons, papers and files."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from archive.errors import Exit
from archive.services.preservation.verify import Maintenance
from archive.services.search.search import Search
from archive.store.keys import digest_of
from archive.text.vietnamese import unmark
from tests.commands.conftest import Home
from tests.commands.papers import LICENCE, draw, save, save_batch
from tests.commands.subprocess_cli import ROOT, finish, start
from tests.doubles.canary_import import CANARY, CANARY_NUMBER, CRASHES, RAISES, REFUSES
from tests.doubles.stamped_pages import office_page, stamp

FILE, FOLDER, REASON, NOTE = "Tệp của Chim Vàng", "Hộp Chim Xanh", "vì Chim Đen", "Chim Trắng"
STAMPED = "Kế hoạch Chim Đỏ"
CANARIES = (CANARY, CANARY_NUMBER, FILE, FOLDER, REASON, NOTE, STAMPED)


def log_files(home: Path) -> list[Path]:
    return sorted((home / "log").glob("*.jsonl"))


def lines_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("ascii").splitlines()]


def forms_of(text: str) -> set[bytes]:
    """Return a text as a log could hold it: plain, without marks, decomposed, escaped, hashed."""
    words = {text, unmark(text), text.replace(" ", "_"), unmark(text).replace(" ", "_"), *text.split()}
    words = {word for word in words if len(word) > 3}
    words |= {word.lower() for word in words} | {unicodedata.normalize("NFD", word) for word in words}
    encoded = {form for word in words for form in (word.encode(), word.encode("ascii", "backslashreplace"))}
    return encoded | {digest_of(word.encode()).encode() for word in words}


def hostile(file: Path) -> None:
    """Write a picture that says it is larger than any limit, with canaries in its text chunks."""
    facts = PngImagePlugin.PngInfo()
    facts.add_text("Author", CANARY_NUMBER)
    facts.add_itxt("Title", CANARY)
    Image.new("1", (40_000, 40)).save(file, pnginfo=facts)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A batch whose names and pages hold canaries, with a file for each way to fail."""
    folder = tmp_path_factory.mktemp("scans") / FOLDER
    folder.mkdir()
    save(3, folder / f"{FILE}.png")
    for bars, way in ((CRASHES, "crash"), (RAISES, "raise"), (REFUSES, "refuse")):
        draw(bars).save(folder / f"{FILE} {way}.png", dpi=(200, 200))
    (folder / f"{FILE}.docx").write_text(CANARY)
    (folder / f"{FILE} broken.pdf").write_text(f"%PDF-1.7\n/Author ({CANARY_NUMBER})\n")
    hostile(folder / f"{FILE} hostile.png")
    stamp(office_page(), "TỐI MẬT", 200).save(folder / f"{STAMPED}.png", dpi=(200, 200))
    return folder


@pytest.fixture(scope="module")
def imported(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after an import of that batch by the real program and its workers, and a verify."""
    home = tmp_path_factory.mktemp("canary") / "home"
    command = [sys.executable, "-m", "tests.doubles.canary_import", "--home", str(home), "--note", NOTE]
    for verb in (
        ["import", str(folder), "--jobs", "2", "--about", f"note={CANARY}", "--json"],
        ["import", str(folder), "--clear", str(folder / f"{STAMPED}.png"), "--reason", REASON],
        ["verify"],
        ["export", "--output", str(home / f"{FILE}.jsonl")],
        ["search", CANARY],
    ):
        done = subprocess.run([*command, *verb], cwd=ROOT, capture_output=True, check=False, timeout=300)  # noqa: S603 - our own module
        assert b"Unexpected" not in done.stderr, done.stderr
    return home


def test_no_canary_is_in_the_log(imported: Path, folder: Path) -> None:
    written = b"\n".join(file.name.encode() + b"\n" + file.read_bytes() for file in log_files(imported)).lower()
    digests = {digest_of(file.read_bytes()).encode() for file in folder.iterdir()}
    forms = {form.lower() for text in (*CANARIES, str(folder)) for form in forms_of(text)} | digests

    assert b"stored" in written, "this test would see it"
    assert {form for form in forms if form in written} == set()


def test_every_value_has_the_form_of_its_field(imported: Path) -> None:
    found = [line for file in log_files(imported) for line in lines_of(file) if None in line.values()]

    assert found == []


def test_an_import_tells_scans_failures_and_sums(imported: Path, folder: Path) -> None:
    first = lines_of(log_files(imported)[0])
    by_event: dict[str, list[dict[str, Any]]] = {}
    for line in first:
        by_event.setdefault(line["event"], []).append(line)
    scans = by_event["scan"]

    assert by_event["start"][0]["options"] == ["--jobs", "--about", "--json"]
    assert by_event["workers"][0]["count"] == 2
    assert by_event["pipeline"][0]["engine"] == "canary-1"
    assert len(scans) == by_event["batch"][0]["given"] == len(list(folder.iterdir()))
    assert by_event["batch_end"][0]["new"] == {"stored": 4, "rejected": 3, "quarantined": 1}
    assert {line.get("reason") for line in scans if line["outcome"] == "rejected"} == {
        "unsupported",
        "damaged",
        "not_screened",
    }
    outcomes = [line["page_outcomes"] for line in scans if line["outcome"] == "stored"]
    assert sorted(name for one in outcomes for name in one) == [
        "engine_failed",
        "engine_failed",
        "engine_failed",
        "recognised",
    ]
    failures = {(line["code"], line["stage"], line.get("class"), line.get("status")) for line in by_event["failure"]}
    assert {("worker_died", "read_unit", None, -signal.SIGABRT), ("worker_error", "read_unit", "KeyError", None)} <= (
        failures
    )
    raised = [line for line in by_event["failure"] if line["code"] == "worker_error"]
    assert all(re.fullmatch(r"archive/pipeline/\w+\.py:\d+", line["place"]) for line in raised)
    refused = [line for line in by_event["failure"] if line["code"] == "raised"]
    assert refused
    assert all(re.fullmatch(r"archive/(pipeline|ingest)/[\w/]+\.py:\d+", line["place"]) for line in refused)
    assert {line["about"] for line in raised} <= {line["line"] for line in scans}
    assert by_event["end"][0]["exit"] == Exit.NEEDS_PERSON
    assert by_event["end"][0]["worker_peak_mib"] > 0


def test_a_quarantined_scan_is_told_by_its_number_alone(imported: Path) -> None:
    (line,) = [one for one in lines_of(log_files(imported)[0]) if one.get("outcome") == "quarantined"]

    assert not {"record", "bytes", "page_outcomes"} & {name for name, value in line.items() if value}
    assert line["reason"] == "secret_mark"


def test_verbs_that_change_or_check_are_logged_and_those_that_answer_are_not(home: Home, tmp_path: Path) -> None:
    home("import", save_batch(tmp_path / "Hộp 9"))
    (record,) = home.ids(LICENCE.number)
    logged = [
        ("verify",),
        ("reindex",),
        ("reconcile",),
        ("rescreen",),
        ("seal",),
        ("count", "--recount"),
        ("copy", "--to", f"file:{tmp_path / 'copy'}"),
        ("export",),
        ("doctor",),
        ("withhold", record, "--reason", REASON),
        ("batch", "close", "Hộp 9"),
    ]
    for verb in logged:
        home(*verb)
    for verb in [("search", "giấy"), ("show", record), ("count",), ("batch", "list"), ("batch", "show", "Hộp 9")]:
        home(*verb)
    written = [lines_of(file) for file in log_files(home.folder)]
    names = [lines[0]["command"] for lines in written]

    assert sorted(names) == sorted(["import", *("batch close" if v[0] == "batch" else v[0] for v in logged)])
    assert all([lines[0]["event"], lines[-1]["event"]] == ["start", "end"] for lines in written)
    assert [line for lines in written for line in lines if None in line.values()] == []
    quiet = {"import", "doctor", "seal"}  # they tell batches, checks and seals instead
    assert {lines[0]["command"] for lines in written if any(one["event"] == "result" for one in lines)} == (
        set(names) - quiet
    )


def test_an_unexpected_error_names_the_run_and_the_log_the_place(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.ok("import", save(3, tmp_path / "a.png"), "--batch", "b")

    def stumble(*_: object) -> None:
        raise KeyError(LICENCE.holder)

    monkeypatch.setattr(Maintenance, "reindex", stumble)
    monkeypatch.setattr(Search, "search", stumble)
    for verb in (("reindex",), ("search", LICENCE.holder)):
        said = home(*verb)
        found = re.search(r"The administrator finds more in the run log (\S+)\.\n$", said.err)
        assert said.code == Exit.UNEXPECTED
        assert found is not None
        (file,) = (home.folder / "log").glob(f"{found[1]}.*")
        lines = lines_of(file)
        error = next(line for line in lines if line["event"] == "error")
        assert (lines[0]["command"], error["class"], lines[-1]["exit"]) == (verb[0], "KeyError", Exit.UNEXPECTED)
        assert error["place"].startswith(f"archive/commands/verbs/{verb[0]}.py:")
        assert error["stack"][-1].startswith("test_run_log.py:")
        assert "archive/commands/main.py" in {place.partition(":")[0] for place in error["stack"]}
        assert not any(form in file.read_bytes() for form in forms_of(LICENCE.holder))


def test_an_error_of_ours_is_told_by_its_class(home: Home, tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    (home.folder / "settings.toml").write_text(f'store = "file:{tmp_path / "a-file"}"')
    home("import", save(3, tmp_path / "a.png"))
    (file,) = log_files(home.folder)
    error, end = lines_of(file)[-2:]

    assert (error["event"], error["class"]) == ("error", "StoreUnavailable")
    assert end["exit"] == Exit.STORE


def test_a_log_that_cannot_be_written_ends_nothing(home: Home, tmp_path: Path) -> None:
    (home.folder / "log").touch()
    said = home("import", save(3, tmp_path / "a.png"), "--batch", "b")

    assert said.code == Exit.OK
    assert said.err == "The run log cannot be written (File exists); the command goes on without it.\n"


def test_settings_say_where_it_lies_and_whether_it_is_on(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVE_LOG_FOLDER", str(tmp_path / "elsewhere"))
    home("verify")
    assert len(list((tmp_path / "elsewhere").iterdir())) == 1

    monkeypatch.setenv("ARCHIVE_LOG_FILES", "0")
    home("verify")
    assert len(list((tmp_path / "elsewhere").iterdir())) == 1
    assert not (home.folder / "log").exists()


def scan_lines(home: Path) -> int:
    return sum(file.read_text("ascii").count('"event":"scan"') for file in log_files(home))


@pytest.fixture(scope="module")
def small_scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "Hộp 2"
    folder.mkdir()
    for number in range(8):
        page = draw(3).resize((414, 585))
        page.putpixel((number, 0), (0, 0, 0))
        page.save(folder / f"{number}.png", dpi=(50, 50))
    return folder


def test_after_a_kill_the_log_has_whole_lines_and_the_next_run_goes_on(small_scans: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    process = start(home, "import", small_scans, "--jobs", "1", pause=0.3)
    end = time.monotonic() + 60
    while not scan_lines(home):
        assert time.monotonic() < end, "no scan came to its end"
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    finish(process)
    (killed,) = log_files(home)
    text = killed.read_bytes()
    text.decode("ascii")
    for line in text.split(b"\n")[:-1]:  # what follows the last line feed is empty, or cut
        assert json.loads(line)["event"] in ("start", "workers", "pipeline", "batch", "scan")
    code, _, _ = finish(start(home, "import", small_scans, "--jobs", "1"))
    first, second = log_files(home)

    assert code == Exit.OK
    assert first == killed
    assert first.read_bytes() == text
    assert [line["exit"] for line in lines_of(second) if line["event"] == "end"] == [Exit.OK]


def test_runs_at_the_same_time_have_files_of_their_own(small_scans: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert finish(start(home, "import", small_scans, "--jobs", "1"))[0] == Exit.OK
    ended = [finish(one) for one in [start(home, "verify") for _ in range(3)]]
    written = [lines_of(file) for file in log_files(home)]

    assert [code for code, _, _ in ended] == [0, 0, 0]
    assert sorted(lines[0]["command"] for lines in written) == ["import", "verify", "verify", "verify"]
    assert all(len({line["run"] for line in lines}) == 1 for lines in written)


def test_a_file_that_somebody_put_into_the_vault_is_not_named(home: Home, tmp_path: Path) -> None:
    """Its folder may be a person's name, and the file a personal number: the screen names it, the log does not."""
    home("import", save(3, tmp_path / "a.png"), "--batch", "b")
    stranger = home.folder / "vault" / "nguyenvanmau" / CANARY_NUMBER
    stranger.parent.mkdir()
    stranger.write_text("x")
    said = home("verify")
    (written,) = (file for file in log_files(home.folder) if lines_of(file)[0]["command"] == "verify")

    assert f"nguyenvanmau/{CANARY_NUMBER}" in said.out
    assert [line["key"] for line in lines_of(written) if line["event"] == "finding"] == [None]
    assert "nguyenvanmau" not in written.read_text("ascii")
    assert CANARY_NUMBER not in written.read_text("ascii")
