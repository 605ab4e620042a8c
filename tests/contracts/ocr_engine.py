"""What every OcrEngine must do; an engine joins by giving fixtures."""

from __future__ import annotations

import pickle
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from archive.errors import EngineUnavailable, PageUnreadable
from archive.model.image import PageImage, Pixels
from archive.model.pages import PageText
from archive.ocr.engine import OcrEngine
from samples.generator.pages import decision_page

DPI = 150
A4_MM = (210.0, 297.0)


@pytest.fixture(scope="session")
def printed() -> PageImage:
    """A clean page of a fictional decision, in colour."""
    return PageImage(np.asarray(decision_page(dpi=DPI)), *A4_MM)


def grey(height: int, width: int, shade: int = 255) -> PageImage:
    """Return an even grey page at 150 dpi."""
    return PageImage(np.full((height, width), shade, np.uint8), width / DPI * 25.4, height / DPI * 25.4)


def moved(image: PageImage, right_mm: float, down_mm: float) -> PageImage:
    """Return ``image`` on a larger white sheet, farther right and down."""
    right, down = round(right_mm * DPI / 25.4), round(down_mm * DPI / 25.4)
    pixels: Pixels = np.pad(image.pixels, ((down, 0), (right, 0), (0, 0)), constant_values=255)
    return PageImage(pixels, image.canvas_width_mm + right / DPI * 25.4, image.canvas_height_mm + down / DPI * 25.4)


class OcrEngineContract:
    """What readers and their doubles share. Inherit, and provide ``engine``."""

    def test_a_reading_says_who_read(self, engine: OcrEngine, printed: PageImage) -> None:
        assert engine.identity
        assert engine.read(printed).engine == engine.identity

    def test_words_are_nfc_without_blanks_inside_or_around(self, engine: OcrEngine, printed: PageImage) -> None:
        words = engine.read(printed).words

        assert words
        assert all(word.text == unicodedata.normalize("NFC", word.text) for word in words)
        assert all(word.text.split() == [word.text] for word in words)

    def test_boxes_have_a_size_and_confidences_lie_between_0_and_1(self, engine: OcrEngine, printed: PageImage) -> None:
        words = engine.read(printed).words

        assert all(word.box.width > 0 and word.box.height > 0 for word in words)
        assert all(0 <= word.confidence <= 1 for word in words)

    def test_a_page_reads_the_same_whatever_was_read_before(self, engine: OcrEngine, printed: PageImage) -> None:
        first = engine.read(printed)
        engine.read(PageImage(np.ascontiguousarray(printed.pixels[::-1]), *A4_MM))

        assert engine.read(printed) == first

    def test_an_engine_that_has_read_travels_to_another_process(self, engine: OcrEngine, printed: PageImage) -> None:
        here = engine.read(printed)

        twin: OcrEngine = pickle.loads(pickle.dumps(engine))  # noqa: S301 - our own object, made a moment ago

        assert twin.identity == engine.identity
        assert twin.read(printed) == here

    def test_reading_leaves_the_image_alone(self, engine: OcrEngine, printed: PageImage) -> None:
        before = printed.pixels.copy()
        engine.read(printed)

        assert np.array_equal(printed.pixels, before)


class ReaderContract(OcrEngineContract):
    """What engines that really read must do. Inherit, and provide ``engine`` and ``make(tessdata)``."""

    @pytest.fixture(scope="class")
    @classmethod
    def reading(cls, engine: OcrEngine, printed: PageImage) -> PageText:
        return engine.read(printed)

    @pytest.mark.parametrize("printed_text", ["QUYẾT ĐỊNH", "123/QĐ-UBND", "Độc lập - Tự do - Hạnh phúc"])
    def test_clear_print_is_read_with_all_its_marks(self, reading: PageText, printed_text: str) -> None:
        assert printed_text in reading.text

    def test_clear_print_is_read_with_confidence(self, reading: PageText) -> None:
        assert reading.confidence is not None
        assert reading.confidence > 0.85

    def test_words_of_a_line_stand_side_by_side(self, reading: PageText) -> None:
        line = next(line for line in reading.lines if "QUYẾT ĐỊNH" in line.text)
        first, second = line.words[:2]

        assert first.box.right < second.box.left
        assert abs(first.box.top - second.box.top) < first.box.height

    def test_boxes_are_mm_from_the_top_left(self, engine: OcrEngine, printed: PageImage, reading: PageText) -> None:
        shifted = engine.read(moved(printed, right_mm=20, down_mm=30))
        here, there = (next(w.box for w in text.words if w.text == "QUYẾT") for text in (reading, shifted))

        assert there.left - here.left == pytest.approx(20, abs=0.7)
        assert there.top - here.top == pytest.approx(30, abs=0.7)
        assert 80 < here.left < 105  # the title is centred on the sheet

    def test_colour_and_grey_read_alike(self, engine: OcrEngine, printed: PageImage, reading: PageText) -> None:
        black_and_white = PageImage(np.ascontiguousarray(printed.pixels[:, :, 1]), *A4_MM)

        assert "QUYẾT ĐỊNH" in engine.read(black_and_white).text
        assert "QUYẾT ĐỊNH" in reading.text

    @pytest.mark.parametrize("size", [(1, 1), (1, 2000), (2000, 1), (3, 3), (400, 300)])
    @pytest.mark.parametrize("shade", [0, 128, 255])
    def test_pages_without_words_have_none(self, engine: OcrEngine, size: tuple[int, int], shade: int) -> None:
        assert engine.read(grey(*size, shade)).words == ()

    @pytest.mark.parametrize("size", [(0, 10), (10, 0), (10, 40_000)])
    def test_pixels_that_cannot_be_read_are_an_error(self, engine: OcrEngine, size: tuple[int, int]) -> None:
        with pytest.raises(PageUnreadable):
            engine.read(PageImage(np.zeros(size, np.uint8), 10.0, 10.0))

    def test_the_identity_holds_versions_and_the_digest_of_the_model(self, engine: OcrEngine) -> None:
        assert re.search(r"tesseract \d+\.\d+", engine.identity)
        assert re.search(r"vie-[0-9a-f]{12}\b", engine.identity)

    def test_absent_language_data_is_an_error_and_no_empty_page(
        self, make: Callable[[Path], OcrEngine], printed: PageImage, tmp_path: Path
    ) -> None:
        engine = make(tmp_path)

        with pytest.raises(EngineUnavailable, match="install"):
            engine.read(printed)

    def test_damaged_language_data_is_an_error_and_no_empty_page(
        self, make: Callable[[Path], OcrEngine], printed: PageImage, tmp_path: Path
    ) -> None:
        (tmp_path / "vie.traineddata").write_bytes(b"no model")
        engine = make(tmp_path)

        with pytest.raises((EngineUnavailable, PageUnreadable)):
            engine.read(printed)
