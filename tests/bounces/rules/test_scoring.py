from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.bounces.rules.scoring import BounceRules, Told, reason, suppresses
from digest.model import FeedbackKind

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SOFT, HARD = FeedbackKind.SOFT, FeedbackKind.HARD
RULES = BounceRules()


def told(kind, *days_ago):
    return [Told(kind, NOW - timedelta(days=days)) for days in days_ago]


def test_a_hard_bounce_and_a_complaint_suppress_at_once_and_what_is_about_us_never():
    for kind, at_once in (
        (HARD, True),
        (FeedbackKind.COMPLAINT, True),
        (FeedbackKind.BLOCKED, False),
    ):
        newest = Told(kind, NOW)
        assert suppresses([newest], newest, RULES) is at_once
        assert suppresses(told(kind, *range(100)), newest, RULES) is at_once


@pytest.mark.parametrize(
    ("days_ago", "enough"),
    [
        ((0, 1, 2, 3), False),
        ((0, 1, 2, 3, 4), True),
        ((0, 7, 14, 21, 28), True),  # a weekly reader
        ((0, 8, 9, 10, 11), False),  # forgotten before the newest came
        ((0, 1, 9, 10, 11), False),
        ((0, 0.1, 0.2, 0.3, 0.4), False),  # one a day counts
    ],
)
def test_soft_bounces_add_up_a_day_each_and_are_forgotten(days_ago, enough):
    assert suppresses(told(SOFT, *days_ago), Told(SOFT, NOW), RULES) is enough


def test_hard_bounces_may_be_asked_for_on_several_days():
    rules = BounceRules(hard_days=2)
    newest = Told(HARD, NOW)
    assert not suppresses(told(HARD, 0, 0.1), newest, rules)
    assert suppresses(told(HARD, 0, 1), newest, rules)


def test_hard_bounces_of_before_do_not_count_with_a_soft_one():
    newest = Told(SOFT, NOW)
    assert not suppresses([*told(HARD, 1, 2, 3, 4, 5), newest], newest, RULES)


@given(st.lists(st.integers(0, 400)), st.integers(1, 20), st.integers(1, 30))
def test_never_before_so_many_days(days_ago, soft_days, forget_days):
    rules = BounceRules(soft_days=soft_days, forget_days=forget_days)
    history = told(SOFT, 0, *days_ago)
    if suppresses(history, Told(SOFT, NOW), rules):
        assert len({one.at.date() for one in history}) >= soft_days


def test_the_reason_holds_codes_and_no_words():
    newest = Told(HARD, NOW)
    assert reason(newest, RULES, "5.1.1", "550 5.1.1 Ann unknown") == "a hard bounce: 550 5.1.1"
    assert reason(newest, RULES, "", "550 Ann unknown") == "a hard bounce: 550"
    assert reason(newest, RULES, "5.1.1", "") == "a hard bounce: 5.1.1"
    assert reason(Told(FeedbackKind.COMPLAINT, NOW), RULES, "", "") == "a complaint"
    assert (
        reason(Told(SOFT, NOW), RULES, "4.2.2", "full")
        == "soft bounces on 5 days, the last one: 4.2.2"
    )
