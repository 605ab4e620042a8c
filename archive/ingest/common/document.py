"""Document: a scan opened for reading, whatever its file format."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from archive.model.image import PageImage
from archive.model.pages import PageShape, PageText
from archive.model.results import Problem


class StoredPage(Protocol):
    """One page of an opened scan."""

    @property
    def number(self) -> int:
        """Position in the scan, from 1."""

    @property
    def shape(self) -> PageShape:
        """Size, dpi, colour: measured from headers, nothing is decoded. Raises PageUnreadable."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Doubts about the page itself, such as a size that its image contradicts."""

    @property
    def unscreened(self) -> tuple[str, ...]:
        """Slugs of the page's content that neither ``image()`` nor ``hidden_images()`` shows.

        Empty for a page that can be screened completely. Raises PageUnreadable.
        """

    def text_layer(self) -> PageText | None:
        """Return the page's own text when it is real text that accounts for the ink; else None.

        Raises PageUnreadable.
        """

    def stored_words(self) -> PageText | None:
        """Return all words that the file holds of the page, shown or not; None when none of them can be a secret mark.

        They are used for screening only, and include the text behind a scan. Raises PageUnreadable.
        """

    def image(self) -> PageImage:
        """Return the page's pixels as stored (/Rotate applied); reduced when over ``whole_pixels``.

        Raises TooLarge (over ``page_pixels`` or ``page_side``, checked before decoding) or PageUnreadable.
        """

    def hidden_images(self) -> tuple[PageImage, ...]:
        """Return images of the page's invisible content: outside its visible box, hidden or covered.

        They are used for screening only; empty for ordinary pages. Content that cannot be rendered
        within the limits is a slug of ``unscreened`` instead. Raises TooLarge or PageUnreadable.
        """


class Document(Protocol):
    """An opened scan; a context manager that closes the file."""

    @property
    def page_count(self) -> int:
        """Number of pages found; never 0."""

    @property
    def unscreened(self) -> tuple[str, ...]:
        """Slugs of the file's content beside its pages, such as attached files; empty without such content.

        This reads the whole file: call it once for a scan.
        """

    def page(self, number: int) -> StoredPage:
        """Return page ``number`` (from 1). Raises PageUnreadable."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
