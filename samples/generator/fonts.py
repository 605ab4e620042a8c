"""Finds Liberation Serif, the metric twin of the face that offices print with."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from PIL import ImageFont

MM_PER_POINT = 25.4 / 72
# Where Debian puts version 2 of the faces: fonts-liberation2 up to release 12, fonts-liberation from 13 on.
FOLDERS = (Path("/usr/share/fonts/truetype/liberation2"), Path("/usr/share/fonts/truetype/liberation"))
# Large enough that hinting does not touch the advance widths.
_MEASURING_SIZE = 1000


class FontMissing(Exception):
    """The generator cannot draw: a font is not installed. The message names the package."""


class Face(StrEnum):
    """The faces used; the value is the end of the font file's name."""

    REGULAR = "Serif-Regular"
    BOLD = "Serif-Bold"
    ITALIC = "Serif-Italic"
    BOLD_ITALIC = "Serif-BoldItalic"
    SANS = "Sans-Regular"
    SANS_BOLD = "Sans-Bold"


@dataclass(frozen=True)
class Fonts:
    """One folder of Liberation fonts, with the sizes opened so far."""

    folder: Path
    _opened: dict[tuple[Face, float], ImageFont.FreeTypeFont] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def find(cls, folders: tuple[Path, ...] = FOLDERS) -> Fonts:
        """Return the first folder that has all faces with Vietnamese letters. Raises FontMissing."""
        for folder in folders:
            paths = [folder / f"Liberation{face}.ttf" for face in Face]
            if all(path.is_file() and _writes_vietnamese(path) for path in paths):
                return cls(folder)
        raise FontMissing(
            "Liberation Serif 2 is not installed, so no sample can be drawn (version 1 has no Vietnamese letters): "
            "install the Debian package fonts-liberation2 (fonts-liberation from Debian 13 on) and run again. "
            "The samples in samples/scans need no fonts."
        )

    def path(self, face: Face) -> Path:
        """Return the font file of ``face``."""
        return self.folder / f"Liberation{face}.ttf"

    def sized(self, face: Face, pixels: float) -> ImageFont.FreeTypeFont:
        """Return ``face`` with an em of ``pixels``."""
        key = (face, round(pixels, 3))
        if key not in self._opened:
            # Basic layout: with NFC text every letter is one glyph, and no shaping library decides widths.
            self._opened[key] = ImageFont.truetype(self.path(face), key[1], layout_engine=ImageFont.Layout.BASIC)
        return self._opened[key]

    def width(self, text: str, face: Face, points: float) -> float:
        """Return the advance width of ``text`` in mm."""
        return self.sized(face, _MEASURING_SIZE).getlength(text) / _MEASURING_SIZE * points * MM_PER_POINT


def _writes_vietnamese(path: Path) -> bool:
    """Tell whether the face has its own glyph for ệ, not the box that stands for missing letters."""
    font = ImageFont.truetype(path, 40, layout_engine=ImageFont.Layout.BASIC)
    missing = "\uffff"  # never a letter, in any font
    return bytes(font.getmask("ệ")) != bytes(font.getmask(missing))
