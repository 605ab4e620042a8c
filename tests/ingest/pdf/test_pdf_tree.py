"""The pages of a PDF are the leaves of its page tree, whatever /Count and empty places in /Kids say."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.errors import TooLarge, Unreadable
from archive.ingest.open import open_scan
from archive.model.limits import Limits
from tests.ingest.scans import LIMITS, Branch, PdfMaker, paper, replanted

SHADES = (40, 110, 180)  # what tells the three pages apart
SIDES = (500.0, 600.0, 700.0)  # points: so do their heights


def three_pages(path: Path) -> Path:
    """Write a PDF of three scanned pages."""
    maker = PdfMaker()
    for shade, height in zip(SHADES, SIDES, strict=True):
        image = paper((500, round(height)), "L")
        image.paste(shade, (100, 100, 400, 400))
        maker.scanned(maker.jpeg(image), (500.0, height))
    return maker.save(path, object_stream_mode=pikepdf.ObjectStreamMode.disable)


GONE = b"9999 0 R"
TREES = {
    "too few": Branch([0, 1, 2], 1),
    "none": Branch([0, 1, 2], 0),
    "negative": Branch([0, 1, 2], -3),
    "too many": Branch([0, 1, 2], 9),
    "no count": Branch([0, 1, 2]),
    "null first": Branch([b"null", 0, 1, 2], 3),
    "null first and counted": Branch([b"null", 0, 1, 2], 4),
    "null within": Branch([0, b"null", 1, 2], 3),
    "null last": Branch([0, 1, 2, b"null"], 4),
    "kid is gone": Branch([GONE, 0, 1, 2], 3),
    "kids that are none": Branch([0, b"42", 1, b"(page)", b"[]", 2], 3),
    "branches counted": Branch([Branch([0, 1], 2), Branch([2], 1)], 2),
    "branch with empty places": Branch([0, Branch([Branch([1, b"7"], 7)]), 2], 3),
    "empty branch": Branch([Branch([], 1), 0, Branch([], 0), 1, 2], 3),
    "no types": Branch([0, Branch([1], 1, b""), 2], 3, b""),
    "wrong types": Branch([0, Branch([1, 2], 2, b"/Type /Page")], 3, b"/Type /Catalog"),
    "deep": Branch([Branch([Branch([Branch([Branch([0], 1), 1], 2)], 1)], 1), 2], 2),
}


def seen(path: Path) -> list[tuple[float, int]]:
    """Return height in points and shade of each page."""
    with open_scan(path, LIMITS) as scan:
        images = [scan.page(number).image().pixels for number in range(1, scan.page_count + 1)]
    return [(float(pixels.shape[0]), int(pixels[300, 250])) for pixels in images]


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES.keys())
def test_every_leaf_of_the_tree_is_a_page_and_nothing_else_is(tmp_path: Path, tree: Branch) -> None:
    found = seen(replanted(three_pages(tmp_path / "a.pdf"), tree))

    assert [height for height, _ in found] == list(SIDES)
    assert [shade for _, shade in found] == pytest.approx(SHADES, abs=3)


def test_what_a_branch_hands_down_is_not_lost_with_a_wrong_count(tmp_path: Path) -> None:
    maker = PdfMaker()
    for _ in range(3):
        maker.page(b"0 g 0 0 50 50 re f", MediaBox=None)
    path = maker.save(tmp_path / "a.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    inner = Branch([1, 2], 1, b"/Type /Pages /MediaBox [0 0 500 700]")
    replanted(path, Branch([0, inner], 2, b"/Type /Pages /MediaBox [0 0 500 600]"))

    with open_scan(path, LIMITS) as scan:
        heights = [scan.page(number).shape.canvas_height_mm / 25.4 * 72 for number in (1, 2, 3)]
    assert heights == pytest.approx([600, 700, 700])


def test_a_tree_that_turns_back_on_itself_ends(tmp_path: Path) -> None:
    path = three_pages(tmp_path / "a.pdf")
    with pikepdf.open(path) as pdf:
        root = b"%d 0 R" % pdf.Root.Pages.objgen[0]

    assert [height for height, _ in seen(replanted(path, Branch([0, Branch([1, root], 9), 2], 3)))] == list(SIDES)


def test_a_page_named_twice_is_shown_twice(tmp_path: Path) -> None:
    path = replanted(three_pages(tmp_path / "a.pdf"), Branch([0, 1, 2, 0], 4))

    assert [height for height, _ in seen(path)] == [*SIDES, SIDES[0]]


def test_a_stamp_on_a_page_of_a_wrong_tree_is_drawn(tmp_path: Path) -> None:
    maker = PdfMaker()
    for _ in range(2):
        maker.scanned(maker.jpeg(paper()))
    maker.stamp(2, (0, 0, 300, 300), b"0 g 0 0 300 300 re f")
    path = maker.save(tmp_path / "a.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)

    with open_scan(replanted(path, Branch([0, 1], 1)), LIMITS) as scan:
        assert scan.page(2).image().pixels[-100, 100].max() < 60


def test_more_leaves_than_allowed_are_refused_whatever_the_count_says(tmp_path: Path) -> None:
    path = replanted(three_pages(tmp_path / "a.pdf"), Branch([0, 1, 2], 1))

    with pytest.raises(TooLarge) as refused:
        open_scan(path, Limits(scan_pages=2))

    assert refused.value.reason == "over_limit_pages"


def test_a_tree_without_leaves_holds_no_page_whatever_the_count_says(tmp_path: Path) -> None:
    path = replanted(three_pages(tmp_path / "a.pdf"), Branch([Branch([], 3), b"null"], 3))

    with pytest.raises(Unreadable) as refused:
        open_scan(path, LIMITS)

    assert refused.value.reason == "no_pages"


ANY_TREES = st.lists(
    st.recursive(
        st.sampled_from([b"null", GONE, b"5", "leaf"]), lambda kids: st.lists(kids, max_size=4), max_leaves=10
    ),
    max_size=5,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=ANY_TREES, counts=st.lists(st.none() | st.integers(-2, 9), min_size=30, max_size=30))
def test_whatever_the_tree_its_leaves_are_the_pages(
    tmp_path: Path, tree: list[object], counts: list[int | None]
) -> None:
    wanted, numbers = itertools.count(), iter(counts)

    def node(tree: object) -> int | bytes | Branch:
        if isinstance(tree, list):
            return Branch([node(kid) for kid in tree], next(numbers, 1))
        return next(wanted) if tree == "leaf" else tree

    maker = PdfMaker()
    root = node(tree)
    sizes = [200 + number for number in range(next(wanted))]
    for size in sizes or [100]:
        maker.page(b"0 g 0 0 50 50 re f", (size, 300))
    path = maker.save(tmp_path / "a.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    replanted(path, root)

    widths: list[int] = []
    with contextlib.suppress(Unreadable), open_scan(path, LIMITS) as scan:
        shapes = [scan.page(number).shape for number in range(1, scan.page_count + 1)]
        widths = [round((shape.width_mm or 0) / 25.4 * 72) for shape in shapes]

    assert widths == sizes
