"""Dividing one mail: in proportion, each paper once, and nothing followed is starved."""

from collections import Counter
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from digest.model import Reason, ReasonKind
from digest.selection import shares
from digest.selection.candidate_matrix import Matches
from digest.selection.shares import Follow

PAPERS = 40


def divide(follows, ranking, excluded, alike=MappingProxyType({}), *, seats, day):
    """Return (position, what it was picked for), what is followed in order."""
    divided = shares.divide(follows, ranking, excluded, alike, seats=seats, day=day)
    assert len(divided) == len(follows)
    return [
        (position, one) for one, share in zip(follows, divided, strict=True) for position in share
    ]


def follow(subject, weight, positions):
    """Follow something that matches these positions, the best first."""
    scores = np.arange(len(positions), 0, -1, dtype=np.float64)
    matches = Matches(np.array(positions, dtype=np.intp), scores, frozenset(positions))
    return Follow(Reason(ReasonKind.TOPIC, subject), weight, matches)


@st.composite
def mails(draw):
    """Return follows, a ranking, excluded positions, seats and the day."""
    positions = st.integers(0, PAPERS - 1)
    follows = [
        follow(f"topic-{number}", draw(st.integers(1, 150)), members)
        for number, members in enumerate(
            draw(st.lists(st.lists(positions, unique=True, max_size=12), max_size=8))
        )
    ]
    excluded = draw(st.sets(positions, max_size=15))
    matching = sorted({p for one in follows for p in one.matches.members} - excluded)
    ranking = draw(st.permutations(matching))
    ranking = ranking[: draw(st.integers(0, len(ranking)))]
    return follows, ranking, excluded, draw(st.integers(0, 20)), draw(st.integers(0, 10**6))


@st.composite
def likenesses(draw):
    """Return which positions are on one narrow subject, both ways."""
    found: dict[int, set[int]] = {}
    pairs = st.tuples(st.integers(0, PAPERS - 1), st.integers(0, PAPERS - 1))
    for one, other in draw(st.lists(pairs, max_size=40)):
        if one != other:
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
    return found


@given(mails())
def test_each_paper_comes_once_for_something_that_it_matches_and_never_when_excluded(mail):
    follows, ranking, excluded, seats, day = mail
    served = divide(follows, ranking, excluded, seats=seats, day=day)
    positions = [position for position, _ in served]
    assert len(positions) == len(set(positions)) <= seats
    assert not excluded & set(positions)
    assert all(position in one.matches.members for position, one in served)


@given(mails())
def test_no_seat_stays_empty_while_anything_matches(mail):
    follows, ranking, excluded, seats, day = mail
    served = divide(follows, ranking, excluded, seats=seats, day=day)
    matching = {p for one in follows for p in one.matches.members} - excluded
    assert len(served) == min(seats, len(matching))


@given(mails())
def test_everything_followed_is_in_the_mail_when_there_are_seats_for_all(mail):
    follows, ranking, excluded, _, day = mail
    free = [one.matches.members - excluded for one in follows]
    seats = sum(1 for members in free if members)
    served = {p for p, _ in divide(follows, ranking, excluded, seats=seats, day=day)}
    assert all(served & members for members in free if members)


def test_an_only_match_is_not_given_away_under_another_heading():
    """`wide` would take paper 1 too; what is excluded of `narrow` does not make it less rare."""
    wide, narrow = follow("wide", 100, [1, 4]), follow("narrow", 100, [1, 2, 3])
    for day in range(2):
        served = divide([wide, narrow], [1, 4], {2, 3}, seats=2, day=day)
        assert {one.reason.subject: position for position, one in served} == {
            "wide": 4,
            "narrow": 1,
        }


def test_what_is_wholly_excluded_takes_no_seat_from_others():
    gone, there = follow("gone", 100, [1]), follow("there", 100, [2])
    for day in range(2):
        assert divide([gone, there], [2], {1}, seats=1, day=day) == [(2, there)]


