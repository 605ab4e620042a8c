"""What a line of the run log may hold: numbers, ids, codes and places; whatever else comes is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archive.run_log.fields import FIELDS, admitted
from archive.store import keys
from archive.store.keys import ChainKey

NAMES = ["Nguyễn Văn Mẫu", "nguyen van mau", "Giấy phép ông Mẫu.png", "/srv/scans/mau.png", "", "số 12/GPXD", "a\nb"]


@pytest.mark.parametrize("text", NAMES)
def test_no_field_admits_a_name_or_a_sentence(text: str) -> None:
    wide = {"engine", "screen", "version", "python"}  # versions, which no person and no scan gives
    for name in FIELDS.keys() - wide:
        for value in (text, [text], {text: 1}, text.encode(), {"a": text}):
            assert admitted({name: value}) == {name: None}


def test_a_personal_number_is_no_code_and_no_place() -> None:
    for name in ("outcome", "reason", "code", "class", "place", "key", "stage", "day", "command"):
        assert admitted({name: "001082000017"}) == {name: None}


ID, DIGEST = 32 * "a", 64 * "b"
OURS = [
    keys.content_key(DIGEST),
    keys.reading_key(DIGEST, 16 * "c", 3),
    *(ChainKey(space, "", ID, 12).key for space in ("records", "batches", "seals")),
    ChainKey("ledger", ID, ID, 1).key,
    keys.feed_key("20260305", ChainKey("ledger", ID, ID, 1), DIGEST),
    keys.feed_key("20260305", ChainKey("records", "", ID, 1), None),
]


def reserved() -> list[str]:
    """Return the spaces that docs/format.md keeps for later releases."""
    text = (Path(__file__).parents[2] / "docs" / "format.md").read_text("utf-8").split("### What comes later", 1)[1]
    return re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE)


def test_every_kind_of_key_is_written() -> None:
    later = [f"{space}/aa/aa/{ID}/000001.json" for space in reserved()]

    assert {key.split("/")[0] for key in OURS} == set(keys.SPACES)
    assert len(later) == 6
    assert [key for key in OURS + later if admitted({"key": key}) != {"key": key}] == []


@pytest.mark.parametrize(
    "key",
    [
        "nguyenvanthu/099300000011",
        f"nguyenvanthu/aa/aa/{ID}/000001.json",
        "events/099300000011",
        "events/09/93/099300000011/000001.json",
        "records/099300000011",
        "records/09/93/099300000011/000001.json",
        "content/099300000011",
        "feed/19800305/099300000011",
    ],
)
def test_a_key_that_a_person_may_have_chosen_is_not_written(key: str) -> None:
    assert admitted({"key": key}) == {"key": None}


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("seconds", 1.23456, 1.235),
        ("pages", 3, 3),
        ("ok", True, True),
        ("line", "8ca7efe31411d82f7c1bc55769d59785", "8ca7efe31411d82f7c1bc55769d59785"),
        ("outcome", "stored", "stored"),
        ("place", "scan.py:12", "scan.py:12"),
        ("stack", ("a.py:1", "<frozen runpy>:198"), None),
        ("stack", ("a.py:1", "b.py:2"), ["a.py:1", "b.py:2"]),
        ("caused_by", ["KeyError@scan.py:12"], ["KeyError@scan.py:12"]),
        ("page_outcomes", {"blank": 2}, {"blank": 2}),
        ("options", ["--batch"], ["--batch"]),
        ("seconds", float("nan"), None),
        ("command", "batch close", "batch close"),
        ("key", "content/ab/cd/" + 64 * "0", "content/ab/cd/" + 64 * "0"),
        ("engine", "tesseract 5.5.4, vie-79df64caf7bc, psm 3", "tesseract 5.5.4, vie-79df64caf7bc, psm 3"),
    ],
)
def test_a_value_is_written_when_it_has_the_form_of_its_field(name: str, value: object, written: object) -> None:
    assert admitted({name: value}) == {name: written}


def test_what_is_no_field_and_what_is_not_there_are_not_written() -> None:
    assert admitted({"path": "a.png", "record": None, "pages": 1}) == {"pages": 1}
