"""Read: a worker's tasks for a unit of pages. They open the operator's scan, return values, and write nothing."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace

from archive.errors import EngineUnavailable, InputRejected, OcrError, PageUnreadable, TooLarge
from archive.extract import PageObservations, observe_page
from archive.ingest.common.document import Document, StoredPage
from archive.ingest.open import open_scan
from archive.messages.catalogue import tr
from archive.model.image import PageImage
from archive.model.pages import Origin, PageEntry, PageOutcome, PageShape, PageText, Screening
from archive.model.results import Problem
from archive.pipeline.context import ReadingTools
from archive.pipeline.reading_fingerprint import pipeline_identity
from archive.pipeline.recognise import Recognition, recognise
from archive.pipeline.screen import NOT_NOTED, ScreenedPage, cause_of, not_screened, screen, with_causes, with_words
from archive.rules.separators import is_separator
from archive.sources.source import Source
from archive.store.format.readings import ReadPage, pack_text
from archive.work.watchdog import reset_deadline

UNIT_PAGES = 8
_POOR_READING = 0.60  # mean confidence below which a person must check a page's text (ADR 8.6)


@dataclass(frozen=True, slots=True)
class ProcessedPage:
    """A page as read, and its observations for extraction."""

    read: ReadPage
    observations: PageObservations | None

    @property
    def screening(self) -> Screening:
        """The screening of the page; a page without a recorded one counts as not screened."""
        return self.read.entry.screening or not_screened(NOT_NOTED)

    def with_causes(self, causes: tuple[str, ...]) -> ProcessedPage:
        """Return the page with further causes of incomplete screening."""
        screening = with_causes(self.screening, causes)
        return replace(self, read=replace(self.read, entry=replace(self.read.entry, screening=screening)))


@dataclass(frozen=True, slots=True)
class Unit:
    """The result of a unit: pages read, and numbers of pages that are too large to read at the same time as others.

    ``unread``: slugs of content that belongs to no page and was not screened; reported with the first page.
    """

    page_count: int
    pages: tuple[ProcessedPage, ...]
    large: tuple[int, ...]
    unread: tuple[str, ...] = ()


def survey_file(tools: ReadingTools, source: Source) -> Unit:
    """Return the number of pages of a scan, and its content beside them; reads no page. Raises InputRejected."""
    with source.local_copy() as file, open_scan(file, tools.limits) as document:
        return Unit(document.page_count, (), (), _unread(document))


def screen_page(tools: ReadingTools, source: Source, number: int) -> Screening:
    """Screen a page whose reading was lost.

    Raises InputRejected when the scan as a whole cannot be opened, EngineUnavailable.
    """
    tools = loaded(tools)
    with source.local_copy() as file, open_scan(file, tools.limits) as document:
        try:
            return screen(document.page(number), tools.stamps).screening
        except EngineUnavailable:
            raise
        except (InputRejected, OcrError) as error:
            return not_screened(cause_of(error))


def measure_page(tools: ReadingTools, source: Source, number: int) -> PageShape:
    """Return the shape of a page that could not be read: it is still counted by its size.

    Raises InputRejected, PageUnreadable.
    """
    with source.local_copy() as file, open_scan(file, tools.limits) as document:
        return document.page(number).shape


def read_unit(tools: ReadingTools, source: Source, first: int, large: bool) -> Unit:
    """Read up to UNIT_PAGES pages from page ``first`` on; with ``large``, that page alone whatever its size.

    Raises InputRejected when the scan as a whole cannot be imported.
    """
    tools = loaded(tools)
    seen, too_large = [], []
    with source.local_copy() as file, open_scan(file, tools.limits) as document:
        for number in range(first, min(first + (1 if large else UNIT_PAGES), document.page_count + 1)):
            reset_deadline()
            if not large and _is_large(document, number, tools):
                too_large.append(number)
            else:
                seen.append(read_page(tools, document, number))
        unread = _unread(document) if first == 1 else ()
        return Unit(document.page_count, tuple(seen), tuple(too_large), unread)


def read_page(tools: ReadingTools, document: Document, number: int) -> ProcessedPage:
    """Screen and read one page; a failure becomes its outcome, and the result of its screening stays.

    Raises EngineUnavailable: then no page can be read.
    """
    shape: PageShape | None = None
    problems: tuple[Problem, ...] = ()
    screening: Screening | None = None
    try:
        page = document.page(number)
        shape, problems = page.shape, page.problems
        looked = words_outside(screen(page, tools.stamps), tools)
        screening = looked.screening
        return _read(tools, page, looked, shape, problems)
    except EngineUnavailable:
        raise  # not a fault of the page: the run must end and say what to install
    except (InputRejected, OcrError) as error:
        screening = screening or not_screened(cause_of(error))
        cause = error.cause if isinstance(error, OcrError) else error.reason
        return failed_page(number, _outcome_of(error), cause, error.params, screening, shape, problems)


def _outcome_of(error: InputRejected | OcrError) -> PageOutcome:
    """Return the outcome of a page whose image, text layer or reader raised ``error``."""
    if isinstance(error, TooLarge):
        return PageOutcome.OVER_LIMIT
    if isinstance(error, PageUnreadable | InputRejected):
        return PageOutcome.UNREADABLE
    return PageOutcome.ENGINE_FAILED


def failed_page(
    number: int,
    outcome: PageOutcome,
    cause: str,
    params: Mapping[str, str],
    screening: Screening,
    shape: PageShape | None = None,
    problems: tuple[Problem, ...] = (),
) -> ProcessedPage:
    """Return a page that could not be read, with the problem that asks a person to look at it.

    ``cause``: slug of the reason; ``params``: its numbers (``rules.problem_texts``).
    """
    said = {"cause": cause, "screened": screening.answer.value, **params}
    problem = Problem(f"page_{outcome}", said, page=number)
    entry = PageEntry(number, outcome, shape, reason=cause, screening=screening)
    return ProcessedPage(ReadPage(entry, (*problems, problem)), None)


def _read(
    tools: ReadingTools, page: StoredPage, looked: ScreenedPage, shape: PageShape, problems: tuple[Problem, ...]
) -> ProcessedPage:
    if looked.picture is None:
        raise looked.failure or PageUnreadable(tr("ocr.the_page_has_no_picture_scan"), "picture_damaged")
    screening = looked.screening
    text = page.text_layer()
    if text is not None:
        return _finish(page.number, PageOutcome.TEXT_LAYER, text, shape, 0, problems, screening)
    recognition = _recognise(tools, looked.picture)
    if recognition.blank:
        entry = PageEntry(page.number, PageOutcome.BLANK, shape, rotation=recognition.rotation, screening=screening)
        return ProcessedPage(ReadPage(entry, problems), None)
    outcome = PageOutcome.SEPARATOR if is_separator(recognition.text) else PageOutcome.RECOGNISED
    problems += _doubts(page.number, recognition.text, outcome)
    return _finish(page.number, outcome, recognition.text, shape, recognition.rotation, problems, screening)


def words_outside(looked: ScreenedPage, tools: ReadingTools) -> ScreenedPage:
    """Read the content outside the page too, only for secret marks: its words are not kept."""
    screening = looked.screening
    for outside in looked.beyond:
        reset_deadline()  # each image takes as long as a page
        try:
            text = recognise(outside, tools.engine).text
        except EngineUnavailable:
            raise
        except OcrError:
            continue  # it was screened; that needs no reader
        screening = with_words(screening, text, outside.canvas_width_mm, outside.canvas_height_mm)
    return replace(looked, screening=screening, beyond=())


def _recognise(tools: ReadingTools, image: PageImage) -> Recognition:
    try:
        return recognise(image, tools.engine)
    except PageUnreadable as error:  # the image is decoded: the engine failed on it
        raise OcrError(str(error), error.cause, error.params) from error


def _finish(
    number: int,
    outcome: PageOutcome,
    text: PageText,
    shape: PageShape,
    rotation: int,
    problems: tuple[Problem, ...],
    screening: Screening,
) -> ProcessedPage:
    screening = with_words(screening, text, shape.canvas_width_mm, shape.canvas_height_mm)
    entry = PageEntry(number, outcome, shape, rotation=rotation, confidence=text.confidence, screening=screening)
    return ProcessedPage(ReadPage(entry, problems, pack_text(text)), observed(entry, text))


def observed(entry: PageEntry, text: PageText | None) -> PageObservations | None:
    """Return the observations of a page, or None when the page has no text of a result."""
    if text is None or entry.shape is None or entry.outcome is PageOutcome.SEPARATOR:
        return None
    origin = Origin.TEXT_LAYER if entry.outcome is PageOutcome.TEXT_LAYER else Origin.OCR
    return observe_page(entry.number, text, entry.shape, origin)


def _doubts(number: int, text: PageText, outcome: PageOutcome) -> tuple[Problem, ...]:
    if outcome is not PageOutcome.RECOGNISED:
        return ()
    if text.confidence is None:
        return (Problem("no_words", page=number),)
    if text.confidence < _POOR_READING:
        return (Problem("poor_reading", page=number),)
    return ()


def _unread(document: Document) -> tuple[str, ...]:
    try:
        return document.unscreened
    except OcrError as error:
        return (cause_of(error),)


def _is_large(document: Document, number: int, tools: ReadingTools) -> bool:
    try:
        shape = document.page(number).shape
    except OcrError:
        return False  # read_page will report the error
    return (shape.pixel_width or 0) * (shape.pixel_height or 0) > tools.limits.whole_pixels


_KEPT: dict[str, ReadingTools] = {}  # one entry: a worker keeps its models loaded from task to task


def loaded(tools: ReadingTools) -> ReadingTools:
    """Return this process's loaded copy of ``tools``, which arrive unloaded with every task.

    Raises EngineUnavailable when this machine's fingerprint is not that of the import.
    """
    readers = (type(tools.engine), tools.engine.identity, type(tools.stamps), tools.stamps.identity)
    identity = repr((readers, tools.limits, dict(tools.expected)))
    if identity not in _KEPT:
        _check_expected(tools)
        _KEPT.clear()
        _KEPT[identity] = tools
    return _KEPT[identity]


def _check_expected(tools: ReadingTools) -> None:
    if not tools.expected:
        return
    here = pipeline_identity(tools.engine, tools.stamps).fingerprint
    for name, expected in tools.expected.items():
        if here.get(name) != expected:
            raise EngineUnavailable(
                tr(
                    "work.the_worker_on_would_read_otherwise",
                    node=platform.node(),
                    name=name,
                    found=here.get(name),
                    expected=expected,
                )
            )
