"""The command itself: help, version, settings, upkeep, and an exit code for every way to end."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from archive import __version__
from archive.commands.main import cli
from archive.errors import Exit
from archive.services.search.search import Search
from archive.wiring import Archive
from tests.commands.conftest import Home
from tests.commands.papers import LICENCE, save, save_batch

VERBS = {
    ("withhold",): ["ID", "--reason"],
    ("rescreen",): ["--batch", "--jobs", "goes on where it was"],
    ("seal",): ["--day", "--check", "--adopt", "--png"],
    ("import",): ["PATHS", "--batch", "--jobs", "--about", "--retry", "never moved or changed"],
    ("search",): ["--holder-id", "stays out of the history", "--cursor", "123/QĐ-UBND", "marks optional", "--sort"],
    ("show",): ["ID", "--page", "--open", "byte for byte", "--part"],
    ("count",): [
        "--by",
        "--from",
        "--to",
        "--as-of",
        "--pages",
        "--recount",
        "--to-measure",
        "payable",
        "--where",
        "--xlsx",
    ],
    ("measure",): ["RECORD", "PAGE", "another person"],
    ("exclude",): ["--reason", "--uphold", "--drop", "no_result"],
    ("batch",): ["list", "show", "close"],
    ("batch", "list"): ["sums"],
    ("batch", "show"): ["NAME", "--scans", "needs a person"],
    ("batch", "close"): ["seal", "refused", "opens it again"],
    ("verify",): ["Hash every kept object again", "--repair-from"],
    ("doctor",): ["Examine", "what to mend"],
    ("reconcile",): ["--fix", "--everything", "Nothing of the vault is changed"],
    ("copy",): ["--to", "--check", "verified on the way", "only what is new"],
    ("reindex",): ["from the vault"],
    ("worker",): ["Dask cluster", "--jobs", "asked to end"],
    ("export",): ["--batch", "--output", "one JSON object a line"],
    ("settings",): ["where it came from"],
}


def named_commands(group: click.Group, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Return the paths of all commands below a group."""
    found = set()
    for name, command in group.commands.items():
        found.add((*path, name))
        if isinstance(command, click.Group):
            found |= named_commands(command, (*path, name))
    return found


def test_these_are_all_the_verbs() -> None:
    assert named_commands(cli) == set(VERBS)


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_the_help_of_every_verb_says_what_matters(home: Home, verb: tuple[str, ...]) -> None:
    words = " ".join(home.ok(*verb, "--help").out.split())

    assert [text for text in (*VERBS[verb], "--help") if text not in words] == []
    if verb not in {("batch",), ("worker",)}:  # the one has verbs of its own, the other answers nobody
        assert "--json" in words
    assert list(home.folder.iterdir()) == [], "asking for help begins nothing"


def test_the_help_lists_every_exit_code(home: Home) -> None:
    listed = re.findall(r"^ +(\d)  \S", home.ok("--help").out, re.MULTILINE)

    assert [int(code) for code in listed] == [code.value for code in Exit]


def test_version(home: Home) -> None:
    assert home.ok("--version").out == f"archive, version {__version__}\n"


@pytest.mark.parametrize("arguments", [["fly"], ["search", "--fly"], ["--fly"], []])
def test_what_is_no_command_is_usage(home: Home, arguments: list[str]) -> None:
    said = home(*arguments)

    assert said.code == Exit.USAGE
    assert "Usage: archive" in said.err


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ('sotre = "file:x"', "unknown setting 'sotre'"),
        ('store = "ftp:x"', "must be file:FOLDER"),
        ('index = "elastic"', "it must be embedded:FOLDER"),
        (
            'count_rules = "b5-1"',
            "There is no counting rule set 'b5-1'. Set count_rules to one of: a4-2026.1, a4-2026.2,",
        ),
        ("commit_every = 0", "must be a whole number above 0"),
        ("commit_every = ", "settings.toml cannot be read"),
    ],
)
def test_a_wrong_setting_is_named_with_its_origin(begun: Home, settings: str, complaint: str) -> None:
    (begun.folder / "settings.toml").write_text(settings)
    said = begun("count")

    assert (said.code, said.out) == (Exit.SETTINGS, "")
    assert complaint in said.err


