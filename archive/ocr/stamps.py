"""Finds stamps that bear a mark of state secrecy, on the page as scanned, at any turn."""

from __future__ import annotations

from archive.model.image import PageImage
from archive.model.pages import Box
from archive.ocr.stamps_line import LineReader
from archive.ocr.stamps_search import Candidate, candidates
from archive.ocr.stamps_views import views
from archive.rules.secrecy import Mark, MarkForm
from archive.rules.secrecy_words import Degree, stamped_degree


class StampReader:
    """Screens one page image. Picklable, effect-free, single-threaded; loads its model at the first candidate."""

    def __init__(self) -> None:
        self._lines = LineReader()

    @property
    def identity(self) -> str:
        """Name of this screen with the number that is raised when it would judge a page otherwise."""
        return "stamps-1"

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
        for view in views(image, candidate):
            read = stamped_degree(self._lines.read(view))
            if read is not None:
                return read
        return None


def _holds(box: Box, candidate: Candidate) -> bool:
    return box.left < candidate.x < box.right and box.top < candidate.y < box.bottom
