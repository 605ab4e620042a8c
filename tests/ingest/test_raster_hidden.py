"""Image files hold more than the picture that programs show: all of it is looked at, or named."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from archive.errors import ArchiveError
from archive.ingest.open import open_scan
from archive.model.image import PageImage
from tests.ingest import scans
from tests.ingest.scans import LIMITS, jpeg, paper, png, written

SHOWN, HIDDEN = paper(), paper((400, 560), corner="red")
SUBFILE_TYPE, RESOLUTION_UNIT, SUB_DIRECTORIES = 254, 296, 330


def hidden_images(path: Path) -> tuple[tuple[PageImage, ...], tuple[str, ...]]:
    """Return what the file's pages hold and do not show, and what could not be had."""
    with open_scan(path, LIMITS) as scan:
        pages = [scan.page(number) for number in range(1, scan.page_count + 1)]
        return tuple(one for page in pages for one in page.hidden_images()), tuple(
            one for page in pages for one in page.unscreened
        )


def is_hidden(image: PageImage, like: Image.Image = HIDDEN) -> bool:
    return (image.width, image.height) == like.size and bool(image.pixels[3, 3, 0] > 150)


def tiff(images: list[Image.Image], **options: object) -> bytes:
    """Return a TIFF; of copies, for Pillow keeps the options of an earlier saving."""
    return scans.tiff([image.copy() for image in images], **options)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def multi_picture() -> bytes:
    file = io.BytesIO()
    SHOWN.save(file, "MPO", save_all=True, append_images=[HIDDEN])
    return file.getvalue()


def with_preview(data: bytes, preview: bytes) -> bytes:
    return data[:2] + segment(0xE3, b"note\0" + preview) + data[2:]


def with_chunk(body: bytes) -> bytes:
    data = png(SHOWN)
    return data[:33] + chunk(b"prVt", body) + data[33:]


def two_pages(**options: object) -> tuple[bytearray, int, int]:
    """Return a TIFF of two pages, and the place of its first directory and of the pointer to the second."""
    data = bytearray(tiff([SHOWN, HIDDEN], dpi=(100, 100), **options))
    first = struct.unpack_from("<I", data, 4)[0]
    return data, first, first + 2 + 12 * struct.unpack_from("<H", data, first)[0]


def entry_of(data: bytes, directory: int, tag: int) -> int:
    count = struct.unpack_from("<H", data, directory)[0]
    places = range(directory + 2, directory + 2 + 12 * count, 12)
    return next(at for at in places if struct.unpack_from("<H", data, at)[0] == tag)


def below_another() -> bytes:
    data, first, pointer = two_pages()
    second = struct.unpack_from("<I", data, pointer)[0]
    struct.pack_into("<I", data, pointer, 0)
    struct.pack_into("<HHII", data, entry_of(data, first, RESOLUTION_UNIT), SUB_DIRECTORIES, 4, 1, second)
    return bytes(data)


def marked(kind: int) -> bytes:
    """Return a TIFF whose second page calls itself a smaller copy (1) or a mask (4)."""
    data, _, pointer = two_pages()
    second = struct.unpack_from("<I", data, pointer)[0]
    struct.pack_into("<HHII", data, entry_of(data, second, RESOLUTION_UNIT), SUBFILE_TYPE, 4, 1, kind)
    return bytes(data)


def cut_off() -> bytes:
    data, _, pointer = two_pages()
    struct.pack_into("<I", data, pointer, 0)
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(multi_picture(), id="second picture of a camera"),
        pytest.param(jpeg(SHOWN) + jpeg(HIDDEN), id="JPEG behind a JPEG"),
        pytest.param(jpeg(SHOWN) + png(HIDDEN), id="PNG behind a JPEG"),
        pytest.param(with_preview(jpeg(SHOWN), jpeg(HIDDEN)), id="preview in a JPEG's header"),
        pytest.param(png(SHOWN) + jpeg(HIDDEN), id="JPEG behind a PNG"),
        pytest.param(with_chunk(b"preview\0" + jpeg(HIDDEN)), id="chunk of a PNG"),
        pytest.param(below_another(), id="directory below another"),
        pytest.param(marked(1), id="page that is called a smaller copy"),
        pytest.param(marked(4), id="page that is called a mask"),
    ],
)
def test_a_picture_that_no_program_shows_is_looked_at(tmp_path: Path, data: bytes) -> None:
    pictures, unscreened = hidden_images(written(tmp_path / "scan", data))

    assert [is_hidden(picture) for picture in pictures] == [True]
    assert unscreened == ()


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        pytest.param(jpeg(SHOWN) + b"PK\3\4" + bytes(range(1, 256)) * 40, "hidden_data", id="archive behind a JPEG"),
        pytest.param(png(SHOWN) + b"%PDF-1.7" + bytes(range(1, 256)) * 40, "hidden_data", id="PDF behind a PNG"),
        pytest.param(jpeg(SHOWN) + jpeg(HIDDEN)[:2_000], "hidden_picture", id="half a picture"),
        pytest.param(cut_off(), "hidden_data", id="page that is cut off the chain"),
        pytest.param(tiff([SHOWN]) + tiff([HIDDEN]), "hidden_data", id="TIFF behind a TIFF"),
    ],
)
def test_data_that_belong_to_no_page_are_named(tmp_path: Path, data: bytes, cause: str) -> None:
    pictures, unscreened = hidden_images(written(tmp_path / "scan", data))

    assert pictures == ()
    assert unscreened == (cause,)


