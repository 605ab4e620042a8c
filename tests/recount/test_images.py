"""Image files measured again."""

from __future__ import annotations

import io
import struct
import tempfile
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import InputRejected, Unreadable, Unsupported
from archive.model.pages import Colour, SizeOrigin
from archive.recount import MeasuredPage, measure
from archive.recount.exif import parse_exif
from archive.recount.palette import palette_colour
from tests.recount import papers


def measured(data: bytes) -> MeasuredPage:
    (page,) = measure(io.BytesIO(data), "0f3a")
    return page


def sides(page: MeasuredPage) -> tuple[int, int]:
    assert page.width_mm is not None
    assert page.height_mm is not None
    return round(page.width_mm), round(page.height_mm)


def test_a_jpeg_with_the_scanners_dpi_proves_its_size() -> None:
    page = measured(papers.jpeg(dpi=(200, 200)))
    assert (page.size_origin, sides(page), page.dpi) == (SizeOrigin.IMAGE_DPI, (210, 297), 200.0)
    assert page.colour is Colour.COLOUR


@pytest.mark.parametrize("dpi", [71, 72, 73, 95, 96, 97])
def test_a_default_that_nobody_measured_proves_nothing(dpi: int) -> None:
    page = measured(papers.jpeg(dpi=(dpi, dpi)))
    assert (page.size_origin, page.width_mm, page.dpi) == (SizeOrigin.ASSUMED, None, None)


@pytest.mark.parametrize("dpi", [None, (1, 1), (10, 10), (5000, 5000)])
def test_no_dpi_and_impossible_dpi_prove_nothing(dpi: tuple[int, int] | None) -> None:
    assert measured(papers.jpeg(**({"dpi": dpi} if dpi else {}))).size_origin is SizeOrigin.ASSUMED


def test_an_image_above_a0_proves_nothing() -> None:
    assert measured(papers.jpeg((3000, 4000), dpi=(60, 60))).size_origin is SizeOrigin.ASSUMED


def test_an_orientation_tag_swaps_the_sides() -> None:
    page = measured(papers.jpeg(dpi=(200, 200), exif=papers.exif(orientation=6)))
    assert sides(page) == (297, 210)


def test_exif_states_the_density_where_jfif_does_not() -> None:
    centimetres = papers.exif(dpi=200 / 2.54, unit=3)
    page = measured(papers.jpeg(exif=centimetres))
    assert (page.size_origin, sides(page)) == (SizeOrigin.IMAGE_DPI, (210, 297))


def test_jfif_and_exif_that_contradict_each_other_prove_nothing() -> None:
    page = measured(papers.jpeg(dpi=(200, 200), exif=papers.exif(dpi=300)))
    assert page.size_origin is SizeOrigin.CONFLICT


def test_the_poorer_axis_is_the_dpi() -> None:
    fax = papers.jpeg((1728, 1143), mode="L", dpi=(204, 98))
    page = measured(fax)
    assert (page.dpi, page.colour, sides(page)) == (98.0, Colour.GREY, (215, 296))


def test_four_inks_are_colour() -> None:
    assert measured(papers.jpeg((80, 80), mode="CMYK", dpi=(200, 200))).colour is Colour.COLOUR


def test_bytes_that_are_no_marker_are_passed_over_as_decoders_do() -> None:
    sound = papers.jpeg(dpi=(200, 200))
    assert measured(sound[:20] + b"\x00\x12" + sound[20:]).size_origin is SizeOrigin.IMAGE_DPI


@given(st.integers(0, 600))
def test_a_jpeg_that_ends_early_is_unreadable_or_says_the_same(length: int) -> None:
    whole = papers.jpeg((80, 80), dpi=(200, 200))
    try:
        page = measured(whole[:length])
    except (Unreadable, Unsupported):
        return
    assert page == measured(whole)


@given(
    st.binary(max_size=300),
    st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*", b"%PDF-1.4\n"]),
)
def test_rubbish_behind_a_signature_is_refused_or_measured_but_never_crashes(rubbish: bytes, signature: bytes) -> None:
    try:
        pages = measure(io.BytesIO(signature + rubbish), "0f3a")
    except InputRejected:
        return
    assert pages
    assert all(page.size_origin or page.reason for page in pages)


@given(st.binary(max_size=200))
def test_rubbish_in_exif_says_nothing_or_something_possible(rubbish: bytes) -> None:
    density, _ = parse_exif(b"II*\x00" + rubbish)
    assert density is None or min(density) > 0


@pytest.mark.parametrize(
    ("depth", "colour_type", "colour"),
    [
        (1, 0, Colour.BILEVEL),
        (8, 0, Colour.GREY),
        (16, 4, Colour.GREY),
        (8, 2, Colour.COLOUR),
        (8, 6, Colour.COLOUR),
    ],
)
def test_a_png_says_how_it_keeps_colour(depth: int, colour_type: int, colour: Colour) -> None:
    page = measured(papers.png((2480, 3508), depth, colour_type, papers.phys(300)))
    assert (page.colour, sides(page), page.size_origin) == (colour, (210, 297), SizeOrigin.IMAGE_DPI)
    assert page.dpi == pytest.approx(300, abs=0.1)


