"""Rescreen: screen kept pages again for secret marks, with the screen of this release."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.errors import EngineUnavailable, InputRejected, ObjectCorrupt, ObjectMissing, OcrError
from archive.ingest.common.document import Document
from archive.ingest.open import open_scan
from archive.model.pages import PageText, Screening
from archive.model.results import Part
from archive.pipeline.context import ReadingTools
from archive.pipeline.read_pages import loaded, words_outside
from archive.pipeline.screen import cause_of, not_screened, screen, with_causes, with_words
from archive.sources.local_copies import local_copy_of
from archive.store.format.readings import decode_reading
from archive.store.vault import Vault
from archive.work.watchdog import paused, reset_deadline

UNIT_PAGES = 8
ORIGINAL_LOST = "original_lost"  # the original is missing or damaged: `archive verify` says which


@dataclass(frozen=True, slots=True)
class PageScreening:
    """The screening of one page, with its number within the scan."""

    number: int
    screening: Screening


def rescreen_pages(tools: ReadingTools, vault: Vault, part: Part, numbers: Sequence[int]) -> tuple[PageScreening, ...]:
    """Return the screening of these pages of a kept original, from their images and their stored words.

    A worker's task without effects. Raises EngineUnavailable, StoreUnavailable.
    """
    tools = loaded(tools)
    try:
        with paused():
            reading = vault.fetch_reading(part)
        texts = {page.entry.number: page.text for page in decode_reading(reading) if page.entry.number in numbers}
        with _original(vault, part.sha256) as file, open_scan(file, tools.limits) as document:
            return tuple(_looked(tools, document, number, texts.get(number)) for number in numbers)
    except (ObjectCorrupt, ObjectMissing):
        return _none(numbers, ORIGINAL_LOST)
    except InputRejected as error:
        return _none(numbers, cause_of(error))


def _looked(tools: ReadingTools, document: Document, number: int, text: PageText | None) -> PageScreening:
    reset_deadline()
    try:
        page = document.page(number)
        screening = words_outside(screen(page, tools.stamps), tools).screening
        if text is not None:
            shape = page.shape
            screening = with_words(screening, text, shape.canvas_width_mm, shape.canvas_height_mm)
        unread = document.unscreened if number == 1 else ()  # content beside the pages, reported once
        return PageScreening(number, with_causes(screening, unread))
    except EngineUnavailable:
        raise
    except (InputRejected, OcrError) as error:
        return PageScreening(number, not_screened(cause_of(error)))


@contextmanager
def _original(vault: Vault, digest: str) -> Iterator[Path]:
    """Fetch an original to an unnamed file on this machine's disk, which is freed with the process."""

    def fetch(out: BinaryIO) -> None:
        with paused():
            vault.copy(digest, out)

    with local_copy_of(("kept", digest), fetch) as file:
        yield file


def _none(numbers: Sequence[int], cause: str) -> tuple[PageScreening, ...]:
    return tuple(PageScreening(number, not_screened(cause)) for number in numbers)
