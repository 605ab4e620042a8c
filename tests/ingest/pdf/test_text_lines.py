"""Lines: words on one row and near each other, whatever the order in which they were drawn."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archive.ingest.pdf.text.lines import PlacedWord, group_lines
from archive.model.pages import Box


def word(text: str, left: float, top: float, height: float = 4.0) -> PlacedWord:
    """Return a word whose letters are 2 mm wide."""
    box = Box(left, top, left + 2 * len(text), top + height)
    return PlacedWord(text, box, box)


def texts(*words: PlacedWord) -> list[str]:
    """Return the lines' texts."""
    return [line.text for line in group_lines(list(words))]


def test_words_of_one_row_make_a_line_from_left_to_right() -> None:
    assert texts(word("xa", 15, 10), word("hoi", 20, 10.5), word("Cong", 6, 9.8)) == ["Cong xa hoi"]


def test_two_heads_side_by_side_stay_two_lines_in_content_order() -> None:
    head = [word("UBND", 20, 10), word("TINH", 20, 15), word("CONG", 90, 10), word("HOA", 99, 10)]

    assert texts(*head) == ["UBND", "TINH", "CONG HOA"]


def test_a_word_drawn_last_ties_the_pieces_beside_it() -> None:
    pieces = [word("So:", 10, 10), word("/QD", 30, 10), word("Noi dung", 10, 20), word("1234", 19, 10)]

    assert texts(*pieces) == ["So: 1234 /QD", "Noi dung"]


def test_a_tall_stamp_does_not_tie_the_lines_that_it_touches() -> None:
    assert texts(word("tren", 10, 10), word("duoi", 10, 15), word("DAU", 19, 9, height=12)) == ["tren", "duoi", "DAU"]


PLACED = st.builds(
    word,
    st.text("abcđ", min_size=1, max_size=6),
    st.floats(0, 200),
    st.floats(0, 290),
    st.floats(0.1, 20),
)


@given(st.lists(PLACED, max_size=40))
def test_no_word_is_lost_and_every_line_runs_to_the_right(words: list[PlacedWord]) -> None:
    lines = group_lines(words)

    assert sorted(w.text for line in lines for w in line.words) == sorted(w.text for w in words)
    for line in lines:
        lefts = [w.box.left for w in line.words]
        assert lefts == sorted(lefts)


@given(st.permutations([word("Giay", 10, 10), word("phep", 20, 10), word("xay", 30, 10), word("dung", 38, 10)]))
def test_the_order_of_drawing_does_not_matter_within_a_line(words: list[PlacedWord]) -> None:
    assert texts(*words) == ["Giay phep xay dung"]
