"""Open a stored original of any format for measuring."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from archive.errors import InputRejected, Unreadable, Unsupported
from archive.messages.catalogue import tr
from archive.recount import jpeg, png, tiff
from archive.recount.measured_page import MeasuredPage, image_page
from archive.recount.pdf.pages import measure_pdf

_HEAD = 1024  # PDF readers accept its signature anywhere in the first 1024 bytes (ISO 32000-1, annex H.3)
_PDF = b"%PDF-"


def measure(original: Path | BinaryIO, name: str) -> tuple[MeasuredPage, ...]:
    """Return the pages of a stored original, measured again; only of a JPEG the data are read to their end.

    ``original`` is a path or a seekable binary stream; ``name`` is what messages call it: a digest, not a file name.
    Raises Unreadable (damaged or gone), Encrypted (asks for a password) or Unsupported (not PDF, TIFF, JPEG, PNG).
    """
    try:
        if isinstance(original, Path):
            with original.open("rb") as file:
                return _measure(file)
        return _measure(original)
    except InputRejected as error:
        raise type(error)(
            tr("recount.original_cannot_be_measured_again", name=name, error=error), error.reason
        ) from error
    except OSError as error:
        message = tr("recount.original_cannot_be_read_again_run", name=name)
        raise Unreadable(message) from error


def _measure(file: BinaryIO) -> tuple[MeasuredPage, ...]:
    file.seek(0)
    head = file.read(_HEAD)
    if not head:
        raise Unreadable(tr("recount.the_file_is_empty"))
    if head.startswith(jpeg.SIGNATURE):
        return (image_page(1, jpeg.proven_raster(file)),)
    if head.startswith(png.SIGNATURE):
        return (image_page(1, png.read_png(file)),)
    if head.startswith(tiff.SIGNATURES):
        return tiff.measure_tiff(file)
    if _PDF in head:
        return measure_pdf(file)
    raise Unsupported(tr("recount.it_is_not_a_pdf_tiff"))
