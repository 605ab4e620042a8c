"""OcrEngine: the contract of OCR engines, from a prepared page image to words."""

from __future__ import annotations

from typing import Protocol

from archive.model.image import PageImage
from archive.model.pages import PageText


class OcrEngine(Protocol):
    """Reads one upright, prepared page. Picklable, effect-free, single-threaded; loads its model at first use."""

    @property
    def identity(self) -> str:
        """Name, library version and model digests: changes whenever the engine's reading may change."""

    def read(self, image: PageImage) -> PageText:
        """Return the words of ``image``, boxes in mm from its top left.

        Raises EngineUnavailable (no library, no language data) or PageUnreadable; never returns an empty
        text for a failure.
        """
