"""archive search: by words with and without marks, numbers, filters; pages of hits; what a person sees."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from archive.errors import Exit
from tests.commands.conftest import Home
from tests.commands.papers import DECISION, LICENCE, OTHER, save


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An archive with three results."""
    folder = tmp_path_factory.mktemp("three")
    (folder / "scans").mkdir()
    for bars in (3, 5, 7):
        save(bars, folder / "scans" / f"{bars}.png")
    home = Home(folder / "home")
    home("import", folder / "scans", "--batch", "Hộp 1")
    return home


def numbers(home: Home, *query: str) -> list[str]:
    """Return the official numbers of the hits, in their order."""
    return [hit["number"] for hit in home.ok("search", "--json", *query).json["hits"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (["giay phep xay dung"], {LICENCE.number, OTHER.number}),
        (["giấy", "phép"], {LICENCE.number, OTHER.number}),
        (["GIẤY PHÉP"], {LICENCE.number, OTHER.number}),
        (['"hai tang"'], {OTHER.number}),
        (['"tang hai"'], set()),
        (["--", "giấy phép -tầng"], {LICENCE.number}),
        (["ho ngheo"], {DECISION.number}),
        (["khánh hoà"], {OTHER.number}),
        (["khanh hòa"], {OTHER.number}),
        (["số 0123 /QĐ - UBND"], {DECISION.number}),
        (["123/QD-UBND"], {DECISION.number}),
        (["0123/qđ-ubnd"], {DECISION.number}),
        (["--holder", "thử"], {DECISION.number}),
        (["--holder", "tran thi"], {DECISION.number}),
        (["--holder-id", "001185000029"], {DECISION.number}),
        (["--holder-id", "001 185 000 029"], {DECISION.number}),
        (["--kind", "quyet-dinh"], {DECISION.number}),
        (["--agency", "khanh hoa"], {OTHER.number}),
        (["--issued-from", "2022"], {DECISION.number, OTHER.number}),
        (["--issued-to", "2021-03"], {LICENCE.number}),
        (["--batch", "Hộp 1", "--issued-from", "2023-01-02"], {OTHER.number}),
        ([], {LICENCE.number, DECISION.number, OTHER.number}),
    ],
)
def test_every_way_of_asking_finds_what_it_should(three: Home, query: list[str], found: set[str]) -> None:
    assert set(numbers(three, *query)) == found


def test_a_number_asked_for_comes_before_its_mentions_and_dates_sort_newest_first(three: Home) -> None:
    assert numbers(three, "45/GPXD")[0] == OTHER.number
    assert numbers(three, "--sort", "date") == [OTHER.number, DECISION.number, LICENCE.number]


def test_a_hit_as_a_person_reads_it(three: Home) -> None:
    said = three.ok("search", "ho", "ngheo")
    head, _, title, whose, where, identity, snippet, *rest = said.out.splitlines()

    assert head == "1 result (kết quả) found"
    assert title == "  1. Quyết định 0123/QĐ-UBND"
    assert whose == "     holder Trần Thị Thử · issued 17/11/2022"
    assert where == "     ỦY BAN NHÂN DÂN XÃ SƠN HÀ · batch Hộp 1"
    assert [line for line in said.out.splitlines() if DECISION.number in line] == [title, snippet]
    assert identity.startswith("     id ")
    assert snippet.startswith("     page 1: …")
    assert "«hộ» «nghèo»" in snippet
    assert "kind: Quyết định 1" in rest
    assert "year: 2022 1" in rest


def test_a_hit_for_machines(three: Home) -> None:
    (hit,) = three.ok("search", "--json", "hộ nghèo").json["hits"]

    assert list(hit) == [
        "id", "version", "title", "kind", "number", "issue_date", "agency",
        "holder", "valid_until", "valid_until_confirmed", "batch", "problems", "page", "another_result_begins",
        "snippet", "highlights",
    ]  # fmt: skip
    assert [hit["snippet"][start:end] for start, end in hit["highlights"]] == ["hộ", "nghèo"]


def test_cursors_walk_through_all_hits_once(three: Home) -> None:
    seen, cursor = [], None
    while True:
        page = three.ok("search", "--json", "--limit", "1", *(["--cursor", cursor] if cursor else [])).json
        seen += [hit["id"] for hit in page["hits"]]
        cursor = page["cursor"]
        if cursor is None:
            break

    assert page["total"] == len(seen) == len(set(seen)) == 3


