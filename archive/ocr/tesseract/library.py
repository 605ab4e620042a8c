"""Tesseract as a library in this process, by tesserocr: the default engine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archive.errors import EngineUnavailable, PageUnreadable
from archive.messages.catalogue import tr
from archive.model.image import PageImage
from archive.model.pages import PageText
from archive.ocr.tesseract.cleanup import CLEANUP, RawWord, lines_in_mm
from archive.ocr.tesseract.pixels import grey_pixels
from archive.ocr.tesseract.tessdata import data_digest

# Page segmentation 3 (fully automatic, no orientation): 4, 6 and 11 read whole pages worse (ADR 8.8).
_PSM = 3
_VARIABLES = {
    "tessedit_do_invert": "0",  # prepared pages are dark on white: an inverted second try costs time and adds junk
    "invert_threshold": "0.0",  # the same, as Tesseract 5 calls it
    "tessedit_enable_doc_dict": "0",  # words of one page must not change the reading of the next
    "debug_file": os.devnull,  # Tesseract's debug output must not reach the terminal or a log
}
_SETTINGS = f"psm {_PSM}, no inversion, no document dictionary, {CLEANUP}"


class TesserocrEngine:
    """Reads with Tesseract's LSTM in this process; the model is loaded at the first page and stays loaded."""

    def __init__(self, tessdata: Path, language: str = "vie") -> None:
        self._tessdata = tessdata
        self._language = language
        self._identity = ""
        self._api: Any = None  # tesserocr.PyTessBaseAPI, which has no types

    @property
    def identity(self) -> str:
        """Versions of tesserocr and Tesseract, digest of the model, settings. Raises EngineUnavailable."""
        if not self._identity:
            library = _tesserocr()
            tesseract = library.tesseract_version().split()[1]
            model = data_digest(self._tessdata, self._language)
            self._identity = f"tesserocr {library.__version__}, tesseract {tesseract}, {model}, {_SETTINGS}"
        return self._identity

    def read(self, image: PageImage) -> PageText:
        """Return the words of ``image``, boxes in mm from its top left. Raises EngineUnavailable or PageUnreadable."""
        identity = self.identity
        pixels = grey_pixels(image)
        api = self._loaded()
        try:
            api.SetImageBytes(pixels.tobytes(), image.width, image.height, 1, image.width)
            api.SetSourceResolution(round(image.dpi))
            if not api.Recognize():
                raise PageUnreadable(tr("ocr.tesseract_gave_up_on_this_page"), "reader_gave_up")
            x_mm, y_mm = image.canvas_width_mm / image.width, image.canvas_height_mm / image.height
            return PageText(lines_in_mm(_lines(api), x_mm, y_mm), identity)
        except RuntimeError as error:
            message = tr("ocr.tesseract_failed_on_this_page_scan")
            raise PageUnreadable(message, "reader_failed") from error
        finally:
            api.Clear()  # the page's pixels and results must not stay resident

    def _loaded(self) -> Any:
        if self._api is None:
            library = _tesserocr()
            try:
                api = library.PyTessBaseAPI(
                    path=f"{self._tessdata}/", lang=self._language, psm=_PSM, oem=library.OEM.LSTM_ONLY
                )
            except RuntimeError as error:
                raise EngineUnavailable(
                    tr("ocr.tesseract_cannot_load_from_install_its", language=self._language, folder=self._tessdata)
                ) from error
            for name, value in _VARIABLES.items():
                if not api.SetVariable(name, value):
                    raise EngineUnavailable(tr("ocr.this_tesseract_does_not_know_the", name=name))
            self._api = api
        return self._api

    def __getstate__(self) -> dict[str, Any]:
        """Leave the loaded model behind: a worker process loads its own and checks its own versions."""
        return {**self.__dict__, "_api": None, "_identity": ""}


def _lines(api: Any) -> Iterator[list[RawWord]]:
    """Yield the words of each printed line, in Tesseract's reading order."""
    library = _tesserocr()
    words = api.GetIterator()
    if words is None:
        return  # recognition succeeded and found no words
    line: list[RawWord] = []
    for word in library.iterate_level(words, library.RIL.WORD):
        if word.Empty(library.RIL.WORD):
            continue
        if line and word.IsAtBeginningOf(library.RIL.TEXTLINE):
            yield line
            line = []
        left, top, right, bottom = word.BoundingBox(library.RIL.WORD)
        text, confidence = word.GetUTF8Text(library.RIL.WORD), word.Confidence(library.RIL.WORD)
        line.append(RawWord(text, left, top, right, bottom, confidence))
    if line:
        yield line


def _tesserocr() -> Any:
    """Return tesserocr, imported at first use: program.py does not need it. Raises EngineUnavailable."""
    # One thread a process, one process a core (ADR 8.7). OpenMP reads this once, when the library is loaded.
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    try:
        import tesserocr
    except ImportError as error:
        raise EngineUnavailable(tr("ocr.tesserocr_is_not_installed_pip_install")) from error
    tesserocr.set_leptonica_log_level(tesserocr.LeptLogLevel.NONE)
    return tesserocr
