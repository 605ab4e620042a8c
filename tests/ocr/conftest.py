"""A stamp reader, where the language data are installed."""

from __future__ import annotations

import pytest

from archive.errors import EngineUnavailable
from archive.ocr.stamps.reader import StampReader
from archive.ocr.tesseract.tessdata import find_tessdata


@pytest.fixture(scope="module")
def reader() -> StampReader:
    try:
        find_tessdata("vie")
    except EngineUnavailable as error:
        pytest.skip(str(error))
    return StampReader()
