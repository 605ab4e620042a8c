"""Picture data that end early: a page of which a part is missing is unreadable, in every coding and every file."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Dictionary, Name
from PIL import Image

from archive.errors import PageUnreadable
from archive.ingest.common.document import StoredPage
from archive.ingest.completeness.fax import GROUP_3, GROUP_4, FaxCoding, check_fax_data
from archive.ingest.completeness.fax_rows import BitReader, rows_of
from archive.ingest.completeness.jbig2 import check_jbig2_data
from archive.ingest.completeness.jpeg import check_jpeg_data
from archive.model.pages import SizeOrigin
from archive.recount import measure
from tests.ingest.damage import CUT, END, SIZE, Damage, coded, one_strip, printed, scan_data, strips
from tests.ingest.scans import PdfMaker, jpeg, page_of, png, written

PAGE = printed(1)
FAX = PAGE.convert("1", dither=Image.Dither.NONE)
ENDS_EARLY = ("picture_data_ends_early",)
CODINGS = [
    pytest.param({}, id="baseline"),
    pytest.param({"optimize": True}, id="own tables"),
    pytest.param({"progressive": True}, id="progressive"),
    pytest.param({"restart_marker_rows": 2}, id="restart intervals"),
    pytest.param({"restart_marker_blocks": 5, "optimize": True}, id="short restart intervals"),
    pytest.param({"progressive": True, "restart_marker_rows": 3}, id="progressive with intervals"),
]


def refuses(page: StoredPage) -> bool:
    """Say whether a page is unreadable for the reason that its data end early."""
    with pytest.raises(PageUnreadable, match=r"data end early\. Scan this page again") as raised:
        page.image()
    return page.unscreened == ENDS_EARLY == (raised.value.cause,)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("options", CODINGS)
def test_a_whole_jpeg_is_no_damaged_one(options: dict[str, object], mode: str) -> None:
    data = jpeg(PAGE.convert(mode), **options)

    for sound in (data, data + bytes(5000), data + data, data[:-2] + b"\xff" * 9 + END):
        check_jpeg_data(sound)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.97])
@pytest.mark.parametrize("damage", CUT.values(), ids=CUT)
@pytest.mark.parametrize("options", CODINGS)
def test_a_jpeg_whose_data_end_early_is_found(options: dict[str, object], damage: Damage, share: float) -> None:
    data = jpeg(PAGE, **options)
    begin, end = scan_data(data)

    with pytest.raises((EOFError, OSError)):
        check_jpeg_data(damage(data, begin + int((end - begin) * share), end))


def test_a_jpeg_without_its_last_scans_ends_early() -> None:
    data = jpeg(PAGE.convert("RGB"), progressive=True)
    scans = [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xda"]

    with pytest.raises(EOFError):
        check_jpeg_data(data[: data.rindex(b"\xff\xc4", 0, scans[-1])] + END)


@pytest.mark.parametrize("padding", [b"\x00" * 12, b"\x00" * 3000, b"\x01" * 100])
def test_padding_before_the_end_is_no_damage(padding: bytes) -> None:
    check_jpeg_data(jpeg(PAGE)[:-2] + padding + END)


@pytest.mark.parametrize("options", CODINGS)
def test_the_page_of_a_cut_and_closed_jpeg_is_unreadable_and_its_size_unproven(
    tmp_path: Path, options: dict[str, object]
) -> None:
    data = jpeg(PAGE, dpi=(75, 75), **options)
    begin, end = scan_data(data)
    file = written(tmp_path / "a.jpg", data[: begin + (end - begin) // 5] + END)

    with page_of(file) as page:
        assert refuses(page)
        assert page.shape.size_origin is SizeOrigin.ASSUMED
    assert [page.size_origin for page in measure(file, "a")] == [SizeOrigin.ASSUMED]


def with_lines(data: bytes, stated: int, behind: int | None) -> bytes:
    """Return a JPEG whose frame header states so many lines, with a DNL segment behind its scan."""
    frame = next(data.index(mark) for mark in (b"\xff\xc0", b"\xff\xc1", b"\xff\xc2") if mark in data)
    data = data[: frame + 5] + struct.pack(">H", stated) + data[frame + 7 :]
    return data if behind is None else data[:-2] + b"\xff\xdc\x00\x04" + struct.pack(">H", behind) + END


@pytest.mark.parametrize("stated", [0, SIZE[1] + 1, 2 * SIZE[1], 65_500])
@pytest.mark.parametrize("options", [{}, {"restart_marker_rows": 1}])
def test_the_lines_behind_the_scan_are_the_number_of_lines(
    tmp_path: Path, options: dict[str, object], stated: int
) -> None:
    whole = jpeg(PAGE, dpi=(100, 100), **options)
    file = written(tmp_path / "a.jpg", with_lines(whole, stated, SIZE[1]))

    with page_of(file) as page, page_of(written(tmp_path / "b.jpg", whole)) as same:
        assert page.shape == same.shape
        assert page.unscreened == ()
        assert (page.image().pixels == same.image().pixels).all()
    assert [page.height_mm for page in measure(file, "a")] == [pytest.approx(SIZE[1] / 100 * 25.4)]


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
def test_more_lines_than_the_data_hold_prove_no_size(tmp_path: Path, options: dict[str, object]) -> None:
    file = written(tmp_path / "a.jpg", with_lines(jpeg(PAGE, dpi=(100, 100), **options), SIZE[1] * 3 // 2, None))

    with page_of(file) as page:
        assert page.shape.size_origin is SizeOrigin.ASSUMED
        assert refuses(page)
    assert [page.size_origin for page in measure(file, "a")] == [SizeOrigin.ASSUMED]


HALVES = {
    "cut": lambda data: data[: len(data) // 2],
    "zeros": lambda data: data[: len(data) // 2] + bytes(len(data) - len(data) // 2),
    "a hole": lambda data: data[: len(data) // 2] + bytes(len(data) // 4) + data[len(data) // 4 * 3 :],
    "nothing": lambda data: bytes(len(data)),
}
FAXES = [
    pytest.param("group4", {}, id="group 4"),
    pytest.param("group3", {}, id="group 3"),
    pytest.param("group3", {"t292": 1}, id="group 3 in two dimensions"),
    pytest.param("group3", {"t292": 4}, id="group 3 with fill bits"),
    pytest.param("tiff_ccitt", {}, id="run lengths"),
]


@pytest.mark.parametrize(("coding", "tags"), FAXES)
@pytest.mark.parametrize(
    "page", [FAX, Image.new("1", SIZE, 1), Image.new("1", SIZE, 0)], ids=["print", "white", "black"]
)
def test_whole_fax_data_are_read(tmp_path: Path, coding: str, tags: dict[str, int], page: Image.Image) -> None:
    with page_of(written(tmp_path / "a.tif", one_strip(page, coding, lambda data: data, **tags))) as found:
        assert found.unscreened == ()
        assert found.image().width == SIZE[0]


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
@pytest.mark.parametrize(("coding", "tags"), FAXES)
def test_fax_data_of_a_tiff_that_end_early_are_no_page(
    tmp_path: Path, coding: str, tags: dict[str, int], half: Callable[[bytes], bytes]
) -> None:
    with page_of(written(tmp_path / "a.tif", one_strip(FAX, coding, half, **tags))) as page:
        assert refuses(page)


@pytest.mark.parametrize("coding", ["jpeg", "tiff_lzw", "tiff_adobe_deflate", "packbits", "group4"])
def test_a_strip_that_is_cut_is_no_page(tmp_path: Path, coding: str) -> None:
    image = FAX if coding == "group4" else PAGE

    data = one_strip(image, coding, lambda data: data[: len(data) // 2])

    with page_of(written(tmp_path / "a.tif", data)) as page, pytest.raises(PageUnreadable):
        page.image()


@pytest.mark.parametrize(
    ("parameters", "coding", "tags"),
    [
        pytest.param({"K": -1}, "group4", {}, id="group 4"),
        pytest.param({"K": -1, "EndOfBlock": False, "Rows": SIZE[1]}, "group4", {}, id="group 4 with rows"),
        pytest.param({"K": 0, "EndOfLine": True}, "group3", {}, id="group 3"),
        pytest.param({"K": 4, "EndOfLine": True}, "group3", {"t292": 1}, id="group 3 in two dimensions"),
        pytest.param({"K": 0, "EncodedByteAlign": True}, "tiff_ccitt", {}, id="aligned rows"),
    ],
)
@pytest.mark.parametrize("black", [True, False])
def test_fax_data_of_a_pdf_are_followed_to_their_end(
    tmp_path: Path, parameters: dict[str, object], coding: str, tags: dict[str, int], black: bool
) -> None:
    (data,) = strips(FAX, coding, SIZE[1], **tags)
    for name, change in {"whole": lambda same: same, **HALVES}.items():
        maker = PdfMaker()
        entries = Dictionary(Columns=SIZE[0], BlackIs1=black, **parameters)
        maker.scanned(
            maker.image(
                change(data),
                SIZE,
                Filter=Name.CCITTFaxDecode,
                DecodeParms=entries,
                ColorSpace=Name.DeviceGray,
                BitsPerComponent=1,
            )
        )
        with page_of(maker.save(tmp_path / "a.pdf")) as page:
            if name == "whole":
                assert page.unscreened == ()
                assert page.image().pixels.size
            else:
                assert refuses(page)


def split_rows(data: bytes, columns: int, rows: int) -> list[str]:
    """Return the bits of each row of run lengths that begin at a byte."""
    reader, found = BitReader(bin(int.from_bytes(b"\1" + data, "big"))[3:]), []
    for _ in range(rows):
        reader.at = begin = -(-reader.at // 8) * 8
        left, colour = columns, 0
        while left > 0:
            left -= reader.run(colour)
            colour = 1 - colour
        found.append(reader.bits[begin : reader.at])
    return found


@pytest.mark.parametrize("change", HALVES.values(), ids=HALVES)
def test_rows_without_marks_between_them_are_followed_too(change: Callable[[bytes], bytes]) -> None:
    (data,) = strips(FAX, "tiff_ccitt", SIZE[1])
    bits = "".join(split_rows(data, *SIZE))
    packed = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    coding = FaxCoding(SIZE[0], GROUP_3, unmarked=True)

    check_fax_data([packed], [SIZE[1]], coding)
    with pytest.raises(EOFError):
        check_fax_data([change(packed)], [SIZE[1]], coding)


def test_rows_of_group_4_that_begin_at_a_byte_are_followed_too() -> None:
    line = "001" + "00111" + "0011" + "1"  # horizontal: 10 white, 5 black; then white as the row above
    drawn, same = int(line.ljust(16, "0"), 2).to_bytes(2, "big"), b"\xe0"  # all three changes as above
    coding = FaxCoding(100, GROUP_4, aligned=True)

    for data in (b"\x80" * 60, (drawn + same * 2) * 20):
        check_fax_data([data], [60], coding)
        for changed in (data[: len(data) // 2], data[: len(data) // 2] + bytes(len(data) // 2)):
            with pytest.raises(EOFError):
                check_fax_data([changed], [60], coding)


@given(st.data())
@settings(deadline=None, max_examples=40)
def test_rows_are_counted_as_libtiff_codes_them(data: st.DataObject) -> None:
    columns, rows = data.draw(st.integers(1, 3000)), data.draw(st.integers(1, 40))
    chance = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    picture = Image.fromarray(np.repeat(chance.random((rows, columns)) < chance.random(), 2, axis=0))
    (group_4,) = strips(picture, "group4", 2 * rows)
    (runs,) = strips(picture, "tiff_ccitt", 2 * rows)

    assert rows_of(group_4, columns, 10_000, aligned=False, two_dimensions=True) == 2 * rows
    assert rows_of(runs, columns, 10_000, aligned=True, two_dimensions=False) == 2 * rows


@pytest.mark.parametrize("options", CODINGS)
def test_a_jpeg_in_a_pdf_is_followed_to_its_end(tmp_path: Path, options: dict[str, object]) -> None:
    data = jpeg(PAGE, **options)
    begin, end = scan_data(data)
    for damage in CUT.values():
        maker = PdfMaker()
        cut = damage(data, begin + (end - begin) // 3, end)
        maker.scanned(maker.image(cut, SIZE, Filter=Name.DCTDecode, ColorSpace=Name.DeviceGray))
        with page_of(maker.save(tmp_path / "a.pdf")) as page:
            assert refuses(page)


def test_a_mask_that_ends_early_costs_the_page_that_it_cuts_out(tmp_path: Path) -> None:
    maker = PdfMaker()
    (data,) = strips(FAX, "group4", SIZE[1])
    coding = Dictionary(K=-1, Columns=SIZE[0])
    mask = maker.image(
        data[: len(data) // 2], SIZE, Filter=Name.CCITTFaxDecode, DecodeParms=coding, ColorSpace=None,
        BitsPerComponent=1, ImageMask=True,
    )  # fmt: skip
    picture = maker.jpeg(PAGE)
    picture.Mask = maker.pdf.make_indirect(mask)
    maker.scanned(picture)

    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        assert refuses(page)


def test_a_small_picture_that_ends_early_is_said_and_costs_no_page(tmp_path: Path) -> None:
    logo = jpeg(printed(2, (120, 90)))
    maker = PdfMaker()
    cut = maker.image(logo[: len(logo) // 2] + END, (120, 90), Filter=Name.DCTDecode, ColorSpace=Name.DeviceGray)
    maker.page(b"q 60 0 0 45 300 700 cm /Im0 Do Q", (595.0, 842.0), cut)

    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        assert page.unscreened == ENDS_EARLY
        assert page.image().pixels.size


@pytest.mark.parametrize("cut", [0.2, 0.6, 0.95])
def test_deflated_and_png_data_that_end_early_are_no_page(tmp_path: Path, cut: float) -> None:
    data = png(PAGE)
    with page_of(written(tmp_path / "a.png", data[: int(len(data) * cut)])) as page, pytest.raises(PageUnreadable):
        page.image()

    maker = PdfMaker()
    packed = zlib.compress(PAGE.tobytes())
    maker.scanned(
        maker.image(packed[: int(len(packed) * cut)], SIZE, Filter=Name.FlateDecode, ColorSpace=Name.DeviceGray)
    )
    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        assert refuses(page)


def segment(number: int, kind: int, data: bytes, length: int | None = None) -> bytes:
    """Return a JBIG2 segment of page 1."""
    return struct.pack(">IBBBI", number, kind, 0, 1, len(data) if length is None else length) + data


def page_information(rows: int) -> bytes:
    return segment(0, 48, struct.pack(">IIIIBH", 100, rows, 0, 0, 0, 0x8000 | 50))


def region(number: int, top: int, rows: int, length: int | None = None) -> bytes:
    coded = bytes(range(1, 200)) + b"\xff\xac"
    body = struct.pack(">IIIIB", 100, rows, 0, top, 0) + b"\x00" + coded
    return segment(number, 38, body + (struct.pack(">I", rows) if length else b""), length)


def test_jbig2_segments_are_counted() -> None:
    striped = page_information(0xFFFFFFFF) + region(1, 0, 50) + segment(2, 50, struct.pack(">I", 49))
    whole = striped + region(3, 50, 50) + segment(4, 50, struct.pack(">I", 99))
    unknown = page_information(100) + region(1, 0, 100, length=0xFFFFFFFF)

    check_jbig2_data(page_information(100) + region(1, 0, 100), 100)
    check_jbig2_data(whole, 100)
    check_jbig2_data(unknown, 100)
    for short in (
        b"",
        page_information(100),
        page_information(60) + region(1, 0, 60),
        (page_information(100) + region(1, 0, 100))[:-20],
        (page_information(100) + region(1, 0, 100))[:25],
        page_information(100) + region(1, 0, 100)[:-120] + bytes(120),
        unknown[:-10],
        striped,
    ):
        with pytest.raises(EOFError):
            check_jbig2_data(short, 100)
    with pytest.raises(EOFError):
        check_jbig2_data(page_information(100) + region(1, 0, 100), 100, shared=segment(0, 0, bytes(50))[:-1])


def png_of_rows(rows: int, colour: int, interlaced: bool = False) -> bytes:
    """Return a sound PNG of SIZE whose data hold the first ``rows`` only; colour type 0 or 3 (white is entry 0)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", *SIZE, 8, colour, 0, 0, int(interlaced))
    palette = chunk(b"PLTE", b"\xff\xff\xff\0\0\0") if colour == 3 else b""
    image = Image.new("L", SIZE, 0 if colour == 3 else 255)
    data = b"".join(b"\0" + bytes(image.crop((0, row, SIZE[0], row + 1)).tobytes()) for row in range(rows))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + palette
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("colour", [0, 3])
@pytest.mark.parametrize("rows", [0, 1, SIZE[1] // 2, SIZE[1] - 1])
def test_a_png_that_ends_in_order_with_too_few_rows_is_no_page(tmp_path: Path, colour: int, rows: int) -> None:
    with page_of(written(tmp_path / "a.png", png_of_rows(rows, colour))) as page, pytest.raises(PageUnreadable):
        page.image()
    with page_of(written(tmp_path / "a.png", png_of_rows(SIZE[1], colour))) as page:
        assert (page.image().pixels == 255).all()


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P", "LA", "RGBA"])
def test_a_png_with_a_black_edge_is_whole(tmp_path: Path, mode: str) -> None:
    image = PAGE.convert("RGBA" if mode == "RGBA" else "L")
    image.paste(0, (0, SIZE[1] - 5, *SIZE)) if mode != "RGBA" else image.paste((0, 0, 0, 0), (0, SIZE[1] - 5, *SIZE))

    with page_of(written(tmp_path / "a.png", png(image.convert(mode)))) as page:
        assert page.image().pixels.size


def test_an_inline_jpeg_is_followed_too(tmp_path: Path) -> None:
    data = jpeg(PAGE)
    begin, end = scan_data(data)
    head = b"q 595 0 0 842 0 0 cm BI /W %d /H %d /BPC 8 /CS /G /F /DCT ID " % SIZE
    for changed, expected in ((data, ()), (data[: (begin + end) // 2] + END, ENDS_EARLY)):
        maker = PdfMaker()
        maker.page(head + changed + b"\nEI Q", (595.0, 842.0))
        with page_of(maker.save(tmp_path / "a.pdf")) as page:
            assert page.unscreened == expected


@pytest.mark.parametrize("options", [{}, {"no_jp2": True}, {"num_resolutions": 1}])
def test_jpeg_2000_data_of_zeros_are_no_page(tmp_path: Path, options: dict[str, object]) -> None:
    data = coded(printed(3, (1240, 1754)), "JPEG2000", **options)
    half = len(data) // 2
    for name, changed in {
        "whole": data,
        "cut": data[:half],
        "zeros": data[:half] + bytes(len(data) - half),
        "zeros and an end": data[:half] + bytes(half - 2) + END,
    }.items():
        maker = PdfMaker()
        maker.scanned(maker.image(changed, (1240, 1754), Filter=Name.JPXDecode, ColorSpace=Name.DeviceGray))
        with page_of(maker.save(tmp_path / "a.pdf")) as page:
            if name == "whole":
                assert page.unscreened == ()
                assert page.image().pixels.size
            else:
                with pytest.raises(PageUnreadable):
                    page.image()
