"""How alike papers are: the same way round, one for the same, nothing in common nothing."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digest.selection.similarity import Similarity, term_table
from tests.factories import make_paper

CODEC = make_paper(1, "A small codec", "Speech is coded with vectors that a codec learns.")
AGAIN = make_paper(2, "A smaller codec", "Speech is coded with vectors that one codec learns.")
PROOF = make_paper(3, "Proofs in geometry", "Triangles are proven by searching lemmas.")
OTHER = make_paper(4, "Weather on Mars", "Dust storms darken panels of rovers.")
PAPERS = [CODEC, AGAIN, PROOF, OTHER]

words = st.lists(st.sampled_from(["codec", "speech", "proof", "lemma", "the"]), max_size=8)
papers = st.lists(
    st.builds(lambda a, b: make_paper(1, " ".join(a) or " ", " ".join(b) or " "), words, words),
    max_size=8,
)


def test_a_paper_is_itself_and_like_what_says_the_same():
    found = Similarity(term_table(PAPERS, 200)).to(CODEC)
    assert found[0] == 1000
    assert found[1] > 400
    assert found[2:].tolist() == [0, 0]


def test_a_paper_of_another_edition_is_compared_by_the_words_that_are_known():
    new = make_paper(9, "Codec of whales", "Speech of whales is coded.")
    found = Similarity(term_table(PAPERS, 200)).to(new)
    assert found[0] > 100 > found[2]


def test_pairs_at_the_level_are_alike():
    assert Similarity(term_table(PAPERS, 200)).alike == {0: {1}, 1: {0}}
    assert Similarity(term_table(PAPERS, 1001)).alike == {}


def test_no_papers_and_no_words_are_alike_to_nothing():
    empty = make_paper(1, "the", "of")
    assert Similarity(term_table([], 200)).to(CODEC).shape == (0,)
    assert Similarity(term_table(PAPERS, 200)).to(empty).tolist() == [0, 0, 0, 0]


@given(papers, st.integers(1, 1000))
def test_similarity_is_a_whole_number_and_the_same_both_ways(found, level):
    space = Similarity(term_table(found, level))
    rows = np.array([space.to(paper) for paper in found]).reshape(len(found), len(found))
    assert ((rows >= 0) & (rows <= 1000) & (rows == np.rint(rows))).all()
    assert (abs(rows - rows.T) <= 1).all()  # a last bit may round the other way
    for position, others in space.alike.items():
        assert position not in others
        assert all(position in space.alike[other] for other in others)
