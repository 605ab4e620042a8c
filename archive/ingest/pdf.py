"""PDF files as scans: scanned, born digital and mixed pages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as c

from archive.errors import Encrypted, PageUnreadable, TooLarge, Unreadable
from archive.ingest.border import damaged_page, damaged_scan
from archive.ingest.pdf_page import PdfPage
from archive.model.limits import Limits

_LOCKED = (c.FPDF_ERR_PASSWORD, c.FPDF_ERR_SECURITY)


class PdfScan:
    """A PDF opened for reading, and never written; a Document."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        with damaged_scan("PDF"):
            self._pdf = _opened(path)
            self._count = len(self._pdf)
        if self._count > limits.scan_pages:
            self._pdf.close()
            message = (
                f"This PDF has {self._count} pages; allowed are {limits.scan_pages}. Split it, or raise scan_pages."
            )
            raise TooLarge(message, "over_limit_pages")

    @property
    def page_count(self) -> int:
        """Number of pages found; never 0."""
        return self._count

    def page(self, number: int) -> PdfPage:
        """Return page ``number`` (from 1). Raises PageUnreadable when there is no such page."""
        if not 1 <= number <= self._count:
            raise PageUnreadable(f"There is no page {number}: this scan has {self._count}.")
        return PdfPage(self, number, self._path, self._limits)

    @contextmanager
    def opened(self, number: int) -> Iterator[pdfium.PdfPage]:
        """Give pdfium's page ``number``, and close it. Raises PageUnreadable for whatever fails inside."""
        with damaged_page(number):
            page = self._pdf[number - 1]
            try:
                yield page
            finally:
                page.close()

    @contextmanager
    def flattened(self, number: int) -> Iterator[pdfium.PdfPage | None]:
        """Give a copy of page ``number`` whose annotations and form fields are content, None if that fails.

        Nothing is written. The copy is a second opening of the file, for flattening would change the page for others.
        """
        with damaged_page(number), closing(_opened(self._path)) as copy:
            page = copy[number - 1]
            outcome = c.FPDFPage_Flatten(page, c.FLAT_NORMALDISPLAY)
            page.close()
            if outcome == c.FLATTEN_FAIL:
                yield None
                return
            page = copy[number - 1]
            try:
                yield page
            finally:
                page.close()

    def dictionary(self, number: int) -> pikepdf.Page | None:
        """Return page ``number`` as qpdf sees it; None when qpdf cannot read this file or counts other pages."""
        return self._dictionaries.pages[number - 1] if self._dictionaries is not None else None

    @cached_property
    def _dictionaries(self) -> pikepdf.Pdf | None:
        try:
            other = pikepdf.open(self._path)
            if len(other.pages) == self._count:
                return other
            other.close()
        except Exception:  # whatever ails qpdf: pdfium reads this file, and only proofs of size are lost
            return None
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        other = self.__dict__.pop("_dictionaries", None)
        if other is not None:
            other.close()
        self._pdf.close()


def _opened(path: Path) -> pdfium.PdfDocument:
    # Not PdfDocument(path): it reports a PDF without pages with the error that an earlier file has left behind.
    raw = c.FPDF_LoadDocument(os.fsencode(path), None)
    if not raw:
        code = c.FPDF_GetLastError()
        if code in _LOCKED:
            raise Encrypted("This PDF is locked by a password. Save it without one, or scan the paper again.")
        raise pdfium.PdfiumError("failed to load", err_code=code)
    pdf = pdfium.PdfDocument(raw)
    if len(pdf) < 1:
        pdf.close()
        raise Unreadable("This PDF holds no page. Scan the paper again.", "no_pages")
    if pdf.get_formtype() == c.FORMTYPE_ACRO_FORM:
        pdf.init_forms()  # signatures are form fields: without this their stamps are not drawn
    return pdf
