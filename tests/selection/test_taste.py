"""Votes move scores, by a bounded amount, towards what is liked and away from what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import votes as simulation
from digest.model import Reason, ReasonKind, Vote
from digest.selection.candidate_matrix import THOUSAND
from digest.selection.taste import STRONG, TASTE_WEIGHT, weigh_votes
from tests.factories import make_edition, make_matrix, make_paper

CODEC = make_paper(1, "A small codec", "Speech is coded with vectors that a codec learns.")
AGAIN = make_paper(2, "A smaller codec", "Speech is coded with vectors that one codec learns.")
PROOF = make_paper(3, "Proofs in geometry", "Triangles are proven by searching lemmas.")
OTHER = make_paper(4, "Weather on Mars", "Dust storms darken panels of rovers.")
PAPERS = [CODEC, AGAIN, PROOF, OTHER]
OLD = make_paper(
    77, "Codec: an old one", "Speech coded with vectors of a codec, and how it learns."
)
ballots = st.lists(
    st.builds(Vote, st.sampled_from([*PAPERS, OLD]), st.sampled_from([1, -1])),
    min_size=1,
    max_size=12,
)


@pytest.fixture(scope="module")
def matrix():
    return make_matrix(make_edition(PAPERS))


@given(ballots)
def test_a_taste_is_bounded_and_whole_and_one_vote_is_a_quarter(cast):
    found = weigh_votes(make_matrix(make_edition(PAPERS)), cast).scores
    most = TASTE_WEIGHT * THOUSAND * len(cast) / (len(cast) + 3)
    assert (abs(found) <= most + THOUSAND / 2).all()
    assert (found == found.round()).all()


def test_what_is_like_a_liked_paper_rises_and_what_is_like_a_disliked_one_falls(matrix):
    more = weigh_votes(matrix, [Vote(OLD, 1)]).scores
    less = weigh_votes(matrix, [Vote(OLD, -1)]).scores
    assert more[0] > 0 == more[2]
    assert less[0] < 0 == less[2]


def test_more_votes_weigh_more(matrix):
    one = weigh_votes(matrix, [Vote(CODEC, 1)]).scores[0]
    four = weigh_votes(matrix, [Vote(CODEC, 1)] * 4).scores[0]
    assert one == 38 * THOUSAND  # a quarter of 150
    assert four == 86 * THOUSAND


def test_only_what_is_strongly_like_a_liked_paper_has_its_reason(matrix):
    found = weigh_votes(matrix, [Vote(OLD, 1), Vote(PROOF, 1)])
    liked = Reason(ReasonKind.LIKED, OLD.title)
    assert found.reasons[0] == found.reasons[1] == liked
    assert found.reasons[2] == Reason(ReasonKind.LIKED, PROOF.title)
    assert 3 not in found.reasons
    assert min(found.nearest[list(found.reasons)]) >= STRONG
    assert weigh_votes(matrix, [Vote(OLD, -1)]).reasons == {}


def test_what_is_as_much_like_a_disliked_paper_is_not_brought_in(matrix):
    twin = make_paper(78, OLD.title, OLD.abstract)
    cast = [Vote(OLD, 1), Vote(PROOF, 1), Vote(twin, -1)]
    assert set(weigh_votes(matrix, cast).reasons) == {2}


def test_what_is_followed_anyway_is_not_brought_in(matrix):
    found = weigh_votes(matrix, [Vote(OLD, 1)])
    relevant = matrix.trend * 0
    best_first = found.brings_in(relevant)
    assert set(best_first.positions.tolist()) == best_first.members == {0, 1}
    assert best_first.scores[0] >= best_first.scores[1]
    relevant[0] = 1
    assert found.brings_in(relevant).members == {1}


def test_similarities_are_computed_once_a_paper_and_not_kept_for_ever():
    matrix = make_matrix(make_edition(PAPERS), cached_rows=1)
    first = matrix.similarity_to(OLD)
    assert matrix.similarity_to(OLD) is first
    matrix.similarity_to(make_paper(99))
    assert matrix.similarity_to(OLD) is not first


@pytest.mark.slow
def test_votes_bring_readers_nearer_to_what_they_want(shared):
    """A part of benchmarks.votes; the figures of the whole are in docs/why/selection.md."""
    found = simulation.simulate(simulation.load(shared), splits=1, every=3)
    assert set(found) == {"of two", "none", "narrow"}
    for figures in found.values():
        assert figures["10"] > figures["0"] + 0.05
        assert figures["wrong"] > figures["0"] - 0.08