def test_further_frames_of_a_png_are_named(tmp_path: Path) -> None:
    data = png(SHOWN, save_all=True, append_images=[HIDDEN.resize(SHOWN.size)])

    assert hidden_images(written(tmp_path / "scan", data)) == ((), ("hidden_picture",))


@pytest.mark.parametrize("compression", [None, "jpeg", "tiff_lzw", "group4", "tiff_adobe_deflate"])
@pytest.mark.parametrize("big", [False, True])
def test_an_ordinary_tiff_hides_nothing(tmp_path: Path, compression: str | None, big: bool) -> None:
    pages = [page.convert("1") if compression == "group4" else page for page in (SHOWN, HIDDEN)]
    data = tiff(pages, compression=compression, dpi=(100, 100), big_tiff=big)

    assert hidden_images(written(tmp_path / "scan", data)) == ((), ())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(jpeg(SHOWN) + bytes(100_000), id="JPEG before zeros"),
        pytest.param(jpeg(SHOWN) + b"SEFH" + bytes(range(1, 256)) * 4, id="JPEG before a phone's notes"),
        pytest.param(png(SHOWN) + bytes(100_000), id="PNG before zeros"),
        pytest.param(tiff([SHOWN]) + bytes(100_000), id="TIFF before zeros"),
        pytest.param(with_preview(jpeg(SHOWN), jpeg(HIDDEN.resize((80, 112)))), id="preview without letters"),
        pytest.param(jpeg(SHOWN, icc_profile=bytes(range(256)) * 600), id="profile in three segments"),
    ],
)
def test_padding_notes_and_small_previews_are_no_hidden_pictures(tmp_path: Path, data: bytes) -> None:
    assert hidden_images(written(tmp_path / "scan", data)) == ((), ())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
def test_a_damaged_tiff_is_told_or_named(tmp_path: Path, place: float, byte: int) -> None:
    data, _, _ = two_pages()
    directory = struct.unpack_from("<I", data, 4)[0]
    data[directory + int(place * 200)] = byte
    path = written(tmp_path / "scan", bytes(data))

    with contextlib.suppress(ArchiveError), open_scan(path, LIMITS) as scan:
        assert isinstance(scan.page(1).unscreened, tuple)


def test_the_hidden_picture_is_the_one_that_is_given(tmp_path: Path) -> None:
    (picture,), _ = hidden_images(written(tmp_path / "scan", jpeg(SHOWN) + png(HIDDEN)))

    assert np.array_equal(picture.pixels, np.asarray(HIDDEN))


def see_through(mode: str) -> bytes:
    """Return a white page: what is on it shines through wholly."""
    picture = HIDDEN.convert(mode)
    picture.putalpha(0)
    return png(picture)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(see_through("RGB"), id="colour"),
        pytest.param(see_through("L"), id="grey"),
        pytest.param(png(HIDDEN.convert("RGB"), transparency=(0, 0, 0)), id="one colour"),
        pytest.param(png(HIDDEN.quantize(8), transparency=bytes(8)), id="palette"),
    ],
)
def test_what_shines_through_is_looked_at(tmp_path: Path, data: bytes) -> None:
    (picture,), unscreened = hidden_images(written(tmp_path / "scan", data))

    assert unscreened == ()
    assert picture.pixels.min() < 100


def test_an_opaque_picture_with_an_alpha_channel_is_looked_at_once(tmp_path: Path) -> None:
    assert hidden_images(written(tmp_path / "scan", png(HIDDEN.convert("RGBA")))) == ((), ())


def test_a_directory_whose_entries_share_one_place_costs_little(tmp_path: Path) -> None:
    data = bytearray(tiff([HIDDEN]))
    directory = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, directory)[0]
    entries = bytes(data[directory + 2 : directory + 2 + 12 * count])
    more = b"".join(struct.pack("<HHII", 60_000, 1, 3_000_000_000, 8) for _ in range(5_000))
    struct.pack_into("<I", data, 4, len(data))
    data += struct.pack("<H", count + 5_000) + entries + more + bytes(4) + bytes(30_000_000)

    _, unscreened = hidden_images(written(tmp_path / "scan", bytes(data)))

    assert unscreened in ((), ("hidden_data",))


def test_a_directory_of_more_data_than_pages_have_is_named(tmp_path: Path) -> None:
    data = bytearray(tiff([HIDDEN]))
    directory = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, directory)[0]
    entries = bytes(data[directory + 2 : directory + 2 + 12 * count])
    more = b"".join(struct.pack("<HHII", 60_000, 1, 3_000_000_000, 8 + place) for place in range(50))
    struct.pack_into("<I", data, 4, len(data))
    data += struct.pack("<H", count + 50) + entries + more + bytes(4) + bytes(3_000_000)

    assert hidden_images(written(tmp_path / "scan", bytes(data))) == ((), ("hidden_data",))
