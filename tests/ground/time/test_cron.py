"""Schedules: what is read, when it fires, and that both directions agree."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import InputError
from digest.ground.time.cron import parse_cron
from tests.odd_days import all_changes

moments = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 -- the zone is given beside it
    datetime(2029, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
schedules = st.sampled_from(
    [
        "0 6 * * *",
        "*/7 * * * *",
        "0 * * * *",
        "30 */2 * * mon",
        "30 2 * * 1-5",
        "0 0 29 2 *",
        "15 3,15 1-7 * mon",
        "0 12 31 * *",
    ]
)
zones = st.sampled_from(sorted(available_timezones()))


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "after", "fires"),
    [
        ("0 6 * * *", at(2026, 11, 21, 6), at(2026, 11, 22, 6)),
        ("*/15 * * * *", at(2026, 11, 21, 6, 1), at(2026, 11, 21, 6, 15)),
        ("0 6 * * 1-5", at(2026, 11, 20, 7), at(2026, 11, 23, 6)),  # Friday, then Monday
        ("0 6 * * 7", at(2026, 11, 20, 7), at(2026, 11, 22, 6)),
        ("0 6 * * Sun", at(2026, 11, 20, 7), at(2026, 11, 22, 6)),
        ("0 6 1 * mon", at(2026, 11, 24), at(2026, 11, 30, 6)),  # one of the two days suffices
        ("0 0 29 2 *", at(2026, 1, 1), at(2028, 2, 29)),
        ("5/20 * * * *", at(2026, 11, 21, 6), at(2026, 11, 21, 6, 5)),
    ],
)
def test_it_fires_when_cron_would(text, after, fires):
    assert parse_cron(text, "UTC").next_after(after) == fires


def test_an_hour_that_the_clocks_leave_out_or_repeat_fires_once():
    nightly = parse_cron("30 2 * * *", "Europe/Berlin")
    spring = nightly.next_after(at(2026, 3, 28, 12))
    assert spring == at(2026, 3, 29, 1)  # right after the jump from 01:59 to 03:00
    assert nightly.next_after(spring) == at(2026, 3, 30, 0, 30)
    autumn = nightly.next_after(at(2026, 10, 24, 12))
    assert autumn == at(2026, 10, 25, 0, 30)
    assert nightly.next_after(autumn) == at(2026, 10, 26, 1, 30)


def test_a_day_that_a_zone_leaves_out_has_no_fire_and_the_next_day_its_own():
    daily = parse_cron("0 6 * * *", "Pacific/Apia")  # there was no 30 December
    before = at(2011, 12, 29, 16)
    assert daily.last_before(at(2011, 12, 30, 10, 1)) == before
    assert daily.next_after(before) == at(2011, 12, 30, 16)
    always = parse_cron("*/20 * * * *", "Pacific/Apia")
    assert always.next_after(at(2011, 12, 30, 9, 40)) == at(2011, 12, 30, 10)
    assert always.last_before(at(2011, 12, 30, 9, 59)) == at(2011, 12, 30, 9, 40)


def fires(cron, after, until):
    found = []
    while (after := cron.next_after(after)) <= until:
        found.append(after)
    return found


def test_at_every_change_of_every_clock_what_has_a_wildcard_goes_on_as_time_passes():
    quarter = timedelta(minutes=15)
    for change in all_changes():
        start = change.at - timedelta(hours=1)
        found = fires(parse_cron("*/15 * * * *", change.zone), start, change.at + 6 * quarter)
        assert found == [start + number * quarter for number in range(1, 11)], change


def test_at_every_change_of_every_clock_a_fixed_hour_fires_once():
    for zone, moment, before, after in all_changes():
        odd = (moment + min(before, after)).replace(tzinfo=None) + timedelta(minutes=20)
        once = moment if after > before else (odd - before).replace(tzinfo=UTC)
        cron = parse_cron(f"{odd.minute} {odd.hour} {odd.day} * *", zone)
        early, late = moment - timedelta(hours=4), moment + timedelta(hours=4)
        assert fires(cron, early, late) == [once], zone
        assert cron.last_before(late) == once, zone


@given(schedules, zones, moments)
def test_looking_forward_and_back_agree(text, zone, moment):
    cron = parse_cron(text, zone)
    following = cron.next_after(moment)
    last = cron.last_before(moment)
    assert last <= moment < following
    assert cron.next_after(last) == following
    assert cron.last_before(following) == following
    assert cron.last_before(following - timedelta(microseconds=1)) == last


@pytest.mark.parametrize(
    "text",
    [
        *("", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8"),
        *("5-1 * * * *", "*/0 * * * *", "a * * * *", "1- * * * *", "0 0 30 2 *", "٣ * * * *"),
    ],
)
def test_what_is_no_schedule_is_refused(text):
    with pytest.raises(InputError):
        parse_cron(text, "UTC")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("60 * * * *", "minute: '60' is not made of numbers from 0 to 59"),
        ("0 0 30 2 *", "day: '30' is not made of numbers from 1 to 31, and a day that one"),
        ("0 0 * * someday", "weekday: 'someday' is not made of"),
        ("0 0 0 6 * *", "'0 0 0 6 * *' has 6 fields, not five"),
    ],
)
def test_a_refusal_says_what_is_wrong_with_which_field(text, says):
    with pytest.raises(InputError, match=re.escape(says)):
        parse_cron(text, "UTC")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("* * * * *", [at(2026, 10, 25, 1, minute) for minute in range(60)]),
        ("*/20 * * * *", [at(2026, 10, 25, 1, minute) for minute in (0, 20, 40)]),
        ("30 * * * *", [at(2026, 10, 25, 1, 30)]),
        ("30 */2 * * *", [at(2026, 10, 25, 1, 30)]),
        ("30 2 * * *", []),
        ("*/20 2 * * *", [at(2026, 10, 25, 1, minute) for minute in (0, 20, 40)]),
    ],
)
def test_in_the_hour_that_comes_again_only_a_fixed_time_is_silent(text, expected):
    cron = parse_cron(text, "Europe/Berlin")
    assert fires(cron, at(2026, 10, 25, 0, 59, 59), at(2026, 10, 25, 1, 59)) == expected
    if expected:
        assert cron.last_before(at(2026, 10, 25, 1, 59, 59)) == expected[-1]