def test_a_png_palette_is_looked_at() -> None:
    greys = (b"PLTE", bytes([0, 0, 0, 128, 128, 128]))
    reds = (b"PLTE", bytes([0, 0, 0, 200, 0, 0]))
    assert measured(papers.png((80, 80), 8, 3, greys)).colour is Colour.GREY
    assert measured(papers.png((80, 80), 8, 3, reds)).colour is Colour.COLOUR


def test_a_png_without_unit_or_with_a_broken_checksum_proves_nothing() -> None:
    aspect_only = (b"pHYs", struct.pack(">IIB", 7874, 7874, 0))
    assert measured(papers.png((1654, 2339), 8, 2, aspect_only)).size_origin is SizeOrigin.ASSUMED
    sound = papers.png((1654, 2339), 8, 2, papers.phys(200))
    at = sound.index(b"pHYs") + 4
    assert measured(sound[:at] + b"\x7f" + sound[at + 1 :]).size_origin is SizeOrigin.ASSUMED


def test_a_png_without_a_sound_header_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="0f3a"):
        measured(b"\x89PNG\r\n\x1a\n" + bytes(40))
    with pytest.raises(Unreadable, match="how large"):
        measured(papers.png((0, 80), 8, 2))


def test_every_page_of_a_tiff_is_measured(tmp_path: Path) -> None:
    file = papers.tiff(
        tmp_path / "scan",
        {"resolution": (20, 20), "resolutionunit": "INCH", "photometric": "rgb"},
        {"resolution": (200 / 2.54, 200 / 2.54), "resolutionunit": "CENTIMETER"},
        {"resolution": (200, 200), "resolutionunit": "NONE"},
        {"resolution": (200, 200), "resolutionunit": "INCH", "dtype": np.bool_},
        size=(1654, 2339),
    )
    pages = measure(file, "0f3a")
    proofs = [page.size_origin for page in pages]
    assert proofs == [SizeOrigin.ASSUMED, SizeOrigin.IMAGE_DPI, SizeOrigin.ASSUMED, SizeOrigin.IMAGE_DPI]
    assert [page.colour for page in pages] == [Colour.COLOUR, Colour.GREY, Colour.GREY, Colour.BILEVEL]
    assert [page.number for page in pages] == [1, 2, 3, 4]
    assert sides(pages[1]) == sides(pages[3]) == (210, 297)


def test_a_turned_tiff_page_has_its_sides_swapped(tmp_path: Path) -> None:
    turned = {"resolution": (200, 200), "resolutionunit": "INCH", "extratags": [(274, 3, 1, 8, True)]}
    (page,) = measure(papers.tiff(tmp_path / "scan", turned, size=(1654, 2339)), "0f3a")
    assert sides(page) == (297, 210)


def test_a_thumbnail_is_no_page(tmp_path: Path) -> None:
    file = papers.tiff(tmp_path / "scan", {}, {"subfiletype": 1}, {})
    assert len(measure(file, "0f3a")) == 2


def test_a_tiff_palette_is_looked_at(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint16) * 257, (3, 1))
    red = ramp.copy()
    red[1:] = 0
    file = papers.tiff(
        tmp_path / "scan",
        {"photometric": "palette", "colormap": ramp},
        {"photometric": "palette", "colormap": red},
    )
    assert [page.colour for page in measure(file, "0f3a")] == [Colour.GREY, Colour.COLOUR]


def test_a_tiff_whose_chain_turns_back_ends_there(tmp_path: Path) -> None:
    file = papers.tiff(tmp_path / "scan", {}, {})
    data = bytearray(file.read_bytes())
    (first,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, first)
    (second,) = struct.unpack_from("<I", data, first + 2 + 12 * entries)
    (entries,) = struct.unpack_from("<H", data, second)
    struct.pack_into("<I", data, second + 2 + 12 * entries, first)
    assert len(measure(io.BytesIO(bytes(data)), "0f3a")) == 2


def test_what_is_no_scan_is_refused() -> None:
    with pytest.raises(Unsupported):
        measured(b"GIF89a")
    with pytest.raises(Unreadable, match="empty"):
        measured(b"")


def test_an_original_that_is_gone_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="archive verify"):
        measure(tmp_path / "gone", "0f3a")


@pytest.mark.parametrize("rolled", [False, True])
def test_an_original_may_come_as_a_temporary_file(tmp_path: Path, rolled: bool) -> None:
    """Small ones stay in memory, larger ones are rolled over to disk; the file stays open for its owner."""
    originals = [papers.jpeg(), papers.png((80, 80), 8, 2), papers.Paper().bytes()]
    originals.append(papers.tiff(tmp_path / "scan", {}, {}).read_bytes())
    for original, pages in zip(originals, (1, 1, 1, 2), strict=True):
        with tempfile.SpooledTemporaryFile() as file:
            file.write(original)
            if rolled:
                file.rollover()
            assert pages == len(measure(cast(BinaryIO, file), "0f3a"))
            assert not file.closed


def test_black_and_white_alone_are_bilevel() -> None:
    assert palette_colour([(0, 0, 0), (255, 255, 255), (0, 0, 0)]) is Colour.BILEVEL
    assert palette_colour([(0, 0, 0), (254, 254, 254)]) is Colour.GREY
    assert palette_colour([(0, 0, 0), (255, 255, 254)]) is Colour.COLOUR
    assert palette_colour([]) is None
