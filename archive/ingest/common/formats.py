"""Detection of a scan's file format from its first bytes; the file name is never asked."""

from __future__ import annotations

from enum import StrEnum

from archive.errors import Unsupported
from archive.messages.catalogue import tr

HEAD_BYTES = 2048  # a PDF header may stand anywhere in the first 1,024 bytes (ISO 32000-1, annex H.3, note 13)
_PDF_HEADER_WITHIN = 1024


class Format(StrEnum):
    """The accepted file formats."""

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

# Other formats, only named in the message; such a file is never opened.
_UNSUPPORTED: tuple[tuple[bytes, str], ...] = (
    (b"GIF8", tr("rejected.format.a_gif_image")),
    (b"\x00\x00\x00\x0cjP", tr("rejected.format.a_jpeg_2000_image")),
    (b"\xff\x4f\xff\x51", tr("rejected.format.a_jpeg_2000_image")),
    (b"BM", tr("rejected.format.a_bmp_image")),
    (b"RIFF", tr("rejected.format.a_webp_image_or_another_riff")),
    (b"AT&TFORM", tr("rejected.format.a_djvu_document")),
    (b"PK\x03\x04", tr("rejected.format.a_zip_archive_or_an_office")),
    (b"\xd0\xcf\x11\xe0", tr("rejected.format.an_old_office_document")),
    (b"{\\rtf", tr("rejected.format.an_rtf_document")),
    (b"%!PS", tr("rejected.format.a_postscript_file")),
    (b"<", tr("rejected.format.a_web_page_or_an_xml")),
)


def detect_format(head: bytes) -> Format:
    """Return the format of a file from its first HEAD_BYTES bytes. Raises Unsupported, which names the other format."""
    for magic, taken in _SUPPORTED:
        if head.startswith(magic):
            return taken
    if b"%PDF-" in head[:_PDF_HEADER_WITHIN]:
        return Format.PDF
    message = tr("rejected.file_is_not_taken", name=_name(head))
    raise Unsupported(message)


def _name(head: bytes) -> str:
    for magic, name in _UNSUPPORTED:
        if head.startswith(magic):
            return name
    if head[4:8] == b"ftyp":
        return tr("rejected.format.a_heif_image_or_a_film")
    if b"\x00" not in head:
        return tr("rejected.format.plain_text")
    return tr("rejected.format.of_an_unknown_kind")
