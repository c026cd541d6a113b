"""When a message is tried again, and when a webhook is told nothing more."""

from datetime import timedelta

import pytest

from digest.webhooks.rules.retrying import (
    GIVEN_UP_AFTER,
    WAITS,
    MessageState,
    Reply,
    Verdict,
    judge,
    problem_of,
)
from tests.factories import NOON

DOWN = Reply(None, "it cannot be reached")


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_what_is_answered_with_2xx_has_arrived(status):
    assert problem_of(status) == ""
    assert judge(Reply(status, ""), 1, None, NOON) == Verdict(MessageState.DELIVERED)


@pytest.mark.parametrize("status", [100, 301, 302, 307, 400, 404, 410, 429, 500, 503])
def test_what_is_answered_otherwise_has_not(status):
    assert str(status) in problem_of(status)


def test_ten_attempts_take_about_three_days_and_the_last_one_ends_it():
    now, waits = NOON, []
    for attempt in range(1, len(WAITS) + 1):
        verdict = judge(DOWN, attempt, NOON, now)
        assert verdict.state is MessageState.WAITING
        assert verdict.not_before is not None
        waits.append(verdict.not_before - now)
        now = verdict.not_before
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=5)
    assert now - NOON == GIVEN_UP_AFTER
    assert timedelta(days=3) < GIVEN_UP_AFTER < timedelta(days=3.5)
    last = judge(DOWN, len(WAITS) + 1, NOON, now)
    assert last.state is MessageState.FAILED
    assert "nothing arrived since 2026" in last.disables
    assert DOWN.problem not in last.disables


def test_a_message_that_alone_fails_disables_nothing():
    since = NOON - timedelta(hours=1)  # something else arrived before that
    assert judge(DOWN, len(WAITS) + 1, since, NOON) == Verdict(MessageState.FAILED)


def test_410_disables_at_once():
    verdict = judge(Reply(410, problem_of(410)), 1, None, NOON)
    assert verdict.state is MessageState.FAILED
    assert "410" in verdict.disables


@pytest.mark.parametrize(
    ("status", "wish", "wait"),
    [
        (429, 3600, timedelta(hours=1)),
        (503, 1, timedelta(seconds=5)),  # no sooner than by the schedule
        (503, 10**6, timedelta(days=1)),
        (500, 3600, timedelta(seconds=5)),
    ],
)
def test_a_receiver_may_ask_to_be_left_alone_for_a_day_at_most(status, wish, wait):
    reply = Reply(status, problem_of(status), wait_seconds=wish)
    assert judge(reply, 1, None, NOON).not_before == NOON + wait
