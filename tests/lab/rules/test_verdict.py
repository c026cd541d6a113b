"""A lab finds what is there, and seldom what is not, however often it is looked at."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.lab.rules.verdict import Counts, Finding, judge
from digest.model import Team

PLANNED = 600
days = st.lists(st.builds(Counts, *[st.integers(0, 60)] * 3), max_size=30)


def draw(chance, lead, voters=20, ties=0.4):
    """The counts of a day: P(A wins) - P(B wins) is `lead`."""
    won = [chance.random() for _ in range(voters)]
    a = sum(one < (1 - ties + lead) / 2 for one in won)
    tied = sum((1 - ties + lead) / 2 <= one < (1 + ties + lead) / 2 for one in won)
    return Counts(a, voters - a - tied, tied)


def ever_found(chance, lead):
    """What a lab of 30 days finds that is looked at every day."""
    found = None
    counts = []
    for _ in range(30):
        counts.append(draw(chance, lead))
        found = judge(counts, PLANNED, found).finding
    return found


def test_two_equal_rankings_are_seldom_told_apart_though_looked_at_every_day():
    chance = random.Random(3)
    labs = [ever_found(chance, 0.0) for _ in range(400)]
    wrong = labs.count(Finding.A) + labs.count(Finding.B)
    assert wrong <= 400 * 0.05 + 3 * (400 * 0.05 * 0.95) ** 0.5
    assert labs.count(Finding.NONE) >= 340  # a few go on, as their days differ by chance


def test_a_difference_is_mostly_found_and_is_the_right_one():
    chance = random.Random(4)
    labs = [ever_found(chance, 0.12) for _ in range(200)]
    assert labs.count(Finding.A) >= 160
    assert labs.count(Finding.B) <= 2


def test_nothing_says_nothing():
    verdict = judge([], PLANNED)
    assert verdict.ahead is None
    assert verdict.finding is None
    assert (verdict.low, verdict.high, verdict.chance) == (-1.0, 1.0, 1.0)
    assert verdict.more_mails == PLANNED


def test_a_lead_beyond_the_bound_is_found_and_one_below_is_not():
    decided = [Counts(20, 20, 20)] * 4
    assert judge([*decided, Counts(40, 0, 0)], PLANNED).finding is None
    verdict = judge([Counts(28, 12, 20)] * 4, PLANNED)
    assert verdict.finding is Finding.A
    assert verdict.ahead is Team.A
    assert verdict.chance <= 0.05
    assert verdict.low > 0
    assert verdict.more_mails == 0


def test_a_finding_stays_whatever_comes_later():
    verdict = judge([Counts(0, 30, 5)], PLANNED, Finding.A)
    assert verdict.finding is Finding.A
    assert verdict.ahead is Team.B
    assert verdict.more_mails == 0


def test_at_the_end_of_the_plan_without_a_lead_there_is_none():
    verdict = judge([Counts(8, 8, 4)] * 30, PLANNED)
    assert verdict.finding is Finding.NONE
    assert verdict.done == 1


def test_days_that_differ_more_than_by_chance_count_for_less():
    level = judge([Counts(20, 10, 5)] * 10, 2_000)
    uneven = judge([Counts(30, 0, 5), Counts(10, 20, 5)] * 5, 2_000)
    assert level.lead == uneven.lead
    assert level.spread == 1
    assert uneven.spread > 5
    assert uneven.high - uneven.low > level.high - level.low


@given(days)
def test_exchanged_rankings_give_the_mirror_image(counts):
    verdict = judge(counts, PLANNED)
    turned = judge([Counts(one.b, one.a, one.ties) for one in counts], PLANNED)
    assert turned.lead == -verdict.lead
    assert (turned.low, turned.high) == (-verdict.high, -verdict.low)
    assert (turned.chance, turned.more_mails) == (verdict.chance, verdict.more_mails)
    names = {Finding.A: Finding.B, Finding.B: Finding.A}
    assert turned.finding == names.get(verdict.finding, verdict.finding)


@given(days)
def test_the_interval_holds_the_lead_and_leaves_out_0_when_something_is_found(counts):
    verdict = judge(counts, PLANNED)
    assert -1 <= verdict.low <= verdict.lead <= verdict.high <= 1
    assert verdict.spread >= 1
    if verdict.finding in (Finding.A, Finding.B):
        assert verdict.low >= 0 or verdict.high <= 0
        assert verdict.chance <= 0.0501
    else:
        assert verdict.low <= 0 <= verdict.high


@pytest.mark.parametrize("voters", [20, 40])
def test_more_votes_make_the_interval_smaller(voters):
    few = judge([Counts(6, 4, 2)] * 5, 10_000)
    many = judge([Counts(6, 4, 2)] * voters, 10_000)
    assert many.high - many.low < few.high - few.low
    assert many.more_mails < few.more_mails


def test_counts_add_up():
    one = Counts(3, 2, 1)
    assert (one.decided, one.mails) == (5, 6)
    assert replace(one, ties=0).mails == 5
