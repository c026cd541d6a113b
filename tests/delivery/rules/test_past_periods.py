from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.rules.past_periods import a_week, editions_had
from digest.model import Cadence, DeliverySchedule

MONDAY = date(2026, 11, 16)
DAILY = DeliverySchedule()
WEEKDAYS = DeliverySchedule(Cadence.WEEKDAYS)
ON_WEDNESDAY = DeliverySchedule(Cadence.WEEKLY, weekday=2)


def days(*numbers: int) -> list[date]:
    return [MONDAY + timedelta(days=number) for number in numbers]


def is_fresh(day: date, now: datetime) -> bool:
    return (now.date() - day).days <= 1


def had(numbers, schedule) -> list[int | None]:
    found = editions_had(days(*numbers), schedule, is_fresh)
    return [None if day is None else (day - MONDAY).days for day in found]


def test_a_daily_reader_has_each_edition_and_none_on_a_day_without():
    assert had([0, 1, 3], DAILY) == [0, 1, None, 3]


def test_on_weekdays_there_is_no_mail_at_the_weekend_and_its_edition_waits_for_monday():
    assert had(range(8), WEEKDAYS) == [0, 1, 2, 3, 4, 7]
    assert had([4, 6, 8], WEEKDAYS) == [4, 6, 8]


def test_a_weekly_reader_has_the_newest_edition_of_the_day_or_the_next_that_comes():
    assert had(range(15), ON_WEDNESDAY) == [2, 9]
    assert had([0, 1, 5, 8, 14], ON_WEDNESDAY) == [1, 8]
    assert had([0, 4, 6, 7], ON_WEDNESDAY) == [4]


def test_a_week_that_began_before_the_first_edition_does_not_count():
    assert had(range(3, 10), ON_WEDNESDAY) == [9]


def test_an_edition_that_is_too_old_is_nobodys():
    assert had([0, 9], ON_WEDNESDAY) == [None, 9]


def test_without_editions_there_is_nothing():
    assert had([], DAILY) == []


@given(
    st.sets(st.integers(0, 60), min_size=1),
    st.sampled_from([DAILY, WEEKDAYS, ON_WEDNESDAY]),
)
def test_no_edition_comes_twice_and_they_come_in_order(numbers, schedule):
    found = [day for day in had(sorted(numbers), schedule) if day is not None]
    assert found == sorted(set(found))
    assert set(found) <= numbers


@pytest.mark.parametrize(
    ("counts", "cadence", "weekly"),
    [
        ([], Cadence.DAILY, None),
        ([9], Cadence.DAILY, None),
        ([9, 2, 4], Cadence.DAILY, 21),
        ([9, 2, 4], Cadence.WEEKDAYS, 15),
        ([9, 2, 4], Cadence.WEEKLY, 3),
    ],
)
def test_the_first_mail_says_nothing_of_the_weeks_that_follow(counts, cadence, weekly):
    assert a_week(counts, cadence) == weekly
