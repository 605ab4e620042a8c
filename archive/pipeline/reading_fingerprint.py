"""The fingerprint of a reading: everything that may change how its pages are read (ADR 17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import pikepdf
import PIL
import pypdfium2.version
from PIL import features

from archive.ocr.engine import OcrEngine
from archive.ocr.stamps.reader import StampReader

# The numbers of the stages. Raise a number by hand when its stage gives other pixels, words or verdicts for the same
# page; leave it when code is only moved or renamed. tests/pipeline/test_reading_fingerprint.py compares the pixels of
# sample pages with those of the last number and fails when they differ.
STAGES: Final[Mapping[str, int]] = {
    "render": 1,  # archive/ingest: scan to the pixels of a page as stored
    "prepare": 1,  # archive/ingest/enhance: pixels as stored to level ink at reading scale
    "recognise": 1,  # archive/pipeline/recognise.py: which images the engine reads, which of its readings counts
    "tidy": 1,  # archive/ocr/tesseract/cleanup.py: corrections of the engine's words
}
WORDS_SCREEN: Final = "words-2"  # archive/rules/secrecy: marks of state secrecy among the words of a page


@dataclass(frozen=True, slots=True)
class PipelineIdentity:
    """All parts that may change the pixels or words of a page, or the detection of secret marks.

    ``engine``: versions of Tesseract and its binding, digests of its language data. ``screen``: names and numbers of
    the screens for secret marks. ``stages``: numbers raised by hand. ``libraries``: versions of imaging libraries.
    """

    engine: str
    screen: str
    stages: Mapping[str, int]
    libraries: Mapping[str, str]

    @property
    def fingerprint(self) -> dict[str, str]:
        """The fingerprint as a reading stores it: one entry for each part."""
        stages = {name: str(number) for name, number in self.stages.items()}
        return {"engine": self.engine, "screen": self.screen, **stages, **self.libraries}


def pipeline_identity(engine: OcrEngine, stamps: StampReader) -> PipelineIdentity:
    """Return the identity of the pipeline in this process with ``engine``. Raises EngineUnavailable."""
    return PipelineIdentity(engine.identity, screen_identity(stamps), STAGES, library_versions())


def screen_identity(stamps: StampReader) -> str:
    """Return the names and numbers of the screens for secret marks: ``stamps-6 words-2``."""
    return f"{stamps.identity} {WORDS_SCREEN}"


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that decode or transform pixels, as they run here."""
    return {
        "pdfium": str(pypdfium2.version.PDFIUM_INFO),
        "qpdf": str(pikepdf.__libqpdf_version__),
        "pillow": PIL.__version__,
        "libjpeg": str(features.version_feature("libjpeg_turbo")),  # Pillow may be linked with the system's
        "libtiff": str(features.version_codec("libtiff")),
        "opencv": cv2.__version__,
        "numpy": np.__version__,
    }