@given(
    st.lists(st.integers(1, 150), min_size=1, max_size=6, unique=True),
    st.integers(0, 30),
    st.integers(0, 1000),
)
def test_ample_supply_is_divided_by_sainte_lague_once_everything_has_a_seat(weights, more, day):
    quotients = sorted(
        ((weight / divisor, weight) for weight in weights for divisor in range(3, 99, 2)),
        reverse=True,
    )
    assume(quotients[more - 1][0] != quotients[more][0])  # a tie has two right answers
    expected = Counter(weights) + Counter(weight for _, weight in quotients[:more])
    follows = [
        follow(str(weight), weight, range(100 * weight, 100 * weight + 100)) for weight in weights
    ]
    served = divide(follows, [], set(), seats=len(weights) + more, day=day)
    assert Counter(one.weight for _, one in served) == expected


@pytest.mark.parametrize(
    ("weights", "seats", "shares"),
    [((100, 50), 9, [6, 3]), ((150, 100, 50), 12, [6, 4, 2]), ((100, 100), 7, [4, 3])],
)
def test_shares_are_in_proportion(weights, seats, shares):
    follows = [
        follow(str(place), weight, range(100 * place, 100 * place + 100))
        for place, weight in enumerate(weights)
    ]
    counts = Counter(
        one.reason.subject for _, one in divide(follows, [], set(), seats=seats, day=0)
    )
    assert [counts[str(place)] for place in range(len(weights))] == shares


def test_a_ranking_decides_which_papers_come_and_their_own_order_after_it():
    one = follow("one", 100, [5, 6, 7, 8])
    served = divide([one], [8, 3, 6], set(), seats=4, day=0)
    assert [position for position, _ in served] == [8, 6, 5, 7]


@pytest.mark.parametrize("equals", [2, 3, 5])
def test_among_equals_each_gets_the_last_seat_as_often(equals):
    strong = [follow(f"strong {place}", 150, [place]) for place in range(3)]
    weak = [follow(f"weak {place}", 100, [10 + place]) for place in range(equals)]
    days = 30 * equals
    first = Counter(
        divide(strong + weak, [], set(), seats=4, day=739_000 + day)[-1][1].reason.subject
        for day in range(days)
    )
    assert first == {one.reason.subject: days // equals for one in weak}


def test_nothing_followed_and_no_seats_give_nothing():
    assert divide([], [1, 2], set(), seats=5, day=3) == []
    assert divide([follow("one", 1, [1])], [1], set(), seats=0, day=3) == []


@given(mails(), likenesses())
def test_variety_starves_nobody_and_leaves_the_proportions_alone(mail, alike):
    """Each follow gets as much as without, as long as no two want the same paper."""
    follows, ranking, excluded, seats, day = mail
    served = divide(follows, ranking, excluded, alike, seats=seats, day=day)
    positions = [position for position, _ in served]
    matching = {p for one in follows for p in one.matches.members} - excluded
    assert len(positions) == len(set(positions)) == min(seats, len(matching))
    assert not excluded & set(positions)
    members = [one.matches.members for one in follows]
    if sum(map(len, members)) == len(set().union(*members)):
        plain = divide(follows, ranking, excluded, seats=seats, day=day)
        assert Counter(one.reason for _, one in served) == Counter(one.reason for _, one in plain)


def test_papers_on_one_narrow_subject_wait_for_the_others_of_the_ranking():
    one = follow("one", 100, range(6))
    alike = {0: {1, 2}, 1: {0, 2}, 2: {0, 1}}
    served = divide([one], [0, 1, 2, 3, 4], set(), alike, seats=6, day=0)
    assert [position for position, _ in served] == [0, 3, 4, 1, 2, 5]


def test_the_only_paper_of_a_topic_comes_however_close_it_is():
    one, other = follow("one", 150, [0, 1]), follow("other", 100, [2])
    alike = {0: {2}, 2: {0}}
    served = divide([one, other], [0, 1, 2], set(), alike, seats=2, day=0)
    assert sorted(position for position, _ in served) == [1, 2]


def test_who_typed_a_narrow_subject_gets_it():
    one = follow("one", 100, range(4))._replace(reason=Reason(ReasonKind.INTEREST, "one"))
    alike = {0: {1, 2}, 1: {0, 2}, 2: {0, 1}}
    served = divide([one], [0, 1, 2, 3], set(), alike, seats=3, day=0)
    assert [position for position, _ in served] == [0, 1, 2]
