"""Detection of a scan's file format from its first bytes; the file name is never asked."""

from __future__ import annotations

from enum import StrEnum

from archive.errors import Unsupported

HEAD_BYTES = 2048  # a PDF header may stand anywhere in the first 1,024 bytes (ISO 32000-1, annex H.3, note 13)
_PDF_HEADER_WITHIN = 1024


class Format(StrEnum):
    """The file formats that we take."""

    PDF = "PDF"
    TIFF = "TIFF"
    JPEG = "JPEG"
    PNG = "PNG"


_SUPPORTED: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", Format.JPEG),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"II*\x00", Format.TIFF),
    (b"MM\x00*", Format.TIFF),
    (b"II+\x00", Format.TIFF),  # BigTIFF
    (b"MM\x00+", Format.TIFF),
)

# Named only so that the message can say what the file is; none of them is ever opened.
_UNSUPPORTED: tuple[tuple[bytes, str], ...] = (
    (b"GIF8", "a GIF image"),
    (b"\x00\x00\x00\x0cjP", "a JPEG 2000 image"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 image"),
    (b"BM", "a BMP image"),
    (b"RIFF", "a WebP image or another RIFF file"),
    (b"AT&TFORM", "a DjVu document"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"{\\rtf", "an RTF document"),
    (b"%!PS", "a PostScript file"),
    (b"<", "a web page or an XML file"),
)


def detect_format(head: bytes) -> Format:
    """Return the format of a file from its first HEAD_BYTES bytes. Raises Unsupported, which names the other format."""
    for magic, taken in _SUPPORTED:
        if head.startswith(magic):
            return taken
    if b"%PDF-" in head[:_PDF_HEADER_WITHIN]:
        return Format.PDF
    message = f"This file is {_name(head)}, not a PDF, TIFF, JPEG or PNG. Scan the paper again or save it as PDF."
    raise Unsupported(message)


def _name(head: bytes) -> str:
    for magic, name in _UNSUPPORTED:
        if head.startswith(magic):
            return name
    if head[4:8] == b"ftyp":
        return "a HEIF image or a film"
    if b"\x00" not in head:
        return "plain text"
    return "of an unknown kind"
