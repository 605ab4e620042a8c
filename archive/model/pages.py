"""A page: its true size, its text with boxes, and its outcome."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from archive.model.sign_off import SignOff

MM_PER_INCH = 25.4


class PageOutcome(StrEnum):
    """The outcome of one page: exactly one for every page found."""

    RECOGNISED = "recognised"
    TEXT_LAYER = "text_layer"
    BLANK = "blank"
    SEPARATOR = "separator"
    OVER_LIMIT = "over_limit"
    UNREADABLE = "unreadable"
    TIMED_OUT = "timed_out"
    ENGINE_FAILED = "engine_failed"

    @property
    def failed(self) -> bool:
        """True when the page has content that could not be read: a person or a retry must act."""
        return self in _FAILED


_FAILED = frozenset(
    {
        PageOutcome.OVER_LIMIT,
        PageOutcome.UNREADABLE,
        PageOutcome.TIMED_OUT,
        PageOutcome.ENGINE_FAILED,
    }
)


class Origin(StrEnum):
    """The origin of a value."""

    OCR = "ocr"
    TEXT_LAYER = "text_layer"
    REGISTER = "register"
    KEYED = "keyed"
    CORRECTED = "corrected"
    COVER_SHEET = "cover_sheet"


class Colour(StrEnum):
    """Colour of the stored image of a page."""

    COLOUR = "colour"
    GREY = "grey"
    BILEVEL = "bilevel"


class SizeOrigin(StrEnum):
    """The origin of a page's size in mm, which decides whether the size is proven."""

    PAGE_BOX = "page_box"  # PDF page box, agreeing with the image on it: proven
    IMAGE_DPI = "image_dpi"  # pixels and the file's own plausible dpi: proven
    BORN_DIGITAL = "born_digital"  # PDF page box of a page that was never scanned: proven
    ASSUMED = "assumed"  # no dpi, or a default that scanners write without measuring
    CONFLICT = "conflict"  # page box and image dpi disagree

    @property
    def proven(self) -> bool:
        """True when the millimetres may be used for counting."""
        return self not in (SizeOrigin.ASSUMED, SizeOrigin.CONFLICT)


class Box(NamedTuple):
    """Rectangle in mm from the top left of the page as stored (/Rotate applied, before deskewing)."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Width in mm."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height in mm."""
        return self.bottom - self.top

    def union(self, other: Box) -> Box:
        """Return the smallest box that holds both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


@dataclass(frozen=True, slots=True)
class PageShape:
    """Size and kind of a stored page, known before its image is decoded.

    ``width_mm``/``height_mm`` are the true size as stored (/Rotate applied); both are None when the
    size is not known. ``canvas_width_mm``/``canvas_height_mm`` are always there: the coordinate
    space of the boxes. They equal the true size when that is known; otherwise they come from an
    assumed dpi, good for drawing boxes and never for counting.
    """

    size_origin: SizeOrigin
    canvas_width_mm: float
    canvas_height_mm: float
    width_mm: float | None = None
    height_mm: float | None = None
    dpi: float | None = None
    colour: Colour | None = None  # None: no image on the page (born digital)
    pixel_width: int | None = None  # of the full-page image; None when born digital
    pixel_height: int | None = None

    @property
    def born_digital(self) -> bool:
        """True when the page was never scanned: no full-page image stands behind it."""
        return self.size_origin is SizeOrigin.BORN_DIGITAL


@dataclass(frozen=True, slots=True)
class Word:
    """One word: NFC text, box in mm, confidence 0..1."""

    text: str
    box: Box
    confidence: float


class Alternative(NamedTuple):
    """Another reading of a line: NFC text, probability (0 to 1), and its reader."""

    text: str
    probability: float
    reader: str


@dataclass(frozen=True, slots=True)
class Line:
    """Words of one printed line, left to right.

    ``block`` is the label of the block of print that the line stands in, None if blocks were not searched.
    """

    words: tuple[Word, ...]
    block: str | None = None
    alternatives: tuple[Alternative, ...] = ()

    @property
    def text(self) -> str:
        """The words joined by one space."""
        return " ".join(word.text for word in self.words)

    @property
    def box(self) -> Box:
        """Smallest box around all words; a line always has at least one word."""
        box = self.words[0].box
        for word in self.words[1:]:
            box = box.union(word.box)
        return box

    @property
    def confidence(self) -> float:
        """Mean of the words' confidences, weighted by their lengths."""
        length = sum(len(word.text) for word in self.words)
        return sum(word.confidence * len(word.text) for word in self.words) / max(1, length)


@dataclass(frozen=True, slots=True)
class PageText:
    """The text that an engine read on one page, in reading order. Blank means no words; failure is never a PageText."""

    lines: tuple[Line, ...]
    engine: str  # identity of the reader: changes whenever its reading may change

    @property
    def text(self) -> str:
        """Lines joined by line feeds."""
        return "\n".join(line.text for line in self.lines)

    @property
    def words(self) -> tuple[Word, ...]:
        """All words in reading order."""
        return tuple(word for line in self.lines for word in line.words)

    @property
    def confidence(self) -> float | None:
        """Mean word confidence weighted by length; None for a blank page."""
        words = self.words
        length = sum(len(word.text) for word in words)
        if not length:
            return None
        return math.fsum(word.confidence * len(word.text) for word in words) / length


class ScreenAnswer(StrEnum):
    """The result of screening for secret marks."""

    SEEN = "seen"
    CLEAR = "clear"
    NOT_SCREENED = "not_screened"  # not all of the page could be screened


@dataclass(frozen=True, slots=True)
class Screening:
    """The screening of one page: the screens (names with numbers, ``stamps-6``), and slugs of incomplete parts."""

    answer: ScreenAnswer
    by: tuple[str, ...]
    causes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """A page's true size as a person measured it on the paper, in mm.

    ``proposed``: another size that waits for a second person, while this one counts.
    """

    width_mm: float
    height_mm: float
    settled_by: tuple[SignOff, ...]
    proposed: Measure | None = None


class ExclusionState(StrEnum):
    """The state of a request to exclude a page from counting."""

    DISPUTED = "disputed"
    UPHELD = "upheld"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """The exclusion of a page from counting: the reason (a slug), its state, and who decided."""

    reason: str
    state: ExclusionState
    settled_by: tuple[SignOff, ...]


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One page in the ledger and in a reading: its number, outcome and size.

    ``number`` counts from 1 within the scan. ``rotation`` is degrees clockwise to upright. ``reason`` is a slug (a
    sentence where format 1 wrote it). ``screening`` is None if it was not recorded: before format 2.
    """

    number: int
    outcome: PageOutcome
    shape: PageShape | None = None  # None when the page could not be measured
    reason: str | None = None
    rotation: int = 0
    confidence: float | None = None
    screening: Screening | None = None
    measure: Measure | None = None
    exclusion: Exclusion | None = None
