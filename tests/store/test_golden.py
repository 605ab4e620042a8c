"""Formats that we must read for ever: files written by the first release, byte for byte."""

from __future__ import annotations

from pathlib import Path

from archive.store import codec
from archive.store.readings import ReadPage, decode_reading, encode_reading, pack_text
from tests import makers

GOLDEN = Path(__file__).parents[1] / "golden"
SALT = "00112233445566778899aabbccddeeff"
BODY = "b" * 64


def written() -> dict[str, bytes]:
    """Return what this code writes for the golden values."""
    record, line = makers.record(), makers.line()
    reading = [ReadPage(makers.page(1), (), pack_text(makers.text("Số: 123"))), ReadPage(makers.page(2))]
    return {
        "record-1.json": codec.encode_record(record, BODY),
        "record-body-1.json": codec.encode_record_body(record, SALT),
        "line-1.json": codec.encode_line(line, BODY),
        "line-body-1.json": codec.encode_line_body(line, SALT),
        "batch-1.json": codec.encode_batch(makers.batch()),
        "reading-1.gz": encode_reading(makers.SCAN, {"engine": "fixed"}, reading),
    }


def test_what_is_written_has_not_changed() -> None:
    """A change here is a new format: add a file and keep reading the old one. Never rewrite a golden file."""
    for name, data in written().items():
        if name.endswith(".json"):  # the bytes of gzip depend on zlib's release; its content is tested below
            assert (GOLDEN / name).read_bytes() == data, name


def test_what_the_first_release_wrote_is_read() -> None:
    head = codec.decode_record_head((GOLDEN / "record-1.json").read_bytes())
    line = codec.decode_line_head((GOLDEN / "line-1.json").read_bytes())
    pages = list(decode_reading((GOLDEN / "reading-1.gz").read_bytes()))

    assert codec.decode_record(head, (GOLDEN / "record-body-1.json").read_bytes()) == makers.record()
    assert codec.decode_line(line, (GOLDEN / "line-body-1.json").read_bytes()) == makers.line()
    assert codec.decode_batch((GOLDEN / "batch-1.json").read_bytes()) == makers.batch()
    assert pages[0].text == makers.text("Số: 123")
    assert [page.entry for page in pages] == [makers.page(1), makers.page(2)]
