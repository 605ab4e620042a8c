"""What one scan consists of, before it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from samples.generator.marks import Sheet
from samples.generator.results import Drawn
from samples.generator.scanner import Damage


class Form(StrEnum):
    """File formats; the value is the usual suffix."""

    PDF = "pdf"
    TIFF = "tif"
    JPEG = "jpg"
    PNG = "png"


class Colour(StrEnum):
    """How the scanner was set; the values are those of the design."""

    COLOUR = "colour"
    GREY = "grey"
    BILEVEL = "bilevel"


@dataclass(frozen=True)
class Leaf:
    """One page of a scan: the sheet, what the scanner did to it, how it lay."""

    sheet: Sheet
    damage: Damage
    turn: int = 0  # degrees clockwise by which it lay wrong
    outcome: str = "recognised"
    behind: Sheet | None = None  # the other side, showing through
    digital: bool = False  # a PDF page that was never scanned
    toner: float = 0.96


@dataclass(frozen=True)
class Plan:
    """One scan. ``results`` pairs each result with the page on which it begins."""

    name: str
    leaves: tuple[Leaf, ...]
    results: tuple[tuple[Drawn, int], ...]
    form: Form = Form.PDF
    dpi: int = 200
    colour: Colour = Colour.COLOUR
    quality: int = 60
    says_dpi: bool = True  # JPEG density written
    problems: tuple[str, ...] = ()
    below_norm: bool = False
    copies: tuple[str, ...] = ()  # other names under which the same bytes are given again
    note: str = ""
