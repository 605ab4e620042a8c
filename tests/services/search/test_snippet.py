"""A snippet shows why a result was found, as the paper prints it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.services.search.query import parse_query
from archive.services.search.snippet import Snippet, best_snippet

FILLER = "chữ khác " * 40


def shown(pages: list[str], words: str) -> Snippet | None:
    """Return the snippet of pages numbered from 1."""
    return best_snippet(list(enumerate(pages, 1)), parse_query(words))


def highlighted(pages: list[str], words: str) -> list[str]:
    """Return what is highlighted."""
    snippet = shown(pages, words)
    assert snippet is not None
    return [snippet.text[start:end] for start, end in snippet.highlights]


def test_what_matches_is_highlighted_as_printed() -> None:
    snippet = shown(["UỶ BAN\nNHÂN  DÂN xã"], "uy ban nhan dan")

    assert snippet == Snippet(1, "UỶ BAN NHÂN DÂN xã", ((0, 2), (3, 6), (7, 11), (12, 15)))


@pytest.mark.parametrize("words", ["mưa", "-giấy", '"phép giấy"', ""])
def test_where_nothing_matches_there_is_no_snippet(words: str) -> None:
    assert shown(["giấy phép"], words) is None
    assert shown([], words) is None


def test_the_page_with_most_of_the_words_is_shown() -> None:
    snippet = shown(["giấy " * 9, "phép giấy", "giấy phép xây", "giấy phép"], "giấy phép xây")

    assert snippet is not None
    assert snippet.page == 3


def test_a_page_with_exact_marks_is_preferred() -> None:
    assert getattr(shown(["kết quả đạt", "thửa đất", "đất"], "đất"), "page", None) == 2


def test_without_marks_the_first_page_that_matches_is_shown() -> None:
    assert getattr(shown(["kết quả đạt", "thửa đất", "dat"], "dat"), "page", None) == 1


def test_all_words_outweigh_exact_marks() -> None:
    assert getattr(shown(["giấy", "giay phep"], "giấy phép"), "page", None) == 2


def test_where_marks_match_only_they_are_highlighted() -> None:
    assert highlighted(["đạt, dat và đất"], "đất") == ["đất"]
    assert highlighted(["đạt, dat và đất"], "dat") == ["đạt", "dat", "đất"]
    assert highlighted(["đạt và dat"], "đất") == ["đạt", "dat"]


def test_a_phrase_is_highlighted_whole_and_nowhere_else() -> None:
    assert highlighted(["phép giấy, giấy phép\nxây"], '"giấy phép xây"') == ["giấy phép xây"]


def test_a_number_is_highlighted_however_it_is_printed() -> None:
    assert highlighted(["Số: 0123 /QĐ - UBND ngày"], "123/QD-UBND") == ["0123 /QĐ - UBND"]


def test_excluded_words_are_no_reason() -> None:
    assert highlighted(["giấy phép"], "giấy -khai") == ["giấy"]


def test_a_long_page_is_cut_at_words_around_the_match() -> None:
    snippet = shown([FILLER + "giấy phép xây dựng " + FILLER], '"giấy phép" dựng')

    assert snippet is not None
    assert 150 <= len(snippet.text) <= 202
    assert snippet.text.startswith("…")
    assert snippet.text.endswith("…")
    assert set(snippet.text.strip("…").split()) == {"chữ", "khác", "giấy", "phép", "xây", "dựng"}
    assert [snippet.text[start:end] for start, end in snippet.highlights] == ["giấy phép", "dựng"]


def test_the_densest_place_of_a_page_is_shown() -> None:
    snippet = shown(["giấy " + FILLER + "phép " + FILLER + "giấy phép " + FILLER], "giấy phép")

    assert snippet is not None
    assert "giấy phép" in snippet.text


def test_exact_marks_outweigh_words_side_by_side() -> None:
    assert highlighted(["giay phep " + FILLER + "giấy, rồi phép"], "giấy phép") == ["giấy", "phép"]


def test_every_match_in_what_is_shown_is_highlighted() -> None:
    assert highlighted(["giấy nọ, " + "chữ " * 5 + "giấy phép"], "giấy phép") == ["giấy", "giấy", "phép"]


def test_a_short_page_is_shown_to_its_last_point() -> None:
    snippet = shown(["\n(Cấp giấy phép.)\n"], "giấy")

    assert snippet is not None
    assert snippet.text == "(Cấp giấy phép.)"


def test_words_far_apart_show_the_first_of_them() -> None:
    assert highlighted(["giấy " + FILLER + "phép"], "giấy phép") == ["giấy"]


def test_a_match_longer_than_a_snippet_is_shown_whole() -> None:
    long = " ".join(f"tiếng{number}" for number in range(35))

    assert highlighted([FILLER + long + " " + FILLER], f'"{long}"') == [long]


def test_a_page_in_another_normal_form_is_shown_as_it_is() -> None:
    page = unicodedata.normalize("NFD", "Cấp cho ông Nguyễn Văn Mẫu")

    assert highlighted([page], "nguyễn") == [unicodedata.normalize("NFD", "Nguyễn")]


def test_page_numbers_are_those_that_were_given() -> None:
    assert getattr(best_snippet([(7, "x"), (9, "giấy")], parse_query("giấy")), "page", None) == 9


PIECES = st.sampled_from(["giấy", "phép", "GIAY", "xây dựng", "đất", "…", "\n", "  ", "số 0123/QĐ-UBND", "a" * 90, "ế"])


@given(
    st.lists(st.lists(PIECES, max_size=60).map(" ".join), max_size=4),
    st.sampled_from(["giấy đất", '"xây dựng"', "dat 123/QD-UBND"]),
)
def test_a_snippet_is_text_of_its_page_with_highlights_in_order(pages: list[str], words: str) -> None:
    snippet = shown(pages, words)
    if snippet is None:
        return
    ends = [0, *(end for _, end in snippet.highlights)]

    assert snippet.highlights
    assert all(end <= start < stop for end, (start, stop) in zip(ends, snippet.highlights, strict=False))
    assert ends[-1] <= len(snippet.text)
    assert snippet.text.removeprefix("…").removesuffix("…").strip() in " ".join(pages[snippet.page - 1].split())
    assert len(snippet.text) <= 202
