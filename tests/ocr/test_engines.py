"""Every reader keeps the contract of OcrEngine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from archive.ocr.engine import OcrEngine
from archive.ocr.tesseract.library import TesserocrEngine
from archive.ocr.tesseract.program import PytesseractEngine
from archive.ocr.tesseract.tessdata import find_tessdata
from tests.contracts.ocr_engine import OcrEngineContract, ReaderContract, printed
from tests.doubles.engines import FixedEngine

__all__ = ["printed"]  # the contract's page, a fixture here


class TestTesserocrEngine(ReaderContract):
    """In process."""

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls) -> OcrEngine:
        return TesserocrEngine(find_tessdata("vie"))

    @pytest.fixture
    def make(self) -> Callable[[Path], OcrEngine]:
        return TesserocrEngine


class TestPytesseractEngine(ReaderContract):
    """A program for each page."""

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls) -> OcrEngine:
        return PytesseractEngine(find_tessdata("vie"))

    @pytest.fixture
    def make(self) -> Callable[[Path], OcrEngine]:
        return PytesseractEngine


class TestFixedEngine(OcrEngineContract):
    """The double that tests of other parts read with."""

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls) -> OcrEngine:
        return FixedEngine()
