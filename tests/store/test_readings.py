"""Readings and keys survive the way to the store and back."""

from __future__ import annotations

import gzip
import json
import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import ObjectCorrupt
from archive.model.pages import PageOutcome
from archive.model.results import Problem
from archive.store import keys
from archive.store.api import is_key
from archive.store.format.canonical_json import encode
from archive.store.format.readings import ReadPage, decode_reading, encode_reading, pack_text, plain_texts
from archive.store.keys import Announcement, ChainKey
from tests import makers

HEX = st.text("0123456789abcdef", min_size=32, max_size=32)


def test_a_reading_comes_back_page_by_page() -> None:
    words = makers.text("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Số: 12/GP-UBND")
    pages = [
        ReadPage(makers.page(1), (Problem("poor_reading", page=1),), pack_text(words)),
        ReadPage(makers.page(2, PageOutcome.BLANK)),
    ]
    back = list(decode_reading(encode_reading(makers.SCAN, {"engine": "fixed"}, pages)))

    assert [page.entry for page in back] == [page.entry for page in pages]
    assert back[0].problems == pages[0].problems
    assert back[0].text == words
    assert back[1].text is None


def test_the_same_reading_has_the_same_bytes() -> None:
    pages = [ReadPage(makers.page(), (), pack_text(makers.text("một hai")))]

    assert encode_reading(makers.SCAN, {"a": "b"}, pages) == encode_reading(makers.SCAN, {"a": "b"}, pages)


@pytest.mark.parametrize("damage", [b"", b"not gzip", b"\x1f\x8b\x08\x00"])
def test_a_damaged_reading_is_an_error(damage: bytes) -> None:
    with pytest.raises(ObjectCorrupt):
        list(decode_reading(damage))


def test_a_cut_reading_is_an_error() -> None:
    pages = [ReadPage(makers.page(n), (), pack_text(makers.text("chữ " * n))) for n in range(1, 50)]
    whole = encode_reading(makers.SCAN, {}, pages)

    with pytest.raises(ObjectCorrupt):
        list(decode_reading(whole[: len(whole) // 2]))


DIGESTS = st.none() | st.text("0123456789abcdef", min_size=64, max_size=64)  # None: as format 1 announced


@given(st.sampled_from(["records", "batches", "seals"]), HEX, st.integers(1, 999_999), st.dates(), DIGESTS)
def test_chain_keys_and_feed_keys_are_read_back(
    space: str, owner: str, version: int, day: date, digest: str | None
) -> None:
    entry = ChainKey(space, "", owner, version)
    said = Announcement(day.strftime("%Y%m%d").zfill(8), entry, digest)

    assert keys.parse_chain_key(entry.key) == entry
    assert keys.announcement(said.key) == said
    assert is_key(said.key)


@given(HEX, HEX, st.integers(1, 999_999), DIGESTS)
def test_ledger_keys_know_their_batch(batch: str, line: str, version: int, digest: str | None) -> None:
    entry = ChainKey("ledger", batch, line, version)
    said = Announcement("20260305", entry, digest)

    assert keys.parse_chain_key(entry.key) == entry
    assert keys.announcement(said.key) == said


@given(st.text("0123456789abcdef./", max_size=180).map(lambda rest: f"feed/{rest}"))
def test_what_is_no_announcement_is_none(key: str) -> None:
    said = keys.announcement(key)

    assert said is None or said.key == key


@given(st.text(), st.text())
def test_no_key_holds_a_name(batch: str, path: str) -> None:
    allowed = set(string.hexdigits.lower())
    path_id = keys.path_id(keys.batch_id(batch), path)

    assert set(path_id) <= allowed
    assert len(path_id) == len(keys.line_id(path_id, 0)) == 32


@given(st.text(), st.integers(0, 50), st.integers(0, 50))
def test_each_occurrence_under_a_path_has_a_line_of_its_own(path: str, one: int, other: int) -> None:
    path_id = keys.path_id("b", path)

    assert (keys.line_id(path_id, one) == keys.line_id(path_id, other)) == (one == other)


def test_plain_texts_are_the_texts_of_the_words() -> None:
    words = makers.text("ỦY BAN NHÂN DÂN", "Số: 12/QĐ-UBND", '"<&>\\')
    pages = [ReadPage(makers.page(1), (), pack_text(words)), ReadPage(makers.page(2)), ReadPage(makers.page(3))]
    data = encode_reading("s", {"engine": "fixed"}, pages)

    assert list(plain_texts(data)) == [(1, words.text)]
    assert [page.text for page in decode_reading(data)] == [words, None, None]


def test_a_page_is_kept_as_canonical_json() -> None:
    page = ReadPage(makers.page(1), (Problem("poor_reading", page=1),), pack_text(makers.text("Số: 12/GP")))
    line = gzip.decompress(encode_reading("s", {"engine": "fixed"}, [page])).splitlines(keepends=True)[1]

    assert encode(json.loads(line)) == line
