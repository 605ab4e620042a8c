"""Image dictionaries that lie: what the data say counts, for dpi, pixels and limits alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pikepdf import Name, Stream
from PIL import Image

from archive.errors import TooLarge
from archive.model.pages import SizeOrigin
from tests.ingest.scans import A4, A4_AT_100, FULL_PAGE, LIMITS, PdfMaker, jpeg, page_of, paper

TWICE = (2 * A4_AT_100[0], 2 * A4_AT_100[1])


def claiming(maker: PdfMaker, image: Image.Image, size: tuple[int, int]) -> Stream:
    """Return a JPEG of ``image`` in a dictionary that claims ``size``."""
    return maker.image(jpeg(image), size, Filter=Name.DCTDecode)


def test_dpi_are_those_of_the_data(tmp_path: Path) -> None:
    """A dictionary that claims 200 dpi over data of 100 must not pass a norm of 200."""
    maker = PdfMaker()
    maker.scanned(claiming(maker, paper(), TWICE))

    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        shape, image = page.shape, page.image()

    assert (shape.size_origin, shape.dpi) == (SizeOrigin.PAGE_BOX, pytest.approx(100, abs=0.1))
    assert (shape.pixel_width, shape.pixel_height) == A4_AT_100
    assert (image.width, image.height) == A4_AT_100


def test_dpi_of_tiles_are_those_of_the_data(tmp_path: Path) -> None:
    """Many tiles, so that no lie hides behind the first ones that are looked into."""
    maker = PdfMaker()
    tiles = [claiming(maker, paper((827, 40)), (1654, 80)) for _ in range(30)]
    height = A4[1] / 30
    content = b" ".join(b"q %.3f 0 0 %.3f 0 %.3f cm /Im%d Do Q" % (A4[0], height, height * i, i) for i in range(30))
    maker.page(content, A4, *tiles)

    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        assert page.shape.dpi == pytest.approx(100, abs=0.1)


def test_a_jpeg_2000_is_measured_by_its_data(tmp_path: Path) -> None:
    Image.new("RGB", A4_AT_100, "white").save(tmp_path / "a.jp2")
    maker = PdfMaker()
    maker.scanned(maker.image((tmp_path / "a.jp2").read_bytes(), TWICE, Filter=Name.JPXDecode))

    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        assert page.shape.dpi == pytest.approx(100, abs=0.1)


def test_a_jpeg_larger_than_its_dictionary_says_is_seen_whole(tmp_path: Path) -> None:
    maker = PdfMaker()
    maker.scanned(claiming(maker, paper(), (413, 584)))

    with page_of(maker.save(tmp_path / "a.pdf")) as page:
        shape, image = page.shape, page.image()

    assert shape.dpi == pytest.approx(100, abs=0.1)
    seen = image.pixels.mean(axis=2)
    assert np.abs(seen - np.asarray(paper(mode="L"), float)).mean() < 2


def test_the_same_data_under_a_mask_are_another_picture(tmp_path: Path) -> None:
    """Two dictionaries share their data; one hides all of it. Which of the two is on the page, data do not tell."""
    maker = PdfMaker()
    hidden, open_ = maker.jpeg(paper()), maker.jpeg(paper())
    hidden.SMask = maker.image(bytes(A4_AT_100[0] * A4_AT_100[1]), A4_AT_100, ColorSpace=Name.DeviceGray)
    maker.page(FULL_PAGE, A4, hidden, open_)
    maker.page(FULL_PAGE.replace(b"Im0", b"Im1"), A4, hidden, open_)
    path = maker.save(tmp_path / "a.pdf")

    darkest = []
    for number in (1, 2):
        with page_of(path, number) as page:
            darkest.append(page.image().pixels.min())
    assert darkest[0] > 250 > 60 > darkest[1]


@pytest.mark.parametrize("claimed", [(10, 10), (2000, 2000)])
def test_a_limit_holds_for_data_and_for_claims(tmp_path: Path, claimed: tuple[int, int]) -> None:
    maker = PdfMaker()
    maker.scanned(claiming(maker, paper((1000, 10)) if claimed == (10, 10) else paper((10, 10)), claimed))

    limits = replace(LIMITS, page_side=900)
    with page_of(maker.save(tmp_path / "a.pdf"), limits=limits) as page, pytest.raises(TooLarge, match="000 x"):
        page.image()
