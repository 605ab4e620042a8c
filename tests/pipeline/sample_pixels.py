"""What each stage makes of a few sample pages; ``python -m tests.pipeline.sample_pixels`` writes it down."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from archive.ingest.enhance.prepare import at_reading_scale, extract_ink, is_blank, prepare
from archive.ingest.open import open_scan
from archive.model.image import PageImage
from archive.model.limits import Limits
from archive.model.pages import Box, Line, PageText, Word
from archive.ocr.tesseract.cleanup import RawWord, lines_in_mm
from archive.pipeline.reading_fingerprint import STAGES, library_versions
from archive.pipeline.recognise import recognise

SCANS = Path(__file__).parents[2] / "samples" / "scans"
WRITTEN = Path(__file__).with_name("sample_pixels.json")
SAMPLES = (  # first pages
    "215_QD-UBND.pdf",  # a photograph in colour, askew
    "2291-SXD-QLXD.pdf",  # letters that pdfium draws
    "CV742.pdf",  # grey
    "GPXD-62-2023.jpg",  # 300 dpi
    "HKD_99C8004176.png",
    "QD18_chuyen-muc-dich.tif",
    "QD951-SYT.tif",  # black and white
    "SNNMT_233.pdf",  # on its side
)
_GRID = (12, 16)  # cells across and down
_WORDS = ("Số:", "`12Š/QĐ-UBND~", "|", "Š1", "nga\u0300y", "Šơn", "1.Š00.000", "__", "¦Hà")


def written() -> Any:
    """Return what was written down when the numbers were last raised."""
    return json.loads(WRITTEN.read_text("utf-8"))


def now() -> dict[str, Any]:
    """Return numbers of stages, versions of libraries, and what each stage makes of the samples."""
    images = {name: _stored(name) for name in SAMPLES}
    return {
        "stages": dict(STAGES),
        "libraries": library_versions(),
        "render": {name: _digest(image) for name, image in images.items()},
        "prepare": {**{name: _prepared(image) for name, image in images.items()}, "bare paper": _prepared(_bare())},
        "recognise": {name: _recognised(images[name]) for name in ("CV742.pdf", "SNNMT_233.pdf")},
        "tidy": _tidied(),
    }


@dataclass(frozen=True)
class ScriptedEngine:
    """Gives the same words for every image, surer of the second one, and notes what it was given."""

    words: tuple[Word, ...]
    seen: list[PageImage] = field(default_factory=list)

    @property
    def identity(self) -> str:
        """Name the reader."""
        return "scripted"

    def read(self, image: PageImage) -> PageText:
        """Return the words."""
        self.seen.append(image)
        surer = 0.3 * (len(self.seen) > 1)
        words = tuple(Word(word.text, word.box, min(1.0, word.confidence + surer)) for word in self.words)
        return PageText((Line(words),), self.identity)


def _stored(name: str) -> PageImage:
    with open_scan(SCANS / name, Limits()) as scan:
        return scan.page(1).image()


def _bare() -> PageImage:
    return PageImage(np.full((1754, 1240, 3), (243, 240, 228), np.uint8), 210.0, 297.0)


def _digest(image: PageImage) -> str:
    about = f"{image.pixels.shape} {image.canvas_width_mm:.3f} {image.canvas_height_mm:.3f}"
    return hashlib.sha256(about.encode() + image.pixels.tobytes()).hexdigest()[:16]


def _prepared(image: PageImage) -> dict[str, Any]:
    page = at_reading_scale(image)
    ink = extract_ink(page)
    prepared = prepare(ink)
    return {
        "scaled": _digest(page),
        "blank": is_blank(page),
        "ink": _digest(ink),
        "rotation": prepared.rotation,
        "size": [prepared.image.width, prepared.image.height],
        "grey": _grey(prepared.image),
    }


def _grey(image: PageImage) -> list[float]:
    """Return the mean grey of each cell of a grid.

    OpenCV turns a page by other instructions on other processors, and rounds some pixels otherwise: the digest of a
    page that was askew differs between them, these means by less than 0.1.
    """
    cells = cv2.resize(image.pixels.astype(np.float32), _GRID, interpolation=cv2.INTER_AREA)
    return [round(float(cell), 1) for cell in cells.ravel()]


def _recognised(image: PageImage) -> list[dict[str, Any]]:
    """Return what engines that answer surely, poorly, and with words that run upwards are given, and what counts."""
    level, upright = Box(30.0, 40.0, 60.0, 45.0), Box(30.0, 40.0, 35.0, 70.0)
    answers = []
    for box, confidence in ((level, 0.9), (level, 0.5), (upright, 0.9)):
        engine = ScriptedEngine((Word("chứng", box, confidence),))
        read = recognise(image, engine)
        (word,) = read.text.words
        answers.append(
            {
                "rotation": read.rotation,
                "confidence": round(word.confidence, 3),
                "box": [round(side, 1) for side in word.box],
                "given": [[seen.width, seen.height, round(float(seen.pixels.mean()), 1)] for seen in engine.seen],
            }
        )
    return answers


def _tidied() -> list[list[Any]]:
    raw = [RawWord(text, 10.0 * at, 5.0, 10.0 * at + 8.0, 15.0, 10.0 * at) for at, text in enumerate(_WORDS)]
    return [[word.text, *word.box, word.confidence] for line in lines_in_mm([raw], 0.1, 0.1) for word in line.words]


def _lines(value: dict[str, Any]) -> str:
    """Return ``value`` as JSON with a line for each page of each stage, so that a change shows what it changes."""
    stages = []
    for stage, inner in value.items():
        entries = inner.items() if isinstance(inner, dict) else ()
        lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(one, ensure_ascii=False)}" for name, one in entries)
        shown = f"{{\n{lines}\n }}" if entries else json.dumps(inner, ensure_ascii=False)
        stages.append(f' "{stage}": {shown}')
    return "{\n" + ",\n".join(stages) + "\n}\n"


if __name__ == "__main__":
    WRITTEN.write_text(_lines(now()), "utf-8")
