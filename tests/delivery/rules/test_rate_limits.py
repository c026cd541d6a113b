"""Limits over sliding windows: never more than allowed, never stuck."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.delivery.rules.rate_limits import (
    DAY,
    MINUTE,
    SECOND,
    acquire,
    advance,
    free,
    give_back,
    warmed_up,
    window_of,
    worth_taking,
)
from digest.model import RateUse

START = datetime(2026, 11, 19, 8, 0, 0, 250_000, tzinfo=UTC)


def unused(period, now=START):
    return RateUse(window_of(now, period), 0, 0, now)


def test_a_limit_is_given_whole_and_then_no_more():
    uses = {MINUTE: unused(MINUTE)}
    given, _, uses = acquire(uses, {MINUTE: 10}, 4, START)
    assert given == 4
    given, _, uses = acquire(uses, {MINUTE: 10}, 100, START)
    assert given == 6
    given, wait, _ = acquire(uses, {MINUTE: 10}, 1, START)
    assert given == 0
    assert 59 < wait < 70  # the next minute, and a tenth of it for the first to fade


def test_the_tightest_limit_decides_and_the_longest_wait_is_told():
    uses = {SECOND: unused(SECOND), DAY: unused(DAY)}
    given, _, uses = acquire(uses, {SECOND: 5, DAY: 3}, 10, START)
    assert given == 3
    given, wait, _ = acquire(uses, {SECOND: 5, DAY: 3}, 10, START + timedelta(seconds=2))
    assert given == 0
    assert wait > 15 * 3600


@settings(max_examples=200)
@given(
    st.integers(1, 50),
    st.sampled_from([SECOND, MINUTE]),
    st.lists(st.tuples(st.integers(1, 60), st.floats(0, 90)), max_size=40),
)
def test_spread_use_never_exceeds_the_limit_by_more_than_the_spreading(limit, period, asks):
    """Within one window it is exact; over any period at most twice as much, as for all such."""
    now, uses, log = START, {period: unused(period)}, []
    for wanted, pause in asks:
        given, wait, uses = acquire(uses, {period: limit}, wanted, now)
        assert 0 <= given <= wanted
        assert given or wait > 0
        log.append((now, given))
        now += timedelta(seconds=pause)
    windows = {}
    for at, given in log:
        windows[window_of(at, period)] = windows.get(window_of(at, period), 0) + given
    assert all(used <= limit for used in windows.values())


@settings(max_examples=200)
@given(
    st.integers(1, 50),
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60), st.floats(0, 200)), max_size=30),
)
def test_what_is_given_back_can_be_taken_again_and_no_more_than_that(limit, asks):
    now, uses, sent = START, {MINUTE: unused(MINUTE)}, {}
    for wanted, unneeded, pause in asks:
        free_before = free(advance(uses[MINUTE], window_of(now, MINUTE)), limit, MINUTE, now)
        count, _, uses = acquire(uses, {MINUTE: limit}, wanted, now)
        unneeded = min(unneeded, count)
        back = give_back(uses, unneeded, now)
        left = free(back[MINUTE], limit, MINUTE, now)
        assert left == free_before - count + unneeded
        later = now + timedelta(seconds=pause)  # it may take until then to find out
        uses = give_back(acquire(uses, {MINUTE: limit}, 1, later)[2], unneeded, now)
        window = window_of(now, MINUTE)
        sent[window] = sent.get(window, 0) + count - unneeded
        now = later
    assert all(count <= limit for count in sent.values())
    assert uses[MINUTE].used >= 0 <= uses[MINUTE].used_before


@settings(max_examples=200)
@given(st.integers(1, 1000), st.integers(0, 1000), st.floats(0, 0.999))
def test_after_the_wait_there_is_something(limit, before, gone):
    """Whoever was told to wait and waited gets at least one."""
    now = datetime.fromtimestamp((window_of(START, MINUTE) + gone) * MINUTE, UTC)
    uses = {MINUTE: RateUse(window_of(now, MINUTE), 0, min(before, limit), now)}
    while True:
        given, wait, uses = acquire(uses, {MINUTE: limit}, limit, now)
        if not given:
            break
    assert 0 < wait <= 2 * MINUTE
    later = now + timedelta(seconds=wait + 0.001)
    given, _, _ = acquire(uses, {MINUTE: limit}, 1, later)
    assert given == 1


def test_a_clock_that_was_put_back_gives_nothing_twice():
    _, _, uses = acquire({MINUTE: unused(MINUTE)}, {MINUTE: 10}, 10, START)
    given, wait, _ = acquire(uses, {MINUTE: 10}, 1, START - timedelta(hours=1))
    assert given == 0
    assert wait > 0


def test_what_warms_up_doubles_every_day():
    days = [warmed_up(START, START + timedelta(days=n), 50) for n in range(4)]
    assert days == [50, 100, 200, 400]
    assert warmed_up(START, START - timedelta(days=1), 50) == 50


def test_a_tenth_of_the_tightest_limit_is_acquired_at_once():
    assert worth_taking({SECOND: 50, DAY: 1000}) == 5
    assert worth_taking({SECOND: 3}) == 1
    assert worth_taking({DAY: 1_000_000}) == 100
