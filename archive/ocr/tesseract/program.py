"""Tesseract as a program started for each page, by pytesseract: for machines without tesserocr."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from PIL import Image

from archive.errors import EngineUnavailable, PageUnreadable
from archive.messages.catalogue import tr
from archive.model.image import PageImage
from archive.model.pages import PageText
from archive.ocr.tesseract.cleanup import CLEANUP, RawWord, lines_in_mm
from archive.ocr.tesseract.pixels import grey_pixels
from archive.ocr.tesseract.tessdata import data_digest

_PSM = 3  # as in library.py, with the same reasons for the settings
_LSTM_ONLY = 1
_SETTINGS = f"psm {_PSM}, no inversion, {CLEANUP}"
_WORD_LEVEL = 5  # in the program's table: 1 page, 2 block, 3 paragraph, 4 line, 5 word
_LOWEST_DPI, _HIGHEST_DPI = 70, 2400  # outside, the program ignores the value and guesses


class PytesseractEngine:
    """Reads with the ``tesseract`` program, one process a page: 2.6 times the CPU of the library (ADR 8.7)."""

    def __init__(self, tessdata: Path, language: str = "vie") -> None:
        self._tessdata = tessdata
        self._language = language
        self._identity = ""

    @property
    def identity(self) -> str:
        """Versions of pytesseract and Tesseract, digest of the model, settings. Raises EngineUnavailable."""
        if not self._identity:
            library = _pytesseract()
            model = data_digest(self._tessdata, self._language)
            self._identity = f"pytesseract {library.__version__}, tesseract {_version(library)}, {model}, {_SETTINGS}"
        return self._identity

    def read(self, image: PageImage) -> PageText:
        """Return the words of ``image``, boxes in mm from its top left. Raises EngineUnavailable or PageUnreadable."""
        identity = self.identity
        table = self._table(image)
        x_mm, y_mm = image.canvas_width_mm / image.width, image.canvas_height_mm / image.height
        return PageText(lines_in_mm(_lines(table), x_mm, y_mm), identity)

    def _table(self, image: PageImage) -> dict[str, list[Any]]:
        library = _pytesseract()
        dpi = min(_HIGHEST_DPI, max(_LOWEST_DPI, round(image.dpi)))
        options = (
            f'--tessdata-dir "{self._tessdata}" --psm {_PSM} --oem {_LSTM_ONLY} --dpi {dpi} -c tessedit_do_invert=0'
        )
        try:
            table: dict[str, list[Any]] = library.image_to_data(
                Image.fromarray(grey_pixels(image)),
                lang=self._language,
                config=options,
                output_type=library.Output.DICT,
            )
        except library.TesseractNotFoundError as error:
            raise _missing_program() from error
        except (library.TesseractError, OSError, RuntimeError, ValueError) as error:
            raise PageUnreadable(tr("ocr.the_tesseract_program_failed_on_this"), "reader_failed") from error
        return table

    def __getstate__(self) -> dict[str, Any]:
        """Leave the versions behind: a worker checks those of its own machine."""
        return {**self.__dict__, "_identity": ""}


def _lines(table: dict[str, list[Any]]) -> Iterator[list[RawWord]]:
    """Yield the words of each printed line, in Tesseract's reading order."""
    rows = [row for row in range(len(table["text"])) if table["level"][row] == _WORD_LEVEL]
    for _, line in groupby(rows, key=lambda row: tuple(table[f"{part}_num"][row] for part in ("block", "par", "line"))):
        yield [_word(table, row) for row in line]


def _word(table: dict[str, list[Any]], row: int) -> RawWord:
    left, top = table["left"][row], table["top"][row]
    right, bottom = left + table["width"][row], top + table["height"][row]
    return RawWord(str(table["text"][row]), left, top, right, bottom, confidence=float(table["conf"][row]))


def _version(library: Any) -> str:
    try:
        return str(library.get_tesseract_version())
    except (library.TesseractNotFoundError, SystemExit) as error:  # pytesseract exits on a version it cannot parse
        raise _missing_program() from error


def _pytesseract() -> Any:
    # One thread a process, one process a core (ADR 8.7); the program inherits this.
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    try:
        import pytesseract
    except ImportError as error:
        raise EngineUnavailable(tr("ocr.pytesseract_is_not_installed_pip_install")) from error
    return pytesseract


def _missing_program() -> EngineUnavailable:
    return EngineUnavailable(tr("ocr.the_tesseract_program_was_not_found"))
