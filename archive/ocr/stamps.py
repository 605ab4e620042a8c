"""Finds stamps that bear a mark of state secrecy, on the page as scanned, at any turn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from archive.model.image import PageImage, Pixels
from archive.model.pages import Box
from archive.ocr.stamps_line import LineReader
from archive.ocr.stamps_search import Candidate, candidates, widened
from archive.ocr.stamps_views import views
from archive.rules.secrecy import Mark, MarkForm
from archive.rules.secrecy_words import Degree, says_declassified, stamped_degree


class StampReader:
    """Screens one page image. Picklable, effect-free, single-threaded; loads its model at the first candidate."""

    def __init__(self) -> None:
        self._lines = LineReader()

    @property
    def identity(self) -> str:
        """Name of this screen with the number that is raised when it would judge a page otherwise."""
        return "stamps-2"

    def read(self, image: PageImage) -> tuple[Mark, ...]:
        """Return the marks that stand as stamps on ``image``: colour as scanned, before any preparation.

        Raises EngineUnavailable or PageUnreadable: a page that cannot be screened is not a page without marks.
        """
        marks: list[Mark] = []
        for candidate in candidates(image):
            if any(_holds(mark.box, candidate) for mark in marks):
                continue  # a piece of a stamp that was read
            read = self._degree(image, candidate)
            if read is not None:
                degree, sure = read
                marks.append(Mark(degree, MarkForm.STAMP, candidate.box, doubtful=not sure))
        return tuple(marks)

    def _degree(self, image: PageImage, candidate: Candidate) -> tuple[Degree, bool] | None:
        looks = views(image, candidate)
        for view in looks:
            read = stamped_degree(self._lines.read(view))
            if read is not None:
                lifted = read[0] is Degree.MAT and self._is_declassified(image, candidate, looks)
                return None if lifted else read
        return None

    def _is_declassified(self, image: PageImage, candidate: Candidate, others: Iterator[Pixels]) -> bool:
        """Return whether "MẬT" was read of "GIẢI MẬT": by another view of it, or by what stands beside it.

        Beside it is looked only where no frame ends the stamp; such candidates are of coloured ink, so that a
        printed word ("HÒA GIẢI") is not seen.
        """
        wider = () if candidate.framed else widened(candidate)
        looks = chain(others, *(views(image, wide) for wide in wider))
        return any(says_declassified(self._lines.read(view)) for view in looks)


def _holds(box: Box, candidate: Candidate) -> bool:
    return box.left < candidate.x < box.right and box.top < candidate.y < box.bottom
