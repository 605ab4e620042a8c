"""Screens for secret marks that see, overlook, fail or never end: on guilty pages, which lie on their long sides."""

from __future__ import annotations

import os
import signal
import time

from archive.errors import PageUnreadable
from archive.model.image import PageImage
from archive.model.pages import Box
from archive.ocr.stamps.reader import StampReader
from archive.rules.secrecy.marks import Mark, MarkForm
from archive.rules.secrecy.words import Degree

MARK = Mark(Degree.TUYET_MAT, MarkForm.STAMP, Box(10, 10, 50, 20), doubtful=False)


class GuiltyScreen(StampReader):
    """Sees a stamp on a guilty page, or does there what ``mood`` says, and finds every other page clear."""

    def __init__(self, mood: str = "see") -> None:
        super().__init__()
        self.mood = mood

    @property
    def identity(self) -> str:
        """Name the mood: a worker keeps the screen that it has loaded while the name stays."""
        return f"guilty-{self.mood}"

    def read(self, image: PageImage) -> tuple[Mark, ...]:
        """Look, or misbehave."""
        if image.width <= image.height:
            return ()
        match self.mood:
            case "see":
                return (MARK,)
            case "crash":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang":
                time.sleep(3600)
            case "stumble":
                raise ValueError("unforeseen")
            case "give up":
                raise PageUnreadable("the screen gave up")
        return ()


class AllSeeing(StampReader):
    """Sees a stamp on every page."""

    @property
    def identity(self) -> str:
        """Name this screen."""
        return "all-seeing"

    def read(self, image: PageImage) -> tuple[Mark, ...]:
        """See a stamp."""
        return (MARK,)
