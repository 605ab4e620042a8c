"""Open a scan file as a Document, or refuse it with a reason."""

from __future__ import annotations

import stat
from pathlib import Path

from archive.errors import TooLarge, Unreadable, Unsupported
from archive.ingest.common.document import Document
from archive.ingest.common.formats import HEAD_BYTES, Format, detect_format
from archive.ingest.pdf.document import PdfDocument
from archive.ingest.raster.document import ImageDocument
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
        if not stat.S_ISREG(facts.st_mode):  # opening a pipe would wait for ever
            raise Unsupported("This is no file but a folder, pipe or device. Give the scans themselves.")
        if facts.st_size == 0:
            raise Unreadable("This file is empty. Copy it again or scan the paper again.", "empty")
        if facts.st_size > limits.scan_bytes:
            message = (
                f"This file has {facts.st_size} bytes; allowed are {limits.scan_bytes}. "
                "Split it, or raise scan_bytes under [limits]."
            )
            raise TooLarge(message, "over_limit_bytes")
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as error:
        message = "This file cannot be read: it vanished, or the permission is missing. Check it and import again."
        raise Unreadable(message, "vanished") from error