def test_the_next_page_is_offered(three: Home) -> None:
    said = three.ok("search", "--limit", "2")
    cursor = said.out.splitlines()[-1].removeprefix("More: repeat the command with --cursor ")

    assert three.ok("search", "--limit", "2", "--cursor", cursor).out.count("     id ") == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--cursor", "abc"], "repeat the search without a cursor"),
        (['"half a phrase'], "a quotation mark has no partner"),
        (["--issued-from", "March"], "write 2021, 2021-03 or 2021-03-05"),
        (["--issued-from", "2023", "--issued-to", "2021"], "exchange issued-from and issued-to"),
        (["--holder", ""], "the filter holder is empty"),
        (["--limit", "0"], "0 is not in the range"),
        (["--sort", "size"], "'size' is not one of"),
        (["!!!"], "there is no letter or digit"),
    ],
)
def test_what_cannot_be_understood_is_said(three: Home, arguments: list[str], complaint: str) -> None:
    said = three("search", *arguments)

    assert (said.code, said.out) == (Exit.USAGE, "")
    assert complaint in said.err


def test_a_cursor_of_another_search_is_refused(three: Home) -> None:
    cursor = three.ok("search", "--json", "--limit", "1").json["cursor"]
    said = three("search", "giấy", "--limit", "1", "--cursor", cursor)

    assert said.code == Exit.USAGE
    assert "cursor" in said.err


def test_a_holders_number_comes_from_a_pipe_too(three: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("001185000029\n"))
    assert numbers(three, "--holder-id", "-") == [DECISION.number]

    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    said = three("search", "--holder-id", "-")
    assert (said.code, said.err) == (
        Exit.USAGE,
        "Error: the filter holder id is empty; give a value or leave it out\n",
    )


def test_nothing_found_is_no_error(three: Home) -> None:
    assert three.ok("search", "không có gì như vậy").out == "0 results (kết quả) found\n"


def test_a_damaged_index_is_said_and_mended(home: Home, tmp_path: Path) -> None:
    home.ok("import", save(3, tmp_path / "a.png"))
    for file in (home.folder / "index" / "search").glob("v*/*"):
        file.write_bytes(b"garbage")
    broken = home("search", "giấy")

    assert broken.code == Exit.INDEX
    assert broken.err.endswith("is damaged or cannot be read; run `archive reindex`\n")
    assert home.ok("reindex").out == "1 record searchable again; page table rebuilt from 3 versions.\n"
    assert len(home.ids("giấy")) == 1


def test_an_index_that_was_thrown_away_comes_back_by_itself(home: Home, tmp_path: Path) -> None:
    home.ok("import", save(3, tmp_path / "a.png"))
    for file in sorted((home.folder / "index").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()

    assert len(home.ids("giấy")) == 1


def test_a_vault_that_is_gone_is_noticed(home: Home, tmp_path: Path) -> None:
    """A disk that is not mounted looks like an empty store; the index still knows what was there."""
    home.ok("import", save(3, tmp_path / "a.png"))
    (home.folder / "vault").rename(tmp_path / "elsewhere")
    said = home("search", "giấy")

    assert (said.code, said.out) == (Exit.SETTINGS, "")
    assert "look whether the disk of the vault is mounted" in said.err
    assert home("verify").code == Exit.VERIFY_FAILED
    assert "is its disk mounted?" in home("verify").out


def test_a_record_that_is_gone_is_counted_and_not_shown(home: Home, tmp_path: Path) -> None:
    home.ok("import", save(3, tmp_path / "a.png"))
    (home.folder / "vault" / "records").rename(tmp_path / "elsewhere")

    assert "1 of them is in the vault no more, or out of sight" in home.ok("search", "giấy").out


def test_a_filter_that_names_nothing_is_refused_and_not_answered_with_nothing(three: Home) -> None:
    for option, value in (("--batch", "Hộp 2"), ("--kind", "giay-phep-bay")):
        said = three("search", option, value)

        assert (said.code, said.out) == (Exit.USAGE, "")
        assert value in said.err


def test_a_kind_may_be_named_as_people_write_it(three: Home) -> None:
    by_slug = three("search", "--json", "--kind", "giay-phep-xay-dung")

    assert three("search", "--json", "--kind", "Giấy phép xây dựng").out == by_slug.out
