"""The table of kinds."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from archive.rules.kinds import all_kinds, folded_words, kind_by_slug, kind_of_symbol, kind_of_title, name_of

TITLES = [(title, kind.slug) for kind in all_kinds() for title in kind.titles]
SYMBOLS = [(symbol, kind.slug) for kind in all_kinds() for symbol in kind.symbols]


def test_slugs_titles_and_symbols_are_each_there_once() -> None:
    for entries in ([kind.slug for kind in all_kinds()], [title for title, _ in TITLES], [mark for mark, _ in SYMBOLS]):
        assert [entry for entry, count in Counter(entries).items() if count > 1] == []


@pytest.mark.parametrize("slug", [kind.slug for kind in all_kinds()])
def test_slugs_are_unmarked_words(slug: str) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", slug)


@pytest.mark.parametrize(("title", "slug"), TITLES)
def test_every_title_tells_its_own_kind(title: str, slug: str) -> None:
    told = kind_of_title(title.upper())

    assert told is not None
    assert (slug, len(title.split())) == (told.kind.slug, told.words)


@pytest.mark.parametrize(("symbol", "slug"), SYMBOLS)
def test_every_symbol_tells_its_own_kind(symbol: str, slug: str) -> None:
    told = kind_of_symbol(f"{symbol}-UBND")

    assert told is not None
    assert slug == told.slug


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("QUYÉT ĐỊNH", "quyet-dinh"),
        ("QUYẾT ĐỊNH:", "quyet-dinh"),
        ("GIẤY PHÉP XÂY DỰNG", "giay-phep-xay-dung"),
        ("GIẤY PHÉP NỔ MÌN", "giay-phep"),
        ("GIẤY CHỨNG NHẬN ĐĂNG KÝ HỘ KINH D0ANH", "giay-chung-nhan-dang-ky-ho-kinh-doanh"),
        ("TRÍCH LỤC KHAI SINH (BẢN SAO)", "trich-luc-khai-sinh"),
    ],
)
def test_the_longest_title_wins_and_misread_letters_are_forgiven(text: str, slug: str) -> None:
    told = kind_of_title(text)

    assert told is not None
    assert slug == told.kind.slug


@pytest.mark.parametrize("text", ["GIÁM ĐỐC SỞ Y TẾ", "ỦY BAN NHÂN DÂN", "", "CHỦ TỊCH UBND TỈNH", "CHỈ ĐẠO"])
def test_what_is_no_title_tells_nothing(text: str) -> None:
    assert kind_of_title(text) is None


@pytest.mark.parametrize("symbol", ["SYT-NVY", "UBND-KTTH", ""])
def test_a_letters_symbol_abbreviates_its_sender(symbol: str) -> None:
    assert kind_of_symbol(symbol) is None


def test_a_lost_mark_does_not_hide_the_kind_and_a_seen_one_tells_two_apart() -> None:
    slugs = [kind.slug if kind else None for kind in map(kind_of_symbol, ("QD-UBND", "HĐ-SXD", "HD-SXD"))]

    assert slugs == ["quyet-dinh", "hop-dong", "huong-dan"]


def test_names_are_for_people_and_an_unknown_slug_is_its_own() -> None:
    assert (name_of("giay-phep-xay-dung"), name_of("ban-do")) == ("Giấy phép xây dựng", "ban-do")


def test_folded_words_drop_marks_and_punctuation() -> None:
    assert folded_words("Giấy phép, XÂY-DỰNG:") == "giai phep xai dung"


def test_a_kind_is_found_by_its_slug() -> None:
    assert (getattr(kind_by_slug("cong-van"), "name", None), kind_by_slug("khong-co")) == ("Công văn", None)
