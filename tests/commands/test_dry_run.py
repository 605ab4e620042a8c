"""archive import --dry-run says what the import then does, and writes nothing; questions come before anything is."""

from __future__ import annotations

import os
import pty
from collections.abc import Mapping
from pathlib import Path

import pytest

from archive.errors import Exit
from tests.commands.conftest import Home
from tests.commands.papers import save, save_batch
from tests.commands.subprocess_cli import start
from tests.commands.test_process import PATIENCE, read_all


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_batch(tmp_path / "scans" / "Hộp 7")


def tree(folder: Path) -> Mapping[str, tuple[int, bytes]]:
    """Return every file and folder with its time and bytes."""
    return {
        str(path.relative_to(folder.parent)): (path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in (folder, *folder.rglob("*"))
        if path.exists()
    }


def test_a_dry_run_says_files_pages_kinds_and_what_would_be_new(home: Home, folder: Path) -> None:
    said = home("import", folder, "--dry-run")
    lines = said.out.splitlines()
    png, tif = ((folder / name).stat().st_size for name in ("giấy phép.png", "quyết định.tif"))

    assert (said.code, said.err) == (Exit.NEEDS_PERSON, "")
    assert lines[:3] == [
        "Dry run: nothing was written, and nothing was screened or read.",
        "Batch (đợt số hóa): Hộp 7",
        "  it would begin",
    ]
    assert [line.split() for line in lines[3:7]] == [
        ["kind", "files", "not", "opened", "pages", "bytes"],
        ["TIFF", "1", "0", "2", str(tif)],
        ["PNG", "2", "0", "2", str(2 * png)],
        ["no", "scan", "1", "1", "0", "7"],
    ]
    assert lines[7:10] == [
        "  4 files = 2 new + 0 new under names given before + 1 duplicate + 0 settled before + 1 rejected",
        "Needs a person (1):",
        "  ghi chú.docx: This file is plain text, not a PDF, TIFF, JPEG or PNG. "
        "Scan the paper again or save it as PDF. [unsupported]",
    ]
    assert lines[10].startswith("New scans would take some ")
    assert lines[10].endswith(" MiB free.")


def test_the_same_for_machines(home: Home, folder: Path) -> None:
    said = home("import", folder, "--dry-run", "--json")
    (batch,) = said.json["batches"]

    assert said.code == Exit.NEEDS_PERSON
    assert said.json["fits"] is True
    assert said.json["bytes_needed"] < said.json["bytes_free"]
    assert set(batch) == {
        "batch",
        "action",
        "since",
        "given_before",
        "given",
        "kinds",
        "scans",
        "questions",
        "needs_person",
        "linked_folders",
    }
    assert (batch["batch"], batch["action"], batch["given"]) == ("Hộp 7", "opened", 4)
    assert batch["kinds"]["TIFF"]["pages"] == 2
    assert batch["kinds"]["no_scan"] == {"files": 1, "unopened": 1, "pages": 0, "bytes": 7}
    assert [(one["path"], one["code"]) for one in batch["needs_person"]] == [("ghi chú.docx", "unsupported")]


def test_an_import_does_what_its_dry_run_said(home: Home, folder: Path) -> None:
    (first,) = home("import", folder, "--dry-run", "--json").json["batches"]
    (begun,) = home("import", folder, "--json").json
    assert begun["new"] == {"stored": first["scans"]["new"], "duplicate": 1, "rejected": first["scans"]["rejected"]}
    assert begun["sums"]["pages_found"] == sum(kind["pages"] for kind in first["kinds"].values())
    save(7, folder / "giấy phép.png")  # another paper under the name of a duplicate
    save(5, folder / "mới.png")
    (folder / "lại.png").write_bytes((folder / "mới.png").read_bytes())

    (planned,) = home("import", folder, "--dry-run", "--json").json["batches"]
    (done,) = home("import", folder, "--json").json
    after = home("import", folder, "--dry-run", "--json").json["batches"][0]

    assert (planned["action"], planned["given_before"]) == ("continued", 4)
    assert planned["scans"] == {"new": 1, "further": 1, "duplicate": 1, "settled": 2, "rejected": 1}
    assert done["new"] == {"stored": 2, "duplicate": 1}
    assert done["settled_before"] == {"stored": 2, "rejected": 1}
    assert after["scans"] == {"new": 0, "further": 0, "duplicate": 0, "settled": 5, "rejected": 1}


@pytest.mark.parametrize("state", ["missing", "empty", "filled", "closed"])
def test_a_dry_run_writes_nothing_at_all(tmp_path: Path, folder: Path, state: str) -> None:
    home = Home(tmp_path / "place" / "home")
    home.folder.parent.mkdir()
    if state == "empty":
        home.folder.mkdir(mode=0o700)
    elif state != "missing":
        (folder / "ghi chú.docx").unlink()
        home("import", folder)
        save(7, folder / "giấy phép.png")
    if state == "closed":
        home("batch", "close", "Hộp 7")
    homes, scans = tree(home.folder.parent), tree(folder)

    for options in ([], ["--json"], ["--retry"], ["--jobs", "1"]):
        said = home("import", folder, "--dry-run", *options)
        assert said.err == ""

    assert tree(home.folder.parent) == homes
    assert tree(folder) == scans


def test_worker_processes_of_a_dry_run_leave_nothing_either(tmp_path: Path, folder: Path) -> None:
    process = start(tmp_path / "home", "import", folder, "--dry-run", "--json", "--jobs", "2")
    out, _ = process.communicate(timeout=PATIENCE)

    assert (process.returncode, b'"opened"' in out) == (Exit.NEEDS_PERSON, True)
    assert not (tmp_path / "home").exists()


def test_a_closed_batch_is_said_before_its_import_is_refused(home: Home, tmp_path: Path) -> None:
    scan = save(3, tmp_path / "a.png")
    home.ok("import", scan, "--batch", "b")
    home.ok("batch", "close", "b")

    said, again = (home("import", scan, "--batch", "b", "--dry-run", *more) for more in ([], ["--retry"]))

    assert (said.code, again.code) == (Exit.NEEDS_PERSON, Exit.OK)
    assert "1 scan given): this import would be refused; give another name with --batch" in said.out
    assert "it is closed, and --retry would open it again" in again.out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["EMPTY"], "holds no file"),
        (["SCAN", "--batch", ""], "the name of a batch is empty"),
        (["SCAN", "--batch", "two\nlines"], "--batch"),
        (["SCAN", "--about", "colour=red"], "known are contract"),
        (["SCAN", "--batch", "b", "--about", "box=8"], "says otherwise about box"),
        (["SCAN", "--accept-unscreened", "SCAN"], "--dry-run screens nothing"),
    ],
)
def test_what_an_import_refuses_its_dry_run_refuses(
    home: Home, tmp_path: Path, arguments: list[str], complaint: str
) -> None:
    (tmp_path / "empty").mkdir()
    scan = save(3, tmp_path / "a.png")
    home.ok("import", scan, "--batch", "b", "--about", "box=7")
    words = {"EMPTY": tmp_path / "empty", "SCAN": scan}
    said = home("import", *(words.get(word, word) for word in arguments), "--dry-run")

    assert (said.code, said.out) == (Exit.USAGE, "")
    assert complaint in said.err


