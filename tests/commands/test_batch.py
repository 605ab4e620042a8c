"""archive batch: sums that close, what waits for a person, closing."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest

from archive.errors import Exit
from archive.pipeline import append_record
from archive.services.derived.run_locks import RunningImport, Runs
from archive.store import keys
from tests.commands.conftest import Home
from tests.commands.papers import save, save_batch


def test_the_list_has_every_outcome_in_a_column(filled: Home) -> None:
    head, row = filled.ok("batch", "list").out.splitlines()

    outcomes = ["stored", "duplicate", "rejected", "quarantined", "withdrawn"]
    assert head.split() == ["batch", "state", *outcomes, "unfinished", "pages"]
    assert row.split() == ["Hộp", "7", "open", "2", "1", "1", "0", "0", "0", "4"]
    assert filled.ok("batch", "list", "--json").json[0]["scans"] == {
        "stored": 2,
        "duplicate": 1,
        "rejected": 1,
        "quarantined": 0,
        "withdrawn": 0,
    }


def test_a_batch_shows_what_it_is_and_what_waits(filled: Home) -> None:
    said = filled("batch", "show", "Hộp 7")

    assert (said.code, said.err) == (Exit.NEEDS_PERSON, "")
    assert said.out.splitlines()[:5] == [
        "Batch (đợt số hóa): Hộp 7 (open)",
        "  operator: thu",
        "  sides: 2",
        "  scans given 4 = 2 stored + 1 duplicate + 1 rejected + 0 quarantined + 0 withdrawn",
        "  pages found 4 = 3 recognised + 1 blank",
    ]
    assert "  ghi chú.docx: This file is plain text" in said.out


@pytest.mark.parametrize("name", ["", "  "])
@pytest.mark.parametrize(
    "verb",
    ["batch show", "batch close", "count --batch", "export --batch", "rescreen --batch", "search --batch"],
)
def test_an_empty_name_is_no_batch_and_not_all_of_them(filled: Home, verb: str, name: str) -> None:
    said = filled(*verb.split(), name)

    assert (said.code, said.out) == (Exit.USAGE, "")
    assert "the name of a batch is empty; `archive batch list` shows those there are" in said.err


def test_every_scan_is_listed_on_request(filled: Home) -> None:
    out = filled("batch", "show", "Hộp 7", "--scans").out
    listed = {line.split("  ")[0]: line.split()[-3] for line in out.splitlines() if ".png" in line or ".tif" in line}

    assert listed == {"bản sao.png": "stored", "giấy phép.png": "duplicate", "quyết định.tif": "stored"}


def test_a_line_lost_from_a_closed_batch_is_no_import_that_waits(home: Home, tmp_path: Path) -> None:
    (tmp_path / "Hộp 1").mkdir()
    save(3, tmp_path / "Hộp 1" / "a.png")
    home("import", tmp_path / "Hộp 1")
    home("batch", "close", "Hộp 1")
    for line in (home.folder / "vault" / "ledger").rglob("*.json"):
        line.unlink()
    said = home("batch", "show", "Hộp 1")

    assert said.code == Exit.VERIFY_FAILED
    assert "1 scan has no outcome any more, and had one when the batch was closed: run `archive verify`" in said.out
    assert "run the same import again" not in said.out
    assert "they do no harm" not in home("verify").out


def test_the_same_for_machines(filled: Home) -> None:
    values = filled("batch", "show", "Hộp 7", "--json").json

    assert list(values) == [
        "batch", "id", "about", "closed", "sealed", "after_closing", "scans_given", "scans", "unfinished", "closes",
        "gaps", "pages_found", "pages", "history", "lines", "needs_person", "cannot_be_read",
    ]  # fmt: skip
    assert {line["path"]: line["pages"] for line in values["lines"]} == {
        "bản sao.png": ["recognised"],
        "ghi chú.docx": [],
        "giấy phép.png": ["recognised"],
        "quyết định.tif": ["recognised", "blank"],
    }
    assert [(one["path"], one["code"]) for one in values["needs_person"]] == [("ghi chú.docx", "unsupported")]
    assert values["needs_person"][0]["message"].startswith("This file is plain text")


def test_a_batch_is_closed_once_its_sum_closes(home: Home, tmp_path: Path) -> None:
    home.ok("import", save(3, tmp_path / "a.png"), "--batch", "Hộp 1")
    closed = home.ok("batch", "close", "Hộp 1")

    assert closed.out.startswith("Batch Hộp 1 is closed with 1 scan.\n  scans given 1 = 1 stored")
    assert home.ok("batch", "close", "Hộp 1", "--json").json["closed"] is True
    assert home.ok("batch", "show", "Hộp 1").out.startswith("Batch (đợt số hóa): Hộp 1 (closed)\n")


def test_scans_without_an_outcome_keep_a_batch_open(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "Hộp 1"
    folder.mkdir()
    for bars in (3, 5):
        save(bars, folder / f"{bars}.png")
    real = append_record.append

    calls = itertools.count()  # scans are imported at the same time: whichever comes second is broken off

    def interrupted(*arguments: object) -> object:
        if next(calls):
            while not any(home.folder.glob("vault/ledger/*/*/*/*/*.json")):
                time.sleep(0.01)  # until the first one has arrived
            raise KeyboardInterrupt
        return real(*arguments)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(append_record, "append", interrupted)
    broken_off = home("import", folder)
    shown = home("batch", "show", "Hộp 1")
    refused = home("batch", "close", "Hộp 1")

    assert broken_off.code == Exit.UNEXPECTED
    assert "Interrupted. Nothing is lost: run the same command again" in broken_off.err
    assert shown.code == Exit.NEEDS_PERSON
    assert "  1 scan has no outcome yet: run the same import again" in shown.out
    assert refused.code == Exit.USAGE
    assert "1 of 2 scans given have no outcome yet; run `archive import` on the same folder again" in refused.err


@pytest.mark.parametrize("verb", ["show", "close"])
def test_a_batch_that_is_not_there_is_refused(begun: Home, verb: str) -> None:
    said = begun("batch", verb, "Hộp 9")

    assert (said.code, said.out) == (Exit.USAGE, "")
    assert said.err == "Error: there is no batch 'Hộp 9'; `archive batch list` shows those there are\n"


def test_the_list_says_who_imports_now(home: Home, tmp_path: Path) -> None:
    home("import", save_batch(tmp_path / "Hộp 1"))
    (batch,) = home.ok("batch", "list", "--json").json
    assert batch["importing"] == []
    with Runs(home.folder / "running").register(
        RunningImport(keys.batch_id("Hộp 1"), "os:lan", "2026-03-05T01:17:00Z")
    ):
        assert home.ok("batch", "list").out.splitlines()[-1] == (
            "Importing now: Hộp 1, by os:lan, since 05/03/2026 08:17."
        )
        (batch,) = home.ok("batch", "list", "--json").json
        assert batch["importing"] == [{"actor": "os:lan", "since": "2026-03-05T01:17:00Z"}]


def test_two_imports_into_one_batch_are_told_of_each_other(home: Home, tmp_path: Path) -> None:
    folder = save_batch(tmp_path / "Hộp 1")
    with Runs(home.folder / "running").register(
        RunningImport(keys.batch_id("Hộp 1"), "os:lan", "2026-03-05T01:17:00Z")
    ):
        said = home("import", folder)
        other = home("import", folder, "--batch", "Hộp 2")

    told = "os:lan imports into batch Hộp 1, too, since 05/03/2026 08:17. Scans that both were given are imported once."
    assert said.err.splitlines().count(told) == 1
    assert "os:lan" not in other.err
