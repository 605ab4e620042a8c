"""Registry of OCR engines by name, such as ``tesseract:vie``."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from archive.errors import EngineUnavailable
from archive.messages.catalogue import tr
from archive.ocr.engine import OcrEngine
from archive.ocr.tesseract.tessdata import find_tessdata


def engine_named(name: str, tessdata: Path | None = None) -> OcrEngine:
    """Return the engine for ``tesseract:LANGUAGE``: in process if tesserocr is installed, else the program.

    ``tesseract-program:LANGUAGE`` always uses the program. ``tessdata``: folder of language data; without it the
    standard folders are searched. Raises EngineUnavailable.
    """
    kind, _, language = name.partition(":")
    if kind not in ("tesseract", "tesseract-program") or not language:
        raise EngineUnavailable(tr("ocr.names_no_reader_use_tesseract_vie", name=name))
    folder = find_tessdata(language) if tessdata is None else tessdata
    # Each engine is imported only when it is chosen: the libraries are large, and one of them may be absent.
    if kind == "tesseract" and find_spec("tesserocr") is not None:
        from archive.ocr.tesseract.library import TesserocrEngine

        return TesserocrEngine(folder, language)
    from archive.ocr.tesseract.program import PytesseractEngine

    return PytesseractEngine(folder, language)
