"""Open a scan file as a Document, or refuse it with a reason."""

from __future__ import annotations

import stat
from pathlib import Path

from archive.errors import TooLarge, Unreadable, Unsupported
from archive.ingest.common.document import Document
from archive.ingest.common.formats import HEAD_BYTES, Format, detect_format
from archive.ingest.pdf.document import PdfDocument
from archive.ingest.raster.document import ImageDocument
from archive.messages.catalogue import tr
from archive.model.limits import Limits


def open_scan(path: Path, limits: Limits) -> Document:
    """Return the scan at ``path``, opened; close it, or use it as a context manager.

    Raises InputRejected with a stable ``reason``: Unreadable (``vanished``, ``empty``, ``damaged``, ``no_pages``),
    Encrypted (``encrypted``), Unsupported (``unsupported``), TooLarge (``over_limit_bytes``, ``over_limit_pages``).
    """
    kind = detect_format(_head(path, limits))
    return PdfDocument(path, limits) if kind is Format.PDF else ImageDocument(path, kind, limits)


def _head(path: Path, limits: Limits) -> bytes:
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):  # opening a pipe would block
            raise Unsupported(tr("rejected.this_is_no_file_but_a"))
        if facts.st_size == 0:
            raise Unreadable(tr("rejected.this_file_is_empty_copy_it"), "empty")
        if facts.st_size > limits.scan_bytes:
            message = tr(
                "rejected.this_file_has_bytes_allowed_are", st_size=facts.st_size, scan_bytes=limits.scan_bytes
            )
            raise TooLarge(message, "over_limit_bytes")
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as error:
        message = tr("rejected.this_file_cannot_be_read_it")
        raise Unreadable(message, "vanished") from error
