"""Context managers that translate exceptions of image and PDF libraries into errors of the archive."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PIL import Image

from archive.errors import ArchiveError, PageUnreadable, Unreadable
from archive.ingest.common.truncation import TruncatedDataError
from archive.messages.catalogue import tr


@contextmanager
def damaged_page(number: int) -> Iterator[None]:
    """Translate every exception of a library about page ``number`` into PageUnreadable."""
    with _translated(lambda: PageUnreadable(tr("rejected.page_cannot_be_decoded", number=number), "picture_damaged")):
        try:
            yield
        except TruncatedDataError as error:
            early = tr("rejected.page_ends_early", number=number)
            raise PageUnreadable(early, "picture_data_ends_early") from error


@contextmanager
def damaged_scan(kind: str) -> Iterator[None]:
    """Translate every exception of a library that opens a file into Unreadable."""
    with _translated(lambda: Unreadable(tr("rejected.file_cannot_be_opened", kind=kind), "damaged")):
        yield


@contextmanager
def _translated(ours: Callable[[], ArchiveError]) -> Iterator[None]:
    with _silence(), _own_pixel_limits():
        try:
            yield
        except ArchiveError:
            raise
        # Parsers of hostile files raise everything from SyntaxError to struct.error, so no list of classes is complete.
        except Exception as error:
            raise ours() from error


@contextmanager
def _silence() -> Iterator[None]:
    """Keep libraries' warnings about hostile files off the terminal: a library either decodes or raises."""
    handler = logging.NullHandler()  # with any handler, logging does not fall back to standard error
    loggers = [logging.getLogger(name) for name in ("PIL", "pypdfium2", "pikepdf")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)


@contextmanager
def _own_pixel_limits() -> Iterator[None]:
    """Disable Pillow's limit on pixels: ``Limits`` was checked already, and a setting may allow more."""
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before
