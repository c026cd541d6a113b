from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.papers.dumps.dates import PageDate, read_date, resolve

DAYS = st.dates(date(1990, 1, 1), date(2150, 12, 31))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Mar 17", PageDate(None, 3, 17)),
        ("  March 17 ", PageDate(None, 3, 17)),
        ("MAR. 17", PageDate(None, 3, 17)),
        ("Sept 2", PageDate(None, 9, 2)),
        ("May 1st", PageDate(None, 5, 1)),
        ("Mar 17, 2025", PageDate(2025, 3, 17)),
        ("March 17 2025", PageDate(2025, 3, 17)),
        ("17 Mar", PageDate(None, 3, 17)),
        ("17 March 2025", PageDate(2025, 3, 17)),
        ("2025-03-17", PageDate(2025, 3, 17)),
        ("Monday, March 17, 2025", PageDate(2025, 3, 17)),
        ("Feb 30", PageDate(None, 2, 30)),
    ],
)
def test_a_date_line_is_read_in_every_usual_form(line, expected):
    assert read_date(line) == expected


@pytest.mark.parametrize(
    "line",
    ["", "March", "17", "Mar 17 was a good day", "On Mar 17", "Marc 17", "2025-3-17", "Sub 3"],
)
def test_other_lines_are_no_dates(line):
    assert read_date(line) is None


@pytest.mark.parametrize(
    ("written", "not_after", "expected"),
    [
        (PageDate(None, 3, 17), date(2026, 3, 17), date(2026, 3, 17)),
        (PageDate(None, 3, 17), date(2026, 3, 16), date(2025, 3, 17)),
        (PageDate(None, 12, 31), date(2026, 1, 1), date(2025, 12, 31)),
        (PageDate(None, 2, 29), date(2026, 11, 21), date(2024, 2, 29)),
        (PageDate(None, 2, 29), date(2024, 2, 28), date(2020, 2, 29)),
        (PageDate(None, 2, 29), date(1904, 2, 28), date(1896, 2, 29)),
        (PageDate(None, 2, 29), date(2103, 6, 1), date(2096, 2, 29)),
        (PageDate(2030, 3, 17), date(2026, 1, 1), date(2030, 3, 17)),
    ],
)
def test_a_missing_year_is_the_newest_that_is_not_after(written, not_after, expected):
    assert resolve(written, not_after) == expected


@pytest.mark.parametrize("written", [PageDate(None, 2, 30), PageDate(2025, 2, 29)])
def test_a_day_that_does_not_exist_is_an_error(written):
    with pytest.raises(ValueError, match="day"):
        resolve(written, date(2026, 1, 1))


def test_before_the_first_leap_year_there_is_no_29_february():
    with pytest.raises(ValueError, match="no such day"):
        resolve(PageDate(None, 2, 29), date(3, 1, 1))


@given(DAYS, DAYS)
def test_the_year_is_never_too_new_and_never_skips_one(day, not_after):
    found = resolve(PageDate(None, day.month, day.day), not_after)
    assert found <= not_after
    assert (found.month, found.day) == (day.month, day.day)
    if (day.month, day.day) != (2, 29):
        assert found.replace(year=found.year + 1) > not_after
