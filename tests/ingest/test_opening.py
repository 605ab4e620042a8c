"""The door: what a file is decides, not its name; every refusal has its class and its reason."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archive.errors import Encrypted, InputRejected, PageUnreadable, TooLarge, Unreadable, Unsupported
from archive.ingest.common.formats import Format, detect_format
from archive.ingest.open import open_scan
from tests.ingest.scans import A4, LIMITS, PdfMaker, jpeg, paper, png, tiff, words, written


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (jpeg(paper((8, 8))), Format.JPEG),
        (png(paper((8, 8))), Format.PNG),
        (tiff([paper((8, 8))]), Format.TIFF),
        (tiff([paper((8, 8))], big_tiff=True), Format.TIFF),
        (b"%PDF-1.7\n", Format.PDF),
        (b"a printer's greeting\r\n%PDF-1.4\n", Format.PDF),
    ],
)
def test_content_tells_the_format(data: bytes, kind: Format) -> None:
    assert detect_format(data[:2048]) is kind


@pytest.mark.parametrize(
    ("head", "named"),
    [
        (b"GIF89a", "GIF"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\xff\x4f\xff\x51", "JPEG 2000"),
        (b"PK\x03\x04", "Office"),
        (b"<html>", "web page"),
        (b"Kinh gui", "plain text"),
        (b"\x00\x00\x00\x18ftypheic", "HEIF"),
        (b"\x01\x00\x02", "unknown"),
    ],
)
def test_other_files_are_named_and_refused(head: bytes, named: str) -> None:
    with pytest.raises(Unsupported, match=named) as caught:
        detect_format(head)
    assert caught.value.reason == "unsupported"


@given(st.binary(max_size=64))
def test_whatever_begins_unlike_our_formats_is_unsupported(head: bytes) -> None:
    assume(not head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"II", b"MM")) and b"%PDF-" not in head)
    with pytest.raises(Unsupported, match="Scan the paper again"):
        detect_format(head)


def test_a_wrong_name_does_not_matter(tmp_path: Path) -> None:
    with open_scan(written(tmp_path / "scan.pdf", png(paper())), LIMITS) as scan:
        assert scan.page_count == 1


def refusal(path: Path, **limits: int) -> InputRejected:
    """Return the error with which ``path`` is refused, after a journey from a worker process."""
    with pytest.raises(InputRejected) as caught:
        open_scan(path, replace(LIMITS, **limits))
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes, of a line before
    assert (type(again), again.reason) == (type(caught.value), caught.value.reason)
    assert path.name not in str(again)  # names of files are names of people
    return again


def refused(error: InputRejected) -> tuple[type[InputRejected], str]:
    """Return class and reason."""
    return type(error), error.reason


def test_an_empty_file_is_unreadable(tmp_path: Path) -> None:
    assert refused(refusal(written(tmp_path / "a.pdf", b""))) == (Unreadable, "empty")


def test_a_vanished_file_is_unreadable(tmp_path: Path) -> None:
    assert refused(refusal(tmp_path / "gone.pdf")) == (Unreadable, "vanished")


def test_a_pipe_is_refused_without_waiting_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pdf")

    assert refused(refusal(tmp_path / "pipe.pdf")) == (Unsupported, "unsupported")


def test_a_file_over_the_byte_limit_is_too_large(tmp_path: Path) -> None:
    path = written(tmp_path / "a.png", png(paper()))

    assert refused(refusal(path, scan_bytes=path.stat().st_size - 1)) == (TooLarge, "over_limit_bytes")
    with open_scan(path, replace(LIMITS, scan_bytes=path.stat().st_size)) as scan:
        assert scan.page_count == 1


def test_a_pdf_over_the_page_limit_is_too_large(tmp_path: Path) -> None:
    maker = PdfMaker()
    for _ in range(3):
        maker.page(b"")
    path = maker.save(tmp_path / "a.pdf")

    assert refused(refusal(path, scan_pages=2)) == (TooLarge, "over_limit_pages")


def test_a_tiff_over_the_page_limit_is_too_large(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tif", tiff([paper((8, 8))] * 3))

    assert refused(refusal(path, scan_pages=2)) == (TooLarge, "over_limit_pages")


def test_a_pdf_with_a_password_is_encrypted(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(b"")
    path = maker.save(tmp_path / "a.pdf", encryption=pikepdf.Encryption(user="u", owner="o"))

    assert refused(refusal(path)) == (Encrypted, "encrypted")


def test_a_pdf_that_opens_without_a_password_is_read(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(words("Quyet dinh ve viec cap giay phep"))
    nothing = pikepdf.Permissions(extract=False, print_highres=False, print_lowres=False)
    path = maker.save(tmp_path / "a.pdf", encryption=pikepdf.Encryption(user="", owner="o", allow=nothing))

    with open_scan(path, LIMITS) as scan:
        text = scan.page(1).text_layer()
    assert text is not None
    assert text.text == "Quyet dinh ve viec cap giay phep"


def test_a_pdf_without_pages_is_unreadable_even_after_a_locked_one(tmp_path: Path) -> None:
    """pdfium keeps the last error of another file; it must not colour this one."""
    maker = PdfMaker()
    maker.page(b"")
    refusal(maker.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(user="u", owner="o")))

    assert refused(refusal(PdfMaker().save(tmp_path / "a.pdf"))) == (Unreadable, "no_pages")


def test_a_pdf_of_which_only_the_head_is_left_is_unreadable(tmp_path: Path) -> None:
    assert refused(refusal(written(tmp_path / "a.pdf", b"%PDF-1.7\n%\xe2\xe3"))) == (Unreadable, "damaged")


def test_an_image_without_a_whole_header_is_unreadable(tmp_path: Path) -> None:
    assert refused(refusal(written(tmp_path / "a.png", png(paper())[:20]))) == (Unreadable, "damaged")
    assert refused(refusal(written(tmp_path / "a.jpg", jpeg(paper())[:40]))) == (Unreadable, "damaged")
    assert refused(refusal(written(tmp_path / "a.tif", b"II*\x00\x08"))) == (Unreadable, "damaged")


def test_a_page_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.page(b"", A4)
    for path in (maker.save(tmp_path / "a.pdf"), written(tmp_path / "a.png", png(paper()))):
        with open_scan(path, LIMITS) as scan:
            for number in (0, 2):
                with pytest.raises(PageUnreadable, match="There is no page"):
                    scan.page(number)
