"""The Date of an edition: the same for a whole day, wherever the operator lives."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given
from hypothesis import strategies as st

from digest.core.cadence import send_time

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
