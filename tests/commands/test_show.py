"""archive show: all that is known of one record, and its original byte for byte."""

from __future__ import annotations

import io
import re
import stat
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest

from archive.commands.main import run
from archive.errors import Exit
from archive.model.pages import Origin
from archive.model.results import Field, Problem
from archive.store.backends.folder import FolderStore
from archive.store.keys import content_key
from archive.store.vault import Vault
from tests.commands.conftest import Home
from tests.commands.papers import DECISION, encoded, save

ORIGINAL = encoded(5, (0,))  # what save_batch() keeps as "quyết định.tif"


@pytest.fixture(scope="module")
def decision(filled: Home) -> str:
    """The id of the two-page decision."""
    (found,) = filled.ids(DECISION.number)
    return found


def test_fields_pages_and_history_are_shown(filled: Home, decision: str) -> None:
    out = filled.ok("show", decision).out
    rows = {line.split("  ")[0]: line.split() for line in out.splitlines()}

    assert out.startswith(f"Quyết định 0123/QĐ-UBND\nid {decision} · version 1 · kept · batch Hộp 7\n")
    assert f"original 1: quyết định.tif · {len(ORIGINAL):,} bytes · SHA-256 " in out
    assert rows["issue date"] == ["issue", "date", "0.95", "1", "ocr", "17/11/2022"]
    assert "printed: ngày 17 tháng 11 năm 2022" in [line.strip() for line in out.splitlines()]
    assert rows["number"] == ["number", "0.95", "1", "ocr", "0123"]
    assert rows["kind"] == ["kind", "0.95", "1", "ocr", "Quyết", "định"]
    assert rows["1"][:8] == ["1", "recognised", "210", "×", "297", "200", "image", "dpi"]
    assert rows["2"][1] == "blank"
    assert "imported by os:" in out


def test_no_word_says_more_than_was_read(home: Home, tmp_path: Path) -> None:
    home.ok("import", save(5, tmp_path / "a.png"))
    (record,) = home.ids()
    vault = Vault(FolderStore(home.folder / "vault"))
    known = vault.head(record)
    assert known is not None
    fields = {
        **known.fields,
        "issue_date": Field("2022-11", "ngày ~ tháng 11 năm 2022", 0.7, 1, None, Origin.OCR),
        "valid_until": Field("2025-08-16", "16/8/2025", 0.9, 1, None, Origin.OCR),
    }
    problem = Problem("doubtful_field", {"sure": "2022-11"}, field="issue_date", page=1)
    vault.append_record(replace(known, version=2, fields=fields, problems=(problem,)))
    out = home.ok("show", record).out

    assert "valid until 16/08/2025 (as read, not confirmed)" in out.splitlines()
    assert re.search(r"issue date +0\.70 +1 +ocr +day not read \(11/2022 is sure\)\n", out)
    assert "  page 1: issue date: day not read (11/2022 is sure) [doubtful_field]" in out.splitlines()
    assert re.search(r"\n  1  \d\d/\d\d/\d{4} \d\d:\d\d  imported by os:", out)
    assert "live" not in out
    values = home.ok("show", record, "--json").json
    assert values["fields"]["issue_date"]["value"] == "2022-11"
    assert values["state"] == "kept"


def test_the_same_for_machines(filled: Home, decision: str) -> None:
    values = filled.ok("show", decision, "--json").json

    assert list(values) == [
        "id", "version", "state", "batch", "kind", "title", "parts", "fields", "pages", "problems", "history",
        "cannot_be_read",
    ]  # fmt: skip
    assert values["fields"]["holder_name"]["value"] == DECISION.holder
    assert [(page["scan_page"], page["outcome"]) for page in values["pages"]] == [(1, "recognised"), (2, "blank")]
    assert [one["version"] for one in values["history"]] == [1]


def test_an_id_may_be_cut_and_capital(filled: Home, decision: str) -> None:
    assert filled.ok("show", decision[:6].upper(), "--json").json["id"] == decision


