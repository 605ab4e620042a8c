"""Screen: does a page bear a secret mark? Seen, clear, or not screened; before and independent of reading.

Screening needs only the images of the page. A mark that was seen stays seen, even if reading fails later; words that
are read later can only add marks. A page is clear only if all of it was screened, else it is not screened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from archive.errors import ArchiveError, EngineUnavailable, InputRejected, OcrError, TooLarge
from archive.ingest.common.document import StoredPage
from archive.model.image import PageImage
from archive.model.pages import PageEntry, PageText, ScreenAnswer, Screening
from archive.ocr.stamps.reader import StampReader
from archive.pipeline.reading_fingerprint import WORDS_SCREEN
from archive.rules.secrecy.marks import marks_in_text

# Causes of missing or incomplete screening, in addition to the slugs of ingest (StoredPage.unscreened).
UNREADABLE, OVER_LIMIT = "unreadable", "over_limit"
OUTSIDE_UNREADABLE = "outside_unreadable"  # content outside the visible page could not be rendered
TEXT_UNREADABLE = "text_unreadable"  # the file's text of the page, visible or not, could not be read
NOT_NOTED = "not_noted"  # format 1 did not record whether the page was screened
SCREEN_FAILED = "screen_failed"  # the image is decoded, but the screen failed on it
TIMED_OUT, WORKER_LOST = "timed_out", "worker_lost"  # of the screening, also when tried alone


@dataclass(frozen=True, slots=True)
class ScreenedPage:
    """A screened page: the answer, its images for OCR, and the reason if there are none."""

    screening: Screening
    picture: PageImage | None
    beyond: tuple[PageImage, ...] = ()
    failure: InputRejected | OcrError | None = None


def screen(page: StoredPage, stamps: StampReader) -> ScreenedPage:
    """Screen all images of a page, the visible one and those outside it, and the words in the file.

    Raises EngineUnavailable: then no page can be screened.
    """
    causes: list[str] = []
    pictures: list[PageImage] = []
    picture, failure = None, None
    try:
        causes += page.unscreened
        picture = page.image()
        pictures.append(picture)
    except EngineUnavailable:
        raise  # not a fault of the page
    except (InputRejected, OcrError) as error:
        failure = error
        causes.append(cause_of(error))
    beyond = _beyond(page, causes)
    pictures += beyond
    seen = [_is_marked(one, stamps, causes) for one in pictures]
    looked_by = (stamps.identity,) if any(answer is not None for answer in seen) else ()
    screening = _with_stored_words(_screening(any(seen), looked_by, causes), page)
    return ScreenedPage(screening, picture, beyond, failure)


def _with_stored_words(screening: Screening, page: StoredPage) -> Screening:
    """Return the answer with the words in the file screened too: a scanner's OCR may have read the mark."""
    try:
        text, shape = page.stored_words(), page.shape
    except EngineUnavailable:
        raise
    except (InputRejected, OcrError):
        return with_causes(screening, () if screening.causes else (TEXT_UNREADABLE,))
    if text is None:
        return screening
    return with_words(screening, text, shape.canvas_width_mm, shape.canvas_height_mm)


def not_screened(*causes: str) -> Screening:
    """Return the answer for a page that could not be screened."""
    return Screening(ScreenAnswer.NOT_SCREENED, (), causes)


def cause_of(error: ArchiveError) -> str:
    """Return the slug of the reason why a page's image cannot be obtained."""
    return OVER_LIMIT if isinstance(error, TooLarge) else UNREADABLE


def with_words(screening: Screening, text: PageText, canvas_width_mm: float, canvas_height_mm: float) -> Screening:
    """Return the answer with the words of the page screened too: they can only add a mark."""
    seen = bool(marks_in_text(text, canvas_width_mm, canvas_height_mm))
    by = tuple(dict.fromkeys((*screening.by, WORDS_SCREEN)))
    return replace(screening, answer=ScreenAnswer.SEEN if seen else screening.answer, by=by)


def with_causes(screening: Screening, causes: Sequence[str]) -> Screening:
    """Return the answer with further causes of incomplete screening; a seen mark stays seen."""
    return _screening(screening.answer is ScreenAnswer.SEEN, screening.by, (*screening.causes, *causes))


def is_screened(page: PageEntry, stamps: StampReader) -> bool:
    """Return True when the screen of this release found the page clear; an earlier screen may have missed a mark."""
    answer = page.screening
    if answer is None or answer.answer is not ScreenAnswer.CLEAR:
        return False
    return set(answer.by) <= {stamps.identity, WORDS_SCREEN} and stamps.identity in answer.by


def _screening(seen: bool, by: tuple[str, ...], causes: Sequence[str]) -> Screening:
    answer = ScreenAnswer.SEEN if seen else ScreenAnswer.NOT_SCREENED if causes else ScreenAnswer.CLEAR
    return Screening(answer, by, tuple(dict.fromkeys(causes)))


def _beyond(page: StoredPage, causes: list[str]) -> tuple[PageImage, ...]:
    try:
        return page.hidden_images()
    except EngineUnavailable:
        raise
    except (InputRejected, OcrError):
        causes.append(OUTSIDE_UNREADABLE)
        return ()


def _is_marked(picture: PageImage, stamps: StampReader, causes: list[str]) -> bool | None:
    """Return whether a mark is seen; None, with a cause added, when the screen failed."""
    try:
        return bool(stamps.read(picture))
    except EngineUnavailable:
        raise
    except OcrError:
        causes.append(SCREEN_FAILED)
        return None
