"""Export: the fixed format, whatever a record holds."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from archive.model.pages import Box, Origin, PageOutcome
from archive.model.results import (
    Candidate,
    Field,
    FieldState,
    Part,
    Problem,
    Reading,
    RecordState,
    ResultRecord,
    SignOff,
)
from archive.services.exchange.export import export, exported
from archive.store import keys
from archive.store.format.readings import ReadPage, encode_reading, pack_text
from archive.store.vault import Vault
from tests import makers
from tests.doubles.memory_store import MemoryStore

SECOND = keys.digest_of(b"another scan")


@pytest.fixture
def vault() -> Vault:
    return Vault(MemoryStore())


def keep(vault: Vault, **changes: object) -> ResultRecord:
    """Append a record of page 2 of one scan and both pages of another."""
    parts = []
    for scan, pages in ((makers.SCAN, (2,)), (SECOND, (1, 2))):
        read = [
            ReadPage(makers.page(1), (), pack_text(makers.text(f"trang một {scan[:4]}"))),
            ReadPage(replace(makers.page(2, PageOutcome.BLANK), confidence=None, rotation=180)),
        ]
        reading = vault.keep_reading(scan, "0" * 16, 0, encode_reading(scan, {"engine": "fixed"}, read))
        parts.append(Part(scan, "Giấy phép.pdf", 10, pages, "0" * 16, 0, reading.sha256))
    record = replace(makers.record(), parts=tuple(parts))
    return vault.append_record(replace(record, **changes))  # type: ignore[arg-type]  # fields of a record


def test_pages_are_numbered_through_and_say_where_they_lie(vault: Vault) -> None:
    value = exported(keep(vault), vault)

    assert [(page["number"], page["scan_sha256"], page["scan_page"]) for page in value["pages"]] == [
        (1, makers.SCAN, 2),
        (2, SECOND, 1),
        (3, SECOND, 2),
    ]
    assert value["pages"][0] == {
        "number": 1,
        "scan_sha256": makers.SCAN,
        "scan_page": 2,
        "outcome": "blank",
        "reason": None,
        "width_mm": 210.0,
        "height_mm": 297.0,
        "dpi": 200.0,
        "rotation": 180,
        "confidence": None,
        "screening": None,
        "measure": None,
        "exclusion": None,
        "text": None,
    }
    assert value["pages"][1]["text"] == f"trang một {SECOND[:4]}"


def test_a_field_tells_its_whole_story(vault: Vault) -> None:
    box, readings = Box(1.004, 2.0, 3.0, 4.0), (Reading("t", "72", 0.5),)
    other = Candidate("72", "Số: 72", 1, box, 0.51239, readings, ("year",))
    lan = SignOff("os:lan", makers.AT)
    read = Field("12", "Số: 12", 0.91234, 1, box, Origin.CORRECTED, FieldState.CONFIRMED, (other,), (lan,), readings)
    value = exported(keep(vault, fields={"number": read}), vault)

    assert value["fields"] == {
        "number": {
            "value": "12",
            "printed": "Số: 12",
            "confidence": 0.912,
            "page": 1,
            "box": [1.0, 2.0, 3.0, 4.0],
            "origin": "corrected",
            "state": "confirmed",
            "candidates": [
                {
                    "value": "72",
                    "printed": "Số: 72",
                    "page": 1,
                    "box": [1.0, 2.0, 3.0, 4.0],
                    "confidence": 0.512,
                    "readers": [{"engine": "t", "value": "72", "confidence": 0.5}],
                    "failed_checks": ["year"],
                }
            ],
            "settled_by": [{"actor": "os:lan", "at": makers.AT}],
            "readings": [{"engine": "t", "value": "72", "confidence": 0.5}],
        }
    }


def test_what_is_not_known_is_null(vault: Vault) -> None:
    keyed = Field("12", None, None, None, None, Origin.KEYED)
    value = exported(keep(vault, fields={"number": keyed}, problems=()), vault)

    assert value["kind"] is None
    assert [value["fields"]["number"][name] for name in ("printed", "confidence", "page", "box")] == [None] * 4
    assert value["problems"] == []


def test_a_problem_is_exported_with_its_params_and_in_words(vault: Vault) -> None:
    problem = Problem("contradiction", {"check": "before_issue"}, "valid_until", 2, "0" * 32)
    value = exported(keep(vault, problems=(problem,)), vault)

    assert value["problems"] == [
        {
            "code": "contradiction",
            "params": {"check": "before_issue"},
            "field": "valid_until",
            "page": 2,
            "record": "0" * 32,
            "message": "it lies before the date of issue; it is left out; read it from the page",
        }
    ]


def test_a_tombstone_has_no_content(vault: Vault) -> None:
    record = keep(vault)
    vault.append_record(replace(record, version=2, state=RecordState.TOMBSTONE, parts=(), fields={}, problems=()))
    (value,) = export(vault)

    assert (value["state"], value["version"]) == ("tombstone", 2)
    assert (value["parts"], value["fields"], value["pages"], value["problems"]) == ([], {}, [], [])


@pytest.mark.parametrize("state", [RecordState.WITHHELD, RecordState.WITHDRAWN])
def test_what_is_out_of_sight_is_exported_as_that_and_nothing_more(vault: Vault, state: RecordState) -> None:
    value = exported(keep(vault, state=state), vault)

    assert (value["state"], value["kind"]) == (state.value, None)
    assert (value["parts"], value["fields"], value["pages"], value["problems"]) == ([], {}, [], [])


def test_what_was_replaced_says_by_what(vault: Vault) -> None:
    value = exported(keep(vault, state=RecordState.REPLACED, replaced_by="0" * 32), vault)

    assert (value["state"], value["replaced_by"], len(value["pages"])) == ("replaced", "0" * 32, 3)


def test_only_the_last_version_is_exported_in_the_order_of_ids(vault: Vault) -> None:
    first = keep(vault)
    vault.append_record(makers.of_kind(first, "quyet-dinh", version=2))
    keep(vault, id="0" * 32, batch=keys.batch_id("Hộp 13"), batch_name="Hộp 13")
    values = list(export(vault))

    assert [(value["id"], value["version"]) for value in values] == [("0" * 32, 1), (first.id, 2)]
    assert [value["id"] for value in export(vault, "Hộp 12")] == [first.id]
    assert list(export(vault, "Hộp 99")) == []
    assert json.loads(json.dumps(values, ensure_ascii=False)) == values
