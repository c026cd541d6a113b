"""Two rankings share a mail fairly, and always in the same way."""

from collections import Counter
from datetime import date
from itertools import cycle, islice, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Pick, Reason, ReasonKind, Team
from digest.selection.arrangement import in_mail_order
from digest.selection.interleaving import Interleaving, interleave

DAY = date(2026, 11, 19)
LAB = Interleaving("standard", "trend", bytes(range(16)))
REASONS = [Reason(ReasonKind.TOPIC, slug) for slug in ("speech", "coding")]


def mail(papers):
    return [Pick(paper, REASONS[paper % 2]) for paper in papers]


@st.composite
def pairs(draw):
    """Two mails of one length, in mail order, that may share papers."""
    length = draw(st.integers(0, 12))
    papers = st.lists(st.integers(1, 20), min_size=length, max_size=length, unique=True)
    return mail(draw(papers)), mail(draw(papers))


flips = st.lists(st.booleans(), min_size=20, max_size=20)


@given(pairs(), flips, st.integers(0, 5))
def test_a_mail_keeps_its_length_what_is_shared_and_has_nothing_twice(pair, coins, leads):
    a, b = pair
    picks, teams = interleave(a, b, cycle(coins), leads)
    papers = [pick.paper_id for pick in picks]
    in_a, in_b = ({pick.paper_id for pick in one} for one in pair)
    assert len(papers) == len(set(papers)) == len(a)
    assert in_a & in_b <= set(papers) <= in_a | in_b
    assert teams.keys() == set(papers) - (in_a & in_b)
    assert all((paper in in_a) == (team is Team.A) for paper, team in teams.items())
    assert picks == in_mail_order(picks, leads)


@given(pairs(), flips)
def test_both_teams_have_equally_many_papers_or_one_more_their_best(pair, coins):
    picks, teams = interleave(*pair, cycle(coins), 3)
    shown = Counter(teams.values())
    assert abs(shown[Team.A] - shown[Team.B]) == len(teams) % 2
    for team, own, other in ((Team.A, *pair), (Team.B, *reversed(pair))):
        others = {pick.paper_id for pick in other}
        alone = [pick.paper_id for pick in own if pick.paper_id not in others]
        assert {paper for paper, its in teams.items() if its is team} == set(alone[: shown[team]])
    assert len(picks) == len(pair[0])


@given(pairs(), flips)
def test_with_all_coins_turned_and_the_rankings_exchanged_the_mail_is_the_same(pair, coins):
    a, b = pair
    picks, teams = interleave(a, b, cycle(coins), 2)
    turned, others = interleave(b, a, cycle([not coin for coin in coins]), 2)
    assert turned == picks
    assert others == {paper: Team.B if its is Team.A else Team.A for paper, its in teams.items()}


def test_equal_rankings_give_the_mail_itself():
    picks = in_mail_order(mail([4, 2, 6, 1]), 1)
    assert interleave(picks, picks, repeat(True), 1) == (picks, {})


def test_of_two_lengths_a_coin_chooses_one():
    a, b = mail([2, 4, 6]), mail([2])
    assert [len(interleave(a, b, repeat(coin), 0)[0]) for coin in (True, False)] == [3, 1]


def test_the_same_reader_and_edition_have_the_same_coins():
    def coins(lab=LAB, on=DAY, reader=7):
        return list(islice(lab.coins(on, reader), 300))

    assert coins() == coins()
    assert coins() != coins(reader=8)
    assert coins() != coins(on=DAY.replace(day=20))
    assert coins() != coins(lab=Interleaving("standard", "trend", bytes(16)))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_coins_are_fair_over_readers(place):
    first = [list(islice(LAB.coins(DAY, reader), 3))[place] for reader in range(10_000)]
    assert 4_800 < sum(first) < 5_200  # four standard deviations


def test_each_team_is_as_often_first_in_the_mail():
    a, b = mail([2, 4, 6]), mail([8, 10, 12])
    tops = Counter()
    for reader in range(4_000):
        picks, teams = interleave(a, b, LAB.coins(DAY, reader), 0)
        tops[teams[picks[0].paper_id]] += 1
    assert 1_874 < tops[Team.A] < 2_126
