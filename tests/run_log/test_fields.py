"""What a line of the run log may hold: numbers, ids, codes and places; whatever else comes is left out."""

from __future__ import annotations

import pytest

from archive.run_log.fields import FIELDS, admitted

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
