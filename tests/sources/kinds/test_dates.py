"""How the world spells dates. All of these were tried; those beyond the standards by hand."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.kinds.dates import Days, read_day, read_days

JUNE_30 = date(2019, 6, 30)


@pytest.mark.parametrize(
    "text",
    [
        # RFC 3339 and ISO 8601
        "2019-06-30",
        "2019-06-30T12:00:00Z",
        "2019-06-30T12:00Z",
        "2019-06-30T12:00:00+02:00",
        "2019-06-30T12:00:00+0200",
        "2019-06-30T12:00:00.000+0000",
        "2019-06-30T12:00:00.123456789Z",
        "2019-06-30T23:59:60Z",
        "2019-06-30T24:00:00Z",
        "2019-06-30T12:00:00[UTC]",
        "2019-06-30T12:00:00+02:00[Europe/Berlin]",
        "2019-06-30Z",
        "2019-06-30+02:00",
        "2019-06-30 12:00:00",
        "2019-06-30 12:00:00.0",
        "2019-06-30 12:00:00 PM EDT",
        "20190630",
        "20190630T120000Z",
        "20190630120000",
        "2019-W26-7",
        "2019-181",
        # RFC 822 and what is made of it
        "Sun, 30 Jun 2019 12:00:00 GMT",
        "Sun, 30 Jun 2019 12:00:00 +0000",
        "Sun, 30 Jun 2019 12:00:00 EST",
        "Sun, 30 Jun 2019 12:00:00 CEST",
        "Sun, 30 Jun 2019 12:00:00 GMT+0200",
        "Sun,30 Jun 2019 12:00:00 +02:00",
        "Sun, 30 Jun 2019 24:00:00 GMT",
        "Sun, 30 Jun 2019",
        "30 Jun 2019",
        "30 Jun 19 12:00 UT",
        "Mon, 30 Jun 2019 12:00:00 GMT",  # it was a Sunday
        "Sunday, 30-Jun-19 12:00:00 GMT",
        "Sun Jun 30 12:00:00 2019",
        "Sun Jun 30 12:00:00 CEST 2019",
        # of people
        "June 30, 2019",
        "June 30th, 2019",
        "Sunday, June 30, 2019",
        "Sunday 30th of June 2019",
        "30 June 2019",
        "30-Jun-2019",
        "2019-Jun-30",
        "2019 Jun 30",
        "Published: 30 June 2019",
        "Sunday 30 June 2019 12.00",
        "2019/06/30",
        "2019.06.30",
        "2019-6-30",
        "30.06.2019",
        "30.6.19",
        "30/06/2019",
        "30/06/2019 - 12:00",
        "06/30/2019",
        "6/30/2019 12:00:00 PM",
        "12:00:00 2019-06-30",
        # of other languages
        "30 juin 2019",
        "dim. 30 juin 2019",
        "So, 30 Juni 2019 12:00:00 +0200",
        "30. Juni 2019",
        "30 de junio de 2019",
        "30 giugno 2019",
        "30 czerwca 2019",
        "30 июня 2019 г.",  # noqa: RUF001
        "30 haziran 2019",
        "2019年6月30日",
        "2019년 6월 30일",
        # of machines
        "1561852800",
        "1561852800000",
    ],
)
def test_every_spelling_of_a_day_is_that_day(text):
    assert read_day(text) == JUNE_30
    assert read_day(f"\n  {text}\t ") == JUNE_30


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2019", date(2019, 1, 1), date(2019, 12, 31)),
        ("Summer 2019", date(2019, 1, 1), date(2019, 12, 31)),
        ("2019-06", date(2019, 6, 1), JUNE_30),
        ("2019/6", date(2019, 6, 1), JUNE_30),
        ("201906", date(2019, 6, 1), JUNE_30),
        ("June 2019", date(2019, 6, 1), JUNE_30),
        ("Juni 2019", date(2019, 6, 1), JUNE_30),
    ],
)
def test_a_month_or_a_year_is_all_its_days(text, first, last):
    assert read_days(text) == (Days(first, last),)
    assert read_day(text) is None


def test_where_day_and_month_can_change_places_both_are_meant():
    assert {days.first for days in read_days("05/06/2019")} == {date(2019, 6, 5), date(2019, 5, 6)}
    assert {days.first for days in read_days("05.06.2019")} == {date(2019, 6, 5), date(2019, 5, 6)}
    assert read_day("2019/05/06") == date(2019, 5, 6)


def test_a_moment_is_a_day_in_utc():
    assert read_day("Sun, 30 Jun 2019 23:00:00 -0500") == date(2019, 7, 1)
    assert read_day("2019-07-01T01:00:00+02:00") == JUNE_30


@pytest.mark.parametrize(
    "text",
    [
        *("", "rubbish", "yesterday", "3 hours ago", "now", "12:30", "10", "1.2", "Mar 17"),
        *("31 Feb 2019", "2019-13-45", "99999999-99-99", "2018-2019", "Spring 2019 / Fall 2020"),
        *("0000-00-00", "0000-00-00 00:00:00", "0001-01-01T00:00:00Z"),  # none, say programs
        *("Thu, 01 Jan 1970 00:00:00 GMT", "0000000000", "9" * 400, "1" * 13 + "0" * 80),
    ],
)
def test_what_names_no_day_is_not_guessed(text):
    assert read_days(text) == ()


@given(st.text(max_size=120))
def test_any_text_is_days_in_their_order_or_none(text):
    assert all(days.first <= days.last for days in read_days(text))


@given(st.dates(date(1971, 1, 1), date(2068, 12, 31)))
def test_the_usual_spellings_of_any_day_are_that_day(day):
    for form in ("%Y-%m-%d", "%d %b %Y", "%B %d, %Y", "%a, %d %b %Y 12:00:00 GMT", "%Y/%m/%d"):
        assert read_day(day.strftime(form)) == day