def test_the_text_of_a_page(filled: Home, decision: str) -> None:
    assert filled.ok("show", decision, "--page", "1").out == DECISION.lines().text + "\n"
    assert filled.ok("show", decision, "--page", "1", "--json").json["text"] == DECISION.lines().text


def test_a_page_without_text_says_why(filled: Home, decision: str) -> None:
    said = filled("show", decision, "--page", "2")

    assert (said.code, said.out, said.err) == (Exit.OK, "", "Page 2 has no text: blank\n")
    assert filled.ok("show", decision, "--page", "2", "--json").json["text"] is None


def test_a_page_that_failed_needs_a_person(home: Home, tmp_path: Path) -> None:
    (tmp_path / "torn.png").write_bytes(encoded(3)[:3000])
    assert home("import", "--accept-unscreened", tmp_path / "torn.png").code == Exit.NEEDS_PERSON
    (record,) = home.ids()
    said = home("show", record, "--page", "1")

    assert (said.code, said.out, said.err) == (Exit.NEEDS_PERSON, "", "Page 1 has no text: unreadable\n")
    assert "[page_unreadable]" in home("show", record).out


def test_the_original_comes_out_byte_for_byte_and_overwrites_nothing(
    filled: Home, decision: str, tmp_path: Path
) -> None:
    target = tmp_path / "original.tif"
    said = filled("show", decision, "--open", target)

    assert (said.code, said.out, said.err) == (Exit.OK, "", f"Original written to {target}\n")
    assert target.read_bytes() == ORIGINAL
    assert stat.S_IMODE(target.stat().st_mode) == 0o600

    target.write_text("mine")
    again = filled("show", decision, "--open", target)
    assert (again.code, target.read_text()) == (Exit.USAGE, "mine")
    assert again.err == f"Error: {target} exists already; name a new file\n"


def test_the_original_goes_into_a_pipe(filled: Home, decision: str) -> None:
    out = io.BytesIO()
    with io.TextIOWrapper(out, "utf-8") as stdout, redirect_stdout(stdout):
        assert run(["--home", str(filled.folder), "show", decision, "--open", "-"]) == Exit.OK
        assert out.getvalue() == ORIGINAL


def test_a_damaged_original_is_not_handed_out(home: Home, tmp_path: Path) -> None:
    home.ok("import", save(3, tmp_path / "a.png"))
    (record,) = home.ids()
    sha256 = home.ok("show", record, "--json").json["parts"][0]["sha256"]
    stored = home.folder / "vault" / content_key(sha256)
    stored.write_bytes(stored.read_bytes()[:-1] + b"X")
    said = home("show", record, "--open", tmp_path / "out.png")

    assert said.code == Exit.VERIFY_FAILED
    assert "does not have that digest; run `archive verify`" in said.err
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["xyz1"], Exit.USAGE, "'xyz1' is no record id: give at least 4 of its digits 0-9 a-f"),
        (["abc"], Exit.USAGE, "give at least 4"),
        (["0000000000"], Exit.USAGE, "`archive search` shows the ids"),
        (["ID", "--page", "3"], Exit.USAGE, "has 2 pages, no page 3"),
        (["ID", "--part", "2", "--open", "DIR/new"], Exit.USAGE, "has 1 original"),
        (["ID", "--part", "2"], Exit.USAGE, "has 1 original"),
        (["ID", "--open", "DIR/no/such/folder"], Exit.SETTINGS, "cannot be written: No such file or directory"),
    ],
)
def test_mistakes_are_said(
    filled: Home, decision: str, tmp_path: Path, arguments: list[str], code: Exit, complaint: str
) -> None:
    said = filled("show", *(word.replace("ID", decision).replace("DIR", str(tmp_path)) for word in arguments))

    assert (said.code, said.out) == (code, "")
    assert complaint in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_gives_no_link_and_says_what_to_do(filled: Home, decision: str) -> None:
    said = filled("show", decision, "--link")

    assert said.code == Exit.SETTINGS
    assert "--open" in said.err
