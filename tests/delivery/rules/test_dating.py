from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.rules.dating import LATE, QUARTER, date_of, quarter_of
from digest.ground.time.due_times import period
from digest.model import DeliverySchedule

MOMENTS = st.integers(2020 * 365 * 86_400, 2040 * 365 * 86_400).map(
    lambda seconds: datetime(1, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
ZONES = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))


@given(ZONES, st.integers(0, 23), MOMENTS, st.floats(0, 899))
def test_what_is_begun_on_time_says_when_it_was_due_in_every_zone(zone, hour, day, late):
    due_at = period(DeliverySchedule(hour=hour, timezone=zone), day).due_at
    planned = due_at + timedelta(seconds=late)
    assert date_of(quarter_of(planned), planned + timedelta(seconds=20)) == due_at
    assert due_at.astimezone(ZoneInfo(zone)).minute % 15 == 0


@given(st.none() | MOMENTS, MOMENTS)
def test_a_date_is_never_far_from_the_beginning(queued, now):
    dated_at = date_of(queued and quarter_of(queued), now)
    assert -QUARTER < now - dated_at < LATE
    assert dated_at == quarter_of(dated_at)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=9)))
def test_only_what_is_late_gets_another_date(queued, waited):
    quarter, now = quarter_of(queued), quarter_of(queued) + waited
    assert date_of(quarter, now) == (quarter if waited < LATE else quarter_of(now))


def test_a_machine_whose_clock_is_behind_a_little_changes_nothing():
    queued = datetime(2026, 11, 21, 7, tzinfo=UTC)
    assert date_of(queued, queued - timedelta(seconds=2)) == queued
    assert date_of(queued, queued - timedelta(hours=2)) == queued - timedelta(hours=2)
