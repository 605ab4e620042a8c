"""What a person types is understood as meant, or refused with a reason."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import BadQuery
from archive.index.ranking import MAX_TOKENS
from archive.model.search import Clause, Query, Sort
from archive.services.search.query import parse_query


def said(words: str) -> list[str]:
    """Return the clauses of a query in short: ``-`` excluded, ``#`` a number, ``_`` between words of a phrase."""
    return [
        ("-" if clause.excluded else "")
        + (
            f"#{clause.number_key}"
            if clause.number_key is not None
            else ("_" if clause.phrase else " ").join(clause.exact)
        )
        for clause in parse_query(words).clauses
    ]


def test_words_are_clauses_of_their_own_exact_and_folded() -> None:
    assert parse_query("Giấy hoà").clauses == (Clause(("giấy",), ("giai",)), Clause(("hòa",), ("hoa",)))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("giấy phép", ["giấy", "phép"]),
        ("  giấy\tphép\n", ["giấy", "phép"]),
        ('"giấy phép" xây', ["giấy_phép", "xây"]),
        ("“giấy phép” „cấp lại”", ["giấy_phép", "cấp_lại"]),
        ("«giấy phép»", ["giấy_phép"]),
        ('xây"giấy phép"dựng', ["xây", "giấy_phép", "dựng"]),
        ('"giấy"', ["giấy"]),
        ('"" giấy', ["giấy"]),
        ("-đất giấy", ["-đất", "giấy"]),
        ('giấy -"xây dựng"', ["giấy", "-xây_dựng"]),
        ("giấy -“xây dựng”", ["giấy", "-xây_dựng"]),
        ("hoà-bình", ["hòa_bình"]),
        ("-hoà-bình", ["-hòa_bình"]),
        ("Hà Nội - Ninh Bình", ["hà", "nội", "ninh", "bình"]),
        ("Hà Nội – Ninh Bình", ["hà", "nội", "ninh", "bình"]),
        ("giấy giấy GIẤY", ["giấy"]),
        ("giấy -giấy", ["giấy", "-giấy"]),
        ("-đất", ["-đất"]),
        ("05/3/2021", ["05_3_2021"]),
        ("giấy, phép.", ["giấy", "phép"]),
    ],
)
def test_words_phrases_and_exclusions(typed: str, meant: list[str]) -> None:
    assert said(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "123/QĐ-UBND",
        "123/QD-UBND",
        "123/qđ-ubnd",
        "số 0123 /QĐ - UBND",
        "Số: 123/QĐ-UBND",
        '"123/QĐ-UBND"',
        "0123/QĐ-UBND",
    ],
)
def test_an_official_number_is_one_however_it_is_written(typed: str) -> None:
    assert parse_query(typed).clauses == (
        Clause(("123", "qd", "ubnd"), ("123", "qd", "ubnd"), phrase=True, number_key="123 qd ubnd"),
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("giấy phép 123/QĐ-UBND Hoa Lư", ["giấy", "phép", "#123 qd ubnd", "hoa", "lư"]),
        ("-123/QĐ-UBND giấy", ["-#123 qd ubnd", "giấy"]),
        ("giấy -123/QĐ-UBND", ["giấy", "-#123 qd ubnd"]),
        ('-"123/QĐ-UBND"', ["-#123 qd ubnd"]),
        ("123/QĐ-UBND -huỷ", ["#123 qd ubnd", "-hủy"]),
        ("12/GP-SXD 34/GP-SXD", ["#12 gp sxd", "#34 gp sxd"]),
        ('"quyết định 123/QĐ-UBND"', ["quyết_định_123_qđ_ubnd"]),
        ("số 123", ["số", "123"]),
    ],
)
def test_numbers_stand_among_words(typed: str, meant: list[str]) -> None:
    assert said(typed) == meant


def test_nothing_typed_asks_for_everything_that_passes_the_filters() -> None:
    assert parse_query("") == parse_query(" \n") == Query()
    assert parse_query("", kind="giay-phep") == Query(kind="giay-phep")


