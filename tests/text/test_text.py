"""Vietnamese text: what is written one way is found in every other."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.text.vietnamese import exact, fold, is_line, nfc, tokens, unmark

SYLLABLES = re.findall(
    r"\w+",
    "giấy phép xây dựng hòa thúy hủy quý quyết định già giếng gì gìn nghĩa khuỷu ngoéo toàn hoàng thuở được người "
    "ương yến ý ỷ uống khuya huých quỳnh xoong Đặng Nguyễn Ủy ban kỹ lý mỹ của mùa cửa",
)
VIETNAMESE = st.text(alphabet=sorted(set("".join(SYLLABLES)) | set(" \n./-_–…0123456789ĐÐḌÀẢ")), max_size=60)
ANY_TEXT = st.one_of(VIETNAMESE, st.text(max_size=40))
FORMS = st.sampled_from(["NFC", "NFD"])


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("hoà", "hòa"),
        ("khoẻ", "khỏe"),
        ("thuý", "thúy"),
        ("HUỶ", "hủy"),
        ("tuỳ", "tùy"),
        ("qúy", "quý"),
        ("qủa", "quả"),
        ("gìa", "già"),
        ("gíêng", "giếng"),
        ("tòan", "toàn"),
        ("thủơ", "thuở"),
        ("mừơi", "mười"),
        ("khủyu", "khuỷu"),
        ("ngóeo", "ngoéo"),
        ("cuả", "của"),
        ("cưả", "cửa"),
        ("nghiã", "nghĩa"),
        ("qúôc", "quốc"),
        ("chuẩnbị", "chuẩnbị"),
    ],
)
def test_a_tone_means_the_same_wherever_it_was_put(new: str, old: str) -> None:
    assert exact(new) == exact(old) == nfc(old)
    assert exact(unicodedata.normalize("NFD", new)) == nfc(old)


@pytest.mark.parametrize("syllable", SYLLABLES)
def test_a_syllable_spelled_the_older_way_stays_as_it_is(syllable: str) -> None:
    assert exact(syllable) == syllable.lower()


@pytest.mark.parametrize("word", ["café", "josé", "đắklắk", "hoàbình", "qụyền", "àà"])
def test_what_is_no_vietnamese_syllable_keeps_its_tones(word: str) -> None:
    assert exact(word) == word


@pytest.mark.parametrize(
    ("one", "other"), [("hòa", "hoa"), ("quý", "quy"), ("mùa", "mua"), ("đinh", "dinh"), ("ký", "kí")]
)
def test_the_exact_form_keeps_marks_and_letters_apart(one: str, other: str) -> None:
    assert exact(one) != exact(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("kỹ", "kĩ"), ("quý", "quí"), ("Lý", "Lí"), ("Mỹ", "MĨ"), ("định", "dinh"), ("ĐẤT", "dat"), ("Nguyễn", "nguyen")],
)
def test_the_folded_form_joins_what_is_spelled_differently(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize("look_alike", ["Ðất", "ðất", "Ɖất"])
def test_look_alikes_of_d_with_stroke_are_that_letter(look_alike: str) -> None:
    assert exact(look_alike) == "đất"
    assert fold(look_alike) == "dat"


def test_unmark_keeps_letters_and_case() -> None:
    assert unmark("Giấy phép QĐ-UBND Kỳ") == "Giay phep QD-UBND Ky"


def test_a_number_and_its_symbol_are_tokens_of_their_own() -> None:
    found = tokens("Số: 0123/QĐ-UBND_a")

    assert [token.exact for token in found] == ["số", "0123", "qđ", "ubnd", "a"]
    assert [token.folded for token in found] == ["so", "123", "qd", "ubnd", "a"]


@pytest.mark.parametrize(
    ("printed", "folded"), [("0123", "123"), ("000", "0"), ("0", "0"), ("１２", "12"), ("05a", "05a")]
)
def test_numbers_meet_without_their_leading_zeros(printed: str, folded: str) -> None:
    assert [token.folded for token in tokens(printed)] == [folded]


def test_a_raised_figure_is_a_figure() -> None:
    assert [token.exact for token in tokens("120 m²")] == ["120", "m2"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_offsets_are_those_of_the_text_that_was_given(form: str) -> None:
    text = unicodedata.normalize(form, "Cấp cho ông Nguyễn Văn Mẫu")
    found = tokens(text)

    assert [text[t.start : t.end] for t in found] == text.split()
    assert [t.exact for t in found] == ["cấp", "cho", "ông", "nguyễn", "văn", "mẫu"]


def test_no_invisible_character_splits_a_word() -> None:
    assert [token.exact for token in tokens("gi\u00adấy ph\u200bép")] == ["giấy", "phép"]


def test_a_mark_that_invisible_characters_kept_apart_is_joined() -> None:
    assert nfc("a\u200b\u0301") == "á"


@given(ANY_TEXT, FORMS)
def test_normal_forms_do_not_matter(text: str, form: str) -> None:
    given_form = unicodedata.normalize(form, text)

    assert nfc(given_form) == nfc(text)
    assert exact(given_form) == exact(text)
    assert fold(given_form) == fold(text)
    assert [t[:2] for t in tokens(given_form)] == [t[:2] for t in tokens(text)]


@given(ANY_TEXT)
def test_forms_are_final(text: str) -> None:
    assert nfc(nfc(text)) == nfc(text)
    assert exact(exact(text)) == exact(text)
    assert fold(fold(text)) == fold(text)


@given(ANY_TEXT)
def test_folding_loses_nothing_but_what_the_exact_form_adds(text: str) -> None:
    assert fold(exact(text)) == fold(text)


@given(VIETNAMESE)
def test_the_case_does_not_matter(text: str) -> None:
    assert exact(text.upper()) == exact(text)
    assert fold(text.upper()) == fold(text)


@given(VIETNAMESE)
def test_folding_keeps_the_length_of_composed_text(text: str) -> None:
    composed = nfc(text)

    assert len(fold(composed)) == len(composed)


@given(ANY_TEXT)
def test_tokens_stand_in_order_and_slice_back(text: str) -> None:
    found = tokens(text)

    assert all(left.end <= right.start for left, right in pairwise(found))
    for token in found:
        assert token.exact == exact(text[token.start : token.end])
        assert tokens(text[token.start : token.end]) == [token._replace(start=0, end=token.end - token.start)]


@given(ANY_TEXT)
def test_no_token_is_empty_or_holds_white_space(text: str) -> None:
    for token in tokens(text):
        assert token.exact.split() == [token.exact]
        assert token.folded.split() == [token.folded]


@given(ANY_TEXT)
def test_tokens_joined_by_spaces_are_the_same_tokens_again(text: str) -> None:
    found = tokens(text)

    for form in ("exact", "folded"):
        joined = " ".join(getattr(token, form) for token in found)
        assert joined.split() == [getattr(token, form) for token in found]
        assert [t.folded for t in tokens(joined)] == [t.folded for t in found]


@pytest.mark.parametrize("sign", ["\n", "\x1b", "\u2028", "\ud800", "\u202e", "\u2066", "\u200f"])
def test_a_sign_that_would_break_or_reorder_a_line_is_no_part_of_one(sign: str) -> None:
    assert is_line("giấy phép 123/GPXD-UBND.pdf")
    assert not is_line(f"giấy{sign}phép")
