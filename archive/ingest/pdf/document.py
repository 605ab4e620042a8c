"""PdfDocument: a PDF file as a scan; its pages may be scanned, born digital or mixed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as c

from archive.errors import Encrypted, PageUnreadable, TooLarge, Unreadable
from archive.ingest.common.errors import damaged_page, damaged_scan
from archive.ingest.pdf.content.interpreter import PageContents, interpret_contents
from archive.ingest.pdf.content.missing_streams import has_missing_contents
from archive.ingest.pdf.content.optional_content import OptionalContent
from archive.ingest.pdf.coordinates import Rectangle
from archive.ingest.pdf.hidden.attachments import STRUCTURE, attachments
from archive.ingest.pdf.hidden.earlier_versions import TooManyVersionsError, earlier_pictures
from archive.ingest.pdf.hidden.unclaimed_data import unclaimed_data
from archive.ingest.pdf.hidden.unpainted_images import unpainted_images
from archive.ingest.pdf.page import PdfPage
from archive.ingest.pdf.page_box import has_box, set_default_box
from archive.ingest.pdf.tree import PageTree, page_tree, rewritten
from archive.messages.catalogue import tr
from archive.model.limits import Limits

_COPY_SHARE = 0.25  # of a worker's memory: while it is made, the copy is in memory twice
_LOCKED = (c.FPDF_ERR_PASSWORD, c.FPDF_ERR_SECURITY)


class PdfDocument:
    """A PDF opened for reading only; a Document.

    qpdf reads the page tree, whose leaves are the pages; pdfium reads the images. If pdfium would find other pages,
    it gets a copy in memory with the same pages in a valid tree.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self._other: pikepdf.Pdf | None = None
        self._kept = ExitStack()  # earlier versions of the file
        self._copy: bytes | None = None  # what pdfium reads instead of the file
        with damaged_scan("PDF"):
            self._pdf = _opened(path)
            try:
                self._tree = self._leaves()
                self._count = len(self._tree.leaves) if self._tree is not None else len(self._pdf)
                self._check_count()
                if self._tree is not None and not (self._tree.sound and len(self._pdf) == self._count):
                    self._read_rewritten(self._tree)
            except BaseException:
                self._close()
                raise

    @property
    def page_count(self) -> int:
        """Number of pages found; never 0."""
        return self._count

    @cached_property
    def unscreened(self) -> tuple[str, ...]:
        """Slugs of the content beside the pages (attachments, unclaimed data); ``structure``: unknown content."""
        if self._other is None or self._tree is None:
            return (STRUCTURE,)
        try:
            leaves = self._tree.leaves
            return (*attachments(self._other, leaves), *unclaimed_data(self._path, self._other, leaves, self._painted))
        except Exception:  # any error of qpdf: the content of the file is unknown
            return (STRUCTURE,)

    def page(self, number: int) -> PdfPage:
        """Return page ``number`` (from 1). Raises PageUnreadable when there is no such page."""
        if not 1 <= number <= self._count:
            message = tr("rejected.there_is_no_page_this_scan", number=number, count=self._count)
            raise PageUnreadable(message, "page_absent", {"pages": f"{self._count}"})
        return PdfPage(self, number, self._path, self._limits)

    @contextmanager
    def opened(self, number: int) -> Iterator[pdfium.PdfPage]:
        """Open pdfium's page ``number`` and close it afterwards. Every error inside is raised as PageUnreadable."""
        with damaged_page(number), self._page_of(self._pdf, number) as page:
            yield page

    @contextmanager
    def flattened(self, number: int) -> Iterator[pdfium.PdfPage | None]:
        """Open a copy of page ``number`` with annotations and form fields as content; None if that fails.

        Nothing is written. The file is opened a second time, because flattening changes the page.
        """
        with damaged_page(number), closing(_opened(self._copy or self._path)) as copy:
            with self._page_of(copy, number) as page:
                outcome = c.FPDFPage_Flatten(page, c.FLAT_NORMALDISPLAY)
            if outcome == c.FLATTEN_FAIL:
                yield None
                return
            with self._page_of(copy, number) as page:
                yield page

    @contextmanager
    def _page_of(self, pdf: pdfium.PdfDocument, number: int) -> Iterator[pdfium.PdfPage]:
        """Open page ``number`` of ``pdf``, with a box around all its content if it has none."""
        own = self.dictionary(number)
        if own is not None and not has_box(own):
            with closing(pdf[number - 1]) as page:
                set_default_box(page)
        with closing(pdf[number - 1]) as page:
            yield page

    @contextmanager
    def with_box(self, number: int, box: Rectangle) -> Iterator[pdfium.PdfPage]:
        """Open a copy of page ``number`` that shows ``box``; nothing is written. Raises PageUnreadable."""
        with damaged_page(number), closing(_opened(self._copy or self._path)) as copy:
            with closing(copy[number - 1]) as page:
                page.set_mediabox(*box)
                page.set_cropbox(*box)
            with closing(copy[number - 1]) as page:
                yield page

    @contextmanager
    def with_all_layers(self, number: int) -> Iterator[pdfium.PdfPage]:
        """Open a copy of page ``number`` that shows all optional content; nothing is written. Raises PageUnreadable."""
        with damaged_page(number):
            self._check_copy()
            with pikepdf.open(self._path, inherit_page_attributes=False) as pdf:
                tree = page_tree(pdf, self._limits.scan_pages)
                del pdf.Root["/OCProperties"]
                data, _ = rewritten(pdf, tree)
            with closing(_opened(data)) as copy, self._page_of(copy, number) as page:
                yield page

    def unpainted_images(self, number: int) -> list[pikepdf.Object] | None:
        """Return the images that no page paints, for the first page; an empty list for others. Raises PageUnreadable.

        None when the file has too many earlier versions to search.
        """
        if number != 1 or self._other is None or self._tree is None:
            return []
        with damaged_page(number):
            unpainted = list(unpainted_images(self._other, map(self._painted, self._tree.leaves)).values())
            try:
                return unpainted + list(earlier_pictures(self._path, self._other, self._most_copied, self._kept))
            except TooManyVersionsError:
                return None

    @property
    def _most_copied(self) -> int:
        return int(self._limits.worker_mib * 2**20 * _COPY_SHARE)

    def _painted(self, leaf: pikepdf.Object) -> PageContents:
        try:
            return interpret_contents(pikepdf.Page(leaf), self._layers)
        except Exception:  # reading that page reports the damage; its images count as unpainted
            return PageContents()

    def dictionary(self, number: int) -> pikepdf.Page | None:
        """Return page ``number`` as qpdf sees it; None when qpdf cannot read this file."""
        return pikepdf.Page(self._tree.leaves[number - 1]) if self._tree is not None else None

    def contents(self, number: int) -> PageContents | None:
        """Return what page ``number`` paints as qpdf sees it; None when qpdf cannot read this file.

        Raises PageUnreadable when it refers to an object that is not in the file.
        """
        page = self.dictionary(number)
        if page is None or self._other is None:
            return None
        with damaged_page(number):
            found = interpret_contents(page, self._layers)
            lacks = found.lacks
            if "/Contents" not in page.obj and has_missing_contents(self._path, self._other):
                lacks = "contents"
        if lacks is not None:
            message = tr("rejected.page_asks_for_that_is_not", number=number, lacks=lacks)
            raise PageUnreadable(message, "page_incomplete", {"lacks": lacks})
        return found

    @cached_property
    def _layers(self) -> OptionalContent:
        return OptionalContent(self._other)

    def _leaves(self) -> PageTree | None:
        try:
            # Otherwise qpdf repairs the tree in its own way before it can be examined.
            self._other = pikepdf.open(self._path, inherit_page_attributes=False)
            return page_tree(self._other, self._limits.scan_pages)
        except Exception:  # any error of qpdf: pdfium reads the file, but its page boxes prove no size
            return None

    def _check_count(self) -> None:
        if self._count < 1:
            raise Unreadable(tr("rejected.this_pdf_holds_no_page_scan"), "no_pages")
        allowed = self._limits.scan_pages
        if self._count > allowed:
            if self._tree is not None:
                raise TooLarge(tr("rejected.pdf_has_over_the_allowed_pages", allowed=allowed), "over_limit_pages")
            raise TooLarge(tr("rejected.pdf_has_pages", has=self._count, allowed=allowed), "over_limit_pages")

    def _read_rewritten(self, tree: PageTree) -> None:
        """Make a copy with a valid page tree for pdfium."""
        self._check_copy()
        if self._other is None:
            raise Unreadable(tr("rejected.this_pdf_cannot_be_read_by"), "damaged")
        self._copy, self._tree = rewritten(self._other, tree)
        self._pdf.close()
        self._pdf = _opened(self._copy)

    def _check_copy(self) -> None:
        """Raise Unreadable when a copy in memory would be too large."""
        if self._path.stat().st_size > self._most_copied:
            message = tr("rejected.this_pdf_would_have_to_be")
            raise Unreadable(message, "damaged")

    def _close(self) -> None:
        self._kept.close()
        if self._other is not None:
            self._other.close()
        self._pdf.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()


def _opened(source: Path | bytes) -> pdfium.PdfDocument:
    # Not PdfDocument(path): for a PDF without pages it reports the error of an earlier file.
    if isinstance(source, bytes):
        raw = c.FPDF_LoadMemDocument64(source, len(source), None)
    else:
        raw = c.FPDF_LoadDocument(os.fsencode(source), None)
    if not raw:
        code = c.FPDF_GetLastError()
        if code in _LOCKED:
            raise Encrypted(tr("rejected.this_pdf_is_locked_by_a"))
        raise pdfium.PdfiumError("failed to load", err_code=code)
    pdf = pdfium.PdfDocument(raw)
    if pdf.get_formtype() == c.FORMTYPE_ACRO_FORM:
        pdf.init_forms()  # signatures are form fields: without this their stamps are not drawn
    return pdf
