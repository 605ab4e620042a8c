"""Pages without measure: metres of banner cost what a page costs, and stay within the limits."""

from __future__ import annotations

from pathlib import Path

import pytest
from pikepdf import Array

from archive.ingest.common.sizes import MM_PER_POINT
from archive.model.pages import SizeOrigin
from tests.ingest.scans import A4, LIMITS, PdfMaker, page_of, paper, words

TEXT = words("Bang quang cao ngoai troi")
METRE = 1000 / MM_PER_POINT  # points


def banner(folder: Path, box: tuple[float, float], content: bytes, unit: float = 1) -> Path:
    """Return a PDF of one page of ``box`` points, with an image to place as Im0."""
    maker = PdfMaker()
    maker.page(content, A4, maker.jpeg(paper()), MediaBox=Array([0, 0, *box]), UserUnit=unit)
    return maker.save(folder / "a.pdf", min_version="1.6")


@pytest.mark.parametrize(
    ("box", "unit"),
    [((10 * METRE, 5 * METRE), 1), ((METRE, METRE / 2), 10), ((100 * METRE, METRE / 10), 1), ((3, 14400), 1000)],
)
def test_a_born_digital_banner_keeps_its_box_and_comes_within_the_limits(
    tmp_path: Path, box: tuple[float, float], unit: float
) -> None:
    with page_of(banner(tmp_path, box, TEXT, unit)) as page:
        shape, image = page.shape, page.image()

    assert shape.born_digital
    expected = [side * unit * MM_PER_POINT for side in box]
    assert [shape.canvas_width_mm, shape.canvas_height_mm] == pytest.approx(expected, rel=1e-4)
    assert (image.canvas_width_mm, image.canvas_height_mm) == (shape.canvas_width_mm, shape.canvas_height_mm)
    assert image.width * image.height <= 2 * LIMITS.whole_pixels
    assert max(image.width, image.height) <= LIMITS.page_side


@pytest.mark.parametrize("share", [0.5, 1])
def test_a_scan_in_a_box_of_metres_is_drawn_as_paper(tmp_path: Path, share: float) -> None:
    width, height = 10 * METRE, 14 * METRE
    content = b"q %.0f 0 0 %.0f 0 0 cm /Im0 Do Q" % (width * share, height)

    with page_of(banner(tmp_path, (width, height), content)) as page:
        shape, image = page.shape, page.image()

    assert shape.size_origin is SizeOrigin.ASSUMED
    assert shape.canvas_width_mm < 1000
    assert image.width * image.height <= LIMITS.whole_pixels
