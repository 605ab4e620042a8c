"""archive export: one JSON object a line, with the keys that design and docs/format.md fix."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from archive.errors import Exit, StoreUnavailable
from archive.services.exchange import export as export_service
from tests.commands.conftest import Home

KEYS = ["format", "id", "version", "state", "replaced_by", "batch", "kind", "parts", "fields", "pages", "problems"]
PART_KEYS = ["sha256", "name", "bytes", "pages"]
FIELD_KEYS = [
    "value",
    "printed",
    "confidence",
    "page",
    "box",
    "origin",
    "state",
    "candidates",
    "settled_by",
    "readings",
]
PAGE_KEYS = [
    "number", "scan_sha256", "scan_page", "outcome", "reason", "width_mm", "height_mm", "dpi", "rotation",
    "confidence", "screening", "measure", "exclusion", "text",
]  # fmt: skip


def test_a_line_has_exactly_the_fixed_keys(filled: Home) -> None:
    records = filled.ok("export").lines

    assert len(records) == 2
    for record in records:
        assert list(record) == KEYS
        assert record["format"] == 2
        assert all(list(part) == PART_KEYS for part in record["parts"])
        assert all(list(field) == FIELD_KEYS for field in record["fields"].values())
        assert all(list(page) == PAGE_KEYS for page in record["pages"])


def test_values_are_what_the_paper_says(filled: Home) -> None:
    decision = next(record for record in filled.ok("export").lines if record["kind"] == "quyet-dinh")

    assert {name: field["value"] for name, field in decision["fields"].items()} == {
        "kind": "quyet-dinh",
        "number": "0123",
        "symbol": "QĐ-UBND",
        "issue_date": "2022-11-17",
        "place": "Sơn Hà",
        "issuing_agency": "ỦY BAN NHÂN DÂN XÃ SƠN HÀ",
        "holder_name": "Trần Thị Thử",
        "holder_id": "001185000029",
    }
    assert [(page["number"], page["outcome"], page["text"] is None) for page in decision["pages"]] == [
        (1, "recognised", False),
        (2, "blank", True),
    ]
    assert decision["parts"][0]["pages"] == [1, 2]


def test_output_is_nfc_and_the_same_each_time(filled: Home) -> None:
    out = filled.ok("export").out

    assert unicodedata.is_normalized("NFC", out)
    assert filled.ok("export", "--batch", "Hộp 7", "--json").out == out


def test_a_file_gets_the_same_lines(filled: Home, tmp_path: Path) -> None:
    target = tmp_path / "records.jsonl"
    said = filled("export", "--output", target)

    assert (said.code, said.out, said.err) == (Exit.OK, "", f"2 records written to {target}\n")
    assert target.read_text("utf-8") == filled.ok("export").out
    assert list(tmp_path.iterdir()) == [target]


def test_a_broken_export_leaves_no_file_that_looks_whole(
    filled: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = export_service.exported

    def fails_at_the_second(record: object, vault: object) -> object:
        if (tmp_path / "mark").exists():
            raise StoreUnavailable("the store went away; check the disk, then run again")
        (tmp_path / "mark").touch()
        return real(record, vault)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(export_service, "exported", fails_at_the_second)
    said = filled("export", "--output", tmp_path / "records.jsonl")

    assert said.code == Exit.STORE
    assert [path.name for path in tmp_path.iterdir()] == ["mark"]


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["--batch", "Hộp 9"], Exit.USAGE, "there is no batch 'Hộp 9'"),
        (["--output", "DIR/no/folder.jsonl"], Exit.SETTINGS, "cannot be written: No such file or directory"),
        (["--output", "DIR"], Exit.USAGE, "is a directory"),
    ],
)
def test_mistakes_are_said(filled: Home, tmp_path: Path, arguments: list[str], code: Exit, complaint: str) -> None:
    said = filled("export", *(word.replace("DIR", str(tmp_path)) for word in arguments))

    assert (said.code, said.out) == (code, "")
    assert complaint in said.err
