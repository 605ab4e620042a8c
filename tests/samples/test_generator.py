"""The generator: what tests and offices may rely on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from samples.generator.catalogue import catalogue
from samples.generator.compose import Composer
from samples.generator.draw import draw_plan
from samples.generator.fonts import FontMissing, Fonts
from samples.generator.marks import Text
from samples.generator.pages import decision_page
from samples.generator.plans import Form, Plan
from samples.generator.stamps import stamp
from samples.generator.truetype import TrueType
from samples.generator.truth import size_name
from samples.make import made_with

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="module")
def fonts() -> Fonts:
    try:
        return Fonts.find()
    except FontMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def plans(fonts: Fonts) -> dict[str, Plan]:
    return {plan.name: plan for plan in catalogue(fonts)}


def reddish(image: Image.Image) -> int:
    pixels = np.asarray(image, dtype=np.int16)
    return int(np.count_nonzero(pixels[:, :, 0] - pixels[:, :, 1] > 60))


def test_a_missing_font_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(FontMissing, match="fonts-liberation2"):
        Fonts.find((tmp_path,))


def test_the_kept_born_digital_scan_comes_out_again_byte_for_byte(
    plans: dict[str, Plan], fonts: Fonts, tmp_path: Path
) -> None:
    recorded = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))["made_with"]
    if recorded != made_with(fonts):
        pytest.skip(f"The samples were made with {recorded}; other libraries draw other bytes.")

    (path,) = draw_plan(plans["2291-SXD-QLXD.pdf"], tmp_path, fonts)

    assert path.read_bytes() == (SAMPLES / "scans" / path.name).read_bytes()


def test_the_same_seed_draws_the_same_bytes(plans: dict[str, Plan], fonts: Fonts, tmp_path: Path) -> None:
    small = replace(plans["CV742.pdf"], dpi=60)
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()

    drawn = [draw_plan(small, folder, fonts, seed=3)[0].read_bytes() for folder in (first, second)]

    assert drawn[0] == drawn[1]


def test_another_seed_damages_the_page_otherwise(plans: dict[str, Plan], fonts: Fonts, tmp_path: Path) -> None:
    small = replace(plans["CV742.pdf"], dpi=60)

    drawn = [draw_plan(small, tmp_path, fonts, seed=seed)[0].read_bytes() for seed in (3, 4)]

    assert drawn[0] != drawn[1]


def test_a_born_digital_page_reads_back_as_truth_says(plans: dict[str, Plan]) -> None:
    plan = plans["2291-SXD-QLXD.pdf"]
    with pypdfium2.PdfDocument(SAMPLES / "scans" / plan.name) as pdf:
        page = pdf[0]
        text_page = page.get_textpage()
        words = set(text_page.get_text_range().split())
        text_page.close()
        page.close()

    assert set(" ".join(plan.leaves[0].sheet.lines()).split()) <= words


def test_a_fax_page_in_a_pdf_is_mostly_white(plans: dict[str, Plan], fonts: Fonts, tmp_path: Path) -> None:
    (path,) = draw_plan(replace(plans["CV742.pdf"], dpi=60), tmp_path, fonts)
    with pypdfium2.PdfDocument(path) as pdf:
        page = pdf[0]
        shade = float(np.asarray(page.render(scale=0.5).to_pil().convert("L")).mean())
        page.close()

    assert shade > 200


def test_a_scanned_pdf_page_is_exactly_its_image_at_its_dpi(
    plans: dict[str, Plan], fonts: Fonts, tmp_path: Path
) -> None:
    (path,) = draw_plan(replace(plans["215_QD-UBND.pdf"], dpi=72), tmp_path, fonts)
    with pikepdf.open(path) as pdf:
        page = pdf.pages[0]
        image = page.Resources.XObject["/Im0"]

        assert [float(side) for side in page.mediabox] == [0, 0, int(image.Width), int(image.Height)]


def test_a_jpeg_says_its_dpi_only_when_it_should(plans: dict[str, Plan], fonts: Fonts, tmp_path: Path) -> None:
    jpeg = replace(plans["XNTTHN_143.jpg"], dpi=60, form=Form.JPEG)

    said = []
    for says in (True, False):
        (path,) = draw_plan(replace(jpeg, says_dpi=says), tmp_path, fonts)
        with Image.open(path) as image:
            said.append(image.info.get("dpi"))

    assert said == [(60, 60), None]


def test_a_decision_page_has_the_size_of_a4(fonts: Fonts) -> None:
    assert decision_page(dpi=100, fonts=fonts).size == (827, 1169)


def test_a_decision_page_refuses_more_text_than_it_holds(fonts: Fonts) -> None:
    with pytest.raises(ValueError, match="shorten the body"):
        decision_page(dpi=50, body=["dài " * 900], fonts=fonts)


def test_a_stamp_leaves_red_ink_and_the_page_unchanged(fonts: Fonts) -> None:
    page = Image.new("RGB", (800, 500), "white")

    stamped = stamp(page, "TỐI MẬT", angle=12, where=(0.5, 0.5), fonts=fonts)

    assert (reddish(page), reddish(stamped) > 2_000) == (0, True)


def test_a_fainter_stamp_leaves_less_ink(fonts: Fonts) -> None:
    page = Image.new("RGB", (800, 500), "white")
    darkness = [
        255 - float(np.asarray(stamp(page, "MẬT", strength=strength, where=(0.5, 0.5), fonts=fonts)).mean())
        for strength in (0.9, 0.3)
    ]

    assert darkness[0] > 2 * darkness[1] > 0


@pytest.mark.parametrize("mode", ["RGB", "L", "1"])
def test_a_stamped_page_keeps_its_mode(mode: str, fonts: Fonts) -> None:
    page = Image.new(mode, (600, 400), "white")

    stamped = stamp(page, "TUYỆT MẬT", where=(0.5, 0.5), fonts=fonts)

    assert (stamped.mode, stamped.size) == (mode, page.size)
    assert np.asarray(stamped.convert("L")).min() < 200


def test_a_secrecy_stamp_measures_what_the_norm_wants(fonts: Fonts) -> None:
    page = Image.new("L", (1000, 500), "white")
    for text, widths in (("MẬT", (15, 25)), ("TUYỆT MẬT", (35, 50))):
        ink = np.asarray(stamp(page, text, strength=1, where=(0.5, 0.5), dpi=254, fonts=fonts)) < 200
        rows, columns = np.nonzero(ink)
        width, height = np.ptp(columns) / 10, np.ptp(rows) / 10

        assert widths[0] <= width <= widths[1]
        assert 7 <= height <= 11


def test_every_letter_of_every_sheet_has_a_glyph(plans: dict[str, Plan], fonts: Fonts) -> None:
    letters: dict[Path, set[str]] = {}
    for plan in plans.values():
        for leaf in plan.leaves:
            for mark in leaf.sheet.marks:
                if isinstance(mark, Text):
                    letters.setdefault(fonts.path(mark.face), set()).update(mark.text)

    for path, found in letters.items():
        assert set(TrueType.parse(path.read_bytes()).glyphs("".join(found))) == found


def test_nothing_is_set_beyond_the_paper(plans: dict[str, Plan], fonts: Fonts) -> None:
    beyond = [
        (plan.name, mark.text)
        for plan in plans.values()
        for leaf in plan.leaves
        for mark in leaf.sheet.marks
        if isinstance(mark, Text)
        and not (
            5 < mark.x < mark.x + fonts.width(mark.text, mark.face, mark.points) < leaf.sheet.width - 5
            and 5 < mark.y < leaf.sheet.height - 5
        )
    ]

    assert beyond == []


def test_a_signature_takes_the_last_paragraphs_to_the_next_sheet(fonts: Fonts) -> None:
    page = Composer(fonts)
    for count in range(8):
        page.paragraph(f"Đoạn thứ {count}")
    page.y = 250
    page.keep(60)
    first, second = page.sheets()

    assert [line for line in second.lines() if line.startswith("Đoạn")] == ["Đoạn thứ 6", "Đoạn thứ 7"]
    assert [line for line in first.lines() if line.startswith("Đoạn")] == [f"Đoạn thứ {count}" for count in range(6)]


@pytest.mark.parametrize(("size", "name"), [((210, 297), "A4"), ((420, 297), "A3"), ((210, 148.5), "A5")])
def test_sheets_have_iso_names_either_way_up(size: tuple[float, float], name: str) -> None:
    assert size_name(*size) == name
