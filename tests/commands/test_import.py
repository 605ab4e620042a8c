"""archive import: sums that close, what needs a person, names of every kind, and nothing repeated."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import NoReturn

import pytest

from archive.errors import Exit, SettingsError
from archive.index.embedded.search import EmbeddedIndex
from tests.commands.conftest import Home
from tests.commands.papers import save, save_batch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_batch(tmp_path / "scans" / "Hộp 7")


def test_the_summary_closes_and_says_what_needs_a_person(home: Home, folder: Path) -> None:
    said = home("import", folder)

    assert (said.code, said.err) == (Exit.NEEDS_PERSON, "")
    assert said.out.splitlines() == [
        "Batch (đợt số hóa): Hộp 7",
        "  this run: 4 scans given, 4 new, 0 settled before",
        "  scans given 4 = 2 stored + 1 duplicate + 1 rejected + 0 quarantined + 0 withdrawn",
        "  pages found 4 = 3 recognised + 1 blank",
        "Needs a person (1):",
        "  ghi chú.docx: This file is plain text, not a PDF, TIFF, JPEG or PNG. "
        "Scan the paper again or save it as PDF. [unsupported]",
    ]


def test_the_same_for_machines(home: Home, folder: Path) -> None:
    said = home("import", folder, "--json")
    (batch,) = said.json

    assert set(batch) == {
        "batch",
        "opened_again",
        "given",
        "new",
        "settled_before",
        "left_for_reindex",
        "why_left",
        "sums",
        "needs_person",
        "linked_folders",
    }
    assert batch["new"] == {"stored": 2, "duplicate": 1, "rejected": 1}
    assert batch["sums"]["scans_given"] == sum(batch["sums"]["scans"].values()) == 4
    assert batch["sums"]["pages_found"] == sum(batch["sums"]["pages"].values()) == 4
    assert batch["sums"]["closes"] is True
    assert [(one["path"], one["code"]) for one in batch["needs_person"]] == [("ghi chú.docx", "unsupported")]
    assert batch["needs_person"][0]["message"].startswith("This file is plain text")


def test_a_batch_without_doubts_ends_with_zero(home: Home, tmp_path: Path) -> None:
    said = home("import", save(3, tmp_path / "a.png"), "--batch", "Một trang")

    assert (said.code, said.err) == (Exit.OK, "")
    assert "Needs a person" not in said.out


def test_where_the_search_server_is_away_it_says_what_mends_it(home: Home, tmp_path: Path) -> None:
    (home.folder / "settings.toml").write_text('index = "http://127.0.0.1:1/ketqua"\n[elastic]\nretries = 0\n')
    said = home("import", save(3, tmp_path / "a.png"), "--batch", "Một trang")

    assert said.code == Exit.NEEDS_PERSON
    assert " not yet searchable: the search server at " in said.out
    assert "when that is mended, run `archive reconcile --fix`" in said.out

    found = next((home.folder / "vault" / "records").rglob("*.json")).parent.name
    assert home("search", "giấy").code == Exit.INDEX
    assert home("show", found).code == Exit.OK, "the vault alone knows it"


def test_an_index_that_takes_no_more_ends_no_import_and_is_for_a_person(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.ok("import", save(3, tmp_path / "a.png"))

    def refuse(index: EmbeddedIndex, entries: object) -> NoReturn:
        raise SettingsError("the search server refused our credentials (401); mend elastic.api_key")

    with monkeypatch.context() as patch:
        patch.setattr(EmbeddedIndex, "put", refuse)
        said = home("import", save(5, tmp_path / "b.png"))
        closed = home("search", "")

    assert (said.code, said.err) == (Exit.NEEDS_PERSON, "")
    assert "1 entry not yet searchable: the search server refused our credentials (401); mend elastic" in said.out
    assert "1 new" in said.out
    assert (closed.code, closed.err[:18]) == (Exit.SETTINGS, "Error: the search ")
    assert len(home.ids()) == 2, "the next search caught up"


def test_a_home_that_begins_is_announced_once(tmp_path: Path) -> None:
    home, scan = Home(tmp_path / "new"), save(3, tmp_path / "a.png")

    assert home("import", scan).err == f"A new archive begins in {home.folder} (choose another place with --home).\n"
    assert home("import", scan).err == ""


def test_the_same_again_repeats_nothing_and_still_names_what_waits(home: Home, folder: Path) -> None:
    home("import", folder)
    again = home("import", folder)

    assert again.code == Exit.NEEDS_PERSON
    assert "  this run: 4 scans given, 0 new, 4 settled before" in again.out
    assert "ghi chú.docx" in again.out


def test_each_folder_is_a_batch_of_its_own_unless_one_is_named(home: Home, tmp_path: Path) -> None:
    for box in ("Hộp 1", "Hộp 2"):
        (tmp_path / box).mkdir()
    save(3, tmp_path / "Hộp 1" / "a.png")
    save(5, tmp_path / "Hộp 2" / "a.png")

    apart = home("import", tmp_path / "Hộp 1", tmp_path / "Hộp 2", "--json").json
    together = home("import", tmp_path / "Hộp 1", tmp_path / "Hộp 2", "--batch", "Cả hai", "--json").json

    assert [(one["batch"], one["given"]) for one in apart] == [("Hộp 1", 1), ("Hộp 2", 1)]
    assert [(one["batch"], one["given"]) for one in together] == [("Cả hai", 2)]
    assert together[0]["sums"]["closes"]


def test_a_file_given_with_its_folder_is_given_once(home: Home, folder: Path) -> None:
    said = home("import", folder, folder / "giấy phép.png", "--batch", "b", "--json").json

    assert (said[0]["given"], said[0]["sums"]["closes"]) == (4, True)


def test_names_are_nfc_however_the_disk_writes_them(home: Home, tmp_path: Path) -> None:
    decomposed = tmp_path / unicodedata.normalize("NFD", "Hộp hồ sơ Đà Nẵng")
    decomposed.mkdir()
    save(3, decomposed / unicodedata.normalize("NFD", "giấy phép.png"))
    home.ok("import", decomposed)

    outputs = [
        home.ok("batch", "show", unicodedata.normalize("NFD", "Hộp hồ sơ Đà Nẵng"), "--scans").out,
        home.ok("batch", "show", "Hộp hồ sơ Đà Nẵng", "--json").out,
        home.ok("search", "--batch", unicodedata.normalize("NFD", "Hộp hồ sơ Đà Nẵng")).out,
        home.ok("count", "--pages", "--batch", unicodedata.normalize("NFD", "Hộp hồ sơ Đà Nẵng")).out,
        home.ok("export", "--batch", unicodedata.normalize("NFD", "Hộp hồ sơ Đà Nẵng")).out,
    ]

    assert all("Hộp hồ sơ Đà Nẵng" in out for out in outputs)
    assert all(unicodedata.is_normalized("NFC", out) for out in outputs)


@pytest.mark.parametrize("name", ['Hộp "7"', "hộp 🗃️ số 7", "a; rm -rf 'b'", "đ" * 200, "../up", "--batch"])
def test_any_line_of_text_names_a_batch(home: Home, tmp_path: Path, name: str) -> None:
    home.ok("import", save(3, tmp_path / "a.png"), f"--batch={name}")

    assert home.ok("batch", "list", "--json").json[0]["batch"] == name
    assert home.ok("batch", "show", "--json", "--", name).json["scans_given"] == 1
    assert len(home.ids(f"--batch={name}")) == 1


@pytest.mark.parametrize("name", ["two\nlines", "bell\a", "\x1b[2Jwiped", "  ", "đ" * 201, "half\udcff"])
def test_what_is_no_line_of_text_names_no_batch(home: Home, tmp_path: Path, name: str) -> None:
    said = home("import", save(3, tmp_path / "a.png"), "--batch", name)

    assert said.code == Exit.USAGE
    assert "--batch" in said.err
    assert not (home.folder / "vault").exists()


def test_a_file_name_cannot_steer_the_terminal(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    folder.mkdir()
    (folder / "x\n  scans given 0 = \x1b[2J.txt").write_text("no scan")
    said = home("import", folder)

    assert r"  x\n  scans given 0 = \x1b[2J.txt: This file is plain text" in said.out


def test_a_file_name_that_is_no_text_is_shown_and_kept(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    folder.mkdir()
    save(3, folder / "a.png").rename(folder / "n\udcff.png")

    assert home.ok("import", folder, "--json").json[0]["new"] == {"stored": 1}
    assert r"n\xff.png" in home.ok("batch", "show", "b", "--scans").out


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["import", "nowhere"], Exit.USAGE, "nowhere is not there; check the spelling"),
        (["import"], Exit.USAGE, "Missing argument"),
        (["import", "HOME"], Exit.USAGE, "the archive's own home"),
        (["import", "SCAN", "--about", "colour"], Exit.USAGE, "'colour' is not key=value"),
        (["import", "SCAN", "--about", "colour=red"], Exit.USAGE, "known are contract"),
        (["import", "SCAN", "--about", "x_a=half\udcff"], Exit.USAGE, "one line of text"),
        (["import", "SCAN", "--about", "sides=3"], Exit.USAGE, "how many sides"),
        (["import", "SCAN", "--batch", ""], Exit.USAGE, "Invalid value for '--batch': the name of a batch is empty"),
        (["import", "SCAN", "--batch", " \t"], Exit.USAGE, "Invalid value for '--batch': the name of a batch is empty"),
        (["import", "SCAN", "--jobs", "0"], Exit.USAGE, "0 is not in the range"),
    ],
)
def test_mistakes_are_said_before_anything_is_read(
    home: Home, tmp_path: Path, arguments: list[str], code: Exit, complaint: str
) -> None:
    scan = save(3, tmp_path / "a.png")
    said = home(*({"HOME": home.folder, "SCAN": scan}.get(word, word) for word in arguments))

    assert said.code == code
    assert complaint in said.err
    assert not (home.folder / "vault").exists()


def test_a_closed_batch_takes_nothing_more(home: Home, tmp_path: Path) -> None:
    home.ok("import", save(3, tmp_path / "a.png"), "--batch", "Hộp 1")
    home.ok("batch", "close", "Hộp 1")
    said = home("import", save(5, tmp_path / "b.png"), "--batch", "Hộp 1")

    assert said.code == Exit.USAGE
    assert "batch Hộp 1 is closed; give these scans under another name with --batch" in said.err


def test_what_a_batch_says_of_itself_is_kept_and_not_contradicted(home: Home, folder: Path) -> None:
    (folder / "batch.toml").write_text('contractor = "Công ty Mẫu"\nbox = 7\n', "utf-8")
    home("import", folder, "--about", "x_shelf=3")

    assert home("batch", "show", "Hộp 7", "--json").json["about"] == {
        "contractor": "Công ty Mẫu",
        "box": "7",
        "x_shelf": "3",
    }
    contrary = home("import", folder, "--about", "box=8")
    assert contrary.code == Exit.USAGE
    assert "says otherwise about box" in contrary.err


def test_a_long_list_of_doubts_is_cut_and_says_where_the_rest_is(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "nhiều"
    folder.mkdir()
    for number in range(45):
        (folder / f"{number:02d}.txt").write_text("no scan")
    said = home("import", folder, "--accept-non-scans")

    assert "Needs a person (45):" in said.out
    assert said.out.splitlines()[-1] == "  … and 5 more: archive batch show 'nhiều'"
    assert home("batch", "show", "nhiều").out.count("[unsupported]") == 45


@pytest.mark.parametrize("inside", [[], ["batch.toml", ".hidden.png", "Thumbs.db"]], ids=["empty", "litter"])
def test_a_folder_without_a_file_makes_no_batch(home: Home, tmp_path: Path, inside: list[str]) -> None:
    empty, full = tmp_path / "trống", tmp_path / "đầy"
    for folder in (empty, full):
        folder.mkdir()
    save(3, full / "1.png")
    for name in inside:
        (empty / name).write_text("")
    said = home("import", full, empty)

    assert (said.code, said.out) == (Exit.USAGE, "")
    assert said.err == f"Error: {empty} holds no file, so that nothing was imported; check the folder\n"
    assert not (home.folder / "vault").exists()


def test_a_folder_of_linked_folders_alone_says_why_it_gives_nothing(home: Home, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "hop", tmp_path / "other"
    for each in (folder, elsewhere):
        each.mkdir()
    save(3, elsewhere / "1.png")
    (folder / "ngan 2").symlink_to(elsewhere)
    said = home("import", folder)

    assert said.code == Exit.USAGE
    assert "holds no file, and 1 linked folder not followed: give the folder itself" in said.err


def test_linked_folders_that_lead_elsewhere_are_named(home: Home, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "hop", tmp_path / "other"
    for each in (folder, elsewhere):
        each.mkdir()
        save(3, each / "1.png")
    (folder / "ngan 2").symlink_to(elsewhere)
    (folder / "again").symlink_to(folder)

    said, machine = home("import", folder), home("import", folder, "--json")

    assert said.code == machine.code == Exit.NEEDS_PERSON
    assert said.out.splitlines()[-2:] == [
        "1 linked folder not followed; to take in what is there, give the folder itself:",
        "  ngan 2",
    ]
    assert [(one["given"], one["linked_folders"]) for one in machine.json] == [(1, ["ngan 2"])]
