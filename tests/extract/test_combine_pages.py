"""From pages to one result: where it begins, where another begins, what stays open."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.extract import combine_pages, observe_page
from archive.model.pages import Origin
from archive.rules.problem_texts import sentence
from tests.extract.pages import HEIGHT, WIDTH, centred, head, line, page, seen, shape, signature, turned

FIRST = [*head(), centred("QUYẾT ĐỊNH", 50), *signature("GIÁM ĐỐC")]
OTHER = [*head(number="Số: 13/QĐ-SYT"), centred("QUYẾT ĐỊNH", 50)]


def test_a_second_head_is_a_problem_and_the_first_result_keeps_its_fields() -> None:
    extraction = combine_pages([seen(*FIRST), seen(*OTHER, number=2)])

    assert extraction.fields["number"].value == "12"
    assert [(problem.code, problem.page) for problem in extraction.problems] == [("two_results", 2)]


def test_fields_of_the_second_result_never_reach_the_first() -> None:
    unsigned = [*head(), centred("QUYẾT ĐỊNH", 50)]

    extraction = combine_pages([seen(*unsigned), seen(*OTHER, *signature("GIÁM ĐỐC"), number=2)])

    assert "signer_name" not in extraction.fields


@pytest.mark.parametrize("marker", ["PHỤ LỤC I", "DỰ THẢO", "Mẫu số 01"])
def test_an_enclosure_begins_no_result(marker: str) -> None:
    enclosed = [line((30.0, marker), top=10.0), *OTHER]

    assert combine_pages([seen(*FIRST), seen(*enclosed, number=2)]).problems == ()


def test_an_enclosed_draft_with_open_blanks_begins_no_result() -> None:
    draft = [*head(number="Số: /NQ-HĐND", dated="Sơn Hà, ngày tháng năm 2021"), centred("NGHỊ QUYẾT", 50)]

    assert combine_pages([seen(*FIRST), seen(*draft, number=2)]).problems == ()


def test_a_later_page_that_only_continues_begins_no_result() -> None:
    text = line((30.0, "Căn cứ Quyết định số 12/QĐ-SYT ngày 05/3/2021 của Sở Y tế;"), top=40.0)

    assert combine_pages([seen(*FIRST), seen(text, number=2)]).problems == ()


def test_without_a_head_there_are_no_fields_and_one_problem() -> None:
    extraction = combine_pages([seen(line((30.0, "Danh sách các hộ dân"), top=40.0))])

    assert (extraction.fields, extraction.kind) == ({}, None)
    assert [problem.code for problem in extraction.problems] == ["no_header"]


def test_no_pages_with_text_give_nothing_to_doubt() -> None:
    assert combine_pages([]).problems == ()


def test_pages_before_the_head_are_not_the_results() -> None:
    cover = seen(line((30.0, "Họ và tên: Trần Văn Phụ"), top=40.0))

    extraction = combine_pages([cover, seen(*FIRST, number=2)])

    assert (extraction.fields["number"].page, "holder_name" in extraction.fields) == (2, False)


def test_problems_never_quote_the_page() -> None:
    extraction = combine_pages([seen(*head(number="Số: {44} /QĐ-SYT"), *signature("~T GIÁM ĐỐC", name="ai Thế Quyền"))])

    messages = " ".join(sentence(problem) for problem in extraction.problems)
    assert len(extraction.problems) == 3
    assert not any(secret in messages for secret in ("44", "Thế", "GIÁM"))


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_sheet_reads_the_same_and_its_boxes_lie_on_the_page_as_stored(quarters: int) -> None:
    upright, stored = page(*FIRST), turned(page(*FIRST), quarters)
    size = (HEIGHT, WIDTH) if quarters % 2 else (WIDTH, HEIGHT)

    expected = combine_pages([observe_page(1, upright, shape(), Origin.OCR)])
    found = combine_pages([observe_page(1, stored, shape(*size), Origin.OCR)])

    assert {name: field.value for name, field in expected.fields.items()} == {
        name: field.value for name, field in found.fields.items()
    }
    box = found.fields["issuing_agency"].box
    assert box is not None
    assert box in [line_.box for line_ in turned(page(line((30.0, "SỞ Y TẾ"), top=26.0)), quarters).lines]


def test_observations_are_small_and_travel_between_processes() -> None:
    body = [
        line((30.0, "Nội dung dài của một trang văn bản hành chính thông thường"), top=60.0 + y) for y in range(200)
    ]

    observed = seen(*FIRST, *body)

    packed = pickle.dumps(observed)
    assert pickle.loads(packed) == observed  # noqa: S301 - packed two lines above
    assert len(packed) < 20_000


def test_the_origin_of_a_page_is_the_origin_of_its_fields() -> None:
    extraction = combine_pages([observe_page(1, page(*FIRST), shape(), Origin.TEXT_LAYER)])

    assert {field.origin for field in extraction.fields.values()} == {Origin.TEXT_LAYER}


JUNK = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=12)
SCRAPS = st.sampled_from(
    [
        "Số:",
        "/QĐ-UBND",
        "ngày",
        "tháng",
        "năm",
        "2021",
        "05",
        "CỘNG",
        "HÒA",
        "Họ",
        "và",
        "tên:",
        "CCCD:",
        "KT.",
        "CHỦ",
        "TỊCH",
    ]
)


@given(
    st.lists(
        st.tuples(st.lists(JUNK | SCRAPS, min_size=1, max_size=8), st.floats(0, 190), st.floats(0, 290)), max_size=12
    )
)
def test_no_page_however_it_was_read_breaks_extraction(rows: list[tuple[list[str], float, float]]) -> None:
    lines = [*FIRST, *(line((left, " ".join(found)), top=top) for found, left, top in rows)]

    extraction = combine_pages([seen(*lines)])

    assert all(field.value and field.page == 1 and 0 <= field.confidence <= 1 for field in extraction.fields.values())
