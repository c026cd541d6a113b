"""Votes speak for the team of their paper, or against it."""

from hypothesis import given
from hypothesis import strategies as st

from digest.lab.rules.credit import net
from digest.model import Team

TEAMS = {1: Team.A, 2: Team.B, 3: Team.A}
votes = st.dictionaries(st.integers(1, 6), st.sampled_from([1, -1]))


def test_more_counts_for_a_team_and_less_against_it():
    assert net(TEAMS, {1: 1}) == 1
    assert net(TEAMS, {2: 1}) == -1
    assert net(TEAMS, {2: -1, 3: 1}) == 2
    assert net(TEAMS, {1: 1, 2: 1}) == 0


def test_what_both_picked_and_other_papers_say_nothing():
    assert net(TEAMS, {4: 1, 99: -1}) == 0


@given(votes)
def test_exchanged_teams_turn_it(cast):
    other = {paper: Team.B if team is Team.A else Team.A for paper, team in TEAMS.items()}
    assert net(other, cast) == -net(TEAMS, cast)
