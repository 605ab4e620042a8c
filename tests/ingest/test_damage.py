"""Damaged and forged image files: half a page is no page, and a broken page costs itself alone."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import InputRejected, PageUnreadable, TooLarge
from archive.ingest.open import open_scan
from tests.ingest.scans import LIMITS, jpeg, page_of, paper, png, tiff, written

TWO_PAGES = tiff([paper((40, 60), "L"), paper((40, 60), "L")])


def last_directory(data: bytes) -> int:
    """Return the offset of the last directory of a little-endian TIFF."""
    (offset,) = struct.unpack_from("<I", data, 4)
    while following := next_directory(data, offset):
        offset = following
    return offset


def next_directory(data: bytes, offset: int) -> int:
    """Return what a directory names as the next one."""
    (entries,) = struct.unpack_from("<H", data, offset)
    return int(struct.unpack_from("<I", data, offset + 2 + 12 * entries)[0])


def with_next(data: bytes, offset: int, following: int) -> bytes:
    """Return the TIFF in which the directory at ``offset`` names ``following`` as the next one."""
    (entries,) = struct.unpack_from("<H", data, offset)
    place = offset + 2 + 12 * entries
    return data[:place] + struct.pack("<I", following) + data[place + 4 :]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jpg", jpeg(paper())),
        ("a.png", png(paper())),
        ("a.tif", tiff([paper()], compression="jpeg")),
    ],
)
@pytest.mark.parametrize("share", [0.4, 0.9])
def test_half_an_image_is_no_page(tmp_path: Path, name: str, data: bytes, share: float) -> None:
    cut = data[: int(len(data) * share)]
    if name == "a.tif":  # the directory stands at the end; only the strip in the middle is lost
        cut = data[: len(data) // 3] + bytes(len(data) // 3) + data[len(data) // 3 * 2 :]

    with page_of(written(tmp_path / name, cut)) as page, pytest.raises(PageUnreadable, match="Scan this page again"):
        page.image()


def test_a_chain_of_directories_that_turns_back_ends_there(tmp_path: Path) -> None:
    first = struct.unpack_from("<I", TWO_PAGES, 4)[0]
    looped = with_next(TWO_PAGES, last_directory(TWO_PAGES), first)

    with open_scan(written(tmp_path / "a.tif", looped), LIMITS) as scan:
        assert scan.page_count == 2
        assert [scan.page(number).image().width for number in (1, 2)] == [40, 40]


def test_a_page_beyond_the_end_of_the_file_is_counted_and_unreadable(tmp_path: Path) -> None:
    torn = with_next(TWO_PAGES, last_directory(TWO_PAGES), len(TWO_PAGES) + 1000)

    with open_scan(written(tmp_path / "a.tif", torn), LIMITS) as scan:
        assert scan.page_count == 3
        assert scan.page(2).image().width == 40
        with pytest.raises(PageUnreadable):
            scan.page(3).image()


def test_a_broken_directory_costs_its_own_page_alone(tmp_path: Path) -> None:
    three = tiff([paper((40, 60), "L")] * 3)
    second = next_directory(three, struct.unpack_from("<I", three, 4)[0])
    (entries,) = struct.unpack_from("<H", three, second)
    broken = three[: second + 2] + b"\xff" * (12 * entries) + three[second + 2 + 12 * entries :]

    with open_scan(written(tmp_path / "a.tif", broken), LIMITS) as scan:
        assert scan.page_count == 3
        assert [scan.page(number).image().width for number in (1, 3)] == [40, 40]
        with pytest.raises(PageUnreadable):
            scan.page(2).image()


def test_a_thumbnail_is_no_page(tmp_path: Path) -> None:
    last = last_directory(TWO_PAGES)
    entry = struct.pack("<HHII", 254, 4, 1, 1)  # NewSubfileType: reduced-resolution version of another image
    thumbnail = TWO_PAGES[: last + 2] + entry + TWO_PAGES[last + 14 :]

    with open_scan(written(tmp_path / "a.tif", thumbnail), LIMITS) as scan:
        assert scan.page_count == 1


def test_a_bomb_in_a_png_header_is_measured_and_never_decoded(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 2_000_000_000, 2_000_000_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")

    with page_of(written(tmp_path / "a.png", bomb)) as page:
        assert page.shape.pixel_width == 2_000_000_000
        with pytest.raises(TooLarge, match="2000000000"):
            page.image()


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
@given(data=st.data())
@settings(max_examples=60)
def test_any_damage_ends_in_pixels_or_in_our_errors(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    whole = {"a.jpg": jpeg(paper((40, 60))), "a.png": png(paper((40, 60))), "a.tif": TWO_PAGES}[name]
    place = data.draw(st.integers(8, len(whole) - 1))
    damage = data.draw(st.binary(min_size=1, max_size=12))
    path = written(tmp_path_factory.mktemp("damage") / name, whole[:place] + damage + whole[place + len(damage) :])

    try:
        with open_scan(path, LIMITS) as scan:
            images = [scan.page(number + 1).image() for number in range(scan.page_count)]
    except (InputRejected, PageUnreadable):
        return
    assert images