def test_each_folder_is_a_batch_and_each_file_is_counted_once(home: Home, tmp_path: Path) -> None:
    for box in ("Hộp 1", "Hộp 2"):
        (tmp_path / box).mkdir()
        save(3, tmp_path / box / "a.png")
    batches = home(
        "import", tmp_path / "Hộp 1", tmp_path / "Hộp 2", tmp_path / "Hộp 2" / "a.png", "--dry-run", "--json"
    ).json["batches"]

    assert [(one["batch"], one["given"], one["scans"]["new"]) for one in batches] == [("Hộp 1", 1, 1), ("Hộp 2", 1, 0)]


def litter(folder: Path) -> Path:
    folder.mkdir()
    for number in range(9):
        (folder / f"{number}.txt").write_text("no scan")
    save(3, folder / "a.png")
    return folder


def box(folder: Path, more: int) -> Path:
    """Save three scans under the names that a scanner gives anew each morning."""
    folder.mkdir(parents=True)
    for number in (1, 2, 3):
        save(number + more, folder / f"scan{number:04}.png")
    return folder


def test_a_folder_of_which_nearly_nothing_is_a_scan_is_refused_unless_told(home: Home, tmp_path: Path) -> None:
    folder = litter(tmp_path / "nhầm")
    new = Home(tmp_path / "new")

    for place in (home, new):
        said = place("import", folder)
        assert (said.code, said.out) == (Exit.USAGE, "")
        assert "batch nhầm: of 10 files, 9 are no PDF, TIFF, JPEG or PNG." in said.err
        assert said.err.endswith("Nothing was imported; --accept-non-scans imports them all the same\n")
    assert not (home.folder / "vault").exists()
    assert not new.folder.exists(), "a home that begins waits for the answer, too"

    dry = home("import", folder, "--dry-run")
    assert "The import would ask, or want --accept-non-scans: batch nhầm: of 10 files, 9 are no PDF" in dry.out
    assert home("import", folder, "--accept-reused-names").code == Exit.USAGE, "that answers another question"
    assert "10 new" in home("import", folder, "--accept-non-scans").out
    assert "0 new, 10 settled before" in home("import", folder).out, "the same again is not asked about"
    assert "0 new, 10 settled before" in home("import", folder, "--retry").out


