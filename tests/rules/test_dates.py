"""Dates as papers write them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.rules.fields.dates import as_written, not_read, parse_dates, partial, span, time_as_written


def first_date(text: str) -> str | None:
    found = parse_dates(text)
    return found[0].value if found else None


DAYS = st.dates(date(1945, 1, 1), date(2100, 12, 31))


@given(
    DAYS, st.sampled_from(["ngày {d:02d} tháng {m} năm {y}", "{d}/{m}/{y}", "{d:02d}.{m:02d}.{y}", "{d}-{m:02d}-{y}"])
)
def test_every_day_is_read_in_every_form(day: date, form: str) -> None:
    text = form.format(d=day.day, m=day.month, y=day.year)

    assert first_date(f"Ninh Bình, {text};") == day.isoformat()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ngày … tháng … năm 2021", "2021"),
        ("ngày ..... tháng 3 năm 2021", "2021-03"),
        ("ngày   tháng 3 năm 2021", "2021-03"),
        ("ngay 5 thang 3 nam 2021", "2021-03-05"),
        ("NGÀY 05 THÁNG 3 NĂM 2021", "2021-03-05"),
        ("tháng 12-2017", "2017-12"),
        ("ngày 05 tháng … năm 2021", "2021"),
    ],
)
def test_blanks_make_a_date_partial(text: str, value: str) -> None:
    assert value == first_date(text)


@pytest.mark.parametrize(
    "text",
    ["31/2/2021", "5/13/2021", "0/3/2021", "1/1/1844", "1/1/2101", "12/2021/QĐ-UBND", "1.234.567", "1/2/2021/QH"],
)
def test_impossible_dates_and_other_numbers_are_no_dates(text: str) -> None:
    assert first_date(text) is None


def test_dates_come_in_order_and_do_not_overlap() -> None:
    text = "từ ngày 01 tháng 02 năm 2020 đến 03/4/2021, tháng 5 năm 2022"

    assert [found.value for found in parse_dates(text)] == ["2020-02-01", "2021-04-03", "2022-05"]


@given(DAYS)
def test_spans_hold_their_days_and_nest(day: date) -> None:
    whole, month, year = day.isoformat(), day.isoformat()[:7], day.isoformat()[:4]

    assert span(whole) == (whole, whole)
    assert span(year)[0] <= span(month)[0] <= whole <= span(month)[1] <= span(year)[1]


@given(DAYS)
def test_the_day_after_a_span_belongs_to_the_next(day: date) -> None:
    last = date.fromisoformat(span(day.isoformat()[:7])[1])

    assert (last + timedelta(days=1)).day == 1


@pytest.mark.parametrize("value", ["", "2021-3", "05/3/2021", "2021-02-30", "2021-13"])
def test_what_is_no_iso_date_has_no_span(value: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        span(value)


def test_a_day_without_its_month_says_only_the_year() -> None:
    assert partial("2021", None, "05") == "2021"


@pytest.mark.parametrize(("value", "written"), [("2025-08-16", "16/08/2025"), ("2025-08", "08/2025"), ("2025", "2025")])
def test_days_are_shown_as_people_here_write_them(value: str, written: str) -> None:
    assert written == as_written(value)


@given(DAYS)
def test_a_day_that_is_shown_is_read_again_as_the_same_day(day: date) -> None:
    assert first_date(as_written(day.isoformat())) == day.isoformat()


@pytest.mark.parametrize(
    ("value", "lacking"),
    [
        ("2025-01-09", None),
        ("2025-01", "day not read (01/2025 is sure)"),
        ("2025", "day and month not read (2025 is sure)"),
    ],
)
def test_what_a_partial_date_lacks_is_said(value: str, lacking: str | None) -> None:
    assert lacking == not_read(value)


def test_times_are_shown_as_clocks_here_show_them() -> None:
    assert time_as_written("2026-11-27T19:17:00Z") == "28/11/2026 02:17"
    assert time_as_written("2026-12-31T16:59:59Z") == "31/12/2026 23:59"
