"""Formats that we must read for ever: files as each format wrote them, byte for byte."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from archive.errors import ObjectCorrupt
from archive.model.ledger import LedgerLine
from archive.model.pages import Origin
from archive.model.results import Field, FieldState, Problem, ResultRecord, SignOff
from archive.store.format import codec
from archive.store.format.canonical_json import FORMATS, decode, encode
from archive.store.format.readings import ReadPage, decode_reading, encode_reading, pack_text
from tests import makers

GOLDEN = Path(__file__).parents[1] / "golden"
SALT = "00112233445566778899aabbccddeeff"
BODY = "b" * 64


def written() -> dict[str, bytes]:
    """Return what this code writes for the golden values."""
    record, line = makers.full_record(), makers.full_line()
    reading = [ReadPage(line.pages[0], (), pack_text(makers.full_text())), ReadPage(line.pages[1], record.problems)]
    return {
        "record-2.json": codec.encode_record(record, BODY),
        "record-body-2.json": codec.encode_record_body(record, SALT),
        "line-2.json": codec.encode_line(line, BODY),
        "line-body-2.json": codec.encode_line_body(line, SALT),
        "batch-2.json": codec.encode_batch(makers.full_batch()),
        "reading-2.gz": encode_reading(makers.SCAN, {"engine": "fixed"}, reading),
    }


def test_what_is_written_has_not_changed() -> None:
    """A change here is a new format: add a file and keep reading the old one. Never rewrite a golden file."""
    for name, data in written().items():
        if name.endswith(".json"):  # the bytes of gzip depend on zlib's release; its content is tested below
            assert (GOLDEN / name).read_bytes() == data, name


def of_format_1() -> ResultRecord:
    """Return a record as format 1 could tell it: of a kind it knew no place, a problem was a sentence."""
    record = makers.record()
    kind = Field(record.kind, None, None, None, None, Origin.OCR)
    problem = Problem("poor_reading", {"text": "the page was read badly"}, page=2)
    return replace(record, fields={**record.fields, "kind": kind}, problems=(problem,))


def record_of(number: int) -> ResultRecord:
    head = codec.decode_record_head((GOLDEN / f"record-{number}.json").read_bytes())
    return codec.decode_record(head, (GOLDEN / f"record-body-{number}.json").read_bytes())


def line_of(number: int) -> LedgerLine:
    head = codec.decode_line_head((GOLDEN / f"line-{number}.json").read_bytes())
    return codec.decode_line(head, (GOLDEN / f"line-body-{number}.json").read_bytes())


def test_what_format_1_wrote_is_read() -> None:
    pages = list(decode_reading((GOLDEN / "reading-1.gz").read_bytes()))

    assert (record_of(1), line_of(1)) == (of_format_1(), makers.line())
    assert codec.decode_batch((GOLDEN / "batch-1.json").read_bytes()) == makers.batch()
    assert pages[0].text == makers.text("Số: 123")
    assert [page.entry for page in pages] == [makers.page(1), makers.page(2)]


def test_what_format_2_wrote_is_read() -> None:
    record, line = makers.full_record(), makers.full_line()
    pages = list(decode_reading((GOLDEN / "reading-2.gz").read_bytes()))

    assert (record_of(2), line_of(2)) == (record, line)
    assert codec.decode_batch((GOLDEN / "batch-2.json").read_bytes()) == makers.full_batch()
    assert pages[0].text == makers.full_text()
    assert (tuple(page.entry for page in pages), pages[1].problems) == (line.pages, record.problems)


def test_who_confirmed_a_value_of_format_1_is_not_forgotten() -> None:
    body = json.loads((GOLDEN / "record-body-1.json").read_bytes())
    body["fields"]["number"]["confirmed_by"] = "os:lan"
    head = codec.decode_record_head((GOLDEN / "record-1.json").read_bytes())

    number = codec.decode_record(head, encode(body)).fields["number"]

    assert (number.state, number.settled_by) == (FieldState.CONFIRMED, (SignOff("os:lan", makers.AT),))


@pytest.mark.parametrize("type_", FORMATS)
def test_a_newer_format_is_refused_with_the_advice_to_update(type_: str) -> None:
    with pytest.raises(ObjectCorrupt, match="update the archive"):
        decode(encode({"type": type_, "format": FORMATS[type_] + 1}), type_)


@pytest.mark.parametrize("number", [None, 0, -1, "2", 1.0, True])
def test_what_does_not_say_its_format_is_damaged(number: object) -> None:
    with pytest.raises(ObjectCorrupt, match="backup"):
        decode(encode({"type": "line", "format": number}), "line")
