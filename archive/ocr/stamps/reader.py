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
    """What one candidate bears: a degree and whether it was read surely; "GIẢI MẬT"; or the word "GIẢI" alone.

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
        """Name of this screen with the number that is raised when it would judge a page otherwise."""
        return "stamps-6"

    def read(self, image: PageImage) -> tuple[Mark, ...]:
        """Return the marks that stand as stamps on ``image``: colour as scanned, before any preparation.

        What a frame or ink of its own sets apart is read by Tesseract; the detector must agree where other words are
        misread as that mark. A page on which this shows no mark is looked at by the detector. Raises
        EngineUnavailable or PageUnreadable: a page that cannot be screened is not a page without marks.
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
        """Return whether the detector lets a reading stand, which other words than a mark may give.

        MẬT alone is read of GIẢI MẬT, MẪU or MẬT ĐỘ too, where print crosses them or lines of a table frame them:
        in ink as dark as print. In coloured ink that is rare, and the detector denies a MẬT beside KHẨN.
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
        """Return whether "MẬT" was read of "GIẢI MẬT": by another view of it, or by what stands beside it.

        Beside it is looked only where no frame ends the stamp for sure; such candidates are of coloured ink, or of
        ink lighter than print, so that a printed word ("HÒA GIẢI") is not seen.
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