@pytest.mark.parametrize("typed", ["???", "-", '""', "- -", "“ ”", '-"…"'])
def test_what_has_no_letter_or_digit_is_refused(typed: str) -> None:
    with pytest.raises(BadQuery, match="letter or digit"):
        parse_query(typed)


@pytest.mark.parametrize("typed", ['"giấy', 'giấy"', "“giấy", '"a" "b'])
def test_a_quotation_mark_without_partner_is_refused(typed: str) -> None:
    with pytest.raises(BadQuery, match="partner"):
        parse_query(typed)


def test_too_many_words_are_refused() -> None:
    most = [f"từ{number}" for number in range(MAX_TOKENS)]

    assert len(parse_query(" ".join(most)).clauses) == MAX_TOKENS
    with pytest.raises(BadQuery, match=f"{MAX_TOKENS} words"):
        parse_query(" ".join([*most, "nữa"]))


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        ("2021-03-05", "2021-03-06", ("2021-03-05", "2021-03-06")),
        ("2021", "2021", ("2021-01-01", "2021-12-31")),
        ("2024-02", "2024-02", ("2024-02-01", "2024-02-29")),
        (None, "2021-03", (None, "2021-03-31")),
        (" 2021 ", None, ("2021-01-01", None)),
    ],
)
def test_dates_may_be_partial(first: str | None, last: str | None, days: tuple[str | None, str | None]) -> None:
    query = parse_query("", issued_from=first, issued_to=last)

    assert (query.issued_from, query.issued_to) == days


@pytest.mark.parametrize("wrong", ["05/03/2021", "2021-13", "2021-02-30", "năm 2021", "", "21", "0000"])
def test_a_wrong_date_is_refused_with_the_right_form(wrong: str) -> None:
    with pytest.raises(BadQuery, match=r"issued-from .* write 2021, 2021-03 or 2021-03-05"):
        parse_query("", issued_from=wrong)
    with pytest.raises(BadQuery, match="issued-to"):
        parse_query("", issued_to=wrong)


def test_dates_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(BadQuery, match="exchange"):
        parse_query("", issued_from="2022", issued_to="2021")


@pytest.mark.parametrize("name", ["kind", "agency", "holder", "holder_id", "batch"])
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_filter_is_refused_and_shows_not_everything(name: str, empty: str) -> None:
    with pytest.raises(BadQuery, match="is empty"):
        parse_query("giấy", **{name: empty})  # type: ignore[arg-type]  # names of text filters only


def test_a_filter_that_is_no_text_is_refused() -> None:
    with pytest.raises(BadQuery, match="no text"):
        parse_query("giấy", batch="H\udcffp")


@pytest.mark.parametrize("name", ["agency", "holder"])
def test_a_name_without_words_is_refused(name: str) -> None:
    with pytest.raises(BadQuery, match="letter or digit"):
        parse_query("giấy", **{name: "…"})  # type: ignore[arg-type]  # names of text filters only


def test_filters_are_passed_on_composed_and_trimmed() -> None:
    query = parse_query(
        "giấy",
        agency=unicodedata.normalize("NFD", " Sở Xây dựng "),
        holder="Nguyễn Văn Mẫu",
        holder_id="037 085 000 001",
        batch="Hộp 12",
        sort=Sort.DATE,
        limit=3,
        cursor="x",
    )

    assert query == Query(
        clauses=(Clause(("giấy",), ("giai",)),),
        agency="Sở Xây dựng",
        holder="Nguyễn Văn Mẫu",
        holder_id="037085000001",
        batch="Hộp 12",
        sort=Sort.DATE,
        limit=3,
        cursor="x",
    )


@given(st.text(alphabet='gấy đ-–"“”/0123QĐUBND số:…\n', max_size=40))
def test_whatever_is_typed_is_understood_or_refused(typed: str) -> None:
    try:
        query = parse_query(typed)
    except BadQuery:
        return
    assert query.clauses or not typed.strip()
    assert all(clause.folded and len(clause.exact) == len(clause.folded) for clause in query.clauses)
    assert parse_query(unicodedata.normalize("NFD", typed)) == query
