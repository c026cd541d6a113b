"""A trend score rises with rank, votes, recurrence and youth, and nothing else moves it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.editions.rules.trend import UNRANKED_PLACE, Appearance, score_trend
from digest.model import Trend

TODAY = date(2026, 11, 19)
seen = st.builds(
    Appearance,
    date=st.integers(0, 400).map(lambda age: TODAY - timedelta(days=age)),
    rank=st.integers(1, 5000),
    votes=st.none() | st.integers(0, 10**7),
    size=st.none() | st.integers(1, 5000),
)
histories = st.lists(seen, min_size=1, max_size=12)


def score(appearances):
    return score_trend(appearances, on=TODAY).score


def weekly(appearances):
    found = score_trend(appearances, on=TODAY).weekly
    assert found is not None
    return found


@given(histories)
def test_a_score_lies_between_0_and_1(history):
    assert 0 <= score(history) <= 1


@given(histories, st.randoms())
def test_the_order_of_the_appearances_does_not_matter(history, random):
    assert score_trend(random.sample(history, len(history)), on=TODAY) == score_trend(
        history, on=TODAY
    )


@given(histories, st.data())
def test_a_better_rank_never_lowers_the_score(history, data):
    first, *others = history
    better = replace(first, rank=data.draw(st.integers(1, first.rank)))
    assert score([better, *others]) >= score(history)


@given(histories, st.integers(0, 10**6))
def test_more_votes_never_lower_the_score(history, more):
    first, *others = history
    assert score([replace(first, votes=(first.votes or 0) + more), *others]) >= score(history)


@given(histories, seen)
def test_one_more_appearance_never_lowers_the_score(history, another):
    assert score([*history, another]) >= score(history)


@given(histories, st.data())
def test_a_younger_appearance_never_lowers_the_score(history, data):
    first, *others = history
    later = data.draw(st.dates(first.date, TODAY))
    assert score([replace(first, date=later), *others]) >= score(history)


@given(histories)
def test_no_votes_and_no_vote_counts_score_alike(history):
    without = [replace(one, votes=None) for one in history]
    zero = [replace(one, votes=0) for one in history]
    assert score(without) == score(zero)


def test_the_facts_are_those_of_the_appearances():
    history = [
        Appearance(TODAY - timedelta(days=3), 7, votes=12),
        Appearance(TODAY - timedelta(days=1), 2, size=96),
        Appearance(TODAY - timedelta(days=2), 9, votes=40, size=120),
        Appearance(TODAY - timedelta(days=6), 2, size=98),
    ]
    found = score_trend(history, on=TODAY)
    assert replace(found, score=0, weekly=None) == Trend(
        0,
        best_rank=2,
        dumps=4,
        age_days=1,
        votes=40,
        week_dumps=4,
        week_rank=2,
        list_size=98,
        weeks=1,
        known_days=6,
    )
    assert score_trend(history[1:2], on=TODAY).votes is None


def test_a_list_without_order_names_no_place_and_counts_like_a_late_one():
    unranked = Appearance(TODAY, 0)
    assert score([unranked]) == score([Appearance(TODAY, UNRANKED_PLACE)])
    assert score_trend([unranked], on=TODAY).best_rank == 0
    assert score_trend([unranked, Appearance(TODAY, 7)], on=TODAY).best_rank == 7


def test_the_week_has_seven_days():
    history = [Appearance(TODAY - timedelta(days=days), days + 1) for days in (13, 7, 6, 5)]
    found = score_trend(history, on=TODAY)
    assert (found.dumps, found.week_dumps, found.week_rank) == (4, 2, 6)
    assert found.weeks == 2
    older = score_trend(history[:2], on=TODAY)
    assert (older.week_dumps, older.week_rank) == (0, None)


def test_the_top_of_todays_dump_scores_as_the_formula_says():
    assert score([Appearance(TODAY, 1)]) == 0.632121  # 1 - exp(-1)
    assert score([Appearance(TODAY - timedelta(days=3), 1)]) == 0.393469  # half the strength


@given(histories)
def test_the_week_fades_more_slowly_than_the_day(history):
    assert score(history) <= weekly(history) <= 1


@given(histories, st.data())
def test_a_younger_appearance_never_lowers_the_weekly_score(history, data):
    first, *others = history
    later = data.draw(st.dates(first.date, TODAY))
    assert weekly([replace(first, date=later), *others]) >= weekly(history)


def test_on_which_day_of_the_week_a_paper_was_listed_does_not_matter_to_a_weekly_mail():
    def listed(days):
        return [Appearance(TODAY - timedelta(days=days), 2)]

    assert len({weekly(listed(days)) for days in range(7)}) == 1
    assert weekly(listed(7)) < weekly(listed(6))
    assert weekly(listed(13)) == 0.27055  # half the strength: 1 - exp(-1 / (2 log2 3))


@pytest.mark.parametrize(
    "history",
    [
        [],
        [Appearance(TODAY + timedelta(days=1), 1)],
        [Appearance(TODAY, -1)],
        [Appearance(TODAY, 1, votes=-1)],
        [Appearance(TODAY, 1), Appearance(TODAY, -3)],
    ],
)
def test_what_cannot_be_is_refused(history):
    with pytest.raises(ValueError, match="appearances"):
        score_trend(history, on=TODAY)
