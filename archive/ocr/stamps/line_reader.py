"""LineReader: reads the single text line of a stamp with Tesseract."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Any

import numpy as np

from archive.errors import EngineUnavailable, PageUnreadable
from archive.messages.catalogue import tr
from archive.model.image import Pixels
from archive.ocr.tesseract.tessdata import find_tessdata

_LANGUAGE = "vie"
_ONE_LINE = 7  # Tesseract's page segmentation mode for a single text line
_DPI = 300  # rectified stamps have letters as tall as those of 12 points at 300 dpi
_VARIABLES = {
    "tessedit_do_invert": "0",  # rectified stamps are dark on white
    "invert_threshold": "0.0",  # the same, as Tesseract 5 calls it
    "tessedit_enable_doc_dict": "0",  # one stamp must not change the reading of the next
    "debug_file": os.devnull,  # Tesseract's debug output must not reach the terminal or a log
}


class LineReader:
    """Reads grey images of one line: in this process if tesserocr is installed, else by the tesseract program."""

    def __init__(self) -> None:
        self._api: Any = None  # tesserocr.PyTessBaseAPI, which has no types

    def read(self, pixels: Pixels) -> str:
        """Return the text of ``pixels``, shape (height, width), dark on white.

        Raises EngineUnavailable or PageUnreadable.
        """
        if find_spec("tesserocr") is None:
            return _read_by_program(pixels)
        api = self._loaded()
        height, width = pixels.shape
        try:
            api.SetImageBytes(np.ascontiguousarray(pixels).tobytes(), width, height, 1, width)
            api.SetSourceResolution(_DPI)
            return str(api.GetUTF8Text())
        except RuntimeError as error:
            raise PageUnreadable(tr("ocr.tesseract_failed_on_a_stamp_of"), "stamp_reader_failed") from error
        finally:
            api.Clear()  # a stamp's pixels and text must not stay resident

    def _loaded(self) -> Any:
        if self._api is None:
            # One thread a process, one process a core (ADR 8.7). OpenMP reads this once, when the library is loaded.
            os.environ.setdefault("OMP_THREAD_LIMIT", "1")
            import tesserocr

            folder = find_tessdata(_LANGUAGE)
            try:
                api = tesserocr.PyTessBaseAPI(
                    path=f"{folder}/", lang=_LANGUAGE, psm=_ONE_LINE, oem=tesserocr.OEM.LSTM_ONLY
                )
            except RuntimeError as error:
                raise EngineUnavailable(
                    tr("ocr.tesseract_cannot_load_from_install_its", language=_LANGUAGE, folder=folder)
                ) from error
            for name, value in _VARIABLES.items():
                api.SetVariable(name, value)
            self._api = api
        return self._api

    def __getstate__(self) -> dict[str, Any]:
        """Leave the loaded model behind: a worker process loads its own."""
        return {"_api": None}


def _read_by_program(pixels: Pixels) -> str:
    try:
        import pytesseract
        from PIL import Image
    except ImportError as error:
        raise EngineUnavailable(tr("ocr.neither_tesserocr_nor_pytesseract_is_installed")) from error
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    options = f'--tessdata-dir "{find_tessdata(_LANGUAGE)}" --psm {_ONE_LINE} --oem 1 --dpi {_DPI}'
    try:
        return str(pytesseract.image_to_string(Image.fromarray(pixels), lang=_LANGUAGE, config=options))
    except pytesseract.TesseractNotFoundError as error:
        raise EngineUnavailable(tr("ocr.the_tesseract_program_was_not_found")) from error
    except (pytesseract.TesseractError, OSError, RuntimeError, ValueError) as error:
        raise PageUnreadable(tr("ocr.the_tesseract_program_failed_on_a"), "stamp_reader_failed") from error