def test_settings_say_where_each_value_came_from(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    (home.folder / "settings.toml").write_text("[limits]\npage_seconds = 7.5\n")
    monkeypatch.setenv("ARCHIVE_COMMIT_EVERY", "50")
    listed = {one["name"]: (one["value"], one["origin"]) for one in home.ok("settings", "--json").json}

    assert listed["home"] == (str(home.folder), "option --home")
    assert listed["commit_every"] == ("50", "variable ARCHIVE_COMMIT_EVERY")
    assert listed["limits.page_seconds"] == ("7.5", f"file {home.folder / 'settings.toml'}")
    assert listed["ocr"] == ("tesseract:vie", "default")
    assert all(name in home.ok("settings").out for name in listed)


def test_settings_may_be_looked_at_before_there_is_an_archive(tmp_path: Path) -> None:
    assert Home(tmp_path / "none").ok("settings").out
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_cannot_be_is_a_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = Home(tmp_path / "file" / "home")("count")

    assert said.code == Exit.SETTINGS
    assert str(tmp_path / "file" / "home") in said.err


def test_a_store_that_cannot_be_written_ends_an_import(home: Home, tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    (home.folder / "settings.toml").write_text(f'store = "file:{tmp_path / "a-file"}"')
    said = home("import", save(3, tmp_path / "a.png"))

    assert (said.code, said.out) == (Exit.STORE, "")
    assert "is a file" in said.err


# They begin an archive, look whether it can be begun, or say themselves that it holds nothing.
STARTING = {("import",), ("doctor",), ("verify",), ("settings",), ("worker",)}
NEEDED = {
    ("search",): ["giấy"],
    ("show",): ["0000"],
    ("withhold",): ["0000", "--reason", "x"],
    ("measure",): ["0000", "1", "210x297"],
    ("exclude",): ["0000", "1", "--drop"],
    ("batch", "show"): ["Hộp 1"],
    ("batch", "close"): ["Hộp 1"],
    ("copy",): ["--to", "file:/tmp/none"],
}


@pytest.mark.parametrize("verb", sorted(VERBS.keys() - STARTING - {("batch",)}), ids=" ".join)
@pytest.mark.parametrize("vault", ["missing", "empty"])
def test_a_folder_that_holds_no_archive_is_no_archive_of_nothing(home: Home, verb: tuple[str, ...], vault: str) -> None:
    """A mistyped home, or a disk that is not mounted, must not answer with a confident zero."""
    if vault == "empty":
        (home.folder / "vault").mkdir()
    said = home(*verb, *NEEDED.get(verb, []))

    assert (said.code, said.out) == (Exit.SETTINGS, "")
    assert f"there is no archive in {home.folder}: its vault {home.folder / 'vault'} is missing or empty" in said.err
    assert "is mounted" in said.err
    assert {path.name for path in home.folder.iterdir()} <= {"vault"}, "nothing is written there"


def test_a_vault_on_a_server_is_no_matter_of_the_home(home: Home) -> None:
    """The first command of another machine finds what others stored."""
    (home.folder / "settings.toml").write_text(
        'store = "s3://kho/x"\n[s3]\nendpoint = "https://127.0.0.1:9"\nretries = 0\n'
    )
    said = home("batch", "list")

    assert "bucket kho" in said.err, "the bucket was asked"
    assert "there is no archive" not in said.err


def test_verify_of_nothing_is_no_proof(home: Home) -> None:
    """Whoever mistypes the home must not be told that all is well."""
    said = home("verify")

    assert said.code == Exit.NEEDS_PERSON
    assert "holds nothing yet" in said.out
    assert "All is well" not in said.out


def test_verify_finds_what_was_altered(home: Home, tmp_path: Path) -> None:
    home("import", save_batch(tmp_path / "b"))
    well = home.ok("verify")
    assert re.fullmatch(
        r"\d+ objects \(\d+\.\d MiB\) hashed again: 2 records, 4 ledger lines, 1 batch\.\nAll is well\.\n", well.out
    )
    record = next((home.folder / "vault" / "records").rglob("*.json"))
    record.write_bytes(record.read_bytes().replace(b'"version"', b'"versiom"'))
    broken = home("verify")
    values = home("verify", "--json").json

    assert broken.code == Exit.VERIFY_FAILED
    assert str(record.relative_to(home.folder / "vault")) in broken.out
    assert broken.out.endswith("see above.\n")
    assert list(values) == [
        "ok",
        "objects",
        "bytes",
        "records",
        "lines",
        "batches",
        "seals",
        "orphans",
        "unreferenced",
        "withheld",
        "findings",
    ]
    assert values["ok"] is False


@pytest.mark.parametrize("verb", [("search", ""), ("show", "0000"), ("verify",)])
def test_a_verb_that_ends_however_closes_its_archive(
    begun: Home, monkeypatch: pytest.MonkeyPatch, verb: tuple[str, ...]
) -> None:
    closed: list[Archive] = []
    monkeypatch.setattr(Archive, "close", lambda archive: closed.append(archive))
    begun(*verb)

    assert len(closed) == 1


def test_verify_and_reindex_for_machines(home: Home, tmp_path: Path) -> None:
    home.ok("import", save(3, tmp_path / "a.png"), "--batch", "b")

    assert home.ok("verify", "--json").json["findings"] == []
    assert home.ok("reindex", "--json").json == {"records": 1, "rows": 3, "missing": [], "damaged": [], "newer": []}


def test_who_is_at_work_is_the_account_and_a_note_only_annotates(home: Home, tmp_path: Path) -> None:
    home.ok("--note", "Thư, quầy 3", "import", save(3, tmp_path / "a.png"), "--batch", "b")
    (record,) = home.ids(LICENCE.number)

    assert "Thư" not in home.ok("show", record, "--json").json["history"][0]["actor"]
    assert home("--note", "half\udcff", "batch", "list").err == (
        "Error: --note holds bytes that are no UTF-8 text; type it anew\n"
    )


def test_an_unforeseen_error_shows_no_private_data(filled: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise KeyError(LICENCE.holder)

    monkeypatch.setattr(Search, "search", stumble)
    said = filled("search", "giấy")

    assert said.code == Exit.UNEXPECTED
    place = r"archive/commands/verbs/search\.py:\d+"
    assert re.fullmatch(rf"Unexpected KeyError at {place}\. Nothing is lost; run again with --debug .*\n", said.err)
    assert "Traceback" in filled("--debug", "search", "giấy").err


@pytest.mark.parametrize(
    ("variable", "value", "name"),
    [
        ("ARCHIVE_LOG_FOLDER", "vault", "log.folder"),
        ("ARCHIVE_LOG_FOLDER", "link/log", "log.folder"),
        ("ARCHIVE_INDEX", "embedded:vault/index", "index"),
        ("ARCHIVE_STORE", "file:.", "home"),
    ],
)
def test_nothing_but_objects_may_be_written_into_the_vault(
    home: Home, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, name: str
) -> None:
    (home.folder / "link").symlink_to("vault")
    monkeypatch.setenv(variable, value)
    said = home("verify")

    assert (said.code, said.out) == (Exit.SETTINGS, "")
    assert f"setting {name} is" in said.err
    assert "lies in the vault" in said.err
    assert not (home.folder / "vault").exists()


def test_a_file_that_somebody_saved_in_the_vault_is_no_well_vault(home: Home, tmp_path: Path) -> None:
    home("import", save(3, tmp_path / "a.png"), "--batch", "b")
    (home.folder / "vault" / "content" / "NguyenA").write_text("x")
    said = home("verify")

    assert said.code == Exit.VERIFY_FAILED
    assert "foreign: 1 file below content with names" in said.out
    assert "NguyenA" not in said.out
    assert "All is well" not in said.out
