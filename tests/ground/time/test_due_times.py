"""When mail is due: once a period, in every zone; and the Date that an edition's mails carry."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ground.time.due_times import is_awake, local_date, next_due, period, send_time
from digest.model import Cadence, DeliverySchedule

ZONES = sorted(available_timezones())
zones = st.sampled_from(ZONES)
hours = st.integers(0, 23)
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
moments = st.datetimes(
    datetime(2000, 1, 2),  # noqa: DTZ001 -- the zone is given beside it
    datetime(2099, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(days, hours, zones, moments)
def test_it_is_past_unless_the_editions_own_hour_is_later(on, hour, zone, now):
    when = send_time(on, hour=hour, zone=zone, now=now)
    own = datetime(on.year, on.month, on.day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert when.utcoffset() == timedelta(0)
    assert when <= now or when == own
    assert when >= own


@given(hours, zones, moments, st.floats(0, 1))
def test_it_stays_the_same_until_the_hour_strikes_again(hour, zone, now, part):
    long_ago = date(1999, 1, 1)
    first = send_time(long_ago, hour=hour, zone=zone, now=now)
    local_day = first.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    next_day = datetime(local_day.year, local_day.month, local_day.day, hour)  # noqa: DTZ001
    strikes = next_day.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    later = now + (strikes - now) * part
    if now <= later < strikes:
        assert send_time(long_ago, hour=hour, zone=zone, now=later) == first


@given(hours, zones, moments)
def test_a_late_edition_still_carries_a_young_date(hour, zone, now):
    when = send_time(date(1999, 1, 1), hour=hour, zone=zone, now=now)
    assert now - when < timedelta(hours=49)  # a zone may leave out a day, as Samoa did in 2011


def test_the_hour_is_local():
    now = datetime(2026, 11, 19, 12, tzinfo=UTC)
    assert send_time(date(2026, 11, 19), hour=7, zone="Europe/Berlin", now=now) == datetime(
        2026, 11, 19, 6, tzinfo=UTC
    )
    assert send_time(date(2026, 11, 19), hour=23, zone="UTC", now=now) == datetime(
        2026, 11, 19, 23, tzinfo=UTC
    )


def test_an_hour_that_the_clocks_leave_out_is_the_one_after_the_jump():
    now = datetime(2026, 3, 29, 12, tzinfo=UTC)
    when = send_time(date(2026, 3, 29), hour=2, zone="Europe/Berlin", now=now)
    assert when.astimezone(ZoneInfo("Europe/Berlin")).hour == 3


def test_a_day_that_a_zone_leaves_out_does_not_put_the_date_into_the_future():
    """Samoa went from 29 to 31 December 2011."""
    now = datetime(2011, 12, 30, 10, 30, tzinfo=UTC)
    when = send_time(date(2011, 12, 1), hour=7, zone="Pacific/Apia", now=now)
    assert when <= now


schedules = st.builds(
    DeliverySchedule,
    cadence=st.sampled_from(Cadence),
    hour=hours,
    timezone=zones,
    weekday=st.integers(0, 6),
)
ten_years = st.datetimes(
    datetime(2018, 1, 1),  # noqa: DTZ001 -- the zone is given beside it
    datetime(2028, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def periods_by_calendar(schedule, first, last):
    """The keys of all periods with a mail from one local date to another, by the calendar alone."""
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    if schedule.cadence is Cadence.WEEKLY:
        return list(dict.fromkeys("{}-W{:02}".format(*day.isocalendar()) for day in days))
    rests = schedule.cadence is Cadence.WEEKDAYS
    return [day.isoformat() for day in days if not (rests and day.isoweekday() > 5)]


@given(schedules, ten_years)
def test_every_period_is_due_exactly_once_and_within_itself(schedule, start):
    due, keys = start, []
    while due < start + timedelta(days=50):
        due = next_due(schedule, due)
        found = period(schedule, due)
        assert found is not None
        assert found.due_at == due
        keys.append(found.key)
    zone = ZoneInfo(schedule.timezone)
    expected = periods_by_calendar(
        schedule, start.astimezone(zone).date(), due.astimezone(zone).date()
    )
    if schedule.timezone not in ("Pacific/Apia",):  # no zone has left out a day in these years
        assert keys in (expected, expected[1:])  # the first one may have been due before `start`


@given(schedules, ten_years)
def test_it_is_due_at_the_readers_hour_unless_the_clocks_leave_it_out(schedule, start):
    local = next_due(schedule, start).astimezone(ZoneInfo(schedule.timezone))
    assert local.utcoffset() is not None
    there = local.replace(hour=schedule.hour, minute=0, second=0, fold=0)
    exists = there.astimezone(UTC).astimezone(there.tzinfo).replace(tzinfo=None)
    if exists == there.replace(tzinfo=None):
        assert local == there
        assert is_awake(schedule, local)
        assert not is_awake(schedule, local - timedelta(minutes=1)) or schedule.hour == 0
    if schedule.cadence is Cadence.WEEKLY:
        assert local.weekday() == schedule.weekday


@given(st.lists(st.tuples(schedules, st.integers(1, 72)), min_size=1, max_size=12), ten_years)
def test_a_reader_who_changes_his_mind_has_one_mail_a_period_and_misses_none(changes, start):
    """Every half hour somebody looks, as the clock does; the schedule changes after some hours."""
    now, served, mails = start, date.min, []
    for schedule, hours_of_it in changes:
        for _ in range(2 * hours_of_it):
            found = period(schedule, now)
            if found and served < found.first and now >= found.due_at and is_awake(schedule, now):
                served = local_date(schedule.timezone, now)
                mails.append((schedule.cadence is Cadence.WEEKLY, found, served))
            if found and now >= found.due_at + timedelta(minutes=30) and is_awake(schedule, now):
                assert served >= found.first  # nobody waits for longer than until the next look
            now += timedelta(minutes=30)
    days = [day for _, _, day in mails]
    assert days == sorted(set(days))  # never two on one date
    weekly = [found.key for is_weekly, found, _ in mails if is_weekly]
    assert len(weekly) == len(set(weekly))
    for (_, _, before), (is_weekly, found, _) in pairwise(mails):
        assert before < found.first or not is_weekly


@pytest.mark.parametrize(
    ("zone", "hour", "day", "due"),
    [
        ("Europe/Berlin", 2, date(2026, 3, 29), datetime(2026, 3, 29, 1, tzinfo=UTC)),  # a gap
        ("Europe/Berlin", 2, date(2026, 10, 25), datetime(2026, 10, 25, 0, tzinfo=UTC)),  # twice
        ("Pacific/Kiritimati", 0, date(2026, 1, 1), datetime(2025, 12, 31, 10, tzinfo=UTC)),
        ("Etc/GMT+12", 23, date(2025, 12, 31), datetime(2026, 1, 1, 11, tzinfo=UTC)),
        ("America/Nuuk", 23, date(2024, 3, 30), datetime(2024, 3, 31, 0, tzinfo=UTC)),
        ("UTC", 7, date(2028, 2, 29), datetime(2028, 2, 29, 7, tzinfo=UTC)),
    ],
)
def test_the_odd_days(zone, hour, day, due):
    schedule = DeliverySchedule(hour=hour, timezone=zone)
    found = period(schedule, due)
    assert found == (day.isoformat(), day, due)
    assert next_due(schedule, due - timedelta(minutes=1)) == due


def test_a_week_whose_day_a_zone_leaves_out_has_its_mail_on_the_next_one():
    """Samoa had no Friday 30 December 2011, and would have had no Sunday on such a jump."""
    schedule = DeliverySchedule(Cadence.WEEKLY, 7, "Pacific/Apia", weekday=4)
    thursday = datetime(2011, 12, 29, 20, tzinfo=UTC)
    due = next_due(schedule, thursday)
    assert due.astimezone(ZoneInfo("Pacific/Apia")).date() == date(2011, 12, 31)
    assert period(schedule, due).key == "2011-W52"
    daily = DeliverySchedule(timezone="Pacific/Apia")
    days = []
    while len(days) < 3:
        thursday = next_due(daily, thursday)
        days.append(period(daily, thursday).key)
    assert days == ["2011-12-31", "2012-01-01", "2012-01-02"]
