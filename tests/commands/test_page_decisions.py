"""archive measure, archive exclude: a person with a ruler, and two people who decide what is paid."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.errors import Exit
from tests.commands.conftest import Home
from tests.commands.papers import draw


@pytest.fixture
def unmeasured(home: Home, tmp_path: Path) -> Home:
    """A home with one page that has no dpi."""
    draw(3).save(tmp_path / "a.png")
    assert home("import", tmp_path / "a.png", "--batch", "b").code in (Exit.OK, Exit.NEEDS_PERSON)
    return home


def record_of(home: Home) -> str:
    (page,) = home.ok("count", "--to-measure", "--json").lines
    return str(page["record"])


def test_the_list_of_pages_names_what_measure_takes(unmeasured: Home) -> None:
    record = record_of(unmeasured)
    (line,) = unmeasured.ok("count", "--to-measure").out.splitlines()

    assert line.endswith(f"· record {record[:12]}")
    assert unmeasured.ok("measure", record[:12], "1", "210x297").out == "Page 1: 210×297 mm.\n"
    assert unmeasured.ok("count", "--to-measure").out == ""
    assert unmeasured.ok("count", "--by", "size", "--json").json["rows"][0]["group"] == "A4"
    assert unmeasured.ok("count", "--recount").out.splitlines()[-1] == "The recount agrees."
    assert unmeasured("verify").code == Exit.OK


def test_a_size_above_a3_waits_for_another_person(unmeasured: Home) -> None:
    said = unmeasured("measure", record_of(unmeasured), "1", "420 × 594,5")

    assert said.code == Exit.NEEDS_PERSON
    assert said.out == (
        "Page 1: 420×594.5 mm waits for another person, who must give the same size to the tenth of a mm."
        " Until then the page counts as before.\n"
    )
    (line,) = unmeasured.ok("count", "--to-measure").out.splitlines()
    assert " · 420×594.5 mm by os:" in line
    assert line.endswith(": waits for another person")
    assert unmeasured.ok("count", "--json").json["total"]["columns"]["payable"] == {"pages": 1, "a4": 1}


def test_a_page_that_shall_not_be_paid_waits_for_another_person(unmeasured: Home) -> None:
    record = record_of(unmeasured)
    said = unmeasured("exclude", record, "1", "--reason", "no_result", "--json")

    assert said.code == Exit.NEEDS_PERSON
    assert (said.json["waits"], said.json["exclusion"]["state"], said.json["measure"]) == (True, "disputed", None)
    assert "disputed" in unmeasured.ok("count").out
    (page,) = unmeasured.ok("count", "--pages", "--where", "column=disputed", "--json").lines
    assert (page["record"], page["decided"]["exclusion"]["reason"]) == (record, "no_result")
    (line,) = unmeasured.ok("count", "--pages", "--where", "column=disputed").out.splitlines()
    assert " · disputed as no result by os:" in line
    refused = unmeasured("exclude", record, "1", "--uphold")
    assert (refused.code, refused.out) == (Exit.USAGE, "")
    assert "another person must uphold that" in refused.err
    assert unmeasured.ok("exclude", record, "1", "--drop").out == "Page 1 is counted as before.\n"
    assert "disputed" not in unmeasured.ok("count").out


def test_an_older_rule_set_says_what_it_counts_all_the_same(unmeasured: Home) -> None:
    unmeasured("exclude", record_of(unmeasured), "1", "--reason", "blank")
    (unmeasured.folder / "settings.toml").write_text('count_rules = "a4-2026.1"\n')
    said = unmeasured("count")

    assert said.code == Exit.OK
    assert said.err == (
        "Rule set a4-2026.1 has no column for disputed and excluded pages: 1 page of them counted as before.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["measure", "RECORD", "1", "A4"], "'A4' is no size; write it in mm, like 210x297"),
        (["measure", "RECORD", "1", "5x5"], "no paper has such sides"),
        (["measure", "RECORD", "7", "210x297"], "has no page 7 in its scan; there are 1"),
        (["measure", "ffffffff", "1", "210x297"], "ffffffff"),
        (["exclude", "RECORD", "1"], "give one of --reason REASON, --uphold and --drop"),
        (["exclude", "RECORD", "1", "--uphold", "--drop"], "give one of"),
        (["exclude", "RECORD", "1", "--reason", "lý do"], "is not one of"),
        (["exclude", "RECORD", "1", "--uphold"], "page 1 is not disputed"),
    ],
)
def test_what_makes_no_sense_is_refused(unmeasured: Home, arguments: list[str], complaint: str) -> None:
    record = record_of(unmeasured)
    said = unmeasured(*(record if one == "RECORD" else one for one in arguments))

    assert (said.code, said.out) == (Exit.USAGE, "")
    assert complaint in said.err
