import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.interests.relevance import MATCH, InterestIndex
from digest.model import Paper
from digest.topics.catalogue_file import parse_catalogue
from digest.topics.classifier import Classifier

CLASSIFIER = Classifier(
    parse_catalogue(b"""
families = [["TTS", "text-to-speech"], ["apiary", "beekeeping"]]

[[topic]]
slug = "bees"
name = "Bees"
description = "Bees"
sure = ["beekeeping", "apiary", "honey"]
""")
)
TEXTS = [
    ("Beekeeping on Roofs", "We keep bees on roofs. The honey is sold in towns."),
    ("Zero-Shot Text-to-Speech", "A voice is cloned. The large language model speaks."),
    ("Pruning Apple Trees", "We prune trees in winter. Trees that are pruned bear more apples."),
    ("Honey in Trade", "Prices of honey rise. A large language model predicts them."),
    ("On Winter", "Snow falls on trees. Nothing else happens for a long time."),
]


@pytest.fixture(scope="module")
def index():
    return InterestIndex([Paper(n, *text) for n, text in enumerate(TEXTS)], CLASSIFIER)


def best(scores):
    return int(np.argmax(scores))


def test_scores_are_one_float_for_each_paper_between_0_and_1(index):
    scores = index.scores("pruning trees")
    assert scores.shape == (len(TEXTS),)
    assert scores.dtype == np.float32
    assert 0 <= scores.min() <= scores.max() <= 1


def test_the_paper_about_it_comes_first_and_matches(index):
    scores = index.scores("pruning of trees")
    assert best(scores) == 2
    assert scores[2] >= MATCH
    assert scores[1] == 0


def test_a_mention_by_the_way_is_no_match(index):
    scores = index.scores("pruning apple trees with drones")
    assert scores[4] < MATCH < scores[2]


@pytest.mark.parametrize(("interest", "paper"), [("TTS", 1), ("apiary", 0)])
def test_an_interest_finds_other_words_of_its_family(index, interest, paper):
    assert best(index.scores(interest)) == paper


def test_a_topic_that_the_interest_names_adds_but_does_not_decide(index):
    scores = index.scores("beekeeping")
    assert scores[0] > scores[3] > 0
    assert scores[3] < MATCH


def test_words_of_every_paper_weigh_little(index):
    scores = index.scores("honey with large language models")
    assert best(scores) == 3
    assert scores[1] < scores[0]


def test_a_quoted_phrase_must_occur(index):
    assert np.flatnonzero(index.scores('"apple trees"')).tolist() == [2]


def test_an_excluded_phrase_must_not_occur(index):
    assert np.flatnonzero(index.scores("honey -roofs")).tolist() == [3]


def test_an_interest_without_words_matches_nothing(index):
    for phrase in ("", "the and of", "?!", "-honey", "量化"):
        assert not index.scores(phrase).any()


def test_mentions_are_literal_stems_of_title_or_abstract(index):
    assert index.mentions("pruned trees").tolist() == [False, False, True, False, False]
    assert index.mentions("trees pruned").tolist() == [False] * 5
    assert index.mentions("tree").tolist() == [False, False, True, False, True]
    assert not index.mentions("").any()


def test_a_phrase_does_not_reach_from_the_title_into_the_abstract(index):
    assert not index.mentions("winter snow").any()


def test_an_edition_without_papers_has_no_scores():
    empty = InterestIndex([], CLASSIFIER)
    assert empty.scores("honey").shape == (0,)
    assert empty.mentions("honey").shape == (0,)


@given(st.text(max_size=300))
def test_any_phrase_can_be_scored(phrase):
    index = InterestIndex([Paper(n, *text) for n, text in enumerate(TEXTS)], CLASSIFIER)
    scores = index.scores(phrase)
    assert ((scores >= 0) & (scores <= 1)).all()


@given(st.permutations(range(len(TEXTS))))
def test_the_order_of_the_papers_does_not_matter(order):
    papers = [Paper(n, *text) for n, text in enumerate(TEXTS)]
    straight = InterestIndex(papers, CLASSIFIER).scores("honey trees")
    shuffled = InterestIndex([papers[n] for n in order], CLASSIFIER).scores("honey trees")
    assert shuffled.tolist() == pytest.approx(straight[order].tolist(), abs=2e-4)