def test_a_batch_that_goes_on_with_other_scans_of_the_same_names_is_refused_unless_told(
    home: Home, tmp_path: Path
) -> None:
    monday, tuesday = box(tmp_path / "day1" / "hop-02", 0), box(tmp_path / "day2" / "hop-02", 3)
    home("import", monday)
    vault = tree(home.folder / "vault")
    said = home("import", tuesday)

    assert (said.code, said.out) == (Exit.USAGE, "")
    assert "was given the same names before, and at least half of these 3 files have other content." in said.err
    assert "If a scanner numbers anew each day, they are further scans of this batch, and all are kept." in said.err
    assert said.err.endswith("Nothing was imported; --accept-reused-names imports them all the same\n")
    assert tree(home.folder / "vault") == vault

    (dry,) = home("import", tuesday, "--dry-run", "--json").json["batches"]
    assert (dry["questions"], dry["scans"]["further"]) == (["reused_names"], 3)
    assert "3 new, 0 settled before" in home("import", tuesday, "--accept-reused-names").out
    for again in (monday, tuesday):
        assert "0 new, 3 settled before" in home("import", again).out
        assert "0 new, 3 settled before" in home("import", again, "--retry").out


def test_a_closed_batch_refuses_before_it_asks(home: Home, tmp_path: Path) -> None:
    home.ok("import", save(3, tmp_path / "a.png"), "--batch", "b")
    home.ok("batch", "close", "b")
    folder = litter(tmp_path / "nhầm")

    refused = home("import", folder, "--batch", "b")
    again = home("import", folder, "--batch", "b", "--retry")

    assert "batch b is closed; give these scans under another name with --batch" in refused.err
    assert "--accept-non-scans imports them all the same" in again.err
    assert home("import", folder, "--batch", "b", "--dry-run", "--json").json["batches"][0]["questions"] == []


@pytest.mark.parametrize(("answer", "code", "kept"), [("y", Exit.OK, True), ("n", Exit.USAGE, False), ("", 2, False)])
def test_on_a_terminal_it_asks_and_no_writes_nothing(tmp_path: Path, answer: str, code: int, kept: bool) -> None:
    home = Home(tmp_path / "home")
    monday, tuesday = box(tmp_path / "day1" / "hop-02", 0), box(tmp_path / "day2" / "hop-02", 3)
    home("import", monday)
    before = tree(home.folder / "vault")
    ours, theirs = pty.openpty()
    process = start(home.folder, "import", tuesday, "--jobs", "1", stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = ""
    while "Import them all the same? [y/N]: " not in shown:
        shown += os.read(ours, 1024).decode()
    waiting = tree(home.folder / "vault")
    os.write(ours, answer.encode() + b"\n")
    shown += read_all(ours)
    process.wait(PATIENCE)

    assert "have other content. If a scanner numbers anew each day" in shown
    assert waiting == before, "nothing is written before the answer"
    assert (process.returncode != Exit.USAGE) is kept
    assert (tree(home.folder / "vault") != before) is kept
    assert ("nothing was imported" in shown) is not kept
