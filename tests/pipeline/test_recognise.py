"""A page is read upright however it was fed, and its boxes lie on the page as stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pytest

from archive.errors import PageUnreadable
from archive.model.image import PageImage, Pixels
from archive.model.pages import Box, Line, PageText, Word
from archive.ocr.engine import OcrEngine
from archive.ocr.registry import engine_named
from archive.pipeline.recognise import recognise
from samples.generator.pages import decision_page
from tests.doubles.engines import FailingEngine, FixedEngine, mark

A4_MM = (210.0, 297.0)
SHARED_SCANS = Path(__file__).parents[2].parent / "shared" / "scans"


@pytest.fixture(scope="module")
def tesseract() -> OcrEngine:
    return engine_named("tesseract:vie")


@pytest.fixture(scope="module")
def upright() -> PageImage:
    return PageImage(np.asarray(decision_page(dpi=200)), *A4_MM)


def fed(image: PageImage, clockwise: int) -> PageImage:
    """Return the page as a scanner stores it when it is fed turned by so many degrees clockwise."""
    pixels = np.ascontiguousarray(np.rot90(image.pixels, -clockwise // 90))
    size = (image.canvas_width_mm, image.canvas_height_mm)
    return PageImage(pixels, *(size[::-1] if clockwise % 180 else size))


def where(box: Box, clockwise: int) -> Box:
    """Return where a box of the upright A4 lies on the page fed so."""
    width, height = A4_MM
    left, top, right, bottom = box
    return {
        0: box,
        90: Box(height - bottom, left, height - top, right),
        180: Box(width - right, height - bottom, width - left, height - top),
        270: Box(top, width - right, bottom, width - left),
    }[clockwise]


def box_of(text: PageText, word: str) -> Box:
    return next(w.box for w in text.words if w.text == word)


@pytest.mark.parametrize(("clockwise", "rotation"), [(0, 0), (90, 270), (180, 180), (270, 90)])
def test_a_page_fed_turned_is_read_upright(
    tesseract: OcrEngine, upright: PageImage, clockwise: int, rotation: int
) -> None:
    straight, turned = (recognise(fed(upright, turn), tesseract) for turn in (0, clockwise))

    assert turned.rotation == rotation
    assert "QUYẾT ĐỊNH" in turned.text.text
    assert box_of(turned.text, "QUYẾT") == pytest.approx(where(box_of(straight.text, "QUYẾT"), clockwise), abs=1.0)


@pytest.mark.parametrize("skew", [-3.0, 2.0])
def test_boxes_of_a_skewed_page_lie_on_the_print(tesseract: OcrEngine, upright: PageImage, skew: float) -> None:
    height, width = upright.pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), skew, 1)
    pixels = cv2.warpAffine(upright.pixels, turn, (width, height), borderValue=(255, 255, 255))
    px_per_mm = width / A4_MM[0]

    straight, skewed = recognise(upright, tesseract), recognise(PageImage(np.asarray(pixels), *A4_MM), tesseract)

    middle = [sum(box_of(straight.text, "QUYẾT")[side::2]) / 2 * px_per_mm for side in (0, 1)]
    expected = turn @ np.array([*middle, 1.0]) / px_per_mm
    found = box_of(skewed.text, "QUYẾT")
    assert ((found.left + found.right) / 2, (found.top + found.bottom) / 2) == pytest.approx(expected, abs=1.0)


@pytest.mark.parametrize("draw", [lambda p: p, lambda p: p[:, :, 0], lambda p: np.where(p[:, :, 0] > 140, 255, 0)])
def test_colour_grey_and_one_bit_pages_are_read(
    tesseract: OcrEngine, upright: PageImage, draw: Callable[[Pixels], Pixels]
) -> None:
    pixels = np.ascontiguousarray(draw(upright.pixels).astype(np.uint8))

    assert "123/QĐ-UBND" in recognise(PageImage(pixels, *A4_MM), tesseract).text.text


def test_a_blank_page_is_not_read(upright: PageImage) -> None:
    blank = PageImage(np.full_like(upright.pixels, 244), *A4_MM)

    recognition = recognise(blank, FailingEngine(marked_only=False))

    assert recognition.blank
    assert recognition.text == PageText((), "bad-1")


def test_a_page_that_the_engine_gives_up_is_an_error_and_not_blank(upright: PageImage) -> None:
    with pytest.raises(PageUnreadable):
        recognise(mark(upright), FailingEngine())


@pytest.mark.parametrize("clockwise", [0, 90, 180])
def test_only_the_marked_page_is_guilty(upright: PageImage, clockwise: int) -> None:
    assert not recognise(fed(upright, clockwise), FailingEngine()).blank
    with pytest.raises(PageUnreadable):
        recognise(fed(mark(upright), clockwise), FailingEngine())


def test_a_page_without_words_is_not_blank(tesseract: OcrEngine) -> None:
    drawing = np.full((1754, 1240), 244, np.uint8)
    cv2.circle(drawing, (600, 800), 200, 30, 3)

    recognition = recognise(PageImage(drawing, *A4_MM), tesseract)

    assert not recognition.blank


@dataclass(frozen=True)
class HeadedEngine:
    """Reads with ``upright`` confidence when the black bar is in the upper half of the page, else with ``other``."""

    upright: float
    other: float
    identity: str = "headed-1"

    def read(self, image: PageImage) -> PageText:
        half = image.height // 2
        confidence = self.upright if image.pixels[:half].mean() < image.pixels[half:].mean() else self.other
        return PageText((Line((Word("Số:", Box(20, 20, 40, 25), confidence),)),), self.identity)


def headed(upside_down: bool) -> PageImage:
    """Return a page with print in its upper half alone, as it is or upside down."""
    pixels = np.asarray(decision_page(dpi=100)).copy()
    pixels[pixels.shape[0] // 2 :] = 255
    image = PageImage(pixels, *A4_MM)
    return fed(image, 180) if upside_down else image


@pytest.mark.parametrize(
    ("upright_confidence", "other_confidence", "rotation"),
    [
        (0.90, 0.30, 180),  # plain print: read it the right way up
        (0.50, 0.30, 180),  # a bad copy, yet clearly better
        (0.42, 0.40, 0),  # a table that reads badly both ways: leave it as it lies
        (0.95, 0.70, 0),  # what reads well is not even tried
    ],
)
def test_a_page_is_turned_over_only_when_that_reads_clearly_better(
    upright_confidence: float, other_confidence: float, rotation: int
) -> None:
    engine = HeadedEngine(upright_confidence, other_confidence)

    assert recognise(headed(upside_down=True), engine).rotation == rotation


def test_a_page_whose_words_stand_on_end_is_laid_on_its_side(upright: PageImage) -> None:
    @dataclass(frozen=True)
    class PortraitReader:
        """Reads a portrait sheet on end, a landscape sheet level, as Tesseract does with lines that run up."""

        identity: str = "portrait-1"

        def read(self, image: PageImage) -> PageText:
            box = Box(20, 20, 25, 60) if image.height > image.width else Box(20, 20, 60, 25)
            return PageText((Line((Word("QUYẾT", box, 0.9),)),), self.identity)

    assert recognise(upright, PortraitReader()).rotation == 90


def test_boxes_end_at_the_edges_of_the_page(upright: PageImage) -> None:
    small = PageImage(upright.pixels, 100.0, 141.4)

    boxes = [word.box for word in recognise(small, FixedEngine(("một hai ba bốn năm sáu bảy",))).text.words]

    assert max(box.right for box in boxes) <= 100.0
    assert min(box.left for box in boxes) >= 0.0


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (2, 2, 3), (40, 4000)])
@pytest.mark.parametrize("shade", [0, 255])
def test_odd_images_are_read_or_blank(tesseract: OcrEngine, shape: tuple[int, ...], shade: int) -> None:
    image = PageImage(np.full(shape, shade, np.uint8), shape[1] / 8, shape[0] / 8)

    assert recognise(image, tesseract).text.words == ()


def test_real_scans_are_read(tesseract: OcrEngine) -> None:
    if not (SHARED_SCANS / "fields.json").is_file():
        pytest.skip("../shared/scans is not here: real scans are kept outside the repository")
    documents = json.loads((SHARED_SCANS / "fields.json").read_text("utf-8"))["documents"][:4]

    for expected in documents:
        recognition = recognise(render(SHARED_SCANS / expected["file"], expected["header_page"]), tesseract)

        assert recognition.rotation == 0
        assert expected["ky_hieu"] in recognition.text.text
        assert (recognition.text.confidence or 0.0) > 0.85


def render(file: Path, page: int) -> PageImage:
    """Return page ``page`` (from 1) of a PDF at 200 dpi."""
    document = pypdfium2.PdfDocument(file)
    pixels = np.asarray(document[page - 1].render(scale=200 / 72).to_pil().convert("RGB"))
    document.close()
    return PageImage(pixels, pixels.shape[1] / 200 * 25.4, pixels.shape[0] / 200 * 25.4)
