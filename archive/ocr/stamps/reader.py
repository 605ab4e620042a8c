"""StampReader: finds stamps with a mark of state secrecy on the page as scanned, at any angle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from archive.model.image import PageImage, Pixels
from archive.model.pages import Box
from archive.ocr.stamps.candidates import Candidate, candidates, widened
from archive.ocr.stamps.detector import StampDetector
from archive.ocr.stamps.ink import Ink
from archive.ocr.stamps.line_images import line_images
from archive.ocr.stamps.line_reader import LineReader
from archive.rules.secrecy.marks import Mark, MarkForm
from archive.rules.secrecy.words import Degree, is_first_of_declassified, says_declassified, stamped_degree

_EDGE_MM = 2.0  # a piece of a stamp may reach that much beyond the stamp as found


@dataclass(frozen=True, slots=True)
class _Reading:
    """The reading of one candidate: a degree and whether it is sure; "GIẢI MẬT"; or the word "GIẢI" alone.

    At most one of the three.
    """

    degree: Degree | None = None
    sure: bool = False
    lifted: bool = False
    first: bool = False


class StampReader:
    """Screens one page image. Picklable, effect-free, single-threaded; loads its models at the first page."""

    def __init__(self) -> None:
        self._lines = LineReader()
        self._detector = StampDetector()

    @property
    def identity(self) -> str:
        """Name of this screen with its number, which is raised when its answer for a page may change."""
        return "stamps-6"

    def read(self, image: PageImage) -> tuple[Mark, ...]:
        """Return the marks that stand as stamps on ``image``: colour as scanned, before any preparation.

        Tesseract reads stamps with a separate frame or ink; the detector must confirm readings that other words often
        cause. If no mark is left, the detector searches the whole page. Raises EngineUnavailable or
        PageUnreadable: a page that cannot be screened is not a page without marks.
        """
        readings = self._readings(image)
        marks = [
            Mark(reading.degree, MarkForm.STAMP, candidate.box, doubtful=not reading.sure)
            for candidate, reading in readings
            if reading.degree is not None and self._stands(image, candidate, reading)
        ]
        lifted = [candidate.box for candidate, reading in readings if reading.lifted]
        firsts = [candidate.box for candidate, reading in readings if reading.first]
        return _unlifted(marks, lifted, firsts) or _unlifted(self._detector.detect(image), lifted, firsts)

    def _stands(self, image: PageImage, candidate: Candidate, reading: _Reading) -> bool:
        """Return whether a reading counts as a mark; if other words often cause it, the detector must confirm it.

        GIẢI MẬT, MẪU and MẬT ĐỘ in ink as dark as print are sometimes read as MẬT, when print crosses them or table
        lines frame them. In coloured ink that is rare, and the detector would deny a MẬT beside KHẨN.
        """
        if reading.sure and (reading.degree is not Degree.MAT or candidate.ink is not Ink.DARK):
            return True
        return self._detector.agrees(image, candidate)

    def _readings(self, image: PageImage) -> list[tuple[Candidate, _Reading]]:
        readings: list[tuple[Candidate, _Reading]] = []
        for candidate in candidates(image):
            if any(reading.degree is not None and _holds(stamp.box, candidate) for stamp, reading in readings):
                continue  # a piece of a stamp that was read
            reading = self._read(image, candidate)
            readings.append((candidate, reading))
        return readings

    def _read(self, image: PageImage, candidate: Candidate) -> _Reading:
        lifted = first = False
        looks = line_images(image, candidate)
        for view in looks:
            text = self._lines.read(view)
            read = stamped_degree(text)
            if read is not None:
                degree, sure = read
                if degree is Degree.MAT and (lifted or self._is_declassified(image, candidate, looks)):
                    return _Reading(lifted=True)
                return _Reading(degree, sure)
            lifted |= says_declassified(text)
            first |= is_first_of_declassified(text)
        return _Reading(lifted=lifted, first=first and not lifted)

    def _is_declassified(self, image: PageImage, candidate: Candidate, others: Iterator[Pixels]) -> bool:
        """Return whether "MẬT" is a part of "GIẢI MẬT": by another view, or by the words beside it.

        The words beside it are read only when no frame limits the stamp; such candidates have coloured ink, or
        ink lighter than print, so that a printed word ("HÒA GIẢI") is not read.
        """
        wider = () if candidate.framed and candidate.print_level is None else widened(candidate)
        looks = chain(others, *(line_images(image, wide) for wide in wider))
        return any(says_declassified(self._lines.read(view)) for view in looks)


def _holds(box: Box, candidate: Candidate) -> bool:
    return box.left < candidate.x < box.right and box.top < candidate.y < box.bottom


def _unlifted(marks: Sequence[Mark], lifted: Sequence[Box], firsts: Sequence[Box]) -> tuple[Mark, ...]:
    return tuple(mark for mark in marks if mark.degree is not Degree.MAT or not _is_lifted(mark.box, lifted, firsts))


def _is_lifted(mark: Box, lifted: Sequence[Box], firsts: Sequence[Box]) -> bool:
    """Return whether ``mark`` is a piece of a declassified stamp, or stands beside the lone first word of one.

    A mark that stands beside a whole declassified stamp is another stamp and stays.
    """
    return any(_is_piece(mark, box) for box in lifted) or any(_stands_beside(mark, box) for box in firsts)


def _is_piece(one: Box, other: Box) -> bool:
    left, right = other.left - _EDGE_MM, other.right + _EDGE_MM
    top, bottom = other.top - _EDGE_MM, other.bottom + _EDGE_MM
    return one.left > left and one.right < right and one.top > top and one.bottom < bottom


def _stands_beside(one: Box, other: Box) -> bool:
    low = min(one.height, other.height)
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    gap = max(one.left - other.right, other.left - one.right)
    return shared > low / 2 and abs(one.height - other.height) < low and -_EDGE_MM < gap < low
