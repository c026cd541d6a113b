"""The rankings are one selection with other weights, and readers outside a lab get the standard."""

from dataclasses import replace

from digest.model import Edition, InLab, ReasonKind, Team, Vote
from digest.selection.batch_preferences import batch_preferences
from digest.selection.interleaving import Interleaving
from digest.selection.mixed_chooser import MixedChooser
from digest.selection.rankings import RANKINGS, STANDARD
from digest.selection.selection import select
from tests.factories import (
    make_candidate,
    make_edition,
    make_matrix,
    make_paper,
    make_preferences,
    make_reader,
)

COUNT = 40


def make_day():
    """An edition in which what trends most does not match best."""
    candidates = tuple(
        make_candidate(
            make_paper(number, topics={"speech": 0.1 + number * 7 % 20 / 25} if number % 2 else {}),
            score=1 - number / COUNT,
        )
        for number in range(1, COUNT + 1)
    )
    plain = make_edition()
    return make_matrix(Edition(plain.date, plain.sends_at, plain.domain, candidates))


def make_one(number=1, lab=InLab.YES, votes=()):
    wanted = replace(make_preferences({"speech": 1.0}, max_papers=8), lab=lab)
    return make_reader(number, wanted, votes=votes)


def papers(picks):
    return [pick.paper_id for pick in picks]


def test_each_ranking_but_the_one_for_votes_orders_otherwise():
    matrix, reader = make_day(), make_one()
    found = {name: papers(select(matrix, [reader], each)[0]) for name, each in RANKINGS.items()}
    assert found["standard"] == papers(select(matrix, [reader])[0])
    assert len({tuple(found[name]) for name in ("standard", "trend", "match")}) == 3
    assert found["votes"] == found["standard"]  # this reader has not voted
    assert sum(found["trend"]) < sum(found["match"])


def test_votes_count_twice_where_they_do():
    matrix = make_day()
    liked = matrix.edition.candidates[30].paper
    voters = [make_one(votes=[Vote(liked, 1)])]
    scores = {
        weight: batch_preferences(matrix, voters, weight).tastes[0].scores
        for weight in (STANDARD.taste, RANKINGS["votes"].taste)
    }
    once, twice = scores.values()
    assert once.any()
    assert (abs(twice - 2 * once) <= 1000).all()  # weights are whole hundredths


def test_who_is_outside_gets_what_the_standard_ranking_picks():
    matrix = make_day()
    readers = [make_one(1), make_one(2, InLab.NO), make_one(3)]
    chosen = MixedChooser(matrix, Interleaving("match", "trend", bytes(16))).choose(readers)
    assert chosen[1] == (select(matrix, [readers[1]])[0], None)
    assert all(one.teams for one in (chosen[0], chosen[2]))


def test_without_a_lab_all_get_the_standard_one():
    matrix, readers = make_day(), [make_one(1), make_one(2, InLab.NO)]
    chosen = MixedChooser(matrix, None).choose(readers)
    assert [one.picks for one in chosen] == select(matrix, readers)
    assert [one.teams for one in chosen] == [None, None]


def test_a_mixed_mail_has_one_paper_from_outside_and_both_teams():
    matrix = make_day()
    readers = [make_one(number) for number in range(1, 50)]
    lab = Interleaving("match", "trend", bytes(16))
    for picks, teams in MixedChooser(matrix, lab).choose(readers):
        kinds = [pick.reason.kind for pick in picks]
        assert kinds.count(ReasonKind.OUTSIDE) == 1
        assert len(picks) == 8
        assert set(teams.values()) == {Team.A, Team.B}


def test_a_batch_is_chosen_for_as_each_reader_alone():
    matrix = make_day()
    readers = [make_one(number, InLab.YES if number % 3 else InLab.NO) for number in range(1, 12)]
    chooser = MixedChooser(matrix, Interleaving("match", "trend", bytes(16)))
    assert chooser.choose(readers) == [chooser.choose([reader])[0] for reader in readers]
